//! Hidden Markov models over tokens: a chain of states that nobody sees, each of which emits a token.
//!
//! After Rabiner, "A tutorial on hidden Markov models" (1989). A sentence is the tokens up to and with `</s>`, which a state
//! emits like any other, so that perplexities compare with those of n-grams; `<s>` is never emitted. Everywhere `<s>` begins
//! a sentence and `</s>` ends one, so texts of many sentences are one flat slice. A token outside of the vocabulary is
//! `<unk>`. K is the number of states, V the size of the vocabulary, T the number of tokens; logarithms are natural.

mod belief;
mod matrix;
mod train;
mod trellis;
mod viterbi;
mod words;

use std::ops::Range;

pub use belief::Belief;
pub use train::{BaumWelch, Iteration};

use crate::{BEGIN, END, UNKNOWN};
use matrix::Matrix;
use trellis::Trellis;

/// The most states that a model may have.
pub const MAX_STATES: usize = 64;

/// A hidden Markov model with discrete emissions.
#[derive(Clone, Debug, PartialEq)]
pub struct Hmm {
    states: usize,
    vocab: usize,
    start: Vec<f64>,
    transition: Vec<f64>,
    emission: Vec<f64>,
}

impl Hmm {
    /// A model of given probabilities: of each state at the start [K], from state to state [K, K], and of each token in
    /// each state [V, K]. Refuses shapes that do not fit together and distributions that do not sum to one.
    pub fn new(start: Vec<f64>, transition: Vec<f64>, emission: Vec<f64>) -> Result<Self, String> {
        let states = start.len();
        check_states(states)?;
        let vocab = emission.len() / states;
        check_vocab(vocab)?;
        if transition.len() != states * states || emission.len() != vocab * states {
            return Err("The matrices of the hidden Markov model do not fit its number of states: it cannot be read.".into());
        }
        let mut words = vec![0.0; states];
        for row in emission.chunks_exact(states) {
            words.iter_mut().zip(row).for_each(|(sum, p)| *sum += p);
        }
        let rows = transition.chunks_exact(states).chain([&start[..]]).map(|row| row.iter().sum());
        let sums_to_one = rows.chain(words).all(|sum: f64| (sum - 1.0).abs() < 1e-6);
        if !sums_to_one || [&start, &transition, &emission].into_iter().flatten().any(|&p| p < 0.0) {
            return Err("The probabilities of the hidden Markov model do not sum to one: it cannot be read.".into());
        }
        Ok(Self { states, vocab, start, transition, emission })
    }

    /// A model whose distributions are drawn evenly from all there are. `draw` gives uniform numbers from 0 to 1.
    pub fn random(states: usize, vocab: usize, draw: &mut impl FnMut() -> f64) -> Result<Self, String> {
        check_vocab(vocab)?;
        Self::drawn(states, &vec![1.0; vocab], draw)
    }

    /// A random model whose states each emit tokens about as often as `tokens` has them (one more of each kind, so that
    /// none is impossible): no state begins so far from the text that it is never visited.
    pub fn from_unigrams(states: usize, vocab: usize, tokens: &[u32], draw: &mut impl FnMut() -> f64) -> Result<Self, String> {
        check_vocab(vocab)?;
        let mut counts = vec![1.0; vocab];
        tokens.iter().for_each(|&token| counts[known(token, vocab)] += 1.0);
        Self::drawn(states, &counts, draw)
    }

    fn drawn(states: usize, weights: &[f64], draw: &mut impl FnMut() -> f64) -> Result<Self, String> {
        check_states(states)?;
        // Exponential variates, normalised, are even over the simplex; the constant keeps each off zero.
        let mut variates = |count: usize| (0..count).map(|_| 0.01 - draw().clamp(1e-9, 1.0).ln()).collect::<Vec<f64>>();
        let mut start = variates(states);
        normalize(&mut start);
        let mut transition = variates(states * states);
        transition.chunks_exact_mut(states).for_each(normalize);
        let mut emission = variates(weights.len() * states);
        let mut sums = vec![0.0; states];
        for (token, (row, weight)) in emission.chunks_exact_mut(states).zip(weights).enumerate() {
            let weight = if token == BEGIN as usize { 0.0 } else { *weight };
            for (p, sum) in row.iter_mut().zip(&mut sums) {
                *p *= weight;
                *sum += *p;
            }
        }
        for row in emission.chunks_exact_mut(states) {
            row.iter_mut().zip(&sums).for_each(|(p, sum)| *p /= sum);
        }
        Ok(Self { states, vocab: weights.len(), start, transition, emission })
    }

