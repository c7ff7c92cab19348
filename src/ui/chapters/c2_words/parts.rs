//! What several figures are made of: fields for words, and words with how near they are.

use leptos::prelude::*;

use super::desk::Desk;
use crate::{
    protocol::words::{GROUPS, Near, OTHER},
    ui::{
        controls::{live, press, typed},
        format,
    },
};

/// A field for a word or a few.
pub fn field(id: &'static str, label: &'static str, text: RwSignal<String>) -> AnyView {
    view! {
        <span class="word-field">
            <label for=id>{label}</label>
            <input
                id=id
                data-testid=id
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength="200"
                prop:value=text
                on:input=typed(move |typed| text.set(typed))
            />
        </span>
    }
    .into_any()
}

/// Buttons that fill fields.
pub fn chips<const N: usize>(
    name: &'static str,
    offers: &'static [[&'static str; N]],
    label: fn(&[&'static str; N]) -> String,
    fields: [RwSignal<String>; N],
) -> AnyView {
    let chip = |offer: &'static [&'static str; N]| {
        let fill = move || fields.iter().zip(offer).for_each(|(field, word)| field.set((*word).into()));
        view! { <button type="button" class="chip" data-testid=format!("{name}-chip") on:click=press(fill)>{label(offer)}</button> }
            .into_any()
    };
    view! { <div class="chips">{offers.iter().map(chip).collect::<Vec<_>>()}</div> }.into_any()
}

/// Words, the nearest first, each with a bar.
pub fn nearest(label: &'static str, found: &[Near]) -> AnyView {
    let row = |near: &Near| {
        let length = format!("--length:{}%", format::fixed(f64::from(near.cosine.clamp(0.0, 1.0)) * 100.0, 1));
        let (word, cosine) = (near.word.clone(), format::fixed(near.cosine.into(), 2));
        view! {
            <li class="bar" style=length data-testid="near">
                <span class="glyphs">{dot(near.group)}{word}</span>
                <span class="share">{cosine}</span>
            </li>
        }
        .into_any()
    };
    view! { <ol class="distribution" aria-label=label>{found.iter().map(row).collect::<Vec<_>>()}</ol> }.into_any()
}

/// The colour of a kind of words.
pub fn dot(group: u8) -> AnyView {
    view! { <i class="dot" data-group=group.to_string() title=group_name(group)></i> }.into_any()
}

pub fn group_name(group: u8) -> &'static str {
    if group == OTHER { "other words" } else { GROUPS.get(usize::from(group)).copied().unwrap_or_default() }
}

/// What a figure says while it has no answer.
pub fn waiting(desk: Desk) -> AnyView {
    live(move || view! { <p class="waiting">{desk.waits()}</p> }.into_any())
}
