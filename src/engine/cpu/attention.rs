//! Causal attention with grouped-query heads (Ainslie et al. 2023, arXiv:2305.13245).

use std::cell::RefCell;

use super::gemm::{Matrix, Output, Panels, multiply};
use super::math::{exp, greatest, sum};
use super::simd::wide;
use super::threads::each;

/// The shape of an attention call.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub batch: usize,
    pub time: usize,
    /// Query heads, a multiple of `kv_heads`.
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
}

impl Shape {
    /// Words of a row of queries, keys and values.
    pub fn stride(self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.head_dim
    }

    /// Words of a row of outputs.
    pub fn width(self) -> usize {
        self.heads * self.head_dim
    }

    pub fn scale(self) -> f32 {
        1.0 / (self.head_dim as f32).sqrt()
    }

    /// Query heads that share a key/value head.
    pub fn group(self) -> usize {
        self.heads / self.kv_heads
    }

    /// Where the keys and the values of a key/value head begin in a row.
    pub fn key(self, kv_head: usize) -> usize {
        (self.heads + kv_head) * self.head_dim
    }

    pub fn value(self, kv_head: usize) -> usize {
        self.key(kv_head) + self.kv_heads * self.head_dim
    }

    /// Blocks of queries: the first of each, how many, and how many keys the last of them sees.
    pub fn blocks(self) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..self.time).step_by(QUERIES).map(move |first| {
            let count = QUERIES.min(self.time - first);
            (first, count, first + count)
        })
    }
}

/// Queries that are scored together against all keys up to the last of them.
pub const QUERIES: usize = 32;

#[derive(Default)]
struct Scratch {
    keys: Panels,
    values: Panels,
    /// [QUERIES, T]
    scores: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

wide! {
    /// Softmax(q kᵀ / √D) v over the keys up to each query: `qkv` [M, (H+2K)·D], `out` [M, H·D], `lse` [B,H,T] (log-sum-exp of
    /// the scaled scores).
    pub fn attention(qkv: &[f32], out: &mut [f32], lse: &mut [f32], shape: Shape) {
        let Shape { time, heads, .. } = shape;
        let sequences = qkv.chunks_exact(time * shape.stride()).zip(out.chunks_exact_mut(time * shape.width()));
        each(sequences.zip(lse.chunks_exact_mut(heads * time)), |((qkv, out), lse)| {
            for kv_head in 0..shape.kv_heads {
                SCRATCH.with_borrow_mut(|scratch| attend(qkv, out, lse, shape, kv_head, scratch));
            }
        });
    }
}

/// One sequence's query heads of one key/value head.
#[inline(always)]
fn attend(qkv: &[f32], out: &mut [f32], lse: &mut [f32], shape: Shape, kv_head: usize, scratch: &mut Scratch) {
    let Shape { time, head_dim, .. } = shape;
    let (stride, width) = (shape.stride(), shape.width());
    let Scratch { keys, values, scores } = scratch;
    keys.pack(head_dim, time, Matrix { data: &qkv[shape.key(kv_head)..], rows: 1, columns: stride });
    values.pack(time, head_dim, Matrix { data: &qkv[shape.value(kv_head)..], rows: stride, columns: 1 });
    scores.resize(QUERIES * time, 0.0);
    for head in kv_head * shape.group()..(kv_head + 1) * shape.group() {
        for (first, count, seen) in shape.blocks() {
            let queries = Matrix { data: &qkv[first * stride + head * head_dim..], rows: stride, columns: 1 };
            multiply(count, seen, head_dim, queries, keys, Output { data: scores, stride: time, add: false });
            let mut sums = [0.0; QUERIES];
            for (i, row) in scores.chunks_exact_mut(time).take(count).enumerate() {
                let (row, later) = row[..seen].split_at_mut(first + i + 1);
                let most = greatest(row);
                row.iter_mut().for_each(|score| *score = exp((*score - most) * shape.scale()));
                later.fill(0.0);
                sums[i] = sum(row);
                lse[head * time + first + i] = most * shape.scale() + sums[i].ln();
            }
            let block = &mut out[first * width + head * head_dim..];
            let probabilities = Matrix { data: scores, rows: time, columns: 1 };
            multiply(count, head_dim, seen, probabilities, values, Output { data: block, stride: width, add: false });
            for (row, sum) in block.chunks_mut(width).zip(&sums[..count]) {
                row[..head_dim].iter_mut().for_each(|out| *out /= sum);
            }
        }
    }
}
