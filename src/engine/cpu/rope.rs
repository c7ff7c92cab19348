//! Rotary position embedding (Su et al. 2021, arXiv:2104.09864).

/// Turns the pair (i, i + D/2) of each of the first `heads` heads of row r by the angles of position `first + r mod time`.
/// `table` [T,D] holds D/2 cosines, then D/2 sines, a position; `qkv` [M, stride]. `backward` turns the other way.
pub fn rope(table: &[f32], qkv: &mut [f32], stride: usize, heads: usize, head_dim: usize, time: usize, first: usize, backward: bool) {
    for (row, qkv) in qkv.chunks_exact_mut(stride).enumerate() {
        let start = (first + row % time) * head_dim;
        let (cos, sin) = table[start..start + head_dim].split_at(head_dim / 2);
        let sign = if backward { -1.0 } else { 1.0 };
        for head in qkv[..heads * head_dim].chunks_exact_mut(head_dim) {
            let (a, b) = head.split_at_mut(head_dim / 2);
            for (((a, b), cos), sin) in a.iter_mut().zip(b).zip(cos).zip(sin) {
                let sin = sign * sin;
                (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
            }
        }
    }
}
