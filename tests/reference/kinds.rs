//! A text of nineteen words that come in kinds, to be told apart by the company that they keep.

use seven_steps_cpu::rng::pcg4d;
use seven_steps_embeddings::END;

/// Sentences in which words of a kind stand for each other: "n0 eats f3", …
pub fn text() -> Vec<u32> {
    let sentence = |i: u32| {
        let [a, b, c, _] = pcg4d([i, 0, 0, 9]);
        let kind = a % 3;
        [1 + 3 * kind + b % 3, 0, 10 + 3 * kind + c % 3, END]
    };
    (0..6000).flat_map(sentence).collect()
}

/// How often each word occurs.
pub fn counts(text: &[u32]) -> Vec<u64> {
    (0..19).map(|word| text.iter().filter(|&&other| other == word).count() as u64).collect()
}
