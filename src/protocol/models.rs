//! A model as pages and files speak of it: the card that goes with its weights, and what it was measured at.

use serde::{Deserialize, Serialize};

use super::ngrams::Distance;
use crate::spec::{ModelConfig, Roles};

/// The version of [`Card`] that this program writes.
pub const FORMAT: u32 = 1;

/// What goes with a model's weights and tokenizer (`card.json`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub format: u32,
    /// The first 16 hexadecimal digits of the SHA-256 of its weights, in half precision, and its tokenizer.
    pub id: String,
    pub name: String,
    pub stage: Stage,
    pub config: ModelConfig,
    /// The ids of its role tokens, if its tokenizer has them.
    pub roles: Option<Roles>,
    /// The models that it came from, the first of all first.
    pub parents: Vec<Parent>,
    /// The spec that made it, as an address says it.
    pub recipe: String,
    /// Tokens that it learnt from in its stage.
    pub tokens: u64,
    /// Milliseconds since 1970 when a visitor made it; 0 for those made in advance, which are the same each time.
    pub made: f64,
    pub exam: Exam,
}

/// How a model was made from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Pretraining,
    /// Instruction tuning.
    Tuning,
}

/// A model on the road to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    pub id: String,
    pub name: String,
    pub stage: Stage,
}

/// What a model was measured at; what was not measured is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exam {
    /// On held-out text of the run that made it.
    pub bits_per_byte: Option<f32>,
}

/// How often the right one of two words is the likelier, by the distance to the word that decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wall {
    /// A verb with its subject, in number.
    pub verbs: Vec<Distance>,
    /// A pronoun with whom it means, in gender.
    pub pronouns: Vec<Distance>,
}

/// A model that can be opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub which: Which,
    pub card: Card,
    /// Bytes of its files.
    pub bytes: u64,
}

/// Which model is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// One that was made in advance, by its name.
    Baked(String),
    /// One on the visitor's shelf, by its id.
    Own(String),
    /// The one in training.
    Run,
}
