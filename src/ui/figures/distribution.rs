//! What might stand at one place: the likeliest tokens as bars.

use leptos::prelude::*;

use super::visible;
use crate::{
    protocol::{Alternative, WrittenToken},
    ui::{controls::press, format},
};

/// The likeliest tokens at the place of `token`, best first, with their probabilities; the longest bar is the likeliest token's.
/// Choosing one calls `on_choose` with its text.
#[component]
pub fn Distribution(token: WrittenToken, on_choose: Callback<String>) -> AnyView {
    let WrittenToken { text, probability, mut alternatives, .. } = token;
    let listed = alternatives.iter().any(|alternative| alternative.text == text);
    if let (false, Some(probability)) = (listed, probability) {
        alternatives.push(Alternative { text: text.clone(), probability });
    }
    let top = alternatives.first().map_or(1.0, |best| best.probability).max(1e-6);
    let row = |alternative: Alternative| {
        let here = alternative.text == text;
        row(alternative, here, top, on_choose)
    };
    let rows: Vec<AnyView> = alternatives.into_iter().map(row).collect();
    view! { <ol class="distribution" data-testid="distribution">{rows}</ol> }.into_any()
}

fn row(Alternative { text, probability }: Alternative, here: bool, top: f32, on_choose: Callback<String>) -> AnyView {
    let length = format!("--length:{}%", format::fixed(f64::from(probability / top).min(1.0) * 100.0, 1));
    let share = format::percent(f64::from(probability));
    let [class, said] = if here { ["bar here", "written here"] } else { ["bar", ""] };
    let glyphs = visible(&text);
    view! {
        <li>
            <button type="button" class=class style=length data-testid="alternative" on:click=press(move || on_choose.run(text.clone()))>
                <span class="glyphs">{glyphs}</span>
                <span class="share">{share}</span>
                <span class="hidden">{said}</span>
            </button>
        </li>
    }
    .into_any()
}
