//! AdamW's settings for one step.

use crate::engine::program::StepParams;
use crate::spec::RunSpec;

/// What the update of `step` (from 1) is told, at learning rate `lr`.
pub fn step_params(spec: &RunSpec, lr: f32, step: u32) -> StepParams {
    let RunSpec { beta1, beta2, epsilon, weight_decay, clip, .. } = *spec;
    StepParams { lr, beta1, beta2, epsilon, weight_decay, clip, step, ..StepParams::default() }
}
