//! How strongly pairs of rows pull at each other in logistic regression.

use super::math::{dot, sigmoid};

/// A pair whose score x·t is as far from 0 as this counts as settled and pulls no more. word2vec.c does so for hierarchical
/// softmax and gensim for negative sampling too: without it two words that only ever occur together grow without end.
const SETTLED: f32 = 6.0;

/// How strongly a pair of that score pulls: label − σ(score), the step down the gradient of −log σ(±score), or 0 if it is settled.
#[inline(always)]
pub fn strength(score: f32, label: f32) -> f32 {
    if score.abs() >= SETTLED { 0.0 } else { label - sigmoid(score) }
}

/// pulls = rate · [`strength`] of x·t. `pairs` [P, 2] (`u32` bits): a row of `x` and one of `t`, both [·, C]; `labels`,
/// `pulls` [P].
pub fn logistic_pull(pairs: &[f32], labels: &[f32], x: &[f32], t: &[f32], pulls: &mut [f32], channels: usize, rate: f32) {
    for ((&[a, b], label), pull) in pairs.as_chunks().0.iter().zip(labels).zip(pulls) {
        let [a, b] = [a, b].map(|row| row.to_bits() as usize * channels);
        *pull = rate * strength(dot(&x[a..a + channels], &t[b..b + channels]), *label);
    }
}
