//! A sparse matrix times a dense one.

/// y[to] = Σ value · x[from], or += with `adds`, for each of `rows` [R, 2]: `to`, and where its entries end; they begin where those
/// of the row before end. `entries` [E, 2]: `from`, and the place of the value in `values`. `x`, `y` [·, C]. A row without entries
/// is zero, and with `adds` not touched. `entries` and `rows` are `u32` bits.
pub fn sparse_product(entries: &[f32], rows: &[f32], values: &[f32], x: &[f32], y: &mut [f32], channels: usize, adds: bool) {
    let (entries, rows) = (entries.as_chunks::<2>().0, rows.as_chunks::<2>().0);
    let mut begin = 0;
    for row in rows {
        let [to, end] = row.map(place);
        let y = &mut y[to * channels..][..channels];
        if !adds {
            y.fill(0.0);
        }
        for entry in &entries[begin..end.max(begin)] {
            let [from, slot] = entry.map(place);
            let value = values[slot];
            y.iter_mut().zip(&x[from * channels..][..channels]).for_each(|(y, x)| *y += value * x);
        }
        begin = end;
    }
}

fn place(word: f32) -> usize {
    word.to_bits() as usize
}
