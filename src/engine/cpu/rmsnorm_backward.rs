//! Gradients of RMSNorm.

use super::math::dot3;
use super::simd::wide;

wide! {
    /// By its input, dx (+)= inv_rms · (gain · dy − x · inv_rms² · mean(gain · dy · x)), and by its gain, dgain += Σ over the rows of
    /// dy · x · inv_rms: `dy`, `x`, `dx` [M,C], `gain`, `dgain` [C], `inv_rms` [M]. `accumulate` adds to what `dx` holds, the gradient
    /// of the residual stream.
    pub fn rmsnorm_backward(dy: &[f32], x: &[f32], gain: &[f32], inv_rms: &[f32], dx: &mut [f32], dgain: &mut [f32], accumulate: bool) {
        let channels = gain.len();
        let rows = dy.chunks_exact(channels).zip(x.chunks_exact(channels)).zip(dx.chunks_exact_mut(channels)).zip(inv_rms);
        for (((dy, x), dx), &inv_rms) in rows {
            if !accumulate {
                dx.fill(0.0);
            }
            let along_x = inv_rms * inv_rms * inv_rms * dot3(dy, x, gain) / channels as f32;
            for ((((dx, dgain), dy), x), gain) in dx.iter_mut().zip(&mut *dgain).zip(dy).zip(x).zip(gain) {
                *dx += inv_rms * gain * dy - along_x * x;
                *dgain += dy * x * inv_rms;
            }
        }
    }
}
