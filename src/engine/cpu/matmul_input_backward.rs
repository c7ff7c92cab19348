//! Gradient of a linear layer by its input.

/// dX = dY W: `dy` [M,N], `w` [N,K], `dx` [M,K].
pub fn matmul_input_backward(dy: &[f32], w: &[f32], dx: &mut [f32], n: usize, k: usize) {
    for (dy, dx) in dy.chunks_exact(n).zip(dx.chunks_exact_mut(k)) {
        dx.fill(0.0);
        for (dy, w) in dy.iter().zip(w.chunks_exact(k)) {
            for (dx, w) in dx.iter_mut().zip(w) {
                *dx += dy * w;
            }
        }
    }
}
