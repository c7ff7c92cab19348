//! Seven Steps: every step of a language model, trained in a browser tab.
//!
//! - [`spec`], [`catalog`], [`url`]: what a run is, its knobs, and how an address says it.
//! - [`protocol`]: what page and worker say to each other.
//! - `ui`: the page.
//! - [`worker`]: the session, with its data, storage and exports.
//! - [`stages`]: each stage's data, signal and metrics.
//! - [`nn`]: the transformer on a device. [`engine`]: devices, programs and kernels.
//! - [`text`]: files to documents, documents to tokens.
//! - [`tasks`]: prompts, demonstrations and checkers about that world.
//! - [`world`]: the built-in text, told from a grammar.
//! - [`platform`], [`rng`], [`trig`]: what differs between a browser and a process, random numbers that follow from a count, and
//!   sines that take little room.

pub mod catalog;
pub mod engine;
pub mod nn;
pub mod platform;
pub mod protocol;
pub mod rng;
pub mod spec;
pub mod stages;
pub mod tasks;
pub mod text;
pub mod trig;
#[cfg(feature = "page")]
pub mod ui;
pub mod url;
pub mod worker;
pub mod world;

/// A third of the size of the usual one, in constant time.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
