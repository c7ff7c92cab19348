//! The second half of the gradient's norm, and the end of a step's metrics.

use super::RING;
use super::step::StepParams;

/// Writes the factor that clips the gradient to `step.clip` and the step's (loss, norm) into `metrics` [METRICS], from the
/// sums of squares in `partials` [256].
pub fn clip_factor(partials: &[f32], metrics: &mut [f32], step: &StepParams) {
    let norm = partials.iter().map(|&partial| f64::from(partial)).sum::<f64>().sqrt() as f32;
    let entry = 2 + 2 * (step.step.wrapping_sub(1) as usize % RING);
    metrics[entry] = metrics[0];
    metrics[entry + 1] = norm;
    metrics[0] = 0.0;
    metrics[1] = if step.clip > 0.0 && norm > step.clip { step.clip / norm } else { 1.0 };
}
