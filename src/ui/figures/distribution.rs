//! What might stand at one place: the likeliest tokens as bars.

use leptos::prelude::*;

use super::visible;
use crate::{
    protocol::{Alternative, WrittenToken},
    ui::format,
};

/// The likeliest tokens at the place of `token`, best first, with their probabilities; the longest bar is the likeliest token's.
/// Choosing one calls `on_choose` with its text.
#[component]
pub fn Distribution(#[prop(into)] token: Signal<Option<WrittenToken>>, on_choose: Callback<String>) -> AnyView {
    let rows = move || {
        token.with(|token| {
            let token = token.as_ref()?;
            let top = token.alternatives.first().map_or(1.0, |best| best.probability).max(1e-6);
            let row = |alternative: &Alternative, here: bool| row(alternative, here, top, on_choose);
            let mut rows: Vec<_> = token.alternatives.iter().map(|a| row(a, a.text == token.text)).collect();
            let listed = token.alternatives.iter().any(|a| a.text == token.text);
            if let (false, Some(probability)) = (listed, token.probability) {
                rows.push(row(&Alternative { text: token.text.clone(), probability }, true));
            }
            Some(rows)
        })
    };
    view! { <ol class="distribution" data-testid="distribution">{rows}</ol> }.into_any()
}

fn row(alternative: &Alternative, here: bool, top: f32, on_choose: Callback<String>) -> AnyView {
    let Alternative { text, probability } = alternative.clone();
    let length = format!("--length:{}%", format::fixed(f64::from(probability / top).min(1.0) * 100.0, 1));
    let share = format::percent(f64::from(probability));
    let glyphs = visible(&text);
    view! {
        <li>
            <button type="button" class="bar" class:here=here style=length data-testid="alternative" on:click=move |_| on_choose.run(text.clone())>
                <span class="glyphs">{glyphs}</span>
                <span class="share">{share}</span>
                {here.then(|| view! { <span class="hidden">"written here"</span> })}
            </button>
        </li>
    }
    .into_any()
}
