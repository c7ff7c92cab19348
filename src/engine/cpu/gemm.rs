//! Matrix multiplication: packed panels and a register tile (Goto & van de Geijn 2008, "Anatomy of High-Performance Matrix
//! Multiplication", TOMS 34(3)).
//!
//! B is packed in panels of K × NR, A in panels of K × MR, each contiguous in the order in which the tile reads it. A panel of
//! B stays in the nearest cache while the panels of a block of A pass by; the block of A stays in the second.

use std::cell::{Cell, RefCell};

use super::simd::{Task, Vector, dispatch};
use super::threads::each;

/// A matrix in memory: element (i, j) is at `i · rows + j · columns`.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub data: &'a [f32],
    /// Words from one row to the next.
    pub rows: usize,
    /// Words from one column to the next.
    pub columns: usize,
}

/// B [k,n], packed; it keeps its memory from one packing to the next.
#[derive(Default)]
pub struct Panels {
    /// For each block of [`KC`] rows: panel after panel.
    data: Vec<f32>,
    k: usize,
}

/// Where a product goes: C [m,n] with rows `stride` words apart, overwritten or added to.
pub struct Output<'a> {
    pub data: &'a mut [f32],
    pub stride: usize,
    pub add: bool,
}

/// Depth of a block, so that a panel of B (KC · NR words) and one of A fit the nearest cache.
const KC: usize = 256;
/// Most rows of a block of A (MC · KC words in the second cache).
const MC: usize = 8 * STEP;
/// A multiple of every tile's rows.
const STEP: usize = 12;

thread_local! {
    static PANELS: Cell<Panels> = Cell::default();
    /// A block of A, packed.
    static BLOCK: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// C = A B or C += A B, for A [m,k] and B [k,n], on all threads.
pub fn gemm(m: usize, n: usize, k: usize, a: Matrix, b: Matrix, c: Output) {
    let mut panels = PANELS.take();
    panels.pack(k, n, b);
    let Output { data, stride, add } = c;
    let rows = m.div_ceil(m.div_ceil(MC)).next_multiple_of(STEP);
    each(data.chunks_mut(rows * stride).take(m.div_ceil(rows)).enumerate(), |(block, data)| {
        let first = block * rows;
        let part = Matrix { data: &a.data[first * a.rows..], ..a };
        multiply(rows.min(m - first), n, k, part, &panels, Output { data, stride, add });
    });
    PANELS.set(panels);
}

impl Panels {
    /// Packs B [k,n].
    pub fn pack(&mut self, k: usize, n: usize, b: Matrix) {
        dispatch(Pack { k, n, b, panels: self });
    }
}

/// As [`gemm`], for the first `k` rows and `n` columns of the packed B.
pub fn multiply(m: usize, n: usize, k: usize, a: Matrix, b: &Panels, c: Output) {
    debug_assert!(k <= b.k);
    BLOCK.with_borrow_mut(|block| dispatch(Multiply { m, n, k, a, b, c, block }));
}

struct Pack<'a> {
    k: usize,
    n: usize,
    b: Matrix<'a>,
    panels: &'a mut Panels,
}

impl Task for Pack<'_> {
    #[inline(always)]
    fn run<V: Vector<L>, const L: usize, const MR: usize, const NV: usize, const NR: usize>(self) {
        let Self { k, n, b, panels } = self;
        let width = n.next_multiple_of(NR);
        panels.k = k;
        panels.data.resize(k * width, 0.0);
        for (k0, block) in (0..k).step_by(KC).zip(panels.data.chunks_mut(KC * width)) {
            let part = Matrix { data: &b.data[k0 * b.rows..], rows: b.columns, columns: b.rows };
            pack::<NR>(part, n, KC.min(k - k0), block);
        }
    }
}

struct Multiply<'a> {
    m: usize,
    n: usize,
    k: usize,
    a: Matrix<'a>,
    b: &'a Panels,
    c: Output<'a>,
    block: &'a mut Vec<f32>,
}

