//! Which words stand near which: the counts in which Word2Vec's geometry is latent.

use crate::END;

/// A sparse matrix [V,V], row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    /// Where the entries of each row end.
    pub ends: Vec<usize>,
    pub columns: Vec<u32>,
    pub values: Vec<f32>,
}

impl Sparse {
    /// The columns and the values of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> {
        let entries = row.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[row];
        self.columns[entries.clone()].iter().copied().zip(self.values[entries].iter().copied())
    }
}

/// How often word j stands near word i, of `words` words: a neighbour at distance d counts 1 − (d − 1)/window, which is how often
/// Word2Vec's drawn window reaches it. Symmetric; columns are in order.
pub fn count(text: &[u32], words: usize, window: usize) -> Sparse {
    // The places of each word, so that a row is counted at a time, in memory for one row.
    let mut ends = vec![0usize; words];
    let here = || text.iter().zip(0u32..).filter(|(word, _)| **word != END);
    here().for_each(|(&word, _)| ends[word as usize] += 1);
    ends.iter_mut().fold(0, |before, end| {
        *end += before;
        *end
    });
    let mut places = vec![0; ends.last().copied().unwrap_or(0)];
    let mut next: Vec<usize> = (0..words).map(|word| word.checked_sub(1).map_or(0, |before| ends[before])).collect();
    for (&word, place) in here() {
        places[next[word as usize]] = place as usize;
        next[word as usize] += 1;
    }
    let mut counts = Sparse { ends: Vec::with_capacity(words), columns: Vec::new(), values: Vec::new() };
    let (mut row, mut touched) = (vec![0.0f32; words], Vec::new());
    let mut from = 0;
    for end in ends {
        for &place in &places[from..end] {
            let before = text[..place].iter().rev();
            let after = text[place + 1..].iter();
            let near = before
                .take_while(|&&word| word != END)
                .take(window)
                .zip(0..)
                .chain(after.take_while(|&&word| word != END).take(window).zip(0..));
            for (&word, distance) in near {
                let sum = &mut row[word as usize];
                if *sum == 0.0 {
                    touched.push(word);
                }
                *sum += 1.0 - distance as f32 / window as f32;
            }
        }
        from = end;
        touched.sort_unstable();
        for word in touched.drain(..) {
            counts.columns.push(word);
            counts.values.push(std::mem::take(&mut row[word as usize]));
        }
        counts.ends.push(counts.columns.len());
    }
    counts
}

/// Positive pointwise mutual information, max(0, log p(i,j) / (p(i) p′(j))), where p′ is p to the power 0.75, which tames rare
/// words (Levy, Goldberg & Dagan 2015, "Improving Distributional Similarity with Lessons Learned from Word Embeddings", TACL 3).
pub fn ppmi(counts: &Sparse) -> Sparse {
    let words = counts.ends.len();
    let sums: Vec<f64> = (0..words).map(|row| counts.row(row).map(|(_, count)| f64::from(count)).sum()).collect();
    let smoothed: Vec<f64> = sums.iter().map(|sum| sum.powf(0.75)).collect();
    let smoothed_total: f64 = smoothed.iter().sum();
    let mut positive = Sparse { ends: Vec::with_capacity(words), columns: Vec::new(), values: Vec::new() };
    for (row, sum) in sums.iter().enumerate() {
        for (column, count) in counts.row(row) {
            let share = smoothed[column as usize] / smoothed_total;
            let information = (f64::from(count) / (sum * share)).ln();
            if information > 0.0 {
                positive.columns.push(column);
                positive.values.push(information as f32);
            }
        }
        positive.ends.push(positive.columns.len());
    }
    positive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_counted_by_their_distance_and_not_across_sentences() {
        let text = [0, 1, 2, 0, END, 1, 0];
        let counts = count(&text, 3, 2);
        let dense = |sparse: &Sparse| {
            let mut rows = vec![vec![0.0; 3]; 3];
            for (row, values) in rows.iter_mut().enumerate() {
                sparse.row(row).for_each(|(column, value)| values[column as usize] = value);
            }
            rows
        };
        let mut expected = vec![vec![0.0; 3]; 3];
        for sentence in [&text[..4], &text[5..]] {
            for (i, &a) in sentence.iter().enumerate() {
                for (j, &b) in sentence.iter().enumerate() {
                    let distance = i.abs_diff(j);
                    if (1..=2).contains(&distance) {
                        expected[a as usize][b as usize] += 1.0 - (distance - 1) as f32 / 2.0;
                    }
                }
            }
        }
        assert_eq!(dense(&counts), expected);

        let sums: Vec<f32> = expected.iter().map(|row| row.iter().sum()).collect();
        let smoothed: f32 = sums.iter().map(|sum| sum.powf(0.75)).sum();
        for (i, row) in dense(&ppmi(&counts)).iter().enumerate() {
            for (j, found) in row.iter().enumerate() {
                let information = (expected[i][j] / sums[i] / (sums[j].powf(0.75) / smoothed)).ln();
                assert!((found - information.max(0.0)).abs() < 1e-6, "{i}, {j}");
            }
        }
    }
}
