//! Gradient of RMSNorm by its gain.

use super::simd::wide;

wide! {
    /// Adds Σ over the rows of dy · x · inv_rms to `dgain` [C]: `dy`, `x` [M,C], `inv_rms` [M].
    pub fn rmsnorm_gain_backward(dy: &[f32], x: &[f32], inv_rms: &[f32], dgain: &mut [f32]) {
        let channels = dgain.len();
        for ((dy, x), inv_rms) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)).zip(inv_rms) {
            for ((dgain, dy), x) in dgain.iter_mut().zip(dy).zip(x) {
                *dgain += dy * x * inv_rms;
            }
        }
    }
}
