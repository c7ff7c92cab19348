//! Gradient of a linear layer by its input.

use super::gemm::{Matrix, Output, gemm};

/// dX = dY W: `dy` [M,N], `w` [N,K], `dx` [M,K].
pub fn matmul_input_backward(dy: &[f32], w: &[f32], dx: &mut [f32], n: usize, k: usize) {
    let a = Matrix { data: dy, rows: n, columns: 1 };
    let b = Matrix { data: w, rows: k, columns: 1 };
    gemm(dy.len() / n, k, n, a, b, Output { data: dx, stride: k, add: false });
}
