//! Pieces of words: a text cut by the first merges of byte pair encoding, as many as a slider says.

use leptos::prelude::*;

use super::super::desk::{Desk, Replies};
use crate::{
    protocol::figures::{Answer, Line, Pieces, Question},
    ui::{
        controls::{live, nothing, press, refusal, typed, words},
        figures::visible,
        format,
    },
};

/// What can be cut, and what it is called. The first stands in the field at first.
const OFFERS: [(&str, &str); 5] = [
    ("a sentence", "The fisherman found an old boat near the lighthouse."),
    ("a rare word", "Her umbrella was incomprehensibly purple."),
    ("a number", "31415 sheep and 27 goats"),
    ("another script", "Η γάτα κοιμάται."),
    ("code", "for (let i = 0; i < n; i++) sum += a[i];"),
];
/// More merges than any tokenizer has: all of them.
const ALL: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Figure {
    text: RwSignal<String>,
    replies: Replies,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let (text, merges) = (RwSignal::new(OFFERS[0].1.to_string()), RwSignal::new(ALL));
    let replies = desk.keep_asking(Line::Pieces, move || {
        let (model, text, merges) = (desk.model.get(), text.get(), merges.get());
        near.get().then_some(Question::Pieces { model, text, merges })
    });
    let figure = Figure { text, replies };
    let offers: Vec<AnyView> = OFFERS
        .map(|(name, offer)| {
            view! { <button type="button" class="chip" on:click=press(move || text.set(offer.into()))>{name}</button> }.into_any()
        })
        .into_iter()
        .collect();
    // What was known stays while a text is refused.
    let of = Memo::new(move |before: Option<&u32>| figure.last().map(|pieces| pieces.of).or(before.copied()).unwrap_or(0));
    let at = move || merges.get().min(of.get());
    let choose = move |to: i64| {
        // Before the first answer nobody knows how many there are.
        match of.get_untracked() {
            0 => {}
            of => merges.set(to.clamp(0, i64::from(of)) as u32),
        }
    };
    let step = move |by: i64| choose(i64::from(untrack(at)) + by);
    view! {
        <div class="pieces" data-testid="pieces">
            <label for="pieces-text">"Cut this"</label>
            <input id="pieces-text" data-testid="pieces-text" type="text" autocomplete="off" prop:value=text on:input=typed(move |typed| text.set(typed))/>
            <p class="row">{offers}</p>
            <div class="row merges">
                <button type="button" class="quiet" aria-label="One merge less" on:click=press(move || step(-1))>"−"</button>
                <input
                    type="range"
                    min="0"
                    data-testid="pieces-merges"
                    aria-label="Merges"
                    max=words(move || of.get().to_string())
                    prop:value=words(move || at().to_string())
                    on:input=typed(move |typed| if let Ok(typed) = typed.parse() { choose(typed) })
                />
                <button type="button" class="quiet" aria-label="One merge more" on:click=press(move || step(1))>"+"</button>
                <span class="figure">{words(move || format!("{} of {}", format::counted(at().into(), "merge"), format::integer(of.get().into())))}</span>
            </div>
            {refusal("pieces-refusal", move || replies.refusal())}
            {live(move || figure.last().map_or_else(|| view! { <p class="help">{desk.waits()}</p> }.into_any(), |pieces| figure.cut(&pieces)))}
        </div>
    }
    .into_any()
}

impl Figure {
    fn last(&self) -> Option<Pieces> {
        self.replies.last(|answer| if let Answer::Pieces(pieces) = answer { Some(pieces.clone()) } else { None })
    }

    fn cut(&self, pieces: &Pieces) -> AnyView {
        let Pieces { tokens, last, sample_bytes, sample_tokens, .. } = pieces;
        let shown: Vec<AnyView> = tokens.iter().map(|token| view! { <span>{visible(token)}</span> }.into_any()).collect();
        let bytes = self.text.with_untracked(String::len) as u64;
        let count = format!("{}, of {}", format::counted(tokens.len() as u64, "piece"), format::counted(bytes, "byte"));
        let sample = format::fixed(f64::from(*sample_bytes) / f64::from((*sample_tokens).max(1)), 2);
        let joined = last.as_ref().map_or_else(nothing, |[one, other]| {
            let (one, other) = (visible(one), visible(other));
            view! { "The last merge joined " <b>{one}</b> " and " <b>{other}</b> ". " }.into_any()
        });
        view! {
            <p class="cut" data-testid="pieces-cut">{shown}</p>
            <p class="verdict" data-testid="pieces-count">{count}</p>
            <p class="help">{joined}{format!("In the built-in world a piece has {sample} bytes on the mean.")}</p>
        }
        .into_any()
    }
}
