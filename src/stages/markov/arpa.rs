//! ARPA files: what every toolkit for n-grams reads and writes (Doug Paul's format; the SRILM manual page `ngram-format`).
//!
//! A line an n-gram: log10 p(w given h), the n-gram's words, and, unless it is of the highest order, log10 of the weight that it
//! has as a context, by which a shorter context's probabilities are multiplied for words that were not seen after it.

mod decimal;
mod read;
mod write;

pub use read::{ArpaModel, read};
pub use write::Writer;
