//! How strongly pairs of rows pull at each other in logistic regression.

use super::math::{dot, sigmoid};

/// pulls = rate · (label − σ(x·t)), the step down the gradient of −log σ(±x·t). `pairs` [P, 2] (`u32` bits): a row of `x` and one
/// of `t`, both [·, C]; `labels`, `pulls` [P].
pub fn logistic_pull(pairs: &[f32], labels: &[f32], x: &[f32], t: &[f32], pulls: &mut [f32], channels: usize, rate: f32) {
    for ((&[a, b], label), pull) in pairs.as_chunks().0.iter().zip(labels).zip(pulls) {
        let [a, b] = [a, b].map(|row| row.to_bits() as usize * channels);
        *pull = rate * (label - sigmoid(dot(&x[a..a + channels], &t[b..b + channels])));
    }
}
