//! Gradient of the token embedding.

/// Adds row r of `dout` [M,C] to row `ids[r]` (`u32` bits) of `dtable` [V,C].
pub fn embedding_backward(ids: &[f32], dout: &[f32], dtable: &mut [f32], channels: usize) {
    for (id, row) in ids.iter().zip(dout.chunks_exact(channels)) {
        let start = id.to_bits() as usize * channels;
        for (sum, d) in dtable[start..start + channels].iter_mut().zip(row) {
            *sum += d;
        }
    }
}
