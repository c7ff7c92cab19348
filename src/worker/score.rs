//! Scoring a text: how likely the model finds each of its tokens.

use super::message::Problem;
use crate::nn::inference::{Asked, Inference};
use crate::protocol::{Score, ScoredToken, Subject};
use crate::stages::pretrain::bits_per_byte;
use crate::text::Tokenizer;

/// Tokens that are scored at most, and bytes that are cut into tokens to count them.
const MOST: usize = 1 << 14;
const MOST_BYTES: usize = 1 << 17;

/// Scores `text`. What is longer than the context is read in windows that overlap by half, so that each token but the
/// first few has at least half a context before it.
///
/// # Errors
/// A text too short or too long; a lost device.
pub async fn score(model: &mut Asked<'_>, tokenizer: &Tokenizer, text: &str) -> Result<Score, Problem> {
    if text.len() > MOST_BYTES {
        let message = format!("This text has {} bytes: score at most {MOST_BYTES} at once.", text.len());
        return Err(Problem::new(Subject::Scoring, message));
    }
    let tokens = tokenizer.encode(text);
    if tokens.len() < 2 {
        return Err(Problem::new(Subject::Scoring, "There is too little to score: write at least two tokens."));
    }
    if tokens.len() > MOST {
        let message = format!("This text has {} tokens: score at most {MOST} at once.", tokens.len());
        return Err(Problem::new(Subject::Scoring, message));
    }
    let losses = losses(model, &tokens).await?;
    if !losses.iter().all(|loss| loss.is_finite()) {
        return Err(Problem::new(Subject::Scoring, "The model is out of bounds, so it scores nothing: let the run go back first."));
    }
    let bytes: usize = tokens[1..].iter().map(|&id| tokenizer.token_bytes(id).len()).sum();
    let nats: f64 = losses.iter().copied().map(f64::from).sum();
    let scored = std::iter::once(None).chain(losses.iter().map(|loss| Some(-loss)));
    let texts = tokens.iter().map(|&id| tokenizer.token_text(id));
    let tokens = texts.zip(scored).map(|(text, log_probability)| ScoredToken { text, log_probability }).collect();
    Ok(Score { tokens, log_probability: -nats as f32, bits_per_byte: bits_per_byte(nats, bytes.max(1) as f64) as f32 })
}

/// The loss of each token after the first, in nats.
async fn losses(model: &mut Asked<'_>, tokens: &[u32]) -> Result<Vec<f32>, Problem> {
    let half = model.context() / 2;
    let starts = (0..).map(|window| window * half).take_while(|start| *start == 0 || start + half < tokens.len());
    let windows: Vec<Vec<u32>> = starts.map(|start| tokens[start..tokens.len().min(start + model.context() + 1)].to_vec()).collect();
    let mut losses = Vec::new();
    for (window, measured) in model.losses(&windows).await?.into_iter().enumerate() {
        // Those already known are left out.
        losses.extend(&measured[losses.len() - window * half..]);
    }
    Ok(losses)
}
