//! The worker: owns the device, the data and the storage, and does what the page asks. The same session runs natively.
//!
//! - [`session`]: the loop: commands in, events out, one run at a time.
//! - `commands`, `files`: what each command does.
//! - `entry`: the session in a browser's worker.
//! - `local`: a session in a native process.
//! - `headless`: the command line over it.
//! - [`message`]: requests, the sink of events, problems.
//! - [`source`]: text from the page's files and addresses.
//! - [`prepare`]: from a text to a tokenizer and tokens.
//! - [`executors`]: which executor a run gets, and why.
//! - [`trainer`]: the training loop of every stage.
//! - [`meter`]: how long and how fast.
//! - [`generate`]: writing text.
//! - [`score`]: how likely a text is.
//! - [`workshop`]: what only the workshop does.
//! - [`estimate`]: what each preset costs here.
//! - [`checkpoint`], [`keeper`], [`storage`]: a run as one file, kept and found again.
//! - [`shared_text`]: the visitor's own text, for all pages.
//! - [`export`]: files to take away.
//! - [`model_files`], [`models`], `shelf`: a model of its own, and where models are; `turns`: one access to them after the other.
//! - [`figures`]: what the chapters from step 3 on ask.
//! - `exam`: what a model knows, and what it does when it is asked.
//! - `library`, `tasks`, `pace`: the chapters' texts, and questions answered side by side.
//! - [`ngrams`], [`words`]: the chapters, each in a worker of its own.
//! - [`bench`]: benchmarks, in a worker of their own.

pub mod bench;
pub mod checkpoint;
mod commands;
#[cfg(target_arch = "wasm32")]
pub mod entry;
pub mod estimate;
#[cfg(not(target_arch = "wasm32"))]
pub mod exam;
pub mod executors;
pub mod export;
pub mod figures;
mod files;
pub mod generate;
#[cfg(not(target_arch = "wasm32"))]
pub mod headless;
pub mod keeper;
mod library;
#[cfg(not(target_arch = "wasm32"))]
pub mod local;
pub mod message;
pub mod meter;
pub mod model_files;
pub mod models;
pub mod ngrams;
mod pace;
pub mod post_training;
pub mod prepare;
pub mod score;
pub mod session;
pub mod shared_text;
mod shelf;
pub mod source;
pub mod storage;
mod tasks;
pub mod trainer;
mod turns;
pub mod words;
pub mod workshop;
