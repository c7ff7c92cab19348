//! The stages of making a language model: each is its data, its signal and its metrics over the one training loop.
//!
//! - [`pretrain`]: predict the next token of any text.

pub mod pretrain;
