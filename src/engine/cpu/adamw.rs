//! AdamW with decoupled decay (Loshchilov & Hutter 2019, arXiv:1711.05101).

use super::simd::wide;
use super::step::StepParams;
use super::threads::each;

wide! {
    /// One update of `weights` [len] from `grads` [len] times `clip`, which it zeroes; `m`, `v` [len] are the moments. Weights
    /// before `decayed` decay.
    pub fn adamw(clip: f32, weights: &mut [f32], grads: &mut [f32], m: &mut [f32], v: &mut [f32], decayed: usize, step: &StepParams) {
        let StepParams { lr, beta1, beta2, epsilon, weight_decay, step, .. } = *step;
        let correction = |beta: f32| (1.0 - f64::from(beta).powi(step as i32)) as f32;
        let rate = lr / correction(beta1);
        let root = correction(beta2).sqrt().recip();
        let parts = weights.chunks_mut(PART).zip(grads.chunks_mut(PART)).zip(m.chunks_mut(PART)).zip(v.chunks_mut(PART));
        each(parts.enumerate(), |(part, (((weights, grads), m), v))| {
            let end = decayed.saturating_sub(part * PART).min(weights.len());
            for (range, kept) in [(0..end, 1.0 - lr * weight_decay), (end..weights.len(), 1.0)] {
                let words = weights[range.clone()].iter_mut().zip(&mut grads[range.clone()]);
                for (((w, g), m), v) in words.zip(&mut m[range.clone()]).zip(&mut v[range]) {
                    let gradient = *g * clip;
                    *m = beta1 * *m + (1.0 - beta1) * gradient;
                    *v = beta2 * *v + (1.0 - beta2) * gradient * gradient;
                    *w = *w * kept - rate * *m / (v.sqrt() * root + epsilon);
                    *g = 0.0;
                }
            }
        });
    }
}

/// Weights that one thread updates at a time.
const PART: usize = 1 << 15;
