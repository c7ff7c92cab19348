//! Causal attention with grouped-query heads (Ainslie et al. 2023, arXiv:2305.13245).

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

    /// Where the query, the key and the value of a head begin in row (b, t).
    pub fn query(self, b: usize, t: usize, head: usize) -> usize {
        (b * self.time + t) * self.stride() + head * self.head_dim
    }

    pub fn key(self, b: usize, t: usize, head: usize) -> usize {
        self.query(b, t, self.heads + head / (self.heads / self.kv_heads))
    }

    pub fn value(self, b: usize, t: usize, head: usize) -> usize {
        self.key(b, t, head) + self.kv_heads * self.head_dim
    }

    pub fn scale(self) -> f32 {
        1.0 / (self.head_dim as f32).sqrt()
    }
}

/// Softmax(q kᵀ / √D) v over the keys up to each query: `qkv` [M, (H+2K)·D], `out` [M, H·D], `lse` [B,H,T] (log-sum-exp of
/// the scaled scores).
pub fn attention(qkv: &[f32], out: &mut [f32], lse: &mut [f32], shape: Shape) {
    let Shape { batch, time, heads, head_dim, .. } = shape;
    for (b, head, t) in positions(batch, heads, time) {
        let slice = |start: usize| &qkv[start..start + head_dim];
        let score = |s: usize| shape.scale() * dot(slice(shape.query(b, t, head)), slice(shape.key(b, s, head)));
        let greatest = (0..=t).map(score).fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = (0..=t).map(|s| (score(s) - greatest).exp()).sum();
        let out = &mut out[((b * time + t) * heads + head) * head_dim..][..head_dim];
        out.fill(0.0);
        for s in 0..=t {
            let p = (score(s) - greatest).exp() / sum;
            for (out, v) in out.iter_mut().zip(slice(shape.value(b, s, head))) {
                *out += p * v;
            }
        }
        lse[(b * heads + head) * time + t] = greatest + sum.ln();
    }
}

/// Every (batch, head, time).
pub fn positions(batch: usize, heads: usize, time: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..batch * heads * time).map(move |i| (i / (heads * time), i / time % heads, i % time))
}

/// Inner product.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
