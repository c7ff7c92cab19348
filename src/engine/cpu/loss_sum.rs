//! The step's loss.

/// Adds Σ weight · loss to `metrics[0]`: `losses`, `weights` [M].
pub fn loss_sum(losses: &[f32], weights: &[f32], metrics: &mut [f32]) {
    let sum: f64 = losses.iter().zip(weights).map(|(&loss, &weight)| f64::from(loss) * f64::from(weight)).sum();
    metrics[0] += sum as f32;
}
