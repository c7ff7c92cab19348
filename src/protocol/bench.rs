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
    /// Draws `tokens` tokens after token 1 for so many sequences side by side.
    Continue { sequences: u32, tokens: u32 },
    /// Says which tiles matrix products have on the device.
    Tiles,
    /// Builds the model as [`Bench::Model`] does, and times each call of its training step against what the device could do.
    Profile { spec: String, vocab: u32 },
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
    Profile(Profile),
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

/// A training step against the least that this device could take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// FLOP/s of multiply-adds in registers.
    pub peak_flops_per_second: f64,
    /// Bytes a second that copies read and write: one that stays in the nearest cache, and one that goes through memory.
    pub cached_bytes_per_second: f64,
    pub memory_bytes_per_second: f64,
    /// A whole step, from its upload until it is done.
    pub seconds: f64,
    pub tokens: u32,
    /// The kernel calls of a step, those of one kernel and shape together.
    pub calls: Vec<CallReport>,
    /// What a step that is not the first asks of the GPU, and one readback of what it measured; none on the CPU.
    pub counts: Option<Counts>,
}

impl Profile {
    /// Kernel calls of a step.
    pub fn kernel_calls(&self) -> u32 {
        self.calls.iter().map(|call| call.count).sum()
    }
}

/// Calls of one kernel with one shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallReport {
    pub kernel: String,
    pub shape: String,
    /// How many of them a step has; all else is of one of them.
    pub count: u32,
    /// Measured, alone.
    pub seconds: f64,
    /// The least that the device could take.
    pub floor: f64,
    pub flops: f64,
    pub bytes: f64,
}

/// What the GPU executor asked of its device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub submits: u32,
    /// Created, like the next two.
    pub buffers: u32,
    pub bind_groups: u32,
    pub pipelines: u32,
    pub readbacks: u32,
}

impl Counts {
    /// What came after `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            submits: self.submits - before.submits,
            buffers: self.buffers - before.buffers,
            bind_groups: self.bind_groups - before.bind_groups,
            pipelines: self.pipelines - before.pipelines,
            readbacks: self.readbacks - before.readbacks,
        }
    }
}
