//! What a stretch of the world amounts to: words, types, Zipf's law, repetitions.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Document, GENRES, Genre};

/// Counts of some documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Runs of letters, digits and apostrophes, in lower case.
    pub words: usize,
    /// Different words.
    pub types: usize,
    /// Words that come once.
    pub once: usize,
    pub zipf: Zipf,
    pub by_genre: Vec<Share>,
}

/// What is of one genre.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    pub genre: Genre,
    pub documents: usize,
    pub words: usize,
    /// Documents that came before.
    pub duplicates: usize,
}

/// The straight line log frequency = intercept + slope · log rank by least squares (Zipf 1935: a slope of −1), over the ranks
/// 1, 2, 3, …, taken so that they are about evenly spaced by their logarithm, up to [`LAST_RANK`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zipf {
    pub slope: f64,
    /// The share of the variance that the line explains.
    pub r2: f64,
}

/// The last rank of the fit; rarer words are mostly names of things that only one table has.
pub const LAST_RANK: usize = 1500;

impl Report {
    /// Measures documents until they have so many words.
    pub fn of(documents: impl Iterator<Item = Document>, words: usize) -> Self {
        let mut counts: FxHashMap<String, u64> = FxHashMap::default();
        let mut seen = FxHashSet::default();
        let share = |(genre, ..): &(Genre, &str, u32)| Share { genre: *genre, documents: 0, words: 0, duplicates: 0 };
        let mut by_genre: Vec<Share> = GENRES.iter().map(share).collect();
        let mut all = 0;
        for Document { genre, text, .. } in documents {
            let before = all;
            for word in words_of(&text) {
                all += 1;
                *counts.entry(word).or_default() += 1;
            }
            if let Some(share) = by_genre.iter_mut().find(|share| share.genre == genre) {
                share.documents += 1;
                share.words += all - before;
                share.duplicates += usize::from(!seen.insert(text));
            }
            if all >= words {
                break;
            }
        }
        let once = counts.values().filter(|count| **count == 1).count();
        let mut frequencies: Vec<u64> = counts.into_values().collect();
        frequencies.sort_unstable();
        frequencies.reverse();
        Self { words: all, types: frequencies.len(), once, zipf: Zipf::fit(&frequencies), by_genre }
    }
}

/// The words of a text.
pub fn words_of(text: &str) -> impl Iterator<Item = String> {
    let letters = |letter: char| letter.is_alphanumeric() || letter == '\'';
    text.split(move |letter| !letters(letter)).map(|word| word.trim_matches('\'')).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

impl Zipf {
    /// Fits the line to frequencies, the greatest first.
    pub fn fit(frequencies: &[u64]) -> Self {
        let last = frequencies.len().min(LAST_RANK);
        // Ten to a factor of ten.
        let mut ranks: Vec<usize> =
            (0..).map(|step| 10f64.powf(f64::from(step) / 10.0).round() as usize).take_while(|rank| *rank <= last).collect();
        ranks.dedup();
        let points: Vec<(f64, f64)> = ranks.iter().map(|rank| ((*rank as f64).ln(), (frequencies[rank - 1] as f64).ln())).collect();
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(&|point| point.0), mean(&|point| point.1));
        let covariance = mean(&|point| (point.0 - x) * (point.1 - y));
        let (spread_x, spread_y) = (mean(&|point| (point.0 - x).powi(2)), mean(&|point| (point.1 - y).powi(2)));
        Self { slope: covariance / spread_x, r2: covariance * covariance / (spread_x * spread_y) }
    }
}
