//! What a run measures.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub steps: Vec<StepMetrics>,
    pub validations: Vec<Validation>,
    pub samples: Vec<Sample>,
}

impl History {
    /// Measurements of a kind that are kept at most.
    const MOST: usize = 10_000;

    pub fn add_steps(&mut self, steps: &[StepMetrics]) {
        self.steps.extend(steps);
        thin(&mut self.steps);
    }

    pub fn add_validation(&mut self, validation: Validation) {
        self.validations.push(validation);
        thin(&mut self.validations);
    }
}

/// Drops every other measurement when there are many, so that a long run's history stays small.
fn thin<T>(measurements: &mut Vec<T>) {
    if measurements.len() > History::MOST {
        let mut keep = false;
        measurements.retain(|_| {
            keep = !keep;
            keep
        });
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Steps done, this one included.
    pub step: u32,
    /// Tokens trained on so far.
    pub tokens: u64,
    /// Training loss of the step's batch.
    pub bits_per_byte: f32,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f32,
    pub lr: f32,
    /// Seconds of training so far, pauses left out.
    pub seconds: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    pub step: u32,
    pub tokens: u64,
    pub bits_per_byte: f32,
    pub seconds: f32,
}

/// What the model wrote on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub step: u32,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    pub tokens_per_second: f32,
    pub flops_per_second: f64,
    /// What this executor reached in a short matmul at the start of the run.
    pub peak_flops_per_second: f64,
    pub seconds_left: f32,
}
