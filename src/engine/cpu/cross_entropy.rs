//! Softmax cross-entropy and its gradient, in place of the logits.

use super::math::{exp, greatest, sum};
use super::simd::wide;
use super::threads::{ROWS, each};

wide! {
    /// losses = −log softmax(logits)[target], in nats; with `gradient`, logits become weight · (softmax − onehot(target)).
    /// `targets` [M] (`u32` bits, below V), `weights` [M], `logits` [M,V], `losses` [M].
    pub fn cross_entropy(targets: &[f32], weights: &[f32], logits: &mut [f32], losses: &mut [f32], vocab: usize, gradient: bool) {
        let rows = targets.chunks(ROWS).zip(weights.chunks(ROWS)).zip(losses.chunks_mut(ROWS));
        each(rows.zip(logits.chunks_mut(ROWS * vocab)), |(((targets, weights), losses), logits)| {
            let rows = targets.iter().zip(weights).zip(losses);
            for (((target, &weight), loss), logits) in rows.zip(logits.chunks_exact_mut(vocab)) {
                *loss = row(target.to_bits() as usize, weight, logits, gradient);
            }
        });
    }
}

/// One row's loss.
#[inline(always)]
fn row(target: usize, weight: f32, logits: &mut [f32], gradient: bool) -> f32 {
    let most = greatest(logits);
    let below = most - logits[target];
    let mass = if gradient {
        exp_in_place(logits, most)
    } else {
        let mut kept = [0.0; 64];
        logits.chunks(kept.len()).map(|part| exp_in_place(copy(part, &mut kept), most)).sum()
    };
    if gradient {
        let scale = weight / mass;
        logits.iter_mut().for_each(|x| *x *= scale);
        logits[target] -= weight;
    }
    below + mass.ln()
}

/// Each x becomes exp(x − most); their sum.
#[inline(always)]
fn exp_in_place(x: &mut [f32], most: f32) -> f32 {
    x.iter_mut().for_each(|x| *x = exp(*x - most));
    sum(x)
}

#[inline(always)]
fn copy<'a>(from: &[f32], to: &'a mut [f32]) -> &'a mut [f32] {
    let to = &mut to[..from.len()];
    to.copy_from_slice(from);
    to
}
