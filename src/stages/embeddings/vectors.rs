//! Neighbours of words, and arithmetic with them, by the cosine of their vectors.

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
        let direction: Vec<f32> = (0..self.dimensions).map(|i| self.row(a)[i] - self.row(b)[i] + self.row(c)[i]).collect();
        self.nearest(&direction, &[a, b, c], count)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
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
        assert_eq!(vectors.nearest(vectors.row(man), &[man], 6).len(), 5);
        assert_eq!(vectors.nearest(vectors.row(man), &[man], 1)[0].0, king);
        assert!((vectors.similarity(man, man) - 1.0).abs() < 1e-6);
        assert_eq!(vectors.similarity(man, 5), 0.0);
    }
}
