//! Matrix multiplication: packed panels and a register tile (Goto & van de Geijn 2008, "Anatomy of High-Performance Matrix
//! Multiplication", TOMS 34(3)).
//!
//! B is packed in panels of K × NR, A in panels of K × MR, each contiguous in the order in which the tile reads it. A panel of
//! B stays in the nearest cache while the panels of a block of A pass by; the block of A stays in the second.

use std::cell::RefCell;

use super::simd::Vector;

/// A matrix in memory: element (i, j) is at `i · rows + j · columns`.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub data: &'a [f32],
    /// Words from one row to the next.
    pub rows: usize,
    /// Words from one column to the next.
    pub columns: usize,
}

/// Depth of a block, so that a panel of B (KC · NR words) and one of A fit the nearest cache.
const KC: usize = 256;
/// Rows of a block of A (MC · KC words in the second cache); a multiple of every tile's rows.
const MC: usize = 96;

thread_local! {
    /// Packed A and B, kept from call to call.
    static PANELS: RefCell<(Vec<f32>, Vec<f32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// C = A B, or C += A B with `add`: A [m,k], B [k,n]; C [m,n] has rows `stride` words apart.
pub fn gemm(m: usize, n: usize, k: usize, a: Matrix, b: Matrix, c: &mut [f32], stride: usize, add: bool) {
    PANELS.with_borrow_mut(|(packed_a, packed_b)| {
        let mut job = Job { m, n, k, a, b, c, stride, add, packed_a, packed_b };
        run(&mut job);
    });
}

struct Job<'a> {
    m: usize,
    n: usize,
    k: usize,
    a: Matrix<'a>,
    b: Matrix<'a>,
    c: &'a mut [f32],
    stride: usize,
    add: bool,
    packed_a: &'a mut Vec<f32>,
    packed_b: &'a mut Vec<f32>,
}

#[cfg(target_arch = "wasm32")]
fn run(job: &mut Job) {
    blocks::<super::simd::Simd128, 4, 4, 2, 8>(job);
}

#[cfg(target_arch = "x86_64")]
fn run(job: &mut Job) {
    use super::simd::{Avx2, Avx512, Portable};

    #[target_feature(enable = "avx512f")]
    fn avx512(job: &mut Job) {
        blocks::<Avx512, 16, 12, 2, 32>(job);
    }
    #[target_feature(enable = "avx2,fma")]
    fn avx2(job: &mut Job) {
        blocks::<Avx2, 8, 6, 2, 16>(job);
    }
    // SAFETY: the features that each function enables have just been detected.
    if is_x86_feature_detected!("avx512f") {
        unsafe { avx512(job) }
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        unsafe { avx2(job) }
    } else {
        blocks::<Portable, 4, 4, 2, 8>(job);
    }
}

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
fn run(job: &mut Job) {
    blocks::<super::simd::Portable, 4, 4, 4, 16>(job);
}

/// The product by blocks, for a tile of MR rows and NV vectors.
#[inline(always)]
fn blocks<V: Vector<L>, const L: usize, const MR: usize, const NV: usize, const NR: usize>(job: &mut Job) {
    let Job { m, n, k, a, b, stride, .. } = *job;
    const { assert!(NR == NV * L) };
    for k0 in (0..k).step_by(KC) {
        let depth = KC.min(k - k0);
        let add = job.add || k0 > 0;
        let part = Matrix { data: &b.data[k0 * b.rows..], rows: b.columns, columns: b.rows };
        pack::<NR>(part, n, depth, job.packed_b);
        for i0 in (0..m).step_by(MC) {
            let height = MC.min(m - i0);
            let part = Matrix { data: &a.data[i0 * a.rows + k0 * a.columns..], ..a };
            pack::<MR>(part, height, depth, job.packed_a);
            for (j, panel_b) in job.packed_b.chunks_exact(NR * depth).enumerate() {
                let width = NR.min(n - j * NR);
                for (i, panel_a) in job.packed_a.chunks_exact(MR * depth).enumerate() {
                    let first = i0 + i * MR;
                    let rows = MR.min(m - first);
                    let c = &mut job.c[first * stride + j * NR..];
                    tile::<V, L, MR, NV>(panel_a, panel_b, c, stride, rows, width, add);
                }
            }
        }
    }
}

/// Rows of `matrix`, `count` of them, into panels of `depth` × W: each holds W rows interleaved, column after column, padded
/// with zeros. Columns go eight at a time, so that whole cache lines are read and written whichever way the matrix lies.
#[inline(always)]
fn pack<const W: usize>(matrix: Matrix, count: usize, depth: usize, panels: &mut Vec<f32>) {
    const GROUP: usize = 8;
    let Matrix { data, rows, columns } = matrix;
    panels.resize(count.next_multiple_of(W) * depth, 0.0);
    for p0 in (0..depth).step_by(GROUP) {
        for (i0, panel) in (0..count).step_by(W).zip(panels.chunks_exact_mut(W * depth)) {
            let (panel, _) = panel[p0 * W..W * depth.min(p0 + GROUP)].as_chunks_mut::<W>();
            let here = &data[i0 * rows + p0 * columns..];
            if rows == 1 && i0 + W <= count {
                for (p, panel) in panel.iter_mut().enumerate() {
                    panel.copy_from_slice(&here[p * columns..p * columns + W]);
                }
            } else if let (1, Some(panel)) = (columns, panel.first_chunk_mut::<GROUP>())
                && i0 + W <= count
            {
                for i in 0..W {
                    let row: &[f32; GROUP] = here[i * rows..].first_chunk().expect("the row has a group left");
                    for p in 0..GROUP {
                        panel[p][i] = row[p];
                    }
                }
            } else {
                for (p, panel) in panel.iter_mut().enumerate() {
                    *panel = std::array::from_fn(|i| if i0 + i < count { here[i * rows + p * columns] } else { 0.0 });
                }
            }
        }
    }
}

/// One tile of C from a panel of A and one of B, all in registers over the whole depth.
#[inline(always)]
fn tile<V: Vector<L>, const L: usize, const MR: usize, const NV: usize>(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    stride: usize,
    rows: usize,
    width: usize,
    add: bool,
) {
    let mut sums = [[V::splat(0.0); NV]; MR];
    let (a, _) = a.as_chunks::<MR>();
    let (b, _) = b.as_chunks::<L>().0.as_chunks::<NV>();
    for (a, b) in a.iter().zip(b) {
        let b: [V; NV] = std::array::from_fn(|j| V::load(&b[j]));
        for i in 0..MR {
            let a = V::splat(a[i]);
            for j in 0..NV {
                sums[i][j] = a.mul_add(b[j], sums[i][j]);
            }
        }
    }
    if rows == MR && width == NV * L {
        for (i, sums) in sums.iter().enumerate() {
            let (row, _) = c[i * stride..i * stride + NV * L].as_chunks_mut::<L>();
            for (c, &sum) in row.iter_mut().zip(sums) {
                let sum = if add { V::splat(1.0).mul_add(V::load(c), sum) } else { sum };
                sum.store(c);
            }
        }
        return;
    }
    for (i, sums) in sums.iter().enumerate().take(rows) {
        let mut row = [[0.0; L]; NV];
        for (row, sum) in row.iter_mut().zip(sums) {
            sum.store(row);
        }
        for (c, sum) in c[i * stride..i * stride + width].iter_mut().zip(row.as_flattened()) {
            *c = if add { *c + sum } else { *sum };
        }
    }
}
