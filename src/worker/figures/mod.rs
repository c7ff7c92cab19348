//! Answers to the figures of the chapters from step 3 on: each question is a task beside the others.
//!
//! - [`references`]: the models of step 1, as lines to cross.
//! - [`results`]: what was measured in advance.

mod references;
pub mod results;

use std::cell::RefCell;
use std::rc::Rc;

use super::executors::Executors;
use super::model_files::Opened;
use super::models::Models;
use crate::protocol::figures::{Answer, Question};
use crate::protocol::models::{Entry, Which};
use crate::world::World;

/// What questions are answered from; a clone is another handle.
#[derive(Clone)]
pub struct Figures {
    pub executors: Rc<Executors>,
    pub models: Models,
    world: Rc<RefCell<Option<Rc<World>>>>,
    /// The model in training as it was when the question came.
    pub run: Option<Rc<Opened>>,
}

impl Figures {
    pub fn new(executors: Rc<Executors>, models: Models) -> Self {
        Self { executors, models, world: Rc::default(), run: None }
    }

    /// Answers a question; `say` hears each answer.
    ///
    /// # Errors
    /// What was wrong and what to do, as a sentence.
    pub async fn answer(self, question: Question, say: impl Fn(Answer)) -> Result<(), String> {
        match question {
            Question::Models => say(Answer::Models(self.all().await?)),
            Question::Baked { name } => results::baked(&name, &say).await?,
            Question::References => references::references(&self, &say).await?,
            other => return Err(format!("{other:?}")),
        }
        Ok(())
    }

    /// The models made in advance, then the visitor's own.
    async fn all(&self) -> Result<Vec<Entry>, String> {
        Ok([self.models.baked().await?, self.models.own().await].concat())
    }

    /// # Errors
    /// Why it cannot be opened, as a sentence.
    pub async fn opened(&self, which: &Which) -> Result<Rc<Opened>, String> {
        match (which, &self.run) {
            (Which::Run, Some(run)) => Ok(Rc::clone(run)),
            _ => self.models.load(which).await,
        }
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
