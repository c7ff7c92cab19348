//! The words that tell what a state stands for.

use super::Hmm;

impl Hmm {
    /// Up to `most` words of a state, with p(word | state), those first that tell most: by p(word | state) · ln of what it is of
    /// p(word), the word's part in the divergence of the state from the whole text. `shares` [K] are [`Self::shares`].
    pub fn top_words(&self, state: usize, most: usize, shares: &[f64]) -> Vec<(u32, f64)> {
        let mut keys = Vec::with_capacity(self.vocab);
        for (token, row) in self.emission.chunks_exact(self.states).enumerate() {
            let within = row[state];
            let overall: f64 = row.iter().zip(shares).map(|(p, share)| p * share).sum();
            let lift = within / overall;
            let score = if lift > 1.0 { within * lift.ln() } else { 0.0 };
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
