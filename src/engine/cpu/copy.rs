//! The rate of copying.

use super::threads::each;

/// to = from, both [len].
pub fn copy(from: &[f32], to: &mut [f32]) {
    each(from.chunks(PART).zip(to.chunks_mut(PART)), |(from, to)| to.copy_from_slice(from));
}

/// Words that one thread copies at a time.
const PART: usize = 1 << 16;
