//! Draws of words, from hashes of 32 bits.

/// A distribution over 0..n from which each draw takes two numbers and constant time (Walker 1977's alias method, built as in
/// Vose 1991, "A Linear Algorithm for Generating Random Numbers with a Given Distribution").
#[derive(Clone, Debug)]
pub struct Alias {
    /// Of each column: the share of 2³² that is its own, and whose the rest is.
    columns: Vec<(u32, u32)>,
}

impl Alias {
    /// # Panics
    /// Where there is no weight.
    pub fn new(weights: &[f64]) -> Self {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        assert!(mean > 0.0, "a distribution has weight");
        let mut heights: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut columns: Vec<(u32, u32)> = (0..weights.len() as u32).map(|i| (u32::MAX, i)).collect();
        let (mut low, mut high): (Vec<usize>, Vec<usize>) = (0..weights.len()).partition(|&i| heights[i] < 1.0);
        while let (Some(&giver), Some(taker)) = (high.last(), low.pop()) {
            columns[taker] = ((heights[taker] * 4_294_967_296.0) as u32, giver as u32);
            heights[giver] -= 1.0 - heights[taker];
            if heights[giver] < 1.0 {
                high.pop();
                low.push(giver);
            }
        }
        Self { columns }
    }

    /// The draw that two hashes stand for.
    pub fn draw(&self, [place, height]: [u32; 2]) -> u32 {
        let column = below(place, self.columns.len() as u32);
        let (own, other) = self.columns[column as usize];
        if height <= own { column } else { other }
    }
}

/// A hash as a number from 0 to n − 1.
pub fn below(hash: u32, n: u32) -> u32 {
    ((u64::from(hash) * u64::from(n)) >> 32) as u32
}

/// The noise of negative sampling: words by the 3/4th power of their counts (Mikolov et al. 2013, arXiv:1310.4546).
pub fn noise(counts: &[u64]) -> Alias {
    Alias::new(&counts.iter().map(|&count| (count as f64).powf(0.75)).collect::<Vec<f64>>())
}

/// How often each word is kept, of 2³² times: word2vec.c's min(1, (√(f/t) + 1) · t/f) for a word of frequency f. All are, always,
/// where `threshold` t is 0.
pub fn kept(counts: &[u64], threshold: f64) -> Vec<u32> {
    let total = counts.iter().sum::<u64>() as f64;
    let share = |&count: &u64| {
        let ratio = threshold * total / count as f64;
        if threshold > 0.0 { (ratio.sqrt() + ratio).min(1.0) } else { 1.0 }
    };
    counts.iter().map(|count| (share(count) * f64::from(u32::MAX)) as u32).collect()
}

#[cfg(test)]
mod tests {
    use seven_steps_cpu::rng::pcg4d;

    use super::*;

    #[test]
    fn draws_follow_the_weights() {
        let weights = [5.0, 0.0, 1.0, 2.5, 0.1, 1.4];
        let alias = Alias::new(&weights);
        let mut drawn = [0u32; 6];
        const DRAWS: u32 = 200_000;
        for i in 0..DRAWS {
            let [a, b, ..] = pcg4d([i, 1, 2, 3]);
            drawn[alias.draw([a, b]) as usize] += 1;
        }
        assert_eq!(drawn[1], 0);
        for (weight, drawn) in weights.iter().zip(drawn) {
            let (expected, found) = (weight / 10.0, f64::from(drawn) / f64::from(DRAWS));
            let deviation = (expected * (1.0 - expected) / f64::from(DRAWS)).sqrt();
            assert!((found - expected).abs() <= 4.0 * deviation, "{found} is not {expected}");
        }
    }

    #[test]
    fn frequent_words_are_skipped_and_rare_ones_kept() {
        let kept = kept(&[1_000_000, 10_000, 100], 1e-3);
        let share = |i: usize| f64::from(kept[i]) / f64::from(u32::MAX);
        let ratio: f64 = 1e-3 * 1_010_100.0 / 1e6;
        assert!((share(0) - (ratio.sqrt() + ratio)).abs() < 1e-6);
        assert_eq!(kept[2], u32::MAX);
    }
}
