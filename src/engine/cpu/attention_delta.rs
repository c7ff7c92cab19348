//! The row sums that attention's gradient needs (Dao et al. 2022, arXiv:2205.14135).

use super::attention::{Shape, dot, positions};

/// delta = Σ_d dout · out: `out`, `dout` [M, H·D], `delta` [B,H,T].
pub fn attention_delta(out: &[f32], dout: &[f32], delta: &mut [f32], shape: Shape) {
    let Shape { batch, time, heads, head_dim, .. } = shape;
    for ((b, head, t), delta) in positions(batch, heads, time).zip(delta) {
        let start = ((b * time + t) * heads + head) * head_dim;
        *delta = dot(&out[start..start + head_dim], &dout[start..start + head_dim]);
    }
}
