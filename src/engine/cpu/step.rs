//! What the optimizer and the sampler are told anew in each step.

use bytemuck::{Pod, Zeroable};

/// What changes between two replays: one uniform, read by the kernels that need it (`shaders/shared/step.wgsl` mirrors it).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct StepParams {
    /// Learning rate.
    pub lr: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Greatest gradient norm; 0 for any.
    pub clip: f32,
    /// Optimizer step, from 1, for the bias correction.
    pub step: u32,
    /// Position of a decoded token in its sequence.
    pub position: u32,
    pub seed: u32,
    /// Softmax temperature; 0 is greedy.
    pub temperature: f32,
    /// 0 is all.
    pub top_k: u32,
    /// 1 is all.
    pub top_p: f32,
}

impl Default for StepParams {
    fn default() -> Self {
        Self { temperature: 1.0, top_p: 1.0, ..Self::zeroed() }
    }
}
