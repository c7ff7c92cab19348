//! Answers to the figures of the chapters from step 3 on: each question is a task beside the others.
//!
//! - [`references`]: the models of step 1, as lines to cross.
//! - [`results`]: what was measured in advance.
//! - `sweep`: runs for scaling laws.
//! - `wall`: agreement over a distance. `continuations`: several of one prompt.
//! - `attention`: what tokens look at. `heads`: how often that is the noun that decides.
//! - `pieces`: byte pair encoding, merge by merge.

mod attention;
mod continuations;
#[cfg(not(target_arch = "wasm32"))]
mod heads;
mod pieces;
#[cfg(not(target_arch = "wasm32"))]
mod references;
pub mod results;
mod sweep;
mod wall;

use std::cell::RefCell;
use std::rc::Rc;

use continuations::Wish;

#[cfg(not(target_arch = "wasm32"))]
use super::exam;
use super::executors::Executors;
use super::model_files::Opened;
use super::models::Models;
use crate::nn::reader::Reader;
use crate::protocol::figures::{Answer, Question};
use crate::protocol::models::{Entry, Which};
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::scaling::Count;
use crate::protocol::scaling::SweepSpec;
use crate::spec::ModelConfig;
use crate::stages::scaling::{self, Offset};
use crate::world::World;

/// What questions are answered from; a clone is another handle.
#[derive(Clone)]
pub struct Figures {
    pub executors: Rc<Executors>,
    pub models: Models,
    world: Rc<RefCell<Option<Rc<World>>>>,
    /// What the slider of merges is told of, kept since each of its moves is a question.
    sample: Rc<RefCell<Option<Rc<pieces::Sample>>>>,
    /// The model in training as it was when the question came.
    pub run: Option<Rc<Opened>>,
}

impl Figures {
    pub fn new(executors: Rc<Executors>, models: Models) -> Self {
        Self { executors, models, world: Rc::default(), sample: Rc::default(), run: None }
    }

    /// Answers a question; `say` hears each answer.
    ///
    /// # Errors
    /// What was wrong and what to do, as a sentence.
    pub async fn answer(self, question: Question, say: impl Fn(Answer)) -> Result<(), String> {
        match question {
            Question::Models => say(Answer::Models(self.all().await?)),
            Question::Pieces { model, text, merges } => say(Answer::Pieces(pieces::pieces(&self, &model, &text, merges).await?)),
            Question::Attention { model, text } => attention::attention(&self, &model, &text, &say).await?,
            #[cfg(not(target_arch = "wasm32"))]
            Question::Heads { model, probes } => heads::heads(&self, &model, probes, &say).await?,
            #[cfg(not(target_arch = "wasm32"))]
            Question::Exam { model } => say(Answer::Exam(exam::take(&self, &*self.opened(&model).await?).await?.0)),
            Question::Baked { name } => {
                let (baked, answers) = results::read(&name).await?;
                say(Answer::Baked(baked));
                answers.into_iter().for_each(say);
            }
            Question::Plan { sweep } => say(Answer::Planned(scaling::plan(&sweep)?)),
            #[cfg(not(target_arch = "wasm32"))]
            Question::Sweep { sweep } => {
                let runs = scaling::plan(&sweep)?;
                say(Answer::Planned(runs.clone()));
                sweep::train(&self, runs, &say).await?;
            }
            Question::Train { runs } => sweep::train(&self, runs, &say).await?,
            Question::Fit { runs, count, fits_offset } => say(Answer::Fits(Box::new(scaling::fit(&runs, count, offset(fits_offset))))),
            Question::Predict { runs, count, along, fits_offset, flops } => {
                let prediction = scaling::predict(&runs, count, along, offset(fits_offset), flops)?;
                let size = scaling::isoflop(&runs, count)?.optimal?.at(flops).0;
                let planned = scaling::at_compute(&SweepSpec::default(), flops, size, count, 1)?;
                say(Answer::Predicted(prediction, planned));
            }
            #[cfg(not(target_arch = "wasm32"))]
            Question::LargeAndSmall { runs, flops } => {
                let size = scaling::isoflop(&runs, Count::Total)?.optimal?.at(flops).0;
                say(Answer::Planned(scaling::large_and_small(&SweepSpec::default(), flops, size, 1)?.to_vec()));
            }
            #[cfg(not(target_arch = "wasm32"))]
            Question::References => references::references(&self, &say).await?,
            Question::Wall { model, probes } => wall::wall(&self, &model, probes, &say).await?,
            #[cfg(not(target_arch = "wasm32"))]
            Question::NgramWall { order, words, probes } => wall::ngrams(&self, order, words, probes, &say).await?,
            Question::Continue { model, prompt, count, length, temperature, seed } => {
                let wish = Wish { prompt, count, length, temperature, seed };
                continuations::continuations(&self, &model, &wish, &say).await?;
            }
        }
        Ok(())
    }

    /// The models made in advance, then the visitor's own.
    pub async fn all(&self) -> Result<Vec<Entry>, String> {
        Ok([self.models.baked().await?, self.models.own().await.unwrap_or_default()].concat())
    }

    /// # Errors
    /// Why it cannot be opened, as a sentence.
    pub async fn opened(&self, which: &Which) -> Result<Rc<Opened>, String> {
        match (which, &self.run) {
            (Which::Run, Some(run)) => Ok(Rc::clone(run)),
            _ => self.models.load(which).await,
        }
    }

    /// A model that reads and writes with these weights.
    ///
    /// # Errors
    /// Why it cannot be built, as a sentence.
    pub async fn reader(&self, config: &ModelConfig, parameters: &[f32]) -> Result<Reader, String> {
        let device = self.executors.open(self.executors.info.auto).await.map_err(|error| error.to_string())?;
        Reader::new(device, config.clone(), parameters).await.map_err(|error| error.to_string())
    }

    /// The built-in world, fetched once.
    ///
    /// # Errors
    /// What could not be fetched, as a sentence.
    pub async fn world(&self) -> Result<Rc<World>, String> {
        if let Some(world) = self.world.borrow().clone() {
            return Ok(world);
        }
        let world = Rc::new(World::load().await?);
        *self.world.borrow_mut() = Some(Rc::clone(&world));
        Ok(world)
    }
}

fn offset(is_fitted: bool) -> Offset {
    if is_fitted { Offset::Fitted } else { Offset::Zero }
}
