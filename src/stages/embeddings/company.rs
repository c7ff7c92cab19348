//! A word's company: which words stand near it, and how much more often than by chance.

use crate::END;

/// A text of word ids with [`END`] between sentences, in which neighbours are looked up.
pub struct Company<'a> {
    pub text: &'a [u32],
    /// How often each word occurs.
    pub counts: &'a [u64],
    /// Words to each side that are near; the farther, the less they count, as in [`crate::cooccurrence::count`].
    pub window: usize,
}

impl Company<'_> {
    /// For each word, how many times as often as by chance it stands near `word`; nothing stands near a word that does not occur.
    pub fn times(&self, word: u32) -> Vec<f32> {
        let mut row = vec![0.0f32; self.counts.len()];
        for place in self.places(word) {
            for (near, distance) in self.near(place) {
                row[near as usize] += 1.0 - distance as f32 / self.window as f32;
            }
        }
        let (sum, total) = (row.iter().sum::<f32>().max(f32::MIN_POSITIVE), self.counts.iter().sum::<u64>() as f32);
        row.iter_mut().zip(self.counts).for_each(|(times, &count)| *times *= total / (sum * count.max(1) as f32));
        row
    }

    /// Where a word stands in the text.
    pub fn places(&self, word: u32) -> impl Iterator<Item = usize> {
        self.text.iter().enumerate().filter(move |(_, other)| **other == word).map(|(place, _)| place)
    }

    /// The words near a place, with the number of words between.
    pub fn near(&self, place: usize) -> impl Iterator<Item = (u32, usize)> {
        let before = self.text[..place].iter().rev().take_while(|word| **word != END).take(self.window);
        let after = self.text[place + 1..].iter().take_while(|word| **word != END).take(self.window);
        before.copied().zip(0..).chain(after.copied().zip(0..))
    }
}

/// The cosine of the positive pointwise mutual information of two rows of [`Company::times`].
pub fn overlap(a: &[f32], b: &[f32]) -> f32 {
    let information = |times: &f32| times.max(1.0).ln();
    let (mut both, mut lengths) = (0.0, [0.0, 0.0]);
    for (a, b) in a.iter().map(information).zip(b.iter().map(information)) {
        both += a * b;
        lengths = [lengths[0] + a * a, lengths[1] + b * b];
    }
    both / (lengths[0] * lengths[1]).sqrt().max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_is_counted_against_chance_and_within_sentences() {
        // Word 0 stands beside 1 in each sentence, beside 2 only across their end.
        let text = [0, 1, END, 2, 3, END, 0, 1, END, 2, 3];
        let company = Company { text: &text, counts: &[2, 2, 2, 2], window: 2 };
        assert_eq!(company.times(0), [0.0, 4.0, 0.0, 0.0]);
        assert_eq!(company.places(3).collect::<Vec<usize>>(), [4, 10]);
        assert_eq!(overlap(&company.times(0), &company.times(0)), 1.0);
        assert_eq!(overlap(&company.times(0), &company.times(2)), 0.0);
    }
}
