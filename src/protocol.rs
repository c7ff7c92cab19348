//! What the page and the worker say to each other: compact bytes, with files and bytes attached beside them.
//!
//! The page sends `postMessage([bytes, ...attachments])` with a [`Command`] as [`encode`] writes it, the worker answers likewise
//! with [`Event`]s. A worker that has begun to listen posts an empty array, once; the page answers with [`Command::Hello`].
//! The first variant of each side, and the version first in it, never change, so a stale cached worker can be told apart.
//!
//! The benchmark has a worker of its own, and a page without this crate: `bench.js` sends `[json, ...attachments]` with a
//! [`bench::Bench`] and is answered likewise.

pub mod bench;
pub mod chapter;
pub mod figures;
pub mod manner;
mod measured;
pub mod models;
pub mod ngrams;
pub mod post_training;
pub mod scaling;
pub mod tuning;
pub mod words;

pub use measured::{History, Sample, Speed, StepMetrics, Validation};
use serde::{Deserialize, Serialize};

use crate::spec::{ModelConfig, RunSpec, TextChoice};

/// The version of both sides, which must agree at the handshake: the package's, and the build's, which `cargo xtask build` stamps.
pub fn version() -> String {
    format!("{}+{BUILD}", env!("CARGO_PKG_VERSION"))
}

/// The build's stamp.
pub const BUILD: &str = match option_env!("SEVEN_STEPS_BUILD") {
    Some(build) => build,
    None => "dev",
};

/// A message's bytes (postcard: fields in order, without their names).
pub fn encode(message: &impl Serialize) -> Vec<u8> {
    // Fails only for sequences of unknown length, and there are none.
    postcard::to_allocvec(message).unwrap_or_default()
}

/// The message that the other side encoded.
///
/// # Errors
/// What is wrong with the bytes.
pub fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

/// From the page to the worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// First of all. Answered by [`Event::Ready`]; nothing else is answered before it.
    Hello {
        version: String,
    },
    /// Takes text. Answered by [`Event::Loading`], then [`Event::TextReady`] or [`Event::Refused`].
    LoadText(TextSource),
    /// Gives up a fetch under way; the text from before stays.
    CancelLoad,
    /// Times a few warm-up steps of every preset on the executor that `spec` asks for. Answered by [`Event::Estimates`].
    Estimate {
        spec: RunSpec,
    },
    /// Begins a run from fresh weights; a run under way is stopped first.
    Start {
        spec: RunSpec,
    },
    Pause,
    Resume,
    /// Ends the run for good; the model stays for generation.
    Stop,
    /// Forgets the run and the model.
    Reset,
    /// Sets the peak of the schedule from the next step on.
    SetLearningRate {
        lr: f32,
    },
    /// Writes text. Answered by [`Event::Generated`] tokens and one [`Event::GenerationDone`]. Replaces a generation under way.
    Generate {
        id: u32,
        request: GenerateRequest,
    },
    StopGenerating,
    /// Scores a text. Answered by [`Event::Scored`].
    Score {
        id: u32,
        text: String,
    },
    /// Hands out a file. Answered by [`Event::Exported`] with the bytes attached.
    Export(ExportKind),
    /// Takes a file of ours, its bytes attached: a checkpoint (the run can be continued), or a `tokenizer.json`, which the next
    /// run uses instead of training one.
    Open {
        name: String,
    },
    /// Goes on from a kept checkpoint, exactly. The run is left paused at its step. Where another tab has it open, it is taken from
    /// there, or else the answer is [`Event::Held`].
    Restore {
        run: String,
        take_over: bool,
    },
    /// Deletes what is kept of a run.
    Forget {
        run: String,
    },
    /// The tab was hidden or shown again.
    Visibility {
        hidden: bool,
    },
    /// A figure's question; what is still answered on its line is given up.
    Ask {
        line: figures::Line,
        question: figures::Question,
    },
    /// Gives up what is answered on a line.
    Drop {
        line: figures::Line,
    },
    /// Opens a model to write and score with, in the place of what stands. Answered by [`Event::Opened`].
    OpenModel {
        which: models::Which,
    },
    RenameModel {
        id: String,
        name: String,
    },
    DeleteModel {
        id: String,
    },
    /// Hands out a model: `card.json`, `model.safetensors`, `tokenizer.json`, and what Hugging Face needs beside them, one
    /// [`Event::Exported`] each.
    ExportModel {
        which: models::Which,
    },
}

/// Where text comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum TextSource {
    /// The built-in text.
    Starter,
    /// The same because an address says so: the visitor's own text stays kept.
    Named,
    /// The visitor's own text that was kept last, on this page or another; the built-in one if there is none.
    Kept,
    Pasted {
        text: String,
    },
    /// The `File`s are attached, in order.
    Files,
    Url {
        url: String,
    },
}

/// How to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerateRequest {
    pub prompt: String,
    /// Divides the logits; 0 is greedy.
    pub temperature: f32,
    /// Draw among the k likeliest tokens; 0 is all.
    pub top_k: u32,
    /// Draw among the likeliest tokens that hold this share of the probability; 1 is all.
    pub top_p: f32,
    /// Tokens to write at most.
    pub length: u32,
    /// Writing ends when this text appears; empty for never.
    pub stop: String,
    pub seed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportKind {
    /// Everything needed to go on: one safetensors file.
    Checkpoint,
    /// `config.json`, `model.safetensors`, `tokenizer.json`, `tokenizer_config.json`: one event each; Hugging Face loads the folder.
    Model,
    Tokenizer,
    /// One JSON object a line.
    Metrics,
    Spec,
}

