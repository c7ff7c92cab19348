//! Text: from a visitor's files to documents, and from documents to token ids and back.
//!
//! - [`corpus`]: named byte sources become documents, split for training and validation.
//! - [`tokenizer`]: the vocabulary; encoding, decoding, streaming.

pub mod corpus;
pub mod rng;
mod sniff;
pub mod tokenizer;

pub use corpus::{Corpus, Counts, Source, Split, check_length, check_size};
pub use tokenizer::{Encoding, StreamDecoder, Tokenizer, TokenizerKind};

/// Why a text, a corpus or a tokenizer was refused: one sentence for the visitor that says
/// what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}
