//! Seven Steps: every step of a language model, trained in a browser tab.

pub mod catalog;
pub mod engine;
pub mod platform;
pub mod protocol;
pub mod spec;
pub mod text;
pub mod url;