    pub fn states(&self) -> usize {
        self.states
    }

    pub fn vocab(&self) -> usize {
        self.vocab
    }

    /// [K]: of each state at the beginning of a sentence.
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// [K, K]: from the row's state to the column's.
    pub fn transition(&self) -> &[f64] {
        &self.transition
    }

    /// [V, K]: of the row's token in the column's state.
    pub fn emission(&self) -> &[f64] {
        &self.emission
    }

    /// [K]: of a token in each state.
    pub fn emission_of(&self, token: u32) -> &[f64] {
        &self.emission[known(token, self.vocab) * self.states..][..self.states]
    }

    /// ln p(tokens), negative infinity if there is a token that no state emits.
    pub fn log_likelihood(&self, tokens: &[u32]) -> f64 {
        let mut belief = Belief::new(self);
        tokens.iter().map(|&token| belief.observe(token)).sum()
    }

    /// [T]: ln p(token | those before it in its sentence); 0 for `<s>`, which is certain, negative infinity for a token that
    /// no state emits.
    pub fn log_probabilities(&self, tokens: &[u32]) -> Vec<f64> {
        let mut belief = Belief::new(self);
        tokens.iter().map(|&token| belief.observe(token)).collect()
    }

    /// [T, K]: p(state | the token's whole sentence); zeros for `<s>`.
    pub fn posterior(&self, tokens: &[u32]) -> Vec<f64> {
        let (forward, backward) = self.matrices();
        let mut trellis = Trellis::new(self.states);
        let mut posterior = vec![0.0; tokens.len() * self.states];
        let mut at = 0;
        while let Some(sentence) = sentence_from(tokens, at) {
            at = sentence.end;
            let rows = &mut posterior[sentence.start * self.states..];
            let tokens = &tokens[sentence];
            trellis.forward(self, &forward, tokens, &mut forward.padded(&self.start));
            trellis.backward(self, &backward, tokens, None, |token, given| {
                rows[token * self.states..][..self.states].copy_from_slice(given);
            });
        }
        posterior
    }

    /// The transitions to take a belief forward by, and backward.
    fn matrices(&self) -> (Matrix, Matrix) {
        (Matrix::new(&self.transition, self.states), Matrix::transposed(&self.transition, self.states))
    }
}

/// The first sentence at or after `at`, never empty.
fn sentence_from(tokens: &[u32], at: usize) -> Option<Range<usize>> {
    let start = at + tokens[at..].iter().position(|&token| token != BEGIN)?;
    let rest = &tokens[start..];
    let length = rest.iter().position(|&token| token == END || token == BEGIN);
    Some(start..length.map_or(tokens.len(), |length| start + length + usize::from(rest[length] == END)))
}

/// Where a token's row lies.
fn known(token: u32, vocab: usize) -> usize {
    if (token as usize) < vocab { token as usize } else { UNKNOWN as usize }
}

/// Leaves alone what sums to nothing.
fn normalize(values: &mut [f64]) {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value /= sum);
    }
}

fn check_states(states: usize) -> Result<(), String> {
    if (1..=MAX_STATES).contains(&states) {
        Ok(())
    } else {
        Err(format!("A hidden Markov model of {states} states is not possible: choose from 1 to {MAX_STATES}."))
    }
}

fn check_vocab(vocab: usize) -> Result<(), String> {
    if vocab > END as usize { Ok(()) } else { Err("The vocabulary has no word: give more text.".into()) }
}
