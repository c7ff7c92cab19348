//! Markov models of text: what comes next follows from the last few tokens, or from a hidden state.

pub mod hmm;

/// A token outside of the vocabulary, `<unk>`.
pub const UNKNOWN: u32 = 0;
/// The beginning of a sentence, `<s>`: stands before the first token, and is never predicted.
pub const BEGIN: u32 = 1;
/// The end of a sentence, `</s>`: predicted like a word.
pub const END: u32 = 2;
