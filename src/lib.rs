//! Seven Steps: every step of a language model, trained in a browser tab.

pub mod text;
