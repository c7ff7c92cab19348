//! What the chapters after pretraining say to their worker, and hear from it.
//!
//! A figure asks on a line of its own. A question is answered by any number of answers, then by [`Event::Answered`] or
//! [`Event::Unanswered`]; another one on the same line takes its place. What takes minutes was asked in advance by the headless
//! runner, and [`Question::Baked`] gives those answers.

use serde::{Deserialize, Serialize};

use super::figures::Baked;
use super::models::{Entry, Which};
use super::tuning::{Contest, Demonstration, Pair, Sureness, TaskExam, TuneRun, TuneSpec, TuneStep};

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    Hello {
        version: String,
    },
    Ask {
        line: Line,
        question: Question,
    },
    /// Gives up what is answered on a line.
    Drop {
        line: Line,
    },
    RenameModel {
        id: String,
        name: String,
    },
    DeleteModel {
        id: String,
    },
    ExportModel {
        which: Which,
    },
}

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Ready {
        version: String,
    },
    /// Something about models that the visitor should know.
    Note {
        message: String,
    },
    /// The visitor's own models, as they are now.
    Shelf(Vec<Entry>),
    Answer {
        line: Line,
        answer: Answer,
    },
    Answered {
        line: Line,
    },
    Unanswered {
        line: Line,
        message: String,
    },
    /// A file to take away; its bytes are attached.
    Exported {
        name: String,
        mime: String,
    },
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Line {
    Models,
    /// Demonstrations to look at, and a file of the visitor's.
    Demonstrations,
    Pairs,
    /// A model that is being tuned here, and another one with a few pairs.
    Tuning,
    Few,
    /// What was measured of tuned models in advance.
    Tuned(u8),
    /// What the visitor tries.
    Attempt,
    /// The same question to the model of a step.
    Step(u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which models there are. [`Answer::Models`].
    Models,
    /// What was answered in advance, under this name: [`Answer::Baked`] first.
    Baked { name: String },
    /// Demonstrations of the built-in tasks, so many from number `from` on, as `model` reads them. [`Answer::Demonstrations`].
    Demonstrations { model: Which, spec: Box<TuneSpec>, from: u32, count: u32 },
    /// Pairs in JSON lines. [`Answer::Pairs`].
    ReadPairs { text: String },
    /// Tunes a model. [`Answer::TuneSteps`] and [`Answer::TaskExam`] on the way, [`Answer::Tuned`] at the end.
    Tune { spec: Box<TuneSpec> },
    /// What a model answers to one who asks it, or, if it is no `chat`, how it goes on. [`Answer::Reply`].
    Reply { model: Which, prompt: String, chat: bool, temperature: f32, seed: u32 },
    /// Tunes models one after the other. An [`Answer::TuneRun`] for each.
    #[cfg(not(target_arch = "wasm32"))]
    Tunes { runs: Vec<TuneSpec> },
    /// How sure a model is of right and of wrong answers: to so many prompts of each kind and split. [`Answer::Sure`].
    #[cfg(not(target_arch = "wasm32"))]
    Sure { model: Which, base: Which, each: u32 },
    /// A tuned model and a base model answer the same prompts, so many of each kind and split, and the world's judge compares.
    /// [`Answer::Contest`].
    #[cfg(not(target_arch = "wasm32"))]
    Contest { tuned: Which, base: Which, each: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Models(Vec<Entry>),
    Baked(Baked),
    Demonstrations(Vec<Demonstration>),
    Pairs(Vec<Pair>),
    TuneSteps(Vec<TuneStep>),
    TaskExam(TaskExam),
    /// The model is tuned, and on the shelf, if anything can be kept.
    Tuned(Box<Entry>),
    Reply(Reply),
    TuneRun(Box<TuneRun>),
    Sure(Vec<Sureness>),
    Contest(Contest),
}

/// What a model says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Its tokens, and the probability that the model gave to each.
    pub tokens: Vec<(String, f32)>,
    /// Whether the model ended it itself.
    pub ended: bool,
    /// Whether it refuses.
    pub refused: bool,
}
