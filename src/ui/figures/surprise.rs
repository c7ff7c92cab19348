//! Surprise: how many bits a token told a reader who knows the model, in seven tints and as a number.

use leptos::prelude::*;

use super::visible;
use crate::{protocol::ScoredToken, ui::format};

/// Bits from which each tint begins, after the first, which has none.
const LEVELS: [f64; 6] = [1.0, 2.0, 3.5, 5.0, 7.0, 9.0];

/// The tint of a token of this surprise, 0 to 6.
pub fn level(bits: f64) -> usize {
    LEVELS.iter().filter(|from| bits >= **from).count()
}

/// What the tints mean.
#[component]
pub fn Legend() -> AnyView {
    let tint = |level: usize| {
        let from = if level == 0 { "0".into() } else { format::significant(LEVELS[level - 1], 2) };
        view! { <li class="token" data-level=level.to_string()>{from}</li> }.into_any()
    };
    let tints: Vec<AnyView> = (0..=LEVELS.len()).map(tint).collect();
    view! {
        <div class="legend">
            <ol aria-label="Tints, by the bits of surprise from which they begin">{tints}</ol>
            <span>"bits of surprise"</span>
        </div>
    }
    .into_any()
}

/// A text with each token's surprise as tint and number, in bits.
#[component]
pub fn SurpriseStrip(tokens: Vec<ScoredToken>) -> AnyView {
    let token = |ScoredToken { text, log_probability }: ScoredToken| {
        let bits = log_probability.map(|nats| -f64::from(nats) / std::f64::consts::LN_2);
        let tint = bits.map_or(String::new(), |bits| level(bits).to_string());
        let number = bits.map_or("–".into(), |bits| format::fixed(bits.max(0.0), 1));
        view! { <li class="scored"><span class="token" data-level=tint>{visible(&text)}</span><span class="bits">{number}</span></li> }
            .into_any()
    };
    let tokens: Vec<AnyView> = tokens.into_iter().map(token).collect();
    view! { <ol class="surprise" aria-label="Surprise of each token, in bits">{tokens}</ol> }.into_any()
}
