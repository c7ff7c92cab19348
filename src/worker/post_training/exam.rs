//! Answers to the built-in tasks, graded.

use std::collections::BTreeMap;

use super::tune::roles;
use crate::nn::reader::{Reader, Sampling};
use crate::protocol::tuning::{Graded, Kind, ROW, Split, TaskExam, TuneSpec};
use crate::stages::sft::{Conversation, asked};
use crate::tasks::{Task, Tasks};
use crate::worker::figures::Figures;
use crate::worker::model_files::Opened;
use crate::world::World;

/// Tokens of an answer at most.
pub const LONGEST: usize = 60;

/// What an exam asks.
pub struct Questions {
    pub tasks: Vec<Task>,
}

/// As many prompts of each kind and split as `spec` says, none of kinds that are not demonstrated.
pub fn questions(world: &World, spec: &TuneSpec) -> Questions {
    let tasks = Tasks::new(world);
    let shown = Kind::ALL.into_iter().zip(spec.shares.0).filter(|&(_, share)| share > 0).map(|(kind, _)| kind);
    let all = shown.flat_map(|kind| {
        let splits = [Split::Shown, Split::Phrasing, Split::Subject, Split::Framing, Split::Spelling, Split::Language];
        let tasks = &tasks;
        splits.into_iter().flat_map(move |split| (0..spec.exam).filter_map(move |index| tasks.exam(kind, split, index)))
    });
    Questions { tasks: all.collect() }
}

/// Has a model of this shape and vocabulary, with these weights, answer greedily, and grades what it says.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn examine(figures: &Figures, model: &Opened, weights: &[f32], questions: &Questions) -> Result<TaskExam, String> {
    let mut reader = figures.reader(&model.card.config, weights).await?;
    let tasks = &questions.tasks;
    let answers = answered(&mut reader, model, tasks.iter().map(|task| task.pair.prompt.as_str()).chain(ROW)).await?;
    let mut graded: BTreeMap<(Kind, Split), Graded> = BTreeMap::new();
    for (task, (answer, ended)) in tasks.iter().zip(&answers) {
        let verdict = task.check.judge(answer, *ended);
        let none = Graded { kind: task.kind, split: task.split, shaped: 0, right: 0, refused: 0, of: 0 };
        let sum = graded.entry((task.kind, task.split)).or_insert(none);
        sum.shaped += u32::from(verdict.shaped);
        sum.right += u32::from(verdict.right);
        sum.refused += u32::from(verdict.refused);
        sum.of += 1;
    }
    let loss = loss(&mut reader, model, tasks).await?;
    let answers = answers.into_iter().skip(tasks.len()).map(|(answer, _)| answer).collect();
    Ok(TaskExam { pairs: 0, tokens: 0, graded: graded.into_values().collect(), loss, answers })
}

/// What a model answers to prompts, the likeliest token each time, and whether it ended the answer itself.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn answered(reader: &mut Reader, model: &Opened, prompts: impl Iterator<Item = &str>) -> Result<Vec<(String, bool)>, String> {
    let (tokenizer, roles) = (&model.tokenizer, roles(model)?);
    let prompts: Vec<Vec<u32>> = prompts.map(|prompt| asked(tokenizer, &roles, prompt)).collect();
    let sampling = Sampling { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0, length: LONGEST, stop: vec![roles.end] };
    let written = reader.write(&prompts, &sampling, &mut |_| ()).await.map_err(|error| error.to_string())?;
    let said = written.iter().map(|tokens| match tokens.split_last() {
        Some((last, said)) if *last == roles.end => (tokenizer.decode(said), true),
        _ => (tokenizer.decode(tokens), false),
    });
    Ok(said.collect())
}

/// Nats a token of the demonstrated answers to prompts whose facts are held out; those of other languages have none.
async fn loss(reader: &mut Reader, model: &Opened, tasks: &[Task]) -> Result<f32, String> {
    let roles = roles(model)?;
    let held_out = tasks.iter().filter(|task| task.split == Split::Subject);
    let conversations: Vec<Conversation> =
        held_out.map(|task| Conversation::new(&model.tokenizer, &roles, &task.pair.prompt, &task.pair.completion)).collect();
    let sequences: Vec<Vec<u32>> = conversations.iter().map(|conversation| conversation.tokens.clone()).collect();
    let losses = reader.losses(&sequences).await.map_err(|error| error.to_string())?;
    let of_answers: Vec<f32> =
        conversations.iter().zip(losses).flat_map(|(conversation, losses)| losses[conversation.answer - 1..].to_vec()).collect();
    Ok(of_answers.iter().sum::<f32>() / of_answers.len().max(1) as f32)
}
