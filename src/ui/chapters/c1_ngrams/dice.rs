//! One throw of the dice: what might have come, laid end to end, and where the dice fell.

use leptos::prelude::*;

use super::token::{is_mark, shown};
use crate::{
    protocol::ngrams::{Follower, Unit, Written},
    ui::format,
};

/// Shares from which a stretch of the strip carries its word.
const LABELLED: f32 = 0.055;

/// The distribution that `written` was drawn from. `place` is its number in the text: the next one rolls anew.
pub fn view(written: &Written, unit: Unit, place: usize) -> AnyView {
    let Written { options, drawn, rest, dice, .. } = written;
    let stretch = |(rank, option): (usize, &Follower)| {
        let label = if option.probability >= LABELLED { shown(&option.text, unit) } else { String::new() };
        let class = if rank == *drawn as usize { "stretch drawn" } else { "stretch" };
        view! { <span class=class style=share(option.probability) data-rank=(rank % 2).to_string()>{label}</span> }.into_any()
    };
    let stretches: Vec<AnyView> = options.iter().enumerate().map(stretch).collect();
    // Two names for one motion: a change of name begins it anew.
    let roll = if place.is_multiple_of(2) { "dice even" } else { "dice odd" };
    let at = format!("--at:{}%", format::fixed(f64::from(dice.clamp(0.0, 1.0)) * 100.0, 2));
    view! {
        <div class="throw">
            <div class="ribbon" aria-hidden="true">{stretches}<span class="stretch rest" style=share(*rest)></span></div>
            <span class=roll style=at aria-hidden="true">
                <svg viewBox="0 0 22 32">
                    <rect x="1" y="1" width="20" height="20" rx="4.5"/>
                    <path d="M6 6h.01M16 6h.01M11 11h.01M6 16h.01M16 16h.01"/>
                    <path class="needle" d="M7 22h8l-4 8z"/>
                </svg>
            </span>
        </div>
        {list(written, unit)}
    }
    .into_any()
}

/// What the dice said, as a sentence.
pub fn says(written: &Written, unit: Unit) -> String {
    let Some(Follower { text, probability, .. }) = written.options.get(written.drawn as usize) else { return String::new() };
    let dice = format::fixed(f64::from(written.dice) * 100.0, 1);
    format!("The dice fell at {dice} of 100: “{}”, which had {}.", shown(text, unit), format::percent(f64::from(*probability)))
}

fn list(Written { options, drawn, rest, .. }: &Written, unit: Unit) -> AnyView {
    let option = |(rank, Follower { text, probability, .. }): (usize, &Follower)| {
        let here = rank == *drawn as usize;
        let word = if is_mark(text) { "glyphs special" } else { "glyphs" };
        view! {
            <li class:drawn=here>
                <span class=word>{shown(text, unit)}</span>
                <span class="share">{format::percent(f64::from(*probability))}</span>
                <span class="hidden">{if here { "drawn" } else { "" }}</span>
            </li>
        }
        .into_any()
    };
    let options: Vec<AnyView> = options.iter().enumerate().map(option).collect();
    let rest = (*rest > 5e-4).then(|| {
        view! { <li><span class="glyphs special">"all others"</span><span class="share">{format::percent(f64::from(*rest))}</span></li> }
            .into_any()
    });
    view! { <ol class="chances" aria-label="What might have come, likeliest first" data-testid="chances">{options}{rest}</ol> }.into_any()
}

fn share(share: f32) -> String {
    format!("--share:{}", format::fixed(f64::from(share.clamp(0.0, 1.0)) * 100.0, 2))
}
