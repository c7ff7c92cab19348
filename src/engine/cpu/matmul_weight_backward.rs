//! Gradient of a linear layer by its weight.

use super::gemm::{Matrix, Output, gemm};

/// dW += dYᵀ X: `dy` [M,N], `x` [M,K], `dw` [N,K].
pub fn matmul_weight_backward(dy: &[f32], x: &[f32], dw: &mut [f32], n: usize, k: usize) {
    let a = Matrix { data: dy, rows: 1, columns: n };
    let b = Matrix { data: x, rows: k, columns: 1 };
    gemm(n, k, dy.len() / n, a, b, Output { data: dw, stride: k, add: true });
}
