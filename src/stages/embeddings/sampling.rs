//! Draws of words, from hashes of 32 bits.

/// The noise of negative sampling: words by the 3/4th power of their counts (Mikolov et al. 2013, arXiv:1310.4546).
#[derive(Clone, Debug)]
pub struct Noise {
    /// Of 2³² equal parts the last that stands for each word but the last.
    ends: Vec<u32>,
}

impl Noise {
    /// That of words with these counts, of which there is at least one.
    pub fn new(counts: &[u64]) -> Self {
        let weight = |&count: &u64| (count as f64).powf(0.75);
        let total: f64 = counts.iter().map(weight).sum();
        let mut sum = 0.0;
        let end = |count| {
            sum += weight(count);
            (sum / total * f64::from(u32::MAX)) as u32
        };
        Self { ends: counts[..counts.len() - 1].iter().map(end).collect() }
    }

    /// The word that a hash stands for.
    pub fn draw(&self, hash: u32) -> u32 {
        self.ends.partition_point(|&end| end < hash) as u32
    }
}

/// A hash as a number from 0 to n − 1.
pub fn below(hash: u32, n: u32) -> u32 {
    ((u64::from(hash) * u64::from(n)) >> 32) as u32
}

/// How often each word is kept, of 2³² times: min(1, √(t/f)) for a word of frequency f (Mikolov et al. 2013, arXiv:1310.4546, equation
/// 5; word2vec.c and gensim keep t/f more of them). All are, always, where `threshold` t is 0.
pub fn kept(counts: &[u64], threshold: f64) -> Vec<u32> {
    let total = counts.iter().sum::<u64>() as f64;
    let share = |&count: &u64| if threshold > 0.0 { (threshold * total / count as f64).sqrt().min(1.0) } else { 1.0 };
    counts.iter().map(|count| (share(count) * f64::from(u32::MAX)) as u32).collect()
}

#[cfg(test)]
mod tests {
    use seven_steps_cpu::rng::pcg4d;

    use super::*;

    #[test]
    fn noise_follows_the_counts() {
        const DRAWS: u32 = 200_000;
        let noise = Noise::new(&[10_000, 1, 256, 625, 81]);
        let weights = [1000.0, 1.0, 64.0, 125.0, 27.0];
        let mut drawn = [0u32; 5];
        for hash in (0..DRAWS / 4).flat_map(|i| pcg4d([i, 1, 2, 3])) {
            drawn[noise.draw(hash) as usize] += 1;
        }
        for (weight, drawn) in weights.iter().zip(drawn) {
            let (expected, found) = (weight / 1217.0, f64::from(drawn) / f64::from(DRAWS));
            let deviation = (expected * (1.0 - expected) / f64::from(DRAWS)).sqrt();
            assert!((found - expected).abs() <= 4.0 * deviation, "{found} is not {expected}");
        }
        assert_eq!([0, u32::MAX].map(|hash| noise.draw(hash)), [0, 4]);
        assert_eq!(Noise::new(&[3]).draw(u32::MAX), 0);
    }

    #[test]
    fn frequent_words_are_skipped_and_rare_ones_kept() {
        let kept = kept(&[1_000_000, 10_000, 100], 1e-3);
        let share = |i: usize| f64::from(kept[i]) / f64::from(u32::MAX);
        assert!((share(0) - (1e-3 * 1_010_100.0 / 1e6f64).sqrt()).abs() < 1e-6);
        assert_eq!(kept[2], u32::MAX);
    }
}
