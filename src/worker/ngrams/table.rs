//! What follows a context.

use super::END;
use super::lexicon::{Cut, Lexicon};
use super::stand::{Stand, Way};
use crate::protocol::ngrams::{Follower, Followers};

/// The likeliest `most` tokens after `context`, with how often they followed what was seen of it.
pub async fn followers(stand: &Stand, context: &str, way: Way, most: u32) -> Result<Followers, String> {
    let model = stand.model(way).await?;
    let mut context = stand.lexicon.cut_last(context);
    if context.is_empty() {
        context.push(Cut::begin());
    }
    let ids: Vec<u32> = context.iter().map(|cut| cut.id).collect();
    let state = model.state(&ids);
    let probabilities = model.distribution_in(state);
    let seen = stand.seen(state);
    let row = |id: u32| Follower { text: stand.lexicon.text(id), count: seen.count(id), probability: probabilities[id as usize] as f32 };
    let rows: Vec<Follower> = best(&probabilities, most as usize).into_iter().map(row).collect();
    let told: f32 = rows.iter().map(|row| row.probability).sum();
    let rest = (probabilities.iter().sum::<f64>() as f32 - told).max(0.0);
    Ok(Followers {
        context: context.into_iter().map(Cut::piece).collect(),
        window: state.window() as u32,
        matched: state.matched() as u32,
        seen: seen.total,
        kinds: seen.followers.len() as u32,
        rows,
        rest,
    })
}

/// The likeliest words, best first; among equals the more frequent. None that is impossible, and none of `<unk>`, which is no word.
pub fn best(probabilities: &[f64], most: usize) -> Vec<u32> {
    let most = most.min(probabilities.len());
    let words = (0..).zip(probabilities).filter(|(id, _)| *id == END || *id >= Lexicon::FIRST);
    let mut best: Vec<u64> = Vec::new();
    let mut least = 0;
    for (id, p) in words {
        // Positive numbers are in the order of their bits.
        let bits = (*p as f32).to_bits();
        if bits > least {
            best.push(u64::from(bits) << 32 | u64::from(!id));
        }
        if best.len() >= 4 * most + 64 {
            best.sort_unstable();
            best.drain(..best.len() - most);
            // What is no likelier than the last of these comes after it, being rarer.
            least = best.first().map_or(u32::MAX, |key| (key >> 32) as u32);
        }
    }
    best.sort_unstable();
    best.into_iter().rev().take(most).map(|key| !(key as u32)).collect()
}
