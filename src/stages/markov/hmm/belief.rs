//! What a model expects next, kept up to date as tokens are read.

use super::matrix::Matrix;
use super::trellis::condition;
use super::{Hmm, normalize};
use crate::{BEGIN, END};

/// How likely each state is to emit the next token, given those read so far.
#[derive(Clone)]
pub struct Belief<'a> {
    hmm: &'a Hmm,
    transition: Matrix,
    predicted: Vec<f64>,
    current: Vec<f64>,
}

impl<'a> Belief<'a> {
    /// At the beginning of a sentence.
    pub fn new(hmm: &'a Hmm) -> Self {
        let transition = Matrix::new(&hmm.transition, hmm.states);
        let predicted = transition.padded(&hmm.start);
        Self { hmm, transition, current: predicted.clone(), predicted }
    }

    /// Reads a token, and returns ln p(token | those read so far in its sentence): 0 for `<s>`, negative infinity for a token
    /// that no state emits, which then tells nothing.
    pub fn observe(&mut self, token: u32) -> f64 {
        if token == BEGIN {
            self.restart();
            return 0.0;
        }
        self.current.copy_from_slice(&self.predicted);
        let probability = condition(&mut self.current, self.hmm.emission_of(token));
        if token == END {
            self.restart();
        } else {
            self.transition.apply(&self.current, &mut self.predicted);
        }
        probability.ln()
    }

    /// [K]: of each state to emit the next token.
    pub fn states(&self) -> &[f64] {
        &self.predicted[..self.hmm.states]
    }

    /// [V]: of each token to be next.
    pub fn next_distribution(&self) -> Vec<f64> {
        let rows = self.hmm.emission.chunks_exact(self.hmm.states);
        rows.map(|row| row.iter().zip(self.states()).map(|(emission, state)| emission * state).sum()).collect()
    }

    /// Takes it for known that `state`, which one drew from [`Belief::states`], emits the next token.
    pub fn settle(&mut self, state: usize) {
        self.predicted.fill(0.0);
        self.predicted[..self.hmm.states][state] = 1.0;
    }

    fn restart(&mut self) {
        self.predicted[..self.hmm.states].copy_from_slice(&self.hmm.start);
    }
}

impl Hmm {
    /// [V]: of each token to follow `prefix`, which may be empty.
    pub fn next_distribution(&self, prefix: &[u32]) -> Vec<f64> {
        let mut belief = Belief::new(self);
        prefix.iter().for_each(|&token| {
            belief.observe(token);
        });
        belief.next_distribution()
    }

    /// [K]: share of the tokens that each state emits in the long run, sentence after sentence.
    pub fn shares(&self) -> Vec<f64> {
        let mut shares = self.start.clone();
        let ends = self.emission_of(END);
        // Half of each step stays where it is, so that a chain that goes in circles comes to rest too.
        for _ in 0..400 {
            let mut next = shares.clone();
            for ((share, end), row) in shares.iter().zip(ends).zip(self.transition.chunks_exact(self.states)) {
                for ((next, start), transition) in next.iter_mut().zip(&self.start).zip(row) {
                    *next += share * (end * start + (1.0 - end) * transition);
                }
            }
            normalize(&mut next);
            shares = next;
        }
        shares
    }
}
