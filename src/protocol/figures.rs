//! What the figures of the chapters from step 3 on ask the worker, and what it answers.
//!
//! A figure asks on a line of its own. A question is answered by any number of answers, then by
//! [`super::Event::Answered`] or [`super::Event::Unanswered`]; another one on the same line takes its place.
//! What takes minutes was asked in advance by the headless runner, and [`Question::Baked`] gives those answers. What only the
//! runner can answer is not in the page, which would have to load it.

use serde::{Deserialize, Serialize};

use super::History;
use super::manner::Manner;
use super::models::{Card, Entry, Wall, Which};
use super::scaling::{Along, Count, PlannedRun, Prediction, ScalingFits, ScalingRun, SweepSpec};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Line {
    Models,
    Pieces,
    Attention,
    Heads,
    Learning,
    References,
    Wall,
    /// Walls that were measured in advance, side by side.
    Measured(u8),
    Answers,
    /// The same question to the model of a step.
    Step(u8),
    /// Exams that were taken in advance, side by side.
    Exams(u8),
    /// Runs of scaling laws that were made in advance.
    Law,
    /// What was foretold of a larger run in advance, and what it came to.
    Foretold,
    /// Which runs a sweep takes.
    Plan,
    /// Runs that are being made here.
    Sweep,
    Fits,
    Prediction,
    LargeAndSmall,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which models there are. [`Answer::Models`].
    Models,
    /// `text` cut by the first `merges` merges of a model's tokenizer. [`Answer::Pieces`].
    Pieces { model: Which, text: String, merges: u32 },
    /// What each token of `text` looks at, before training and after. Two [`Answer::Attention`].
    Attention { model: Which, text: String },
    /// How often the noun that decides gets the most attention of all nouns before it, over so many probes a distance.
    /// [`Answer::Heads`] for the model before training and after.
    #[cfg(not(target_arch = "wasm32"))]
    Heads { model: Which, probes: u32 },
    /// The models of step 1 on the held-out text that the run is validated on. [`Answer::Reference`] each.
    #[cfg(not(target_arch = "wasm32"))]
    References,
    /// Both walls over so many probes a distance, farther and farther: an [`Answer::Wall`] takes the place of the one before it.
    Wall { model: Which, probes: u32 },
    /// The same for the n-grams of `order` words over so many words of the built-in world.
    #[cfg(not(target_arch = "wasm32"))]
    NgramWall { order: u32, words: u32, probes: u32 },
    /// Continues a prompt several times side by side. [`Answer::Continued`], each in the place of the one before it.
    Continue { model: Which, prompt: String, count: u32, length: u32, temperature: f32, seed: u32 },
    /// What a model knows, and what it does when it is asked. [`Answer::Exam`].
    #[cfg(not(target_arch = "wasm32"))]
    Exam { model: Which },
    /// Which runs a sweep takes. [`Answer::Planned`].
    Plan { sweep: SweepSpec },
    /// The same, and the runs, as in [`Question::Train`].
    #[cfg(not(target_arch = "wasm32"))]
    Sweep { sweep: SweepSpec },
    /// Makes runs of scaling laws. [`Answer::Ran`] or [`Answer::Diverged`] for each, and [`Answer::Progress`] on the way.
    Train { runs: Vec<PlannedRun> },
    /// What can be fitted to runs. [`Answer::Fits`].
    Fit { runs: Vec<ScalingRun>, count: Count, fits_offset: bool },
    /// The loss that the law along the valleys, or the best runs, foretells at so many FLOPs, and the run that would be made.
    /// [`Answer::Predicted`].
    Predict { runs: Vec<ScalingRun>, count: Count, along: Along, fits_offset: bool, flops: f64 },
    /// A large model that reads little and a small one that reads more, at equal compute. [`Answer::Planned`].
    #[cfg(not(target_arch = "wasm32"))]
    LargeAndSmall { runs: Vec<ScalingRun>, flops: f64 },
    /// What was answered in advance, under this name: [`Answer::Baked`] first.
    Baked { name: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Models(Vec<Entry>),
    Reference(Reference),
    Wall(WallOf),
    Continued(Vec<Continuation>),
    Baked(Baked),
    /// How a model that was made in advance learnt.
    History(Box<Learnt>),
    Pieces(Pieces),
    Attention(Attention),
    Heads(Heads),
    Planned(Vec<PlannedRun>),
    Ran(ScalingRun),
    /// The loss of this run left all bounds.
    Diverged(PlannedRun),
    Progress(Progress),
    Fits(Box<ScalingFits>),
    Predicted(Prediction, PlannedRun),
    Exam(Exam),
}

/// How far runs are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being trained.
    pub what: String,
    /// Of all, from 0 to 1.
    pub done: f32,
    pub seconds_left: Option<f32>,
}

/// Answers that were measured in advance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baked {
    /// Such as "2026-12-01".
    pub made: String,
    /// The question, as JSON.
    pub question: String,
    pub seconds: f32,
}

/// How a model learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// The model's name.
    pub name: String,
    pub card: Card,
    /// All of the first steps, and some of the others.
    pub history: History,
}

/// A text, cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pieces {
    pub tokens: Vec<String>,
    /// Merges that were applied, of how many.
    pub merges: u32,
    pub of: u32,
    /// The pieces that the last of them joined; none if there was none.
    pub last: Option<[String; 2]>,
    /// Bytes of a sample of the built-in world, and its tokens at this many merges.
    pub sample_bytes: u32,
    pub sample_tokens: u32,
}

/// The attention weights of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    /// Whether the model is trained; else it has the fresh weights that it began with.
    pub trained: bool,
    /// First what stands between documents, since a text is read as one.
    pub tokens: Vec<String>,
    pub layers: u32,
    pub heads: u32,
    /// [layers, heads, T, T]: what token t gives to each other; each row sums to one.
    pub weights: Vec<f32>,
}

/// The head that finds the noun that decides, chosen on other probes than those that it is tried on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heads {
    /// As in [`Attention`].
    pub trained: bool,
    /// From 0.
    pub layer: u32,
    pub head: u32,
    pub rates: Vec<HeadRate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadRate {
    /// Words from the noun that decides to the pronoun.
    pub distance: u32,
    /// How often that noun got the most attention of all nouns before the pronoun.
    pub hits: u32,
    pub of: u32,
    /// The mean of 1 / (nouns before it).
    pub chance: f32,
}

/// A model of step 1 on the held-out text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Such as "trigram".
    pub name: String,
    pub bits_per_byte: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WallOf {
    /// The model's name, or such as "5-gram".
    pub name: String,
    pub wall: Wall,
}

/// What a model knows, and what it does when it is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exam {
    /// The model's.
    pub name: String,
    /// Facts of the world that it completes.
    pub facts: Vec<Known>,
    /// What its continuations of questions are, and how many of each.
    pub manners: Vec<(Manner, u32)>,
}

/// How many facts of a kind a model completes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Such as "capital".
    pub relation: String,
    pub right: u32,
    pub of: u32,
}

/// A prompt's continuation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Continuation {
    pub text: String,
    /// Whether the model ended the document itself.
    pub stopped: bool,
}
