//! What the worker refused or noted, in its place.

use leptos::prelude::*;

use crate::{
    protocol::Subject,
    ui::state::{Message, State},
};

/// What was said about `about`.
#[component]
pub fn Messages(about: Subject) -> AnyView {
    let messages = expect_context::<State>().messages;
    let show = move |message: Message| {
        let role = if message.refusal { "alert" } else { "status" };
        let kind = if message.refusal { "refusal" } else { "note" };
        let dismissed = message.clone();
        view! {
            <p class=format!("message {kind}") role=role data-testid=format!("{kind}-{}", name(about))>
                <span>{message.text}</span>
                <button
                    type="button"
                    class="quiet close"
                    aria-label="Dismiss"
                    on:click=move |_| messages.update(|messages| messages.retain(|m| *m != dismissed))
                >
                    "×"
                </button>
            </p>
        }
        .into_any()
    };
    view! {
        <div class="messages">
            {move || messages.with(|all| all.iter().filter(|m| m.about == about).cloned().map(show).collect_view())}
        </div>
    }
    .into_any()
}

/// A list of sentences that can be put away.
#[component]
pub fn Notes(notes: RwSignal<Vec<String>>, testid: &'static str) -> AnyView {
    view! {
        <Show when=move || notes.with(|notes| !notes.is_empty())>
            <div class="message note" role="status" data-testid=testid>
                <ul>{move || notes.get().into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul>
                <button type="button" class="quiet close" aria-label="Dismiss" on:click=move |_| notes.set(vec![])>"×"</button>
            </div>
        </Show>
    }
    .into_any()
}

fn name(about: Subject) -> &'static str {
    match about {
        Subject::Text => "text",
        Subject::Model => "model",
        Subject::Training => "training",
        Subject::Generation => "generation",
        Subject::Storage => "storage",
        Subject::Device => "device",
    }
}
