//! RMSNorm (Zhang & Sennrich 2019, arXiv:1910.07467).

use super::math::dot;
use super::simd::wide;

wide! {
    /// y = x / rms(x) · gain, row by row: `x`, `y` [M,C], `gain` [C], `inv_rms` [M]; `epsilon` is added to the mean square.
    pub fn rmsnorm(x: &[f32], gain: &[f32], y: &mut [f32], inv_rms: &mut [f32], epsilon: f32) {
        let channels = gain.len();
        for ((x, y), inv_rms) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)).zip(inv_rms) {
            *inv_rms = norm_row(x, gain, y, epsilon);
        }
    }
}

/// Normalises one row and gives its 1/rms.
#[inline(always)]
pub fn norm_row(x: &[f32], gain: &[f32], y: &mut [f32], epsilon: f32) -> f32 {
    let inv_rms = 1.0 / (dot(x, x) / gain.len() as f32 + epsilon).sqrt();
    for ((y, x), gain) in y.iter_mut().zip(x).zip(gain) {
        *y = x * inv_rms * gain;
    }
    inv_rms
}
