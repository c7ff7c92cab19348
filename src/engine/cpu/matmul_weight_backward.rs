//! Gradient of a linear layer by its weight.

/// dW += dYᵀ X: `dy` [M,N], `x` [M,K], `dw` [N,K].
pub fn matmul_weight_backward(dy: &[f32], x: &[f32], dw: &mut [f32], n: usize, k: usize) {
    for (dy, x) in dy.chunks_exact(n).zip(x.chunks_exact(k)) {
        for (dy, dw) in dy.iter().zip(dw.chunks_exact_mut(k)) {
            for (dw, x) in dw.iter_mut().zip(x) {
                *dw += dy * x;
            }
        }
    }
}
