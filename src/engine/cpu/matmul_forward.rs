//! Linear layer.

/// Y = X Wᵀ: `x` [M,K], `w` [N,K], `y` [M,N].
pub fn matmul_forward(x: &[f32], w: &[f32], y: &mut [f32], n: usize, k: usize) {
    for (x, y) in x.chunks_exact(k).zip(y.chunks_exact_mut(n)) {
        for (w, y) in w.chunks_exact(k).zip(y) {
            *y = x.iter().zip(w).map(|(x, w)| x * w).sum();
        }
    }
}
