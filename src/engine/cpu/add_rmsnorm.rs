//! Residual addition and the norm that follows it, in one pass over the rows.

use super::rmsnorm::norm_row;
use super::simd::wide;

wide! {
    /// sum = x + delta; y = rmsnorm(sum): `x`, `delta`, `sum`, `y` [M,C], `gain` [C], `inv_rms` [M].
    pub fn add_rmsnorm(x: &[f32], delta: &[f32], gain: &[f32], sum: &mut [f32], y: &mut [f32], inv_rms: &mut [f32], epsilon: f32) {
        let channels = gain.len();
        let inputs = x.chunks_exact(channels).zip(delta.chunks_exact(channels));
        let outputs = sum.chunks_exact_mut(channels).zip(y.chunks_exact_mut(channels)).zip(inv_rms);
        for ((x, delta), ((sum, y), inv_rms)) in inputs.zip(outputs) {
            for ((sum, x), delta) in sum.iter_mut().zip(x).zip(delta) {
                *sum = x + delta;
            }
            *inv_rms = norm_row(sum, gain, y, epsilon);
        }
    }
}
