//! Markov models of text: what comes next follows from the last few tokens, or from a hidden state.
//!
//! - [`counts`]: how often every n-gram occurs, in sorted arrays.
//! - [`fit`], [`model`]: methods of smoothing, from counts to probabilities.
//! - [`predict`]: what every n-gram model answers, and its measure on held-out text.
//! - [`arpa`]: the files of other toolkits.
//! - [`hmm`]: hidden Markov models.

pub mod arpa;
pub mod counts;
pub mod fit;
pub mod hmm;
pub mod model;
pub mod predict;
mod trie;

pub use counts::{Builder, Counts, estimate_bytes};
pub use fit::Fit;
pub use model::{Model, Smoothing};
pub use predict::{Evaluation, Predictor, Score};
pub use trie::{BEGIN, END, MOST_ORDER, State, UNKNOWN};
