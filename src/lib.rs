//! Seven Steps: every step of a language model, trained in a browser tab.

pub mod catalog;
pub mod engine;
pub mod nn;
pub mod platform;
pub mod protocol;
pub mod rng;
pub mod spec;
pub mod stages;
pub mod text;
#[cfg(feature = "page")]
pub mod ui;
pub mod url;
pub mod worker;

/// A third of the size of the usual one, in constant time.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
