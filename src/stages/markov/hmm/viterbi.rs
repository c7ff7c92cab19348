//! The likeliest states behind a text.

use super::Hmm;
use crate::{BEGIN, END};

impl Hmm {
    /// The likeliest state for each token [T] and ln p(states, tokens), negative infinity if there is a token that no state
    /// emits; the states then follow from the others. The state of `<s>` says nothing. (Viterbi 1967)
    pub fn viterbi(&self, tokens: &[u32]) -> (Vec<u32>, f64) {
        let logs = |values: &[f64]| values.iter().map(|p| p.ln()).collect::<Vec<f64>>();
        let (start, transition) = (logs(&self.start), logs(&self.transition));
        let mut scores = vec![0.0; self.states];
        let mut came_from = vec![0u8; tokens.len() * self.states];
        let mut possible = true;
        let mut begins = true;
        for (&token, came_from) in tokens.iter().zip(came_from.chunks_exact_mut(self.states)) {
            if token == BEGIN {
                came_from.iter_mut().zip(0..).for_each(|(from, state)| *from = state);
            } else {
                let before = if begins {
                    let best = argmax(&scores);
                    came_from.fill(best as u8);
                    start.iter().map(|p| scores[best] + p).collect()
                } else {
                    best_steps(&scores, &transition, came_from)
                };
                scores = before.iter().zip(self.emission_of(token)).map(|(score, p)| score + p.ln()).collect();
                if scores[argmax(&scores)] == f64::NEG_INFINITY {
                    scores = before;
                    possible = false;
                }
            }
            begins = token == BEGIN || token == END;
        }
        let mut state = argmax(&scores);
        let score = if possible { scores[state] } else { f64::NEG_INFINITY };
        let mut path = vec![0; tokens.len()];
        for (slot, came_from) in path.iter_mut().zip(came_from.chunks_exact(self.states)).rev() {
            *slot = state as u32;
            state = usize::from(came_from[state]);
        }
        (path, score)
    }
}

/// The best score with which each state is reached, and from which it was.
fn best_steps(scores: &[f64], transition: &[f64], came_from: &mut [u8]) -> Vec<f64> {
    let mut best = vec![f64::NEG_INFINITY; scores.len()];
    came_from.fill(0);
    for (from, (score, row)) in scores.iter().zip(transition.chunks_exact(scores.len())).enumerate() {
        for ((best, came_from), p) in best.iter_mut().zip(came_from.iter_mut()).zip(row) {
            if score + p > *best {
                *best = score + p;
                *came_from = from as u8;
            }
        }
    }
    best
}

/// The first of the greatest.
fn argmax(scores: &[f64]) -> usize {
    let better = |best: usize, index: usize| if scores[index] > scores[best] { index } else { best };
    (0..scores.len()).fold(0, better)
}
