//! The stages of making a language model: each is its data, its signal and its metrics over the one training loop.
//!
//! - [`words`]: a text as words are learnt from it.
//! - [`word2vec`]: Word2Vec as a program of a device.
//! - [`stage`]: what a stage is to the trainer.
//! - [`pretrain`]: predict the next token of any text.
//! - [`sft`]: learn from demonstrations.
//! - [`scaling`]: laws of the loss over parameters, tokens and compute, and the runs that they are fitted to.

pub mod pretrain;
pub mod scaling;
pub mod sft;
pub mod stage;
pub mod word2vec;
pub mod words;
