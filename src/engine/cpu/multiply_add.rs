//! The rate of multiply-adds: chains of them that touch nothing but registers.

use std::hint::black_box;

use super::simd::{Task, Vector, dispatch};
use super::threads::each;

/// Words that are brought forward together in every instruction set; a thread's share is a multiple of them.
pub const GROUP: usize = 16 * CHAINS;
/// Chains at a time: enough to hide how long a multiply-add takes, and as many as leave a register to V8 on x86: 30 GFLOP/s there,
/// with 12 it is 27, with 16 it is 25.
const CHAINS: usize = 14;

/// Each of `words`, a multiple of [`GROUP`], becomes x · x − ½, `rounds` times over.
#[inline(never)] // An engine of wasm that compiled a function hastily gives it better code from its next call on.
pub fn multiply_add(words: &mut [f32], rounds: usize) {
    each(words.chunks_exact_mut(GROUP), |words| dispatch(Chains { words, rounds }));
}

struct Chains<'a> {
    words: &'a mut [f32],
    rounds: usize,
}

impl Task for Chains<'_> {
    #[inline(always)]
    fn run<V: Vector<L>, const L: usize, const MR: usize, const NV: usize, const NR: usize>(self) {
        // Hidden, since some engines of wasm make a constant anew at each use.
        let minus_half = V::splat(black_box(-0.5));
        let (vectors, _) = self.words.as_chunks_mut::<L>();
        for group in vectors.as_chunks_mut::<CHAINS>().0 {
            let mut chains: [V; CHAINS] = std::array::from_fn(|i| V::load(&group[i]));
            for _ in 0..self.rounds {
                for x in &mut chains {
                    *x = x.mul_add(*x, minus_half);
                }
            }
            for (x, words) in chains.into_iter().zip(group) {
                x.store(words);
            }
        }
    }
}
