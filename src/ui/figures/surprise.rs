//! Surprise: how many bits a token told a reader who knows the model, in seven tints and as a number.

use leptos::prelude::*;

use crate::{protocol::ScoredToken, ui::format};

/// Bits from which each tint begins, after the first, which has none.
const LEVELS: [f64; 6] = [1.0, 2.0, 3.5, 5.0, 7.0, 9.0];

/// The tint of a token of this probability, 0 to 6.
pub fn level(probability: f64) -> usize {
    let bits = -probability.log2();
    LEVELS.iter().filter(|from| bits >= **from).count()
}

/// What the tints mean.
#[component]
pub fn Legend() -> AnyView {
    let tint = |level: usize| {
        let from = if level == 0 { "0".into() } else { format::significant(LEVELS[level - 1], 2) };
        view! { <li class="token" data-level=level>{from}</li> }
    };
    view! {
        <div class="legend">
            <ol aria-label="Tints, by the bits of surprise from which they begin">{(0..=LEVELS.len()).map(tint).collect_view()}</ol>
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
        let tint = bits.map(|bits| level((-bits).exp2()));
        let number = bits.map_or("–".into(), |bits| format::fixed(bits.max(0.0), 1));
        view! { <li class="scored"><span class="token" data-level=tint>{super::visible(&text)}</span><span class="bits">{number}</span></li> }.into_any()
    };
    view! { <ol class="surprise" aria-label="Surprise of each token, in bits">{tokens.into_iter().map(token).collect_view()}</ol> }
        .into_any()
}
