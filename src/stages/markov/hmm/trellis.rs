//! The scaled forward and backward passes over a stretch of tokens (Rabiner 1989, section V.A).

use super::Hmm;
use super::matrix::{Matrix, add_outer_products, padded_length, sum};

/// Beliefs below it become zero. Far above the least number, so that neither their products nor the backward pass's
/// quotients leave the range of numbers.
const LEAST: f64 = 1e-200;

/// What the passes leave behind, in rows of `length`: K filled up with zeros.
pub struct Trellis {
    length: usize,
    /// [T, length]: p(state | tokens up to this one).
    forward: Vec<f64>,
    /// [T + 1, length]: emission · backward / scale, of which a belief takes the share it deserves with hindsight.
    hindsight: Vec<f64>,
    /// [T]: p(token | those before it), zero for a token that no state emits.
    scales: Vec<f64>,
    backward: Vec<f64>,
    given: Vec<f64>,
}

impl Trellis {
    pub fn new(states: usize) -> Self {
        let length = padded_length(states);
        let (backward, given) = (vec![0.0; length], vec![0.0; length]);
        Self { length, forward: vec![], hindsight: vec![], scales: vec![], backward, given }
    }

    /// ln p(tokens) from the belief before the first, `predicted` [length], which becomes that after the last.
    pub fn forward(&mut self, hmm: &Hmm, transition: &Matrix, tokens: &[u32], predicted: &mut [f64]) -> f64 {
        if self.scales.len() < tokens.len() {
            self.scales.resize(tokens.len(), 0.0);
            self.forward.resize(tokens.len() * self.length, 0.0);
            self.hindsight.resize((tokens.len() + 1) * self.length, 0.0);
        }
        let mut log_likelihood = 0.0;
        let rows = self.forward.chunks_exact_mut(self.length);
        for ((token, row), scale) in tokens.iter().zip(rows).zip(&mut self.scales) {
            row.copy_from_slice(predicted);
            *scale = condition(row, hmm.emission_of(*token));
            log_likelihood += scale.ln();
            transition.apply(row, predicted);
        }
        log_likelihood
    }

    /// After [`Trellis::forward`] over the same tokens; `transposed` is the transposed transition. `next` is what this gave
    /// for the tokens that follow, none at the end of a sentence. Calls `visit` with each index and p(state | all) [K], from
    /// the last to the first, and returns what the tokens before need.
    pub fn backward(
        &mut self,
        hmm: &Hmm,
        transposed: &Matrix,
        tokens: &[u32],
        next: Option<&[f64]>,
        mut visit: impl FnMut(usize, &[f64]),
    ) -> &[f64] {
        let after = &mut self.hindsight[tokens.len() * self.length..][..self.length];
        match next {
            Some(next) => after.copy_from_slice(next),
            None => after.fill(0.0),
        }
        for (index, &token) in tokens.iter().enumerate().rev() {
            let (before, after) = self.hindsight.split_at_mut((index + 1) * self.length);
            if next.is_none() && index + 1 == tokens.len() {
                self.backward.fill(1.0);
            } else {
                transposed.apply(&after[..self.length], &mut self.backward);
            }
            let forward = &self.forward[index * self.length..][..self.length];
            for ((given, forward), backward) in self.given.iter_mut().zip(forward).zip(&mut self.backward) {
                *given = forward * *backward;
                // What a path cannot come through matters to none, and would grow without bounds.
                *backward = if *forward == 0.0 { 0.0 } else { *backward };
            }
            visit(index, &self.given[..hmm.states]);
            let hindsight = &mut before[index * self.length..];
            hindsight.copy_from_slice(&self.backward);
            if self.scales[index] > 0.0 {
                let factor = 1.0 / self.scales[index];
                hindsight.iter_mut().zip(hmm.emission_of(token)).for_each(|(x, emission)| *x *= emission * factor);
            }
        }
        &self.hindsight[..self.length]
    }

    /// After [`Trellis::backward`] over `count` tokens: adds to `sums` [length, length] what, times the transition from i to
    /// j, is the expected number of such steps from these tokens.
    pub fn add_transitions(&self, count: usize, sums: &mut [f64]) {
        let (left, right) = (&self.forward[..count * self.length], &self.hindsight[self.length..][..count * self.length]);
        add_outer_products(sums, left, right, self.length);
    }
}

/// Turns the belief before a token, padded, into that after it, and returns the token's probability. A token that no state
/// emits has probability zero, and changes no belief.
pub fn condition(belief: &mut [f64], emission: &[f64]) -> f64 {
    let mut joint = [0.0; super::MAX_STATES];
    let joint = &mut joint[..belief.len()];
    for ((joint, belief), emission) in joint.iter_mut().zip(belief.iter()).zip(emission) {
        *joint = belief * emission;
    }
    let probability = sum(joint);
    if probability < f64::MIN_POSITIVE {
        return 0.0;
    }
    let factor = 1.0 / probability;
    for (belief, joint) in belief.iter_mut().zip(joint.iter()) {
        let share = joint * factor;
        *belief = if share < LEAST { 0.0 } else { share };
    }
    probability
}
