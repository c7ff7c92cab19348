//! What the worker refused or noted, in its place.

use leptos::prelude::*;

use super::{live, nothing, press, words};
use crate::{
    protocol::Subject,
    ui::state::{Message, State, Topic},
};

/// What was said about `about`.
#[component]
pub fn Messages(about: Subject) -> AnyView {
    let state: State = expect_context();
    let show = move |message: Message| {
        let role = if message.refusal { "alert" } else { "status" };
        let kind = if message.refusal { "refusal" } else { "note" };
        let dismissed = message.clone();
        let dismiss = move || state.change(Topic::Messages, |facts| facts.messages.retain(|m| *m != dismissed));
        view! {
            <p class=format!("message {kind}") role=role data-testid=format!("{kind}-{}", name(about))>
                <span>{message.text}</span>
                {close(dismiss)}
            </p>
        }
        .into_any()
    };
    let said = move || -> Vec<Message> {
        state.see(Topic::Messages, |facts| facts.messages.iter().filter(|m| m.about == about).cloned().collect())
    };
    live(move || said().into_iter().map(show).collect::<Vec<_>>().into_any())
}

/// What the address said that could not be followed.
#[component]
pub fn AddressNotes() -> AnyView {
    let state: State = expect_context();
    live(move || {
        let notes = state.see(Topic::AddressNotes, |facts| facts.address_notes.clone());
        noted(notes, move || state.change(Topic::AddressNotes, |facts| facts.address_notes = vec![]))
    })
}

/// What the address said that could not be followed, to be dismissed by `act`; nothing if there is none.
pub fn noted(notes: Vec<String>, act: impl FnMut() + 'static) -> AnyView {
    if notes.is_empty() {
        return nothing();
    }
    let notes: Vec<AnyView> = notes.into_iter().map(|note| view! { <li>{note}</li> }.into_any()).collect();
    view! {
        <div class="message note" role="status" data-testid="address-notes">
            <ul>{notes}</ul>
            {close(act)}
        </div>
    }
    .into_any()
}

/// What should be known about what was read.
pub fn said(notes: Vec<String>) -> AnyView {
    let note = |note| view! { <p class="message note" role="status" data-testid="text-note">{note}</p> }.into_any();
    notes.into_iter().map(note).collect::<Vec<_>>().into_any()
}

/// The worker is gone: why, and a way back.
pub fn broken(sentence: String, restart: impl FnMut() + 'static) -> AnyView {
    view! {
        <div class="message refusal" role="alert" data-testid="broken">
            <p>{sentence}</p>
            <button type="button" data-testid="restart" on:click=press(restart)>"Start it again"</button>
        </div>
    }
    .into_any()
}

/// Why a figure has no answer, in its place. The place is there before the sentence, so that the sentence is said aloud.
pub fn refusal(id: &'static str, say: impl Fn() -> String + Send + Sync + 'static) -> AnyView {
    view! { <p class="refusal" role="alert" data-testid=id>{words(say)}</p> }.into_any()
}

pub fn close(act: impl FnMut() + 'static) -> AnyView {
    view! { <button type="button" class="quiet close" aria-label="Dismiss" on:click=press(act)>"×"</button> }.into_any()
}

fn name(about: Subject) -> &'static str {
    match about {
        Subject::Text => "text",
        Subject::Model => "model",
        Subject::Training => "training",
        Subject::Generation => "generation",
        Subject::Scoring => "scoring",
        Subject::Storage => "storage",
        Subject::Device => "device",
    }
}
