//! The greatest singular values of a sparse matrix and their vectors, by subspace iteration from a random start (Halko,
//! Martinsson & Tropp 2011, "Finding Structure with Randomness", SIAM Review 53(2), algorithm 4.4).

use seven_steps_cpu::rng::pcg4d;

use crate::cooccurrence::Sparse;

/// Directions beyond those asked for, which make the last of them exact.
const MORE: usize = 10;

/// The iteration, a round at a time. The matrix is symmetric in its places, but not in its values.
#[derive(Clone)]
pub struct Svd {
    rank: usize,
    /// An orthonormal basis of the columns, [V, rank + MORE].
    basis: Vec<f32>,
}

impl Svd {
    pub fn new(words: usize, rank: usize, seed: u32) -> Self {
        let width = (rank + MORE).min(words);
        let number = |at: usize| {
            pcg4d([(at / width) as u32, (at % width) as u32, seed, 0x5fd]).map(|hash| hash as f32 / 4_294_967_296.0 - 0.5).iter().sum()
        };
        let mut basis: Vec<f32> = (0..words * width).map(number).collect();
        orthonormalise(&mut basis, width);
        Self { rank: rank.min(words), basis }
    }

    /// Draws the basis nearer to the first singular vectors.
    pub fn iterate(&mut self, matrix: &Sparse) {
        let width = self.width(matrix);
        for transposed in [true, false] {
            self.basis = product(matrix, &self.basis, width, transposed);
            orthonormalise(&mut self.basis, width);
        }
    }

    /// Word vectors U √Σ, [V, rank], as Levy, Goldberg & Dagan (2015) advise, and the singular values.
    pub fn finish(self, matrix: &Sparse) -> (Vec<f32>, Vec<f32>) {
        let width = self.width(matrix);
        // With B = Qᵀ M and B Bᵀ = W Σ² Wᵀ: M ≈ Q W Σ Vᵀ.
        let projected = product(matrix, &self.basis, width, true);
        let mut gram = vec![0.0; width * width];
        for row in projected.chunks_exact(width) {
            for (i, &x) in row.iter().enumerate() {
                gram[i * width..][..width].iter_mut().zip(row).for_each(|(sum, &y)| *sum += f64::from(x) * f64::from(y));
            }
        }
        let (squares, rotation) = eigen(gram, width);
        let values: Vec<f32> = squares.iter().take(self.rank).map(|square| square.max(0.0).sqrt() as f32).collect();
        let mut vectors = Vec::with_capacity(self.rank * matrix.ends.len());
        for row in self.basis.chunks_exact(width) {
            for (column, value) in values.iter().enumerate() {
                let along: f64 = row.iter().enumerate().map(|(i, &x)| f64::from(x) * rotation[i * width + column]).sum();
                vectors.push(along as f32 * value.sqrt());
            }
        }
        (vectors, values)
    }

    fn width(&self, matrix: &Sparse) -> usize {
        self.basis.len() / matrix.ends.len().max(1)
    }
}

/// M X or Mᵀ X, for X [V, width].
fn product(matrix: &Sparse, x: &[f32], width: usize, transposed: bool) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    for row in 0..matrix.ends.len() {
        for (column, value) in matrix.row(row) {
            let (from, to) = if transposed { (row, column as usize) } else { (column as usize, row) };
            let (x, y) = (&x[from * width..][..width], &mut y[to * width..][..width]);
            y.iter_mut().zip(x).for_each(|(y, x)| *y += value * x);
        }
    }
    y
}

/// Gram–Schmidt twice over, which is enough (Giraud et al. 2005), on the columns of X [n, width]. A column that vanishes stays
/// zero.
fn orthonormalise(x: &mut [f32], width: usize) {
    for column in 0..width {
        for _ in 0..2 {
            let mut along = vec![0.0f64; column];
            for row in x.chunks_exact(width) {
                along.iter_mut().zip(row).for_each(|(sum, &other)| *sum += f64::from(other) * f64::from(row[column]));
            }
            for row in x.chunks_exact_mut(width) {
                let rest: f64 = along.iter().zip(&*row).map(|(along, &other)| along * f64::from(other)).sum();
                row[column] -= rest as f32;
            }
        }
        let length = x.iter().skip(column).step_by(width).map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let scale = if length > 1e-20 { 1.0 / length } else { 0.0 };
        x.iter_mut().skip(column).step_by(width).for_each(|x| *x = (f64::from(*x) * scale) as f32);
    }
}

/// The eigenvalues of a symmetric matrix [n,n], the greatest first, and its eigenvectors as columns (Jacobi 1846).
pub fn eigen(mut matrix: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors: Vec<f64> = (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect();
    let size: f64 = matrix.iter().map(|x| x * x).sum();
    for _ in 0..50 {
        let rest: f64 = (0..n * n).filter(|at| at / n != at % n).map(|at| matrix[at].powi(2)).sum();
        if rest <= 1e-24 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                let off = matrix[p * n + q];
                if off == 0.0 {
                    continue;
                }
                let theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * off);
                let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
                let sine = tangent * cosine;
                let rotate = |a: &mut [f64], i: usize, j: usize| {
                    let (x, y) = (a[i], a[j]);
                    (a[i], a[j]) = (cosine * x - sine * y, sine * x + cosine * y);
                };
                (0..n).for_each(|i| rotate(&mut matrix, p * n + i, q * n + i));
                (0..n).for_each(|i| rotate(&mut matrix, i * n + p, i * n + q));
                (0..n).for_each(|i| rotate(&mut vectors, i * n + p, i * n + q));
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| matrix[b * n + b].total_cmp(&matrix[a * n + a]));
    let values = order.iter().map(|&i| matrix[i * n + i]).collect();
    let columns = (0..n * n).map(|at| vectors[at / n * n + order[at % n]]).collect();
    (values, columns)
}
