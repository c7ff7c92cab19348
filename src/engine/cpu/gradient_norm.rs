//! The first half of the gradient's norm.

use super::math::dot;

/// Partial sums of squares of `grads` [len], one for each of `partials` [256].
pub fn gradient_norm(grads: &[f32], partials: &mut [f32]) {
    let share = grads.len().div_ceil(partials.len());
    for (i, partial) in partials.iter_mut().enumerate() {
        let part = &grads[(i * share).min(grads.len())..((i + 1) * share).min(grads.len())];
        *partial = dot(part, part);
    }
}
