//! Word2Vec (Mikolov et al. 2013, arXiv:1301.3781 and arXiv:1310.4546), as word2vec.c trains it, but for three things:
//! - frequent words are skipped as often as the paper says, which is more often;
//! - settled pairs pull no more, as in gensim;
//! - every random number follows from the seed and the place in the text, so that a run is the same each time and can be
//!   interrupted anywhere.

use seven_steps_cpu::rng::pcg4d;
use seven_steps_cpu::threads::both;
use seven_steps_cpu::word2vec::{Batch, MOST, PAD, Tables, learn};

pub use seven_steps_cpu::word2vec::Method;

use crate::END;
use crate::huffman;
use crate::sampling::{self, Noise, below};

/// All that decides a run, but for the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub method: Method,
    pub softmax: Softmax,
    pub dimensions: usize,
    /// Words to each side that count as near, at most: every distance up to it is drawn equally often.
    pub window: u32,
    /// t of [`sampling::kept`].
    pub subsample: f64,
    /// The learning rate at the beginning and at the end; it falls in a line.
    pub rates: [f32; 2],
    pub epochs: u32,
    pub seed: u32,
}

/// What takes the place of a softmax over all words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Softmax {
    /// A word against so many words of noise.
    Negative(u32),
    /// The turns to a word in a Huffman tree.
    Hierarchical,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::SkipGram,
            softmax: Softmax::Negative(5),
            dimensions: 100,
            window: 5,
            subsample: 1e-3,
            rates: [0.025, 0.0001],
            epochs: 5,
            seed: 1,
        }
    }
}

/// A model in training.
pub struct Trainer {
    examples: Examples,
    stride: usize,
    inputs: Vec<f32>,
    outputs: Vec<f32>,
    /// What is learnt next, and what is made of the text meanwhile.
    ready: Lesson,
    next: Lesson,
}

/// Where examples come from.
pub struct Examples {
    settings: Settings,
    targets: Targets,
    kept: Vec<u32>,
    /// Words of the text, ends of sentences included, that have been read in all epochs.
    read: u64,
    sentence: Vec<(u32, u32)>,
}

/// Examples that are learnt with one learning rate.
#[derive(Default)]
pub struct Lesson {
    pub batch: Batch,
    pub rate: f32,
}

enum Targets {
    Negative { noise: Noise, count: u32 },
    Hierarchical { paths: Vec<Vec<(u32, f32)>> },
}

impl Targets {
    /// Ends an example with what `word` is told by; the noise follows from the hashes.
    fn draw(&self, word: u32, hashes: impl Iterator<Item = u32>, batch: &mut Batch) {
        match self {
            Self::Negative { noise, count } => {
                batch.targets.push((word, 1.0));
                let drawn = hashes.take(*count as usize).map(|hash| noise.draw(hash));
                batch.targets.extend(drawn.filter(|&other| other != word).map(|other| (other, 0.0)));
            }
            Self::Hierarchical { paths } => batch.targets.extend(&paths[word as usize]),
        }
        batch.close();
    }
}

/// Examples of a lesson, at least.
const BATCH: usize = 8192;
/// Words that are read for a lesson, at most.
const MOST_READ: u64 = 100_000;
/// Words of a sentence that see each other.
const SENTENCE: usize = 10_000;

impl Trainer {
    /// A model of words with these counts, the most frequent first.
    pub fn new(settings: Settings, counts: &[u64]) -> Self {
        let stride = settings.dimensions.next_multiple_of(PAD);
        let inputs = random_inputs(&settings, counts.len(), stride);
        let (ready, next) = Default::default();
        let outputs = vec![0.0; inputs.len()];
        Self { examples: Examples::new(settings, counts), stride, inputs, outputs, ready, next }
    }

    /// Words between two rows of [`Self::inputs`].
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The vectors of the words: [V, stride], zero from the dimensions on.
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// How much of the run is done, from 0 to 1.
    pub fn done(&self, text: &[u32]) -> f32 {
        self.examples.done(text)
    }

    /// Goes on in the text, ids of words with [`END`] between sentences, by about so many words. Whether there is more to do. Where
    /// a run is interrupted changes nothing.
    pub fn advance(&mut self, text: &[u32], words: usize) -> bool {
        let Self { examples, stride, inputs, outputs, ready, next } = self;
        let total = examples.total(text);
        let until = examples.read.saturating_add(words as u64).min(total);
        // What was read last is learnt too.
        while examples.read < until || examples.read == total && !ready.batch.ends.is_empty() {
            let method = examples.settings.method;
            let mut tables = Tables { inputs, outputs, stride: *stride };
            both(|| learn(&mut tables, method, &ready.batch, ready.rate), || examples.fill(text, next));
            ready.batch.clear();
            std::mem::swap(ready, next);
        }
        examples.go_on(text)
    }
}