/// From the worker to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    Ready {
        version: String,
        device: DeviceInfo,
        kept: Vec<KeptRun>,
    },
    /// A fetch or read under way; `total` bytes where known.
    Loading {
        received: u64,
        total: Option<u64>,
    },
    TextReady(TextSummary),
    /// A command could not be followed: what was wrong and what to do. What stood before stands, but for a run that another was
    /// to replace: that one is among those kept.
    Refused {
        about: Subject,
        message: String,
    },
    Estimates(Vec<PresetEstimate>),
    Phase(Phase),
    /// The run that now stands, at its start or when it was restored.
    Run(RunInfo),
    /// Metrics since the last event, in order.
    Steps(Vec<StepMetrics>),
    Validation(Validation),
    Speed(Speed),
    Generated {
        id: u32,
        token: WrittenToken,
    },
    GenerationDone {
        id: u32,
        tokens: u32,
        seconds: f32,
    },
    Scored {
        id: u32,
        score: Score,
    },
    /// The bytes are attached.
    Exported {
        name: String,
        mime: String,
    },
    /// What is kept now: a checkpoint was written whole, or a run deleted.
    Kept {
        runs: Vec<KeptRun>,
    },
    /// Another tab has this kept run open: a sentence on what to do.
    Held {
        run: String,
        message: String,
    },
    /// How much is kept now.
    Room(Room),
    /// The run wrote this after so many steps.
    Sample(Sample),
    /// What the run reads just now: the tokens of a few windows' beginnings.
    Reading {
        tokens: Vec<String>,
    },
    /// A model was opened.
    Opened {
        which: models::Which,
        card: models::Card,
    },
    /// What is on the visitor's shelf now, newest first.
    Shelf(Vec<models::Entry>),
    Answer {
        line: figures::Line,
        answer: figures::Answer,
    },
    /// All answers to the question on this line were given.
    Answered {
        line: figures::Line,
    },
    /// The question on this line cannot be answered: what was wrong and what to do.
    Unanswered {
        line: figures::Line,
        message: String,
    },
    /// The tokenizer that the next run uses instead of its own; none once a run has used it.
    Brought(Option<Brought>),
    /// Worth a sentence, not an error: storage full, the tab is hidden, the GPU was lost and what happens now.
    Note {
        about: Subject,
        message: String,
    },
}

/// A tokenizer from a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brought {
    /// The file's.
    pub name: String,
    /// V, its tokens.
    pub tokens: u32,
}

/// What a refusal or a note is about, so the page can show it in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    Text,
    Model,
    Training,
    Generation,
    Scoring,
    Storage,
    Device,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// The GPU adapter's name, if there is one.
    pub gpu: Option<String>,
    /// Whether that adapter computes in software.
    pub software: bool,
    /// What `ExecutorChoice::Auto` takes here.
    pub auto: ExecutorKind,
    /// Why, in a sentence.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutorKind {
    Gpu,
    Cpu,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextSummary {
    pub choice: TextChoice,
    /// "Built-in text", or the file's name, or "3 files".
    pub name: String,
    pub documents: u32,
    pub bytes: u64,
    pub characters: u64,
    pub words: u64,
    /// The first few hundred characters.
    pub opening: String,
    /// What should be known about it: sentences.
    pub notes: Vec<String>,
}

/// What a preset costs on this device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PresetEstimate {
    /// [`crate::catalog::Preset::key`].
    pub preset: String,
    pub parameters: u64,
    /// Bytes of weights, optimizer state and activations.
    pub memory: u64,
    /// Seconds for all its steps; `None` if it does not fit.
    pub seconds: Option<f32>,
    /// Whether that is of one worker alone where several will share the work.
    pub alone: bool,
    /// Why it does not fit.
    pub problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    Idle,
    /// Training the tokenizer or encoding the text; `done` from 0 to 1.
    Preparing {
        what: String,
        done: f32,
    },
    Training,
    Paused,
    /// All steps done.
    Finished,
    /// Stopped by the visitor.
    Stopped,
    /// Stopped by a problem: what happened and what to do. The last good weights stand.
    Failed {
        message: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The run's name in storage.
    pub run: String,
    pub spec: RunSpec,
    /// Peak of the learning rate's schedule, which the visitor may have changed since.
    pub lr: f32,
    pub model: ModelConfig,
    pub executor: ExecutorKind,
    /// Why this executor, in a sentence.
    pub why: String,
    pub parameters: u64,
    /// Bytes on the executor.
    pub memory: u64,
    pub train_tokens: u64,
    pub validation_tokens: u64,
    /// Mean bytes a token of the training text.
    pub bytes_per_token: f32,
    pub flops_per_token: f64,
    /// Everything measured so far (not empty when restored).
    pub history: History,
}

/// A token written or read by the model, with what else it might have been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenToken {
    /// Text to append; a character cut in two by a token boundary comes whole with the last of its tokens.
    pub text: String,
    /// Whether it comes from the prompt.
    pub prompt: bool,
    /// Probability under the model at temperature 1; `None` for the first token of a text.
    pub probability: Option<f32>,
    /// The likeliest tokens at this place, best first.
    pub alternatives: Vec<Alternative>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    pub text: String,
    pub probability: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Natural log-probability of each token after the first.
    pub tokens: Vec<ScoredToken>,
    /// Sum of the log-probabilities, in nats.
    pub log_probability: f32,
    pub bits_per_byte: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredToken {
    pub text: String,
    pub log_probability: Option<f32>,
}

/// What the storage of this browser holds for the page, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub used: u64,
    /// How much it may hold, where that is known.
    pub most: Option<u64>,
}

/// A checkpoint in storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptRun {
    pub run: String,
    /// The text's name.
    pub text: String,
    pub step: u32,
    pub steps: u32,
    pub parameters: u64,
    /// Last validation, or else training loss.
    pub bits_per_byte: Option<f32>,
    /// Milliseconds since 1970.
    pub saved: f64,
}
