//! What the worker refused or noted, in its place.

use leptos::prelude::*;

use super::{live, nothing, press};
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
        if notes.is_empty() {
            return nothing();
        }
        let notes: Vec<AnyView> = notes.into_iter().map(|note| view! { <li>{note}</li> }.into_any()).collect();
        view! {
            <div class="message note" role="status" data-testid="address-notes">
                <ul>{notes}</ul>
                {close(move || state.change(Topic::AddressNotes, |facts| facts.address_notes = vec![]))}
            </div>
        }
        .into_any()
    })
}

fn close(act: impl FnMut() + 'static) -> AnyView {
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
