//! Attention of one new token of each sequence against its cache.

use std::cell::RefCell;

use super::attention::Shape;
use super::math::{dot, exp, greatest, sum};
use super::simd::wide;
use super::threads::each;

thread_local! {
    /// The scores of a head against its cache up to the new token.
    static SCORES: RefCell<Vec<f32>> = RefCell::default();
}

wide! {
    /// The new key and value join the caches at `position`, then the query attends to the cache up to there.
    /// `qkv` [B, (H+2K)·D], `keys`, `values` [B,T,K·D], `out` [B, H·D].
    pub fn attention_decode(qkv: &[f32], keys: &mut [f32], values: &mut [f32], out: &mut [f32], shape: Shape, position: usize) {
        let room = shape.time * shape.kv_heads * shape.head_dim;
        let caches = keys.chunks_exact_mut(room).zip(values.chunks_exact_mut(room));
        let sequences = qkv.chunks_exact(shape.stride()).zip(caches).zip(out.chunks_exact_mut(shape.width()));
        each(sequences, |((row, (keys, values)), out)| {
            SCORES.with_borrow_mut(|scores| attend(row, keys, values, out, shape, position, scores));
        });
    }
}

/// One sequence: `row` [(H+2K)·D], `keys`, `values` [T, K·D], `out` [H·D].
#[inline(always)]
fn attend(row: &[f32], keys: &mut [f32], values: &mut [f32], out: &mut [f32], shape: Shape, position: usize, scores: &mut Vec<f32>) {
    let (head_dim, width) = (shape.head_dim, shape.kv_heads * shape.head_dim);
    let (queries, new) = row.split_at(shape.width());
    let joins = position * width..(position + 1) * width;
    keys[joins.clone()].copy_from_slice(&new[..width]);
    values[joins].copy_from_slice(&new[width..]);
    scores.resize(position + 1, 0.0);
    for (head, (query, out)) in queries.chunks_exact(head_dim).zip(out.chunks_exact_mut(head_dim)).enumerate() {
        let first = head / shape.group() * head_dim;
        for (score, key) in scores.iter_mut().zip(keys[first..].chunks(width)) {
            *score = dot(query, &key[..head_dim]);
        }
        let most = greatest(scores);
        scores.iter_mut().for_each(|score| *score = exp((*score - most) * shape.scale()));
        out.fill(0.0);
        for (p, value) in scores.iter().zip(values[first..].chunks(width)) {
            out.iter_mut().zip(value).for_each(|(out, v)| *out += p * v);
        }
        let sum = sum(scores);
        out.iter_mut().for_each(|out| *out /= sum);
    }
}
