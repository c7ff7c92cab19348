//! What a model knows of the built-in world, and what it does when it is asked.
//!
//! - [`facts`]: facts that it completes.
//! - [`questions`]: questions about the world.

mod facts;
mod questions;

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;

use super::figures::Figures;
use super::model_files::Opened;
use crate::nn::reader::Sampling;
use crate::protocol::figures::{Answer, Exam, Heads, Question};
use crate::protocol::manner::{Manner, manner};
use crate::protocol::models::{Wall, Which};
use questions::Asked;

/// Questions that are asked, and how they are continued: so many tokens at most, at this temperature.
const QUESTIONS: usize = 200;
const LENGTH: usize = 60;
const TEMPERATURE: f32 = 0.8;
const SEED: u32 = 1;

/// Examples of each.
const SHOWN: usize = 3;

/// All that a model is measured at, and questions with their continuations to look at.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub id: String,
    pub exam: Exam,
    pub wall: Wall,
    /// Before training, and after.
    pub heads: Vec<Heads>,
    pub examples: Vec<Example>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Example {
    pub manner: Manner,
    pub question: String,
    pub continuation: String,
    /// Whether the model ended the document itself.
    pub stopped: bool,
}

/// Takes the exam of a model, with the continuations that its manners were counted in.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn take(figures: &Figures, model: &Opened) -> Result<(Exam, Vec<Example>), String> {
    let world = figures.world().await?;
    let mut reader = figures.reader(&model.card.config, &model.parameters).await?;
    let facts = facts::known(&world, &model.tokenizer, &mut reader).await?;
    let asked = questions::questions(&world, QUESTIONS);
    let separator: Vec<u32> = model.tokenizer.separator().into_iter().collect();
    let prompts: Vec<Vec<u32>> =
        asked.iter().map(|asked| separator.iter().copied().chain(model.tokenizer.encode(&asked.question)).collect()).collect();
    let sampling = Sampling { temperature: TEMPERATURE, top_k: 0, top_p: 1.0, seed: SEED, length: LENGTH, stop: separator.clone() };
    let written = reader.write(&prompts, &sampling, &mut |_| ()).await.map_err(|error| error.to_string())?;
    let examples = asked.into_iter().zip(written).map(|(Asked { question, answer, others }, tokens)| {
        let stopped = tokens.last().is_some_and(|last| separator.contains(last));
        let continuation = model.tokenizer.decode(&tokens[..tokens.len() - usize::from(stopped)]);
        Example { manner: manner(&continuation, stopped, Some(&answer), &others), question, continuation, stopped }
    });
    let examples: Vec<Example> = examples.collect();
    let count = |manner: &Manner| examples.iter().filter(|example| example.manner == *manner).count();
    let manners = Manner::ALL.iter().map(|manner| (*manner, count(manner) as u32)).collect();
    Ok((Exam { name: model.card.name.clone(), facts, manners }, examples))
}

/// Measures all that a model can be measured at, with so many probes of a kind at each distance.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn report(mut figures: Figures, model: Rc<Opened>, probes: u32) -> Result<Report, String> {
    let (exam, mut examples) = take(&figures, &model).await?;
    examples.sort_by_key(|example| example.manner);
    let examples = examples.chunk_by(|one, other| one.manner == other.manner).flat_map(|same| same.iter().take(SHOWN)).cloned().collect();
    let id = model.card.id.clone();
    figures.run = Some(model);
    let (wall, heads) = (RefCell::default(), RefCell::new(Vec::new()));
    for question in [Question::Wall { model: Which::Run, probes }, Question::Heads { model: Which::Run, probes }] {
        let take = |answer| match answer {
            Answer::Wall(measured) => *wall.borrow_mut() = measured.wall,
            Answer::Heads(measured) => heads.borrow_mut().push(measured),
            _ => (),
        };
        figures.clone().answer(question, take).await?;
    }
    Ok(Report { id, exam, wall: wall.into_inner(), heads: heads.into_inner(), examples })
}
