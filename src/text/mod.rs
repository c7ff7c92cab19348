//! Text: from a visitor's files to documents, and from documents to token ids and back.
//!
//! - [`corpus`]: named byte sources become documents, split for training and validation.
//! - [`pretokenize`]: from a text to words, which tokens never span.
//! - [`tokenizer`]: the vocabulary; encoding, decoding, streaming.
//! - [`bpe_train`]: learns a vocabulary of byte pair encoding.
//! - [`stretches`]: the lines of a text, of bounded length.
//! - [`words`]: from a line to words and marks, and back.
//! - `hf_json`: [`Tokenizer::to_json`] and [`Tokenizer::from_json`].

mod bpe;
pub mod bpe_train;
pub mod corpus;
mod hf_json;
pub mod pretokenize;
mod sniff;
pub mod stretches;
pub mod tokenizer;
mod unicode;
pub mod words;

pub use bpe_train::{BpeTrainer, VOCAB_SIZES, train_bpe};
pub use corpus::{Corpus, Counts, Source, Split, check_length, check_size};
pub use sniff::{ARPA, VECTORS, kind_of, read_text};
pub use tokenizer::{CONTROL_TOKENS, Encoding, StreamDecoder, Tokenizer, TokenizerKind};

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
