//! What it costs to spell a word that a model does not know.
//!
//! A model of words says `<unk>` for each of them, and would look better than one of characters, which says them letter by letter.
//! In bits per byte each `<unk>` therefore pays for its letters too, by a model of order 0: the bytes of the training text's words,
//! each word with an end, one more of each kind.

use super::lexicon::Lexicon;

/// Bits of each byte, and of the end.
pub struct Spelling([f64; 257]);

impl Spelling {
    const END: usize = 256;

    /// From the tokens of the training text.
    pub fn new(lexicon: &Lexicon, tokens: &[u32]) -> Self {
        let mut occurrences = vec![0u64; lexicon.len()];
        tokens.iter().for_each(|token| occurrences[*token as usize] += 1);
        let mut counts = [1u64; 257];
        for (token, occurrences) in (0..).zip(occurrences).skip(Lexicon::FIRST as usize) {
            lexicon.bytes(token).iter().for_each(|byte| counts[*byte as usize] += occurrences);
            counts[Self::END] += occurrences;
        }
        let total: u64 = counts.iter().sum();
        Self(counts.map(|count| (total as f64 / count as f64).log2()))
    }

    /// Bits for a word.
    pub fn cost(&self, word: &[u8]) -> f64 {
        word.iter().map(|byte| self.0[*byte as usize]).sum::<f64>() + self.0[Self::END]
    }
}
