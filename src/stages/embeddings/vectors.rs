//! Neighbours of words, and arithmetic with them, by the cosine of their vectors.

use seven_steps_cpu::matmul_forward::matmul_forward;

/// Vectors of length 1 (or 0), the most frequent word's first: [V, dimensions].
pub struct Vectors {
    dimensions: usize,
    rows: Vec<f32>,
}

impl Vectors {
    /// The first `dimensions` of every `stride` numbers, scaled to length 1.
    pub fn new(numbers: &[f32], stride: usize, dimensions: usize) -> Self {
        let mut rows = Vec::with_capacity(numbers.len() / stride * dimensions);
        for row in numbers.chunks_exact(stride) {
            let row = &row[..dimensions];
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            rows.extend(row.iter().map(|x| if length > 0.0 { x / length } else { 0.0 }));
        }
        Self { dimensions, rows }
    }

    /// These numbers as they are, [V, dimensions], whatever their length.
    pub fn unscaled(rows: Vec<f32>, dimensions: usize) -> Self {
        Self { dimensions, rows }
    }

    pub fn len(&self) -> usize {
        self.rows.len() / self.dimensions
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn row(&self, word: u32) -> &[f32] {
        &self.rows[word as usize * self.dimensions..][..self.dimensions]
    }

    /// The cosine of two words.
    pub fn similarity(&self, a: u32, b: u32) -> f32 {
        dot(self.row(a), self.row(b))
    }

    /// The `count` words nearest to a direction, with their cosines, the nearest first; without those in `except`.
    pub fn nearest(&self, direction: &[f32], except: &[u32], count: usize) -> Vec<(u32, f32)> {
        let length = dot(direction, direction).sqrt().max(f32::MIN_POSITIVE);
        let mut found: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
        for (row, word) in self.rows.chunks_exact(self.dimensions).zip(0..) {
            let cosine = dot(row, direction) / length;
            if found.len() == count && found.last().is_some_and(|last| last.1 >= cosine) || except.contains(&word) {
                continue;
            }
            let place = found.partition_point(|other| other.1 >= cosine);
            found.insert(place, (word, cosine));
            found.truncate(count);
        }
        found
    }

    /// The words nearest to a − b + c, the three left out (Mikolov, Yih & Zweig 2013, "Linguistic Regularities in Continuous
    /// Space Word Representations", NAACL).
    pub fn analogy(&self, [a, b, c]: [u32; 3], count: usize) -> Vec<(u32, f32)> {
        self.nearest(&self.direction([a, b, c]), &[a, b, c], count)
    }

    /// a − b + c.
    pub fn direction(&self, words: [u32; 3]) -> Vec<f32> {
        let [a, b, c] = words.map(|word| self.row(word));
        a.iter().zip(b).zip(c).map(|((a, b), c)| a - b + c).collect()
    }

    /// The word nearest to each of many a − b + c, as [`Self::analogy`] finds it, by one matrix product.
    pub fn analogies(&self, questions: &[[u32; 3]]) -> Vec<u32> {
        let directions: Vec<f32> = questions.iter().flat_map(|&words| self.direction(words)).collect();
        let words = self.len();
        let mut products = vec![0.0; questions.len() * words];
        matmul_forward(&directions, &self.rows, &mut products, words, self.dimensions);
        let best = |(row, asked): (&mut [f32], &[u32; 3])| {
            asked.iter().for_each(|&word| row[word as usize] = f32::NEG_INFINITY);
            let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            row.iter().position(|&product| product == greatest).unwrap_or(0) as u32
        };
        products.chunks_exact_mut(words).zip(questions).map(best).collect()
    }
}

pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_and_analogies_are_found_by_their_angles() {
        // Gender along one axis, rank along another; the last number of each row is padding.
        let numbers = [1., 0., 5., 9., -1., 0., 5., 9., 1., 2., 5., 9., -1., 2., 5., 9., 0., 0., -3., 9., 0., 0., 0., 9.];
        let vectors = Vectors::new(&numbers, 4, 3);
        assert_eq!(vectors.len(), 6);
        let [man, woman, king, queen] = [0, 1, 2, 3];
        let found = vectors.analogy([king, man, woman], 2);
        assert_eq!(found[0].0, queen);
        let questions = [[king, man, woman], [queen, woman, man], [man, king, queen], [woman, queen, king]];
        assert_eq!(vectors.analogies(&questions), questions.map(|words| vectors.analogy(words, 1)[0].0));
        assert_eq!(vectors.nearest(vectors.row(man), &[man], 6).len(), 5);
        assert_eq!(vectors.nearest(vectors.row(man), &[man], 1)[0].0, king);
        assert!((vectors.similarity(man, man) - 1.0).abs() < 1e-6);
        assert_eq!(vectors.similarity(man, 5), 0.0);
    }
}
