//! Natively nobody is hired, since the kernels themselves use all cores; tests bring members of their own.

use super::Member;

/// Words that go to and fro.
pub type Words = Vec<u32>;

pub fn words(len: usize) -> Words {
    vec![0; len]
}

pub fn len(words: &Words) -> usize {
    words.len()
}

pub fn put(words: &mut Words, at: usize, from: &[u32]) {
    words[at..at + from.len()].copy_from_slice(from);
}

pub fn take(words: &Words, at: usize, out: &mut [u32]) {
    out.copy_from_slice(&words[at..at + out.len()]);
}

pub fn cores() -> u32 {
    1
}

pub fn hire_member() -> Option<Member> {
    None
}
