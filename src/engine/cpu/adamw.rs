//! AdamW with decoupled decay (Loshchilov & Hutter 2019, arXiv:1711.05101).

use super::step::StepParams;
use super::threads::each;

/// One update of `weights` [len] from `grads` [len] times `clip`, which it zeroes; `m`, `v` [len] are the moments. Weights
/// before `decayed` decay.
pub fn adamw(clip: f32, weights: &mut [f32], grads: &mut [f32], m: &mut [f32], v: &mut [f32], decayed: usize, step: &StepParams) {
    let StepParams { lr, beta1, beta2, epsilon, weight_decay, step, .. } = *step;
    let correction = |beta: f32| (1.0 - f64::from(beta).powi(step as i32)) as f32;
    let rate = lr / correction(beta1);
    let root = correction(beta2).sqrt().recip();
    let parts = weights.chunks_mut(PART).zip(grads.chunks_mut(PART)).zip(m.chunks_mut(PART)).zip(v.chunks_mut(PART));
    each(parts.enumerate(), |(part, (((weights, grads), m), v))| {
        for (i, (((w, g), m), v)) in weights.iter_mut().zip(grads).zip(m).zip(v).enumerate() {
            let kept = if part * PART + i < decayed { 1.0 - lr * weight_decay } else { 1.0 };
            let gradient = *g * clip;
            *m = beta1 * *m + (1.0 - beta1) * gradient;
            *v = beta2 * *v + (1.0 - beta2) * gradient * gradient;
            *w = *w * kept - rate * *m / (v.sqrt() * root + epsilon);
            *g = 0.0;
        }
    });
}

/// Weights that one thread updates at a time.
const PART: usize = 1 << 15;
