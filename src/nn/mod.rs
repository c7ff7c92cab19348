//! The neural network: one Llama-family transformer, recorded as programs of kernel calls.
//!
//! - [`layout`]: where each parameter tensor lies in the one flat buffer, under its Hugging Face name, and how it begins.
//! - [`transformer`]: the forward and backward passes, recorded.
//! - [`model`]: the model on a device: train, evaluate, decode.
//! - [`inference`]: what a model is asked whether or not it trains.
//! - [`group`]: many continuations side by side.
//! - [`reader`]: a model for inference alone.
//! - [`optimizer`]: AdamW's settings for one step.
//! - [`profile`]: where the time of a step goes.

pub mod group;
pub mod inference;
pub mod layout;
pub mod model;
pub mod optimizer;
pub mod profile;
pub mod reader;
pub mod transformer;
