//! Products with a K by K matrix, laid out for vector instructions.

/// Columns that are computed side by side.
pub const LANES: usize = 8;

/// A square matrix in panels of [`LANES`] columns, filled up with zeros: [K / LANES, K, LANES].
///
/// Vectors that go in or come out are as long as [`Matrix::padded`] makes them.
#[derive(Clone)]
pub struct Matrix {
    size: usize,
    panels: Vec<[f64; LANES]>,
}

impl Matrix {
    /// From `values` [K, K].
    pub fn new(values: &[f64], size: usize) -> Self {
        Self::from_fn(size, |row, column| values[row * size + column])
    }

    pub fn transposed(values: &[f64], size: usize) -> Self {
        Self::from_fn(size, |row, column| values[column * size + row])
    }

    fn from_fn(size: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let mut panels = vec![[0.0; LANES]; padded_length(size) / LANES * size];
        for (index, lanes) in panels.iter_mut().enumerate() {
            let (panel, row) = (index / size, index % size);
            for (lane, slot) in lanes.iter_mut().enumerate().take(size - panel * LANES) {
                *slot = value(row, panel * LANES + lane);
            }
        }
        Self { size, panels }
    }

    /// A vector [K] with zeros after it.
    pub fn padded(&self, vector: &[f64]) -> Vec<f64> {
        let mut padded = vector.to_vec();
        padded.resize(padded_length(self.size), 0.0);
        padded
    }

    /// out[j] = Σ over i of vector[i] · matrix[i, j].
    pub fn apply(&self, vector: &[f64], out: &mut [f64]) {
        let (out, _) = out.as_chunks_mut::<LANES>();
        for (panel, out) in self.panels.chunks_exact(self.size).zip(out) {
            let mut sums = [0.0; LANES];
            for (row, x) in panel.iter().zip(vector) {
                for (sum, y) in sums.iter_mut().zip(row) {
                    *sum += x * y;
                }
            }
            *out = sums;
        }
    }
}

/// sums[i, j] += Σ over t of left[t, i] · right[t, j]; all rows are `length` long, a multiple of [`LANES`].
pub fn add_outer_products(sums: &mut [f64], left: &[f64], right: &[f64], length: usize) {
    const TILE: usize = 4;
    let (left, _) = left.as_chunks::<TILE>();
    let (right, _) = right.as_chunks::<TILE>();
    let (sums, _) = sums.as_chunks_mut::<TILE>();
    let tiles = length / TILE;
    for i in 0..tiles {
        for j in 0..tiles {
            let mut tile = [[0.0; TILE]; TILE];
            for (left, right) in left.chunks_exact(tiles).zip(right.chunks_exact(tiles)) {
                let (xs, ys) = (left[i], right[j]);
                for (row, x) in tile.iter_mut().zip(xs) {
                    for (sum, y) in row.iter_mut().zip(ys) {
                        *sum += x * y;
                    }
                }
            }
            for (offset, row) in tile.iter().enumerate() {
                let sums = &mut sums[(i * TILE + offset) * tiles + j];
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
        }
    }
}

/// The sum of a padded vector.
pub fn sum(vector: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for lanes in vector.as_chunks::<LANES>().0 {
        sums.iter_mut().zip(lanes).for_each(|(sum, x)| *sum += x);
    }
    sums.iter().sum()
}

/// The least multiple of [`LANES`] that holds `size`.
pub fn padded_length(size: usize) -> usize {
    size.next_multiple_of(LANES)
}
