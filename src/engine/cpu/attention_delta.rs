//! The row sums that attention's gradient needs (Dao et al. 2022, arXiv:2205.14135).

use super::attention::Shape;
use super::math::dot;

/// delta = Σ_d dout · out: `out`, `dout` [M, H·D], `delta` [B,H,T].
#[inline(always)]
pub fn attention_delta(out: &[f32], dout: &[f32], delta: &mut [f32], shape: Shape) {
    let Shape { time, heads, head_dim, .. } = shape;
    let rows = out.chunks_exact(head_dim).zip(dout.chunks_exact(head_dim));
    for (i, (out, dout)) in rows.enumerate() {
        let (row, head) = (i / heads, i % heads);
        delta[(row / time * heads + head) * time + row % time] = dot(out, dout);
    }
}
