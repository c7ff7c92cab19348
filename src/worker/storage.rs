//! Where runs and texts are kept: a folder for each, of files that are each whole or not there.
//!
//! In the browser this is the origin private file system, natively a directory.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub use browser::Storage;
#[cfg(not(target_arch = "wasm32"))]
pub use native::Storage;

/// The folder of the runs.
pub const RUNS: &str = "runs";
/// The folder of the visitor's models.
pub const MODELS: &str = "models";
/// The folder of the visitor's text, which all pages of the site share.
pub const TEXTS: &str = "texts";
