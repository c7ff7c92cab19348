//! States that have no names: a letter and a colour for each, and the pictures made of them.

use leptos::prelude::*;

use super::token::shown;
use crate::{
    protocol::ngrams::{Follower, States, Unit},
    ui::format,
};

/// Words shown of each state, and states that it goes on to.
const WORDS: usize = 8;
const NEXT: usize = 3;
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456";

/// A text with the state of each token under it.
pub fn strip(tokens: impl Iterator<Item = (String, usize)>, unit: Unit) -> AnyView {
    let token = |(text, state): (String, usize)| {
        let shown = if matches!(text.as_str(), "</s>" | "\n") { "↵".into() } else { shown(&text, unit) };
        view! { <span class="tagged" style=hue(state)><span>{shown}</span>{" "}<b>{letter(state)}</b></span>" " }.into_any()
    };
    tokens.map(token).collect::<Vec<_>>().into_any()
}

/// A card a state: its words, how much of the text it writes, and what follows it.
pub fn cards(states: &States, unit: Unit) -> AnyView {
    (0..states.words.len()).map(|state| card(states, state, unit)).collect::<Vec<_>>().into_any()
}

fn card(states: &States, state: usize, unit: Unit) -> AnyView {
    let words = states.words.get(state).map_or(&[][..], |words| &words[..words.len().min(WORDS)]);
    let top = words.iter().map(|word| word.probability).fold(f32::MIN_POSITIVE, f32::max);
    let word = |Follower { text, probability, .. }: &Follower| {
        // The likelier the larger, and none too small to read.
        let size = format!("font-size:{}rem", format::fixed(0.875 + 0.5 * f64::from(probability / top).sqrt(), 2));
        view! { <li style=size>{shown(text, unit)}</li> }.into_any()
    };
    let mut next: Vec<(usize, f32)> = row(states, state).iter().copied().enumerate().collect();
    next.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
    let next = next
        .into_iter()
        .take(NEXT)
        .map(|(to, p)| view! { <li><b class="letter" style=hue(to)>{letter(to)}</b>{format::percent(p.into())}</li> }.into_any());
    let share = states.shares.get(state).map_or(String::new(), |share| format!("{} of what it read", format::percent((*share).into())));
    view! {
        <li class="state" style=hue(state) data-testid="state">
            <p class="state-head"><b class="letter">{letter(state)}</b><span>{share}</span></p>
            <ul class="state-words" aria-label="Its favourite words">{words.iter().map(word).collect::<Vec<_>>()}</ul>
            <div class="state-next"><span>"then"</span><ul>{next.collect::<Vec<_>>()}</ul></div>
        </li>
    }
    .into_any()
}

/// From each state, a row, to each, a column: the likelier the larger the dot.
pub fn transitions(states: &States) -> AnyView {
    use std::fmt::Write;
    const CELL: usize = 100;
    let count = states.words.len();
    let mut dots = String::new();
    for from in 0..count {
        let _ = write!(dots, "<g style=\"{}\">", hue(from));
        for (to, p) in row(states, from).iter().enumerate() {
            // The area tells; what is rarer than one in a hundred is no dot to see.
            let radius = (47.0 * p.max(0.0).sqrt()) as u32;
            if radius >= 5 {
                let [x, y] = [to, from].map(|place| place * CELL + CELL / 2);
                let _ = write!(dots, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>");
            }
        }
        dots += "</g>";
    }
    let side = (count * CELL).to_string();
    let letters = || (0..count).map(|state| view! { <i style=hue(state)>{letter(state)}</i> }.into_any()).collect::<Vec<_>>();
    view! {
        <div class="matrix" data-many=(count > 16).to_string() style=format!("--count:{count}") role="img"
            aria-label="Dots: which state follows which. The larger the dot, the likelier. The cards below say the same in numbers.">
            <div class="matrix-top" aria-hidden="true">{letters()}</div>
            <div class="matrix-left" aria-hidden="true">{letters()}</div>
            <svg viewBox=format!("0 0 {side} {side}") aria-hidden="true" inner_html=dots></svg>
        </div>
    }
    .into_any()
}

/// The probabilities with which `state` goes on.
fn row(states: &States, state: usize) -> &[f32] {
    let count = states.words.len();
    states.transitions.get(state * count..(state + 1) * count).unwrap_or_default()
}

fn letter(state: usize) -> &'static str {
    LETTERS.get(state..=state).unwrap_or("?")
}

/// Neighbours in number are far apart in colour: each a golden angle from the one before.
fn hue(state: usize) -> String {
    format!("--hue:{}", state * 137 % 360)
}
