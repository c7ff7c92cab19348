//! Linear layer.

use super::gemm::{Matrix, Output, gemm};

/// Y = X Wᵀ: `x` [M,K], `w` [N,K], `y` [M,N].
pub fn matmul_forward(x: &[f32], w: &[f32], y: &mut [f32], n: usize, k: usize) {
    let a = Matrix { data: x, rows: k, columns: 1 };
    let b = Matrix { data: w, rows: 1, columns: k };
    gemm(x.len() / k, n, k, a, b, Output { data: y, stride: n, add: false });
}
