//! The page: all that runs on the main thread. It draws and asks; the worker computes.
//!
//! - [`format`]: numbers with their units, in words and digits.
//! - [`settings`], [`word_settings`], [`model_settings`]: those of the chapters, as their addresses say them.
//! - [`plot`]: axes, ticks and thinning of curves; [`curves`]: a run's, as SVG paths; [`lines`]: a few lines, one of them lit.
//! - [`crossings`]: when a loss passes a line, and how far a guess is from a measurement.
//! - [`labels`]: names beside points; [`offers`]: what figures on words offer to type.
//! - [`scaling`]: scaling laws, as charts and in words.
//! - [`tuning`]: exams on tasks, as lines and shares; [`tuning_settings`]: a run of tuning, as an address says it.
//! - [`proportion`]: how far a share of trials is known.
//! - [`passage`]: a text's end as a model with a short window sees it.
//!
//! In the browser only:
//! - `address`: what follows the `#` in the page's address.
//! - `chapters`: the live figures of the chapters, in their pages.
//! - `app`: the workshop; `state`: what it knows, fed by the worker's events; `link`: what goes to and from its worker.
//! - `wire`: a worker, and what it says.
//! - `shelf`: the models, to choose from.
//! - `sections`: text, model, train, generate, compare, keep; `controls`: knobs and small parts; `figures`: each usable alone.

pub mod crossings;
pub mod curves;
pub mod format;
pub mod labels;
pub mod lines;
pub mod model_settings;
pub mod offers;
pub mod passage;
pub mod plot;
pub mod proportion;
pub mod scaling;
pub mod settings;
pub mod tuning;
pub mod tuning_settings;
pub mod word_settings;

#[cfg(target_arch = "wasm32")]
mod address;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod chapters;
#[cfg(target_arch = "wasm32")]
mod controls;
#[cfg(target_arch = "wasm32")]
pub mod figures;
#[cfg(target_arch = "wasm32")]
mod link;
#[cfg(target_arch = "wasm32")]
mod persistence;
#[cfg(target_arch = "wasm32")]
mod sections;
#[cfg(target_arch = "wasm32")]
mod shelf;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
mod wire;

#[cfg(target_arch = "wasm32")]
pub use app::mount as workshop;
#[cfg(target_arch = "wasm32")]
pub use chapters::{ngrams, pretraining, tuning, words};
