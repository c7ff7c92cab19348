//! The words that tell what a state stands for.

use super::Hmm;

/// What makes a word the first of a state's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// p(word | state).
    Probability,
    /// p(word | state) / p(word): rare words lead.
    Lift,
    /// p(word | state) · ln of the lift, the word's part in the divergence of the state from the whole text: common words that
    /// this state has for itself lead.
    Telling,
}

impl Hmm {
    /// Up to `most` words of a state, with p(word | state), best first. Words that are no likelier in this state than in the
    /// text are not among them, unless they rank by probability.
    pub fn top_words(&self, state: usize, most: usize, ranking: Ranking) -> Vec<(u32, f64)> {
        let shares = self.shares();
        let mut keys = Vec::with_capacity(self.vocab);
        for (token, row) in self.emission.chunks_exact(self.states).enumerate() {
            let within = row[state];
            let overall: f64 = row.iter().zip(&shares).map(|(p, share)| p * share).sum();
            let lift = within / overall;
            let score = match ranking {
                Ranking::Probability => within,
                _ if lift.is_nan() || lift <= 1.0 => 0.0,
                Ranking::Lift => lift,
                Ranking::Telling => within * lift.ln(),
            };
            // Positive numbers are in the order of their bits. Among equals the smaller token is first.
            if score as f32 > 0.0 {
                keys.push(u64::from((score as f32).to_bits()) << 32 | u64::from(!(token as u32)));
            }
        }
        keys.sort_unstable();
        let best = keys.iter().rev().take(most).map(|&key| !(key as u32));
        best.map(|token| (token, self.emission_of(token)[state])).collect()
    }
}
