//! What each token of a text looks at.

use super::Figures;
use crate::nn::layout::Layout;
use crate::protocol::figures::{Answer, Attention};
use crate::protocol::models::{Card, Which};
use crate::text::Tokenizer;
use crate::url;

/// Tokens of a text at most: each takes a row and a column of a drawing.
const MOST: usize = 96;

/// Says the attention weights of a text, read as a document, in the model before it was trained, and after.
///
/// # Errors
/// What cannot be opened, read or computed, as a sentence.
pub async fn attention(figures: &Figures, which: &Which, text: &str, say: &impl Fn(Answer)) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("There is nothing to look at: write a sentence.".into());
    }
    let model = figures.opened(which).await?;
    let config = &model.card.config;
    let tokens = document(&model.tokenizer, text);
    let most = MOST.min(config.context as usize);
    if tokens.len() > most {
        return Err(format!("This text has {} tokens, and at most {most} can be shown: take a shorter one.", tokens.len()));
    }
    let names: Vec<String> = tokens.iter().map(|&id| model.tokenizer.token_text(id)).collect();
    for trained in [false, true] {
        let weights = if trained {
            figures.reader(config, &model.parameters).await?.attention(&tokens).await
        } else {
            figures.reader(config, &fresh(&model.card)).await?.attention(&tokens).await
        };
        let weights = weights.map_err(|error| error.to_string())?;
        say(Answer::Attention(Attention { trained, tokens: names.clone(), layers: config.layers, heads: config.heads, weights }));
    }
    Ok(())
}

/// A text as the beginning of a document.
pub fn document(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    tokenizer.separator().into_iter().chain(tokenizer.encode(text)).collect()
}

/// The weights that a model's training began with, in [`Layout`]'s order.
pub fn fresh(card: &Card) -> Vec<f32> {
    let (spec, _) = url::from_fragment(&card.recipe);
    Layout::new(&card.config).init(spec.seed)
}
