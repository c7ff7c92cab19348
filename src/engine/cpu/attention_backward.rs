//! Gradient of attention from the saved log-sum-exp (Dao et al. 2022, arXiv:2205.14135).

use super::attention::{Shape, dot, positions};

/// `qkv`, `dqkv` [M, (H+2K)·D], `dout` [M, H·D], `lse`, `delta` [B,H,T].
pub fn attention_backward(qkv: &[f32], dout: &[f32], lse: &[f32], delta: &[f32], dqkv: &mut [f32], shape: Shape) {
    let Shape { batch, time, heads, head_dim, .. } = shape;
    dqkv.fill(0.0);
    for (b, head, t) in positions(batch, heads, time) {
        let slice = |start: usize| &qkv[start..start + head_dim];
        let row = (b * heads + head) * time + t;
        let query = shape.query(b, t, head);
        let dout = &dout[((b * time + t) * heads + head) * head_dim..][..head_dim];
        for s in 0..=t {
            let (key, value) = (shape.key(b, s, head), shape.value(b, s, head));
            let p = (shape.scale() * dot(slice(query), slice(key)) - lse[row]).exp();
            let dscore = p * (dot(dout, slice(value)) - delta[row]) * shape.scale();
            for d in 0..head_dim {
                dqkv[query + d] += dscore * qkv[key + d];
                dqkv[key + d] += dscore * qkv[query + d];
                dqkv[value + d] += p * dout[d];
            }
        }
    }
}
