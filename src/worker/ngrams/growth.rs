//! How the number of contexts grows with the text.

use std::sync::Arc;

use seven_steps_markov::{Counts, END, Fit, Predictor, Smoothing};

use super::pace::Pace;
use super::stand::{Data, count};
use crate::protocol::ngrams::{Contexts, Growth};

/// The shares of the text that are counted, as divisors.
const SHARES: [usize; 5] = [16, 8, 4, 2, 1];

/// Counts ever larger parts of the text.
pub async fn growth(data: &Data, say: &dyn Fn(Growth)) -> Result<(), String> {
    let order = data.counts.order();
    let mut before = 0;
    for share in SHARES {
        let most = &data.train[..data.train.len() / share];
        // Whole lines, but for a text of a single one.
        let length = most.iter().rposition(|token| *token == END).map_or(most.len(), |end| end + 1);
        if length == before {
            continue;
        }
        before = length;
        let tokens = &data.train[..length];
        let counts = match share {
            1 => Arc::clone(&data.counts),
            _ => Arc::new(count(tokens, data.counts.vocabulary(), order, &|_| ()).await?),
        };
        say(measured(counts, &data.held_out).await?);
    }
    Ok(())
}

async fn measured(counts: Arc<Counts>, held_out: &[u32]) -> Result<Growth, String> {
    let order = counts.order();
    // Only for the states that it is in.
    let model = Fit::new(Arc::clone(&counts), order, Smoothing::MaximumLikelihood, &[])?.finish();
    let mut state = model.start();
    // By the length of the context.
    let mut unseen = vec![0u64; order];
    let mut pace = Pace::new();
    for token in held_out {
        for (length, unseen) in unseen.iter_mut().enumerate() {
            *unseen += u64::from(length.min(state.window()) > state.matched());
        }
        state = if *token == END { model.start() } else { model.push(state, *token) };
        pace.breathe_rarely().await;
    }
    let vocabulary = counts.ngrams(1) as u64;
    let contexts = |(length, unseen): (usize, u64)| Contexts {
        possible: (vocabulary as f64).powi(length as i32),
        seen: counts.contexts(length + 1) as u64,
        unseen_held_out: unseen as f32 / held_out.len() as f32,
    };
    let orders = unseen.into_iter().enumerate().map(contexts).collect();
    Ok(Growth { tokens: counts.tokens(), vocabulary, orders })
}
