//! What a model says to one who asks it.

use super::exam::LONGEST;
use super::tune::roles;
use crate::nn::reader::{Reader, Sampling};
use crate::protocol::models::Which;
use crate::protocol::post_training::{Answer, Reply};
use crate::stages::sft::asked;
use crate::tasks::check::is_refusal;
use crate::worker::figures::Figures;

/// How somebody asks.
pub struct Wish {
    pub prompt: String,
    /// Whether the prompt stands between role tokens; else it is the beginning of a document.
    pub chat: bool,
    pub temperature: f32,
    pub seed: u32,
}

/// Says the reply now and then as it is written, and whole at the end.
///
/// # Errors
/// What cannot be answered, as a sentence.
pub async fn reply(figures: &Figures, which: &Which, wish: &Wish, say: &dyn Fn(Answer)) -> Result<(), String> {
    if wish.prompt.trim().is_empty() {
        return Err("There is nothing to answer: ask something.".into());
    }
    let model = figures.opened(which).await?;
    let (tokenizer, context) = (&model.tokenizer, model.card.config.context as usize);
    let separator = tokenizer.separator();
    let (tokens, stop) = if wish.chat {
        let roles = roles(&model)?;
        (asked(tokenizer, &roles, &wish.prompt), vec![roles.end])
    } else {
        (separator.into_iter().chain(tokenizer.encode(&wish.prompt)).collect(), separator.into_iter().collect())
    };
    if tokens.len() >= context {
        return Err(format!("This model looks back on {context} tokens, and this has {}: ask something shorter.", tokens.len()));
    }
    let mut reader = figures.reader(&model.card.config, &model.parameters).await?;
    let Wish { temperature, seed, .. } = *wish;
    let sampling = Sampling { temperature, top_k: 0, top_p: 1.0, seed, length: LONGEST, stop: stop.clone() };
    let written = reader.write(std::slice::from_ref(&tokens), &sampling, &mut |_| ()).await.map_err(|error| error.to_string())?;
    let mut said = written.into_iter().next().unwrap_or_default();
    let probabilities = probabilities(&mut reader, &tokens, &said).await?;
    let ended = said.last().is_some_and(|last| stop.contains(last));
    if ended {
        said.pop();
    }
    let refused = is_refusal(&tokenizer.decode(&said));
    let tokens = said.iter().zip(probabilities).map(|(&id, probability)| (tokenizer.token_text(id), probability)).collect();
    say(Answer::Reply(Reply { tokens, ended, refused }));
    Ok(())
}

/// The probability that the model gives to each token after the prompt.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn probabilities(reader: &mut Reader, prompt: &[u32], said: &[u32]) -> Result<Vec<f32>, String> {
    let sequence: Vec<u32> = prompt.iter().chain(said).copied().collect();
    let losses = reader.losses(&[sequence]).await.map_err(|error| error.to_string())?;
    Ok(losses[0][prompt.len() - 1..].iter().map(|loss| (-loss).exp()).collect())
}
