//! What `bench.html` and its worker say to each other, in JSON.

use serde::{Deserialize, Serialize};

use crate::spec::ExecutorChoice;

/// The parts of a benchmark (`bench.html`), on a device of its own. Each is answered, when the device has finished it, with
/// `{"Ok": …}`, what was [`Found`], or with `{"Err": …}`, a sentence.
#[derive(Clone, Debug, Deserialize)]
pub enum Bench {
    /// First of all: takes an executor, with nothing on it.
    Open { executor: ExecutorChoice },
    /// Puts two matrices, attached as f32 words, a [m,k] and b [k,n], on the device.
    Matmul { m: u32, k: u32, n: u32 },
    /// Multiplies them `times` times.
    Multiply { times: u32 },
    /// Hands out the last product [m,n], its f32 words attached.
    Product,
    /// Builds the model of a spec, which is written as in an address, for a vocabulary of `vocab`, fresh, on one seeded batch of
    /// random tokens.
    Model { spec: String, vocab: u32 },
    /// One training step on that batch.
    Step,
    /// Greedy generation of `tokens` tokens after token 1, by the model as it is.
    Generate { tokens: u32 },
    /// Says which tiles matrix products have on the device.
    Tiles,
    /// Runs every kernel on the device against its CPU twin.
    SelfTest,
}

/// What a part of a benchmark found.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Found {
    Opened {
        /// [`super::version`].
        version: String,
        /// The executor's name.
        device: String,
        /// Whether there is a GPU.
        gpu: bool,
        /// What `ExecutorChoice::Auto` takes, in a sentence.
        why: String,
    },
    Model {
        parameters: u64,
        /// Floating-point operations of a trained token.
        flops_per_token: f64,
    },
    /// Loss of a step, in nats a token.
    Step {
        loss: f32,
    },
    Generated {
        tokens: Vec<u32>,
    },
    Tiles {
        tiles: Vec<TilesReport>,
    },
    SelfTest {
        kernels: Vec<KernelReport>,
    },
    /// Nothing beyond that it is done.
    Done {},
}

/// The tiles of a sort of matrix products.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TilesReport {
    pub kernel: &'static str,
    /// Outputs from which on.
    pub outputs: u64,
    pub tiles: String,
}

/// A kernel against its CPU twin on this device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelReport {
    pub kernel: String,
    pub shape: String,
    /// Greatest difference, relative to the largest magnitude in the twin's result.
    pub error: f32,
    pub passed: bool,
}