/// What inputs are before anything is learnt: [V, stride], zero from the dimensions on.
pub fn random_inputs(settings: &Settings, words: usize, stride: usize) -> Vec<f32> {
    let mut inputs = vec![0.0; stride * words];
    for (row, word) in inputs.chunks_mut(stride).zip(0..) {
        for (x, i) in row[..settings.dimensions].iter_mut().zip(0..) {
            let [hash, ..] = pcg4d([word, i, settings.seed, u32::MAX]);
            *x = ((hash >> 8) as f32 / 16_777_216.0 - 0.5) / settings.dimensions as f32;
        }
    }
    inputs
}

impl Examples {
    /// Those of words with these counts, the most frequent first.
    pub fn new(settings: Settings, counts: &[u64]) -> Self {
        let targets = match settings.softmax {
            Softmax::Negative(count) => Targets::Negative { noise: Noise::new(counts), count: count.min(MOST as u32 - 1) },
            Softmax::Hierarchical => Targets::Hierarchical { paths: huffman::paths(counts) },
        };
        let kept = sampling::kept(counts, settings.subsample);
        Self { settings, targets, kept, read: 0, sentence: Vec::new() }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How often an example has the same row of the output table among its targets, in the mean, for the row that is the most often.
    pub fn most_common(&self, counts: &[u64]) -> f64 {
        let Softmax::Negative(noise) = self.settings.softmax else { return 1.0 };
        let greatest = |weights: Vec<f64>| weights.iter().copied().fold(0.0, f64::max) / weights.iter().sum::<f64>();
        let kept = |(&count, &kept): (&u64, &u32)| count as f64 * f64::from(kept) / f64::from(u32::MAX);
        let told = greatest(counts.iter().zip(&self.kept).map(kept).collect());
        told + f64::from(noise) * greatest(counts.iter().map(|&count| (count as f64).powf(0.75)).collect())
    }

    fn total(&self, text: &[u32]) -> u64 {
        text.len() as u64 * u64::from(self.settings.epochs)
    }

    /// Whether there is more to read.
    pub fn go_on(&self, text: &[u32]) -> bool {
        self.read < self.total(text)
    }

    /// How much of the text is read, in all epochs, from 0 to 1.
    pub fn done(&self, text: &[u32]) -> f32 {
        (self.read as f64 / self.total(text).max(1) as f64) as f32
    }

    /// Reads as many sentences as a lesson takes, and adds examples of them.
    pub fn fill(&mut self, text: &[u32], lesson: &mut Lesson) {
        // Sentences of one word give none.
        let until = self.read.saturating_add(MOST_READ).min(self.total(text));
        while lesson.batch.ends.len() < BATCH && self.read < until {
            self.sentence(text, &mut lesson.batch);
        }
        let [first, last] = self.settings.rates;
        lesson.rate = (first + (last - first) * self.done(text)).max(last);
    }

    /// Reads a sentence, or the rest of one, and makes examples of it.
    fn sentence(&mut self, text: &[u32], batch: &mut Batch) {
        let (epoch, from) = ((self.read / text.len() as u64) as u32, (self.read % text.len() as u64) as usize);
        let words = text[from..].iter().take(SENTENCE).take_while(|&&word| word != END).count();
        self.read += (words + 1).min(text.len() - from) as u64;
        let Settings { epochs, window, seed, .. } = self.settings;
        // Whether the word at a place is kept, and how far it sees.
        let draws = |place: u32| pcg4d([place, u32::MAX, epoch, seed]);
        // For the noise of a place and a context of it.
        let hashes = |place: u32, context: u32| (0..).flat_map(move |part| pcg4d([place, context, epoch + epochs * part, seed]));
        self.sentence.clear();
        let read = text[from..from + words].iter().copied().zip(from as u32..);
        self.sentence.extend(read.filter(|&(word, place)| draws(place)[0] <= self.kept[word as usize]));
        for (at, &(word, place)) in self.sentence.iter().enumerate() {
            let reach = 1 + below(draws(place)[1], window) as usize;
            let (before, after) = (&self.sentence[at.saturating_sub(reach)..at], &self.sentence[at + 1..]);
            let near = before.iter().chain(&after[..reach.min(after.len())]);
            if self.settings.method == Method::SkipGram {
                for &(context, other) in near {
                    batch.contexts.push(context);
                    self.targets.draw(word, hashes(place, other), batch);
                }
            } else if self.sentence.len() > 1 {
                batch.contexts.extend(near.map(|(context, _)| context));
                self.targets.draw(word, hashes(place, place), batch);
            }
        }
    }
}
