//! Softmax cross-entropy and its gradient, in place of the logits.

use super::math::{exp, greatest, sum};
use super::threads::each;

/// losses = −log softmax(logits)[target], in nats; with `gradient`, logits become weight · (softmax − onehot(target)).
/// `targets` [M] (`u32` bits, below V), `weights` [M], `logits` [M,V], `losses` [M].
pub fn cross_entropy(targets: &[f32], weights: &[f32], logits: &mut [f32], losses: &mut [f32], vocab: usize, gradient: bool) {
    let rows = targets.iter().zip(weights).zip(losses);
    each(rows.zip(logits.chunks_exact_mut(vocab)), |(((target, &weight), loss), logits)| {
        let target = target.to_bits() as usize;
        let most = greatest(logits);
        let below = most - logits[target];
        let mass = if gradient {
            exp_in_place(logits, most)
        } else {
            let mut kept = [0.0; 64];
            logits.chunks(kept.len()).map(|part| exp_in_place(copy(part, &mut kept), most)).sum()
        };
        *loss = below + mass.ln();
        if gradient {
            let scale = weight / mass;
            logits.iter_mut().for_each(|x| *x *= scale);
            logits[target] -= weight;
        }
    });
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
