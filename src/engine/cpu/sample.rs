//! Sampling of the next token.

use std::collections::BinaryHeap;
use std::iter;

use super::math::exp;
use super::rng::{gumbel, pcg4d};
use super::step::StepParams;

/// Draws a token (`u32` bits) for each row of `logits` [B,V] into `choices` [B].
///
/// Tokens are ranked by logit, the lower id first among equals. Temperature 0 takes the first. Else `top_k` keeps the first k;
/// of these, by their softmax at the temperature, `top_p` keeps the shortest beginning whose mass is at least p; of these, the
/// greatest of logit / temperature + Gumbel noise wins, keyed by (seed, position, sequence, token).
pub fn sample(logits: &[f32], choices: &mut [f32], vocab: usize, step: &StepParams) {
    for (sequence, (logits, choice)) in logits.chunks_exact(vocab).zip(choices).enumerate() {
        let noisy = |id: u32| {
            let [hash, ..] = pcg4d([step.seed, step.position, sequence as u32, id]);
            logits[id as usize] / step.temperature + gumbel(hash)
        };
        let chosen = if step.temperature <= 0.0 {
            greatest(0..vocab as u32, |id| logits[id as usize])
        } else if (1..vocab as u32).contains(&step.top_k) || step.top_p < 1.0 {
            greatest(nucleus(logits, step), noisy)
        } else {
            greatest(0..vocab as u32, noisy)
        };
        *choice = f32::from_bits(chosen);
    }
}

/// The ids that top-k, then top-p keep.
fn nucleus(logits: &[f32], step: &StepParams) -> impl Iterator<Item = u32> {
    // Larger is better: the logit above, and below it the id, inverted.
    let mut heap: BinaryHeap<u64> = logits.iter().zip(0u32..).map(|(&logit, id)| ordered(logit) << 32 | u64::from(!id)).collect();
    let most = if step.top_k > 0 { step.top_k as usize } else { logits.len() };
    let ranked: Vec<u32> = iter::from_fn(|| heap.pop()).take(most).map(|rank| !(rank as u32)).collect();
    let mass = |id: &u32| f64::from(exp((logits[*id as usize] - logits[ranked[0] as usize]) / step.temperature));
    let enough = f64::from(step.top_p) * ranked.iter().map(mass).sum::<f64>();
    let mut before = 0.0;
    let kept = ranked.iter().take_while(|id| {
        let keep = before < enough;
        before += mass(id);
        keep
    });
    let kept = kept.count().max(1);
    ranked.into_iter().take(kept)
}

/// A float's bits, such that the numbers compare as the floats do.
fn ordered(x: f32) -> u64 {
    let bits = x.to_bits();
    u64::from(if x.is_sign_negative() { !bits } else { bits | 1 << 31 })
}

/// The id of the greatest value, the lowest among equals; 0 where no value compares.
fn greatest(ids: impl Iterator<Item = u32>, value: impl Fn(u32) -> f32) -> u32 {
    let better = |best: (f32, u32), (value, id): (f32, u32)| {
        if value > best.0 || (value == best.0 && id < best.1) { (value, id) } else { best }
    };
    let (best, id) = ids.map(|id| (value(id), id)).fold((f32::NEG_INFINITY, u32::MAX), better);
    if best == f32::NEG_INFINITY { 0 } else { id }
}
