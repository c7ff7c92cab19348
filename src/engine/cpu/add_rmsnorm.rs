//! Residual addition and the norm that follows it, in one pass over the rows.

use super::rmsnorm::rmsnorm;

/// sum = x + delta; y = rmsnorm(sum): `x`, `delta`, `sum`, `y` [M,C], `gain` [C], `inv_rms` [M].
pub fn add_rmsnorm(x: &[f32], delta: &[f32], gain: &[f32], sum: &mut [f32], y: &mut [f32], inv_rms: &mut [f32], epsilon: f32) {
    for ((sum, x), delta) in sum.iter_mut().zip(x).zip(delta) {
        *sum = x + delta;
    }
    rmsnorm(sum, gain, y, inv_rms, epsilon);
}