impl Task for Multiply<'_> {
    #[inline(always)]
    fn run<V: Vector<L>, const L: usize, const MR: usize, const NV: usize, const NR: usize>(self) {
        const { assert!(NR == NV * L && STEP.is_multiple_of(MR)) };
        let Self { m, n, k, a, b, c, block } = self;
        let width = b.data.len() / b.k;
        for (k0, panels) in (0..k).step_by(KC).zip(b.data.chunks(KC * width)) {
            let depth = KC.min(k - k0);
            let packed_depth = KC.min(b.k - k0);
            for i0 in (0..m).step_by(MC) {
                let height = MC.min(m - i0);
                let part = Matrix { data: &a.data[i0 * a.rows + k0 * a.columns..], ..a };
                block.resize(height.next_multiple_of(MR) * depth, 0.0);
                pack::<MR>(part, height, depth, block);
                for (j0, panel) in (0..n).step_by(NR).zip(panels.chunks_exact(NR * packed_depth)) {
                    for (i, rows) in block.chunks_exact(MR * depth).enumerate() {
                        let first = i0 + i * MR;
                        let corner = Output { data: &mut c.data[first * c.stride + j0..], stride: c.stride, add: c.add || k0 > 0 };
                        tile::<V, L, MR, NV>(rows, panel, corner, MR.min(m - first), NR.min(n - j0));
                    }
                }
            }
        }
    }
}

/// Rows of `matrix`, `count` of them, into panels of `depth` × W: each holds W rows interleaved, column after column, padded
/// with zeros. Columns go eight at a time, so that whole cache lines are read and written whichever way the matrix lies.
#[inline(always)]
fn pack<const W: usize>(matrix: Matrix, count: usize, depth: usize, panels: &mut [f32]) {
    const GROUP: usize = 8;
    let Matrix { data, rows, columns } = matrix;
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

/// One tile of C, `rows` × `width` of it, from a panel of A and one of B, in registers over the whole depth of A's.
#[inline(always)]
fn tile<V: Vector<L>, const L: usize, const MR: usize, const NV: usize>(a: &[f32], b: &[f32], c: Output, rows: usize, width: usize) {
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
    let Output { data, stride, add } = c;
    if rows == MR && width == NV * L {
        for (i, sums) in sums.iter().enumerate() {
            let (row, _) = data[i * stride..i * stride + NV * L].as_chunks_mut::<L>();
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
        for (c, sum) in data[i * stride..i * stride + width].iter_mut().zip(row.as_flattened()) {
            *c = if add { *c + sum } else { *sum };
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::simd::{Portable, avx2, avx512};

    /// Small whole numbers, so that every order of summation gives the same.
    fn whole(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 31 + seed) * 7919 % 17) as f32 - 8.0).collect()
    }

    /// Multiplies through one instruction set; the machine's own choice is what the tests of the kernels see.
    fn check(name: &str, run_pack: fn(Pack), run_multiply: fn(Multiply)) {
        for (m, n, k) in [(1, 1, 1), (5, 9, 3), (13, 33, 260), (97, 70, 17), (12, 32, 512)] {
            let (a, b) = (whole(m * k, 1), whole(k * n, 2));
            for turned in [false, true] {
                let part = |data, rows, columns| {
                    if turned { Matrix { data, rows: 1, columns: rows } } else { Matrix { data, rows: columns, columns: 1 } }
                };
                let at = |matrix: Matrix, i: usize, j: usize| matrix.data[i * matrix.rows + j * matrix.columns];
                let (a, b) = (part(&a, m, k), part(&b, k, n));
                let mut panels = Panels::default();
                run_pack(Pack { k, n, b, panels: &mut panels });
                let mut c = whole(m * (n + 3), 3);
                let before = c.clone();
                let output = Output { data: &mut c, stride: n + 3, add: true };
                run_multiply(Multiply { m, n, k, a, b: &panels, c: output, block: &mut Vec::new() });
                for (i, (c, before)) in c.iter().zip(before).enumerate() {
                    let (i, j) = (i / (n + 3), i % (n + 3));
                    let product: f32 = (0..k).filter(|_| j < n).map(|p| at(a, i, p) * at(b, p, j)).sum();
                    assert_eq!(*c, before + product, "{name} {m}×{n}×{k} at {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_products() {
        check("portable", |task| task.run::<Portable, 4, 4, 2, 8>(), |task| task.run::<Portable, 4, 4, 2, 8>());
        // SAFETY: the features that each function enables have just been detected.
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            check("AVX2", |task| unsafe { avx2(task) }, |task| unsafe { avx2(task) });
        }
        if is_x86_feature_detected!("avx512f") {
            check("AVX-512", |task| unsafe { avx512(task) }, |task| unsafe { avx512(task) });
        }
    }
}
