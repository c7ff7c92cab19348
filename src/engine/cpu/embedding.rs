//! Token embedding.

/// Row r of `out` [M,C] is row `ids[r]` (`u32` bits) of `table` [V,C].
pub fn embedding(ids: &[f32], table: &[f32], out: &mut [f32], channels: usize) {
    for (id, row) in ids.iter().zip(out.chunks_exact_mut(channels)) {
        let start = id.to_bits() as usize * channels;
        row.copy_from_slice(&table[start..start + channels]);
    }
}
