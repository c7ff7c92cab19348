//! Continuations of one prompt, side by side.

use super::Figures;
use crate::nn::reader::Sampling;
use crate::protocol::figures::{Answer, Continuation};
use crate::protocol::models::Which;

/// Continuations at a time at most.
const MOST: u32 = 16;

/// How a prompt is continued.
pub struct Wish {
    pub prompt: String,
    pub count: u32,
    /// Tokens at most.
    pub length: u32,
    pub temperature: f32,
    pub seed: u32,
}

/// Continues the prompt as the beginning of a document, each to the document's end or to the length; says all of them now and then.
///
/// # Errors
/// What cannot be continued, as a sentence.
pub async fn continuations(figures: &Figures, which: &Which, wish: &Wish, say: &impl Fn(Answer)) -> Result<(), String> {
    let Wish { prompt, count, length, temperature, seed } = wish;
    if prompt.trim().is_empty() {
        return Err("There is nothing to go on from: ask something.".into());
    }
    if !(1..=MOST).contains(count) || !(0.0..=100.0).contains(temperature) {
        return Err(format!("From 1 to {MOST} continuations can be written at a temperature from 0 to 100: choose others."));
    }
    let model = figures.opened(which).await?;
    let (tokenizer, context) = (&model.tokenizer, model.card.config.context as usize);
    let mut tokens: Vec<u32> = tokenizer.separator().into_iter().collect();
    tokens.extend(tokenizer.encode(prompt));
    if tokens.len() >= context {
        return Err(format!("This model looks back on {context} tokens, and this has {}: ask something shorter.", tokens.len()));
    }
    let mut reader = figures.reader(&model.card.config, &model.parameters).await?;
    let stop: Vec<u32> = tokenizer.separator().into_iter().collect();
    let sampling = Sampling { temperature: *temperature, top_k: 0, top_p: 1.0, seed: *seed, length: *length as usize, stop: stop.clone() };
    let continued = |written: &[Vec<u32>]| {
        let one = |tokens: &Vec<u32>| {
            let stopped = tokens.last().is_some_and(|last| stop.contains(last));
            let shown = &tokens[..tokens.len() - usize::from(stopped)];
            Continuation { text: tokenizer.decode_text(shown), stopped }
        };
        Answer::Continued(written.iter().map(one).collect())
    };
    let written = reader.write(&vec![tokens; *count as usize], &sampling, &mut |written| say(continued(written))).await;
    say(continued(&written.map_err(|error| error.to_string())?));
    Ok(())
}
