//! The binary tree of hierarchical softmax (Morin & Bengio 2005; Mikolov et al. 2013, arXiv:1310.4546): frequent words are near the
//! root, and a word's probability is the product of the turns that lead to it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For each word the inner nodes from the root on, and at each whether its turn is the first (label 1) or the second (0).
///
/// Inner nodes are numbered from 0 to V − 2, the root last (Huffman 1952).
pub fn paths(counts: &[u64]) -> Vec<Vec<(u32, f32)>> {
    let words = counts.len();
    let mut parents = vec![(0, 1.0); (2 * words).saturating_sub(1)];
    let mut heap: BinaryHeap<_> = counts.iter().zip(0usize..).map(|(&count, node)| Reverse((count, node))).collect();
    for inner in words..parents.len() {
        let mut sum = 0;
        for label in [1.0, 0.0] {
            if let Some(Reverse((count, node))) = heap.pop() {
                sum += count;
                parents[node] = (inner, label);
            }
        }
        heap.push(Reverse((sum, inner)));
    }
    let root = parents.len().saturating_sub(1);
    let path = |word: usize| {
        let mut path = Vec::new();
        let mut node = word;
        while node != root {
            let (parent, label) = parents[node];
            path.push(((parent - words) as u32, label));
            node = parent;
        }
        path.reverse();
        path
    };
    (0..words).map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_of_the_least_length_and_no_path_is_another_ones_beginning() {
        let counts = [40, 20, 15, 12, 8, 5];
        let paths = paths(&counts);
        let total: u64 = counts.iter().zip(&paths).map(|(count, path)| count * path.len() as u64).sum();
        // By hand: 5+8=13, 12+13=25, 15+20=35, 25+35=60, 40+60=100.
        assert_eq!(total, 13 + 25 + 35 + 60 + 100);
        let share: f64 = paths.iter().map(|path| 0.5f64.powi(path.len() as i32)).sum();
        assert_eq!(share, 1.0, "Kraft's sum of a full tree");
        for (i, a) in paths.iter().enumerate() {
            assert!(paths.iter().enumerate().all(|(j, b)| i == j || !b.starts_with(a)));
            assert_eq!(a[0].0 as usize, counts.len() - 2, "the root comes first");
        }
    }

    #[test]
    fn one_word_needs_no_turn() {
        assert_eq!(paths(&[7]), [Vec::new()]);
    }
}
