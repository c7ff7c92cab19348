//! Attention of one new token of each sequence against its cache.

use super::attention::Shape;
use super::math::{dot, exp};

/// The new key and value join the caches at `position`, then the query attends to the cache up to there.
/// `qkv` [B, (H+2K)·D], `keys`, `values` [B,T,K·D], `out` [B, H·D].
pub fn attention_decode(qkv: &[f32], keys: &mut [f32], values: &mut [f32], out: &mut [f32], shape: Shape, position: usize) {
    let Shape { batch, time, heads, kv_heads, head_dim } = shape;
    let width = kv_heads * head_dim;
    for b in 0..batch {
        let row = &qkv[b * shape.stride()..(b + 1) * shape.stride()];
        let (queries, new) = row.split_at(heads * head_dim);
        let joins = (b * time + position) * width..(b * time + position + 1) * width;
        keys[joins.clone()].copy_from_slice(&new[..width]);
        values[joins].copy_from_slice(&new[width..]);
        for (head, (query, out)) in queries.chunks_exact(head_dim).zip(out[b * heads * head_dim..].chunks_exact_mut(head_dim)).enumerate() {
            let cached = |s: usize| (b * time + s) * width + head / (heads / kv_heads) * head_dim;
            let (mut greatest, mut sum) = (f32::NEG_INFINITY, 0.0);
            out.fill(0.0);
            for s in 0..=position {
                let score = shape.scale() * dot(query, &keys[cached(s)..cached(s) + head_dim]);
                let risen = score.max(greatest);
                let (shrink, p) = (exp(greatest - risen), exp(score - risen));
                greatest = risen;
                sum = sum * shrink + p;
                for (out, v) in out.iter_mut().zip(&values[cached(s)..]) {
                    *out = *out * shrink + p * v;
                }
            }
            for out in out {
                *out /= sum;
            }
        }
    }
}
