//! Linear layer.

use super::gemm::{Matrix, Output, gemm};
use super::math::dot;

/// Below so many rows, packing the weight costs more than it saves: generation has one.
const FEW: usize = 4;

/// Y = X Wᵀ: `x` [M,K], `w` [N,K], `y` [M,N].
pub fn matmul_forward(x: &[f32], w: &[f32], y: &mut [f32], n: usize, k: usize) {
    let m = x.len() / k;
    if m < FEW {
        for (x, y) in x.chunks_exact(k).zip(y.chunks_exact_mut(n)) {
            for (y, w) in y.iter_mut().zip(w.chunks_exact(k)) {
                *y = dot(x, w);
            }
        }
        return;
    }
    let a = Matrix { data: x, rows: k, columns: 1 };
    let b = Matrix { data: w, rows: 1, columns: k };
    gemm(m, n, k, a, b, Output { data: y, stride: n, add: false });
}
