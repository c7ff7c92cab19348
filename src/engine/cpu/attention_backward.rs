//! Gradient of attention from the saved log-sum-exp (Dao et al. 2022, arXiv:2205.14135).

use std::cell::RefCell;

use super::attention::{QUERIES, Shape};
use super::gemm::{Matrix, Output, Panels, multiply};
use super::math::exp;
use super::simd::wide;
use super::threads::each;

#[derive(Default)]
struct Scratch {
    /// Keys and values as columns, for the scores and their gradients; keys as rows, for the queries' gradients.
    keys: Panels,
    values: Panels,
    key_rows: Panels,
    /// A block's queries and output gradients, as rows.
    queries: Panels,
    douts: Panels,
    /// [QUERIES, T]: probabilities, and the gradients of the scores.
    probabilities: Vec<f32>,
    dscores: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

wide! {
    /// `qkv`, `dqkv` [M, (H+2K)·D], `dout` [M, H·D], `lse`, `delta` [B,H,T].
    pub fn attention_backward(qkv: &[f32], dout: &[f32], lse: &[f32], delta: &[f32], dqkv: &mut [f32], shape: Shape) {
        let Shape { time, heads, .. } = shape;
        let (stride, width) = (shape.stride(), shape.width());
        let gradients = dout.chunks_exact(time * width).zip(dqkv.chunks_exact_mut(time * stride));
        let rows = lse.chunks_exact(heads * time).zip(delta.chunks_exact(heads * time));
        each(qkv.chunks_exact(time * stride).zip(gradients).zip(rows), |((qkv, (dout, dqkv)), (lse, delta))| {
            dqkv.fill(0.0);
            for kv_head in 0..shape.kv_heads {
                SCRATCH.with_borrow_mut(|scratch| backward(qkv, dout, lse, delta, dqkv, shape, kv_head, scratch));
            }
        });
    }
}

/// One sequence's query heads of one key/value head; adds to `dqkv`.
#[inline(always)]
fn backward(qkv: &[f32], dout: &[f32], lse: &[f32], delta: &[f32], dqkv: &mut [f32], shape: Shape, kv_head: usize, scratch: &mut Scratch) {
    let Shape { time, head_dim, .. } = shape;
    let (stride, width) = (shape.stride(), shape.width());
    let (key, value) = (shape.key(kv_head), shape.value(kv_head));
    let Scratch { keys, values, key_rows, queries, douts, probabilities, dscores } = scratch;
    keys.pack(head_dim, time, Matrix { data: &qkv[key..], rows: 1, columns: stride });
    values.pack(head_dim, time, Matrix { data: &qkv[value..], rows: 1, columns: stride });
    key_rows.pack(time, head_dim, Matrix { data: &qkv[key..], rows: stride, columns: 1 });
    probabilities.resize(QUERIES * time, 0.0);
    dscores.resize(QUERIES * time, 0.0);
    for head in kv_head * shape.group()..(kv_head + 1) * shape.group() {
        for (first, count, seen) in shape.blocks() {
            let query = first * stride + head * head_dim;
            let q = Matrix { data: &qkv[query..], rows: stride, columns: 1 };
            let d = Matrix { data: &dout[first * width + head * head_dim..], rows: width, columns: 1 };
            multiply(count, seen, head_dim, q, keys, Output { data: probabilities, stride: time, add: false });
            multiply(count, seen, head_dim, d, values, Output { data: dscores, stride: time, add: false });
            for (i, (p, ds)) in probabilities.chunks_exact_mut(time).zip(dscores.chunks_exact_mut(time)).take(count).enumerate() {
                let row = head * time + first + i;
                let (lse, delta, seen_here) = (lse[row], delta[row], first + i + 1);
                for (p, ds) in p[..seen_here].iter_mut().zip(&mut ds[..seen_here]) {
                    *p = exp(*p * shape.scale() - lse);
                    *ds = *p * (*ds - delta) * shape.scale();
                }
                p[seen_here..seen].fill(0.0);
                ds[seen_here..seen].fill(0.0);
            }
            queries.pack(count, head_dim, q);
            douts.pack(count, head_dim, d);
            let ds = Matrix { data: dscores, rows: time, columns: 1 };
            let [ds_turned, p_turned] = [&*dscores, probabilities].map(|data| Matrix { data, rows: 1, columns: time });
            multiply(count, head_dim, seen, ds, key_rows, Output { data: &mut dqkv[query..], stride, add: true });
            multiply(seen, head_dim, count, ds_turned, queries, Output { data: &mut dqkv[key..], stride, add: true });
            multiply(seen, head_dim, count, p_turned, douts, Output { data: &mut dqkv[value..], stride, add: true });
        }
    }
}
