//! What several figures are made of: fields for words, and words with how near they are.

use leptos::prelude::*;

use super::{Replies, desk::Desk};
use crate::{
    protocol::words::{Answer, Built, GROUPS, Line, Near, OTHER, Question},
    ui::{
        controls::{live, press, typed},
        format,
        offers::{Offers, are_known},
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

/// Fields that begin with the first offer.
pub fn first<const N: usize>(offers: &Offers) -> [RwSignal<String>; N] {
    std::array::from_fn(|field| RwSignal::new(offers.usual[0][field].into()))
}

/// A question about fields, asked and answered while none of them is empty.
#[derive(Clone, Copy)]
pub struct Inquiry {
    are_filled: Memo<bool>,
    replies: Replies,
}

impl Inquiry {
    /// Asks on a line as [`Desk::keep_asking`] does, once the figure is `near`.
    pub fn about(
        fields: &[RwSignal<String>],
        desk: Desk,
        line: Line,
        near: Signal<bool>,
        question: impl Fn() -> Question + 'static,
    ) -> Self {
        let fields = fields.to_vec();
        let are_filled = Memo::new(move |_| fields.iter().all(|field| field.with(|text| !text.trim().is_empty())));
        let replies = desk.keep_asking(line, move || (near.get() && are_filled.get()).then(&question));
        Self { are_filled, replies }
    }

    /// What `pick` makes of the answer.
    pub fn answer<T>(self, pick: fn(&Answer) -> Option<T>) -> Option<T> {
        if self.are_filled.get() { self.replies.last(pick) } else { None }
    }

    /// What is wrong, if anything is.
    pub fn refusal(self) -> String {
        if self.are_filled.get() { self.replies.refusal() } else { "Type something into each field.".into() }
    }
}

/// Buttons that fill fields. When another text is read, what a visitor typed stays if it has all those words; an offer stays if it is
/// made again.
pub fn chips(desk: Desk, name: &'static str, offers: Offers, fields: &[RwSignal<String>]) -> AnyView {
    let fields = StoredValue::new(fields.to_vec());
    let fill =
        move |offer: &[String]| fields.with_value(|fields| fields.iter().zip(offer).for_each(|(field, text)| field.set(text.clone())));
    let offered =
        Memo::new(move |_| desk.built.with(|built| built.as_ref().map_or_else(|| offers.usual(), |built| offers.among(&built.names))));
    Effect::new(move |before: Option<Vec<Vec<String>>>| {
        let offered = offered.get();
        let now: Vec<String> = fields.with_value(|fields| fields.iter().map(|field| field.get_untracked()).collect());
        let was_offered = before.as_ref().is_some_and(|before| before.contains(&now));
        // Of a large text not all words that have a vector are told.
        let may_have = |built: &Built| built.names.len() < built.vocabulary as usize || are_known(&now, &built.names);
        let has_all = desk.built.with_untracked(|built| built.as_ref().is_none_or(may_have));
        if let Some(first) = offered.first().filter(|_| (was_offered || !has_all) && !offered.contains(&now)) {
            fill(first);
        }
        // Where nothing is offered, what the fields hold may still be what was offered before.
        if offered.is_empty() { before.unwrap_or_default() } else { offered }
    });
    let chip = move |offer: Vec<String>| {
        let label = (offers.label)(&offer);
        let fill = press(move || fill(&offer));
        view! { <button type="button" class="chip" data-testid=format!("{name}-chip") on:click=fill>{label}</button> }.into_any()
    };
    let chips = live(move || offered.get().into_iter().map(chip).collect::<Vec<_>>().into_any());
    view! { <div class="chips">{chips}</div> }.into_any()
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
