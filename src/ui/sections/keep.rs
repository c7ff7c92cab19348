//! What can be taken away, opened again, and gone on with.

use js_sys::{Array, Uint8Array};
use leptos::{html::Input, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::{KeptRuns, Sheet};
use crate::{
    protocol::{Command, Event, ExportKind, Subject},
    ui::{
        controls::{Messages, flag, press, typed},
        link::Link,
        shelf,
        state::State,
    },
};

const FILES: [(ExportKind, &str, &str, &str); 5] = [
    (ExportKind::Checkpoint, "export-checkpoint", "Checkpoint", "the whole run in one file, to go on with later"),
    (ExportKind::Model, "export-model", "Model", "four files that Hugging Face transformers loads"),
    (ExportKind::Tokenizer, "export-tokenizer", "Tokenizer", "how the text is cut into tokens"),
    (ExportKind::Metrics, "export-metrics", "Metrics", "the measured numbers, a line a step"),
    (ExportKind::Spec, "export-spec", "Settings", "what would make this very run again"),
];

#[component]
pub fn Keep() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let file = move |(kind, testid, name, what): (ExportKind, &'static str, &'static str, &'static str)| {
        let export = move || {
            state.clear(Subject::Storage);
            link.send(&Command::Export(kind));
        };
        view! {
            <li>
                <button type="button" data-testid=testid disabled=flag(move || !state.has_model()) on:click=press(export)>{name}</button>
                <span class="help">{what}</span>
            </li>
        }
        .into_any()
    };
    view! {
        <Sheet id="keep" title="Keep" lead="What you made is yours: go on with it tomorrow, or take it away.">
            <Messages about=Subject::Storage/>
            <h3>"In this browser"</h3>
            <KeptRuns/>
            <h3>"As files"</h3>
            <ul class="exports">{FILES.into_iter().map(file).collect::<Vec<_>>()}</ul>
            {open()}
            <h3>"Models"</h3>
            {shelf::view(link.shelf())}
        </Sheet>
    }
    .into_any()
}

fn open() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let node = NodeRef::<Input>::new();
    let chosen = move |_: String| {
        let Some(input) = node.get_untracked() else { return };
        let file = input.files().and_then(|files| files.get(0));
        input.set_value("");
        let Some(file) = file else { return };
        state.clear(Subject::Storage);
        spawn_local(async move {
            match JsFuture::from(file.array_buffer()).await {
                Ok(buffer) => link.send_with(&Command::Open { name: file.name() }, &Array::of1(&Uint8Array::new(&buffer))),
                Err(_) => {
                    let message = format!("{} could not be read: choose a file that was saved here.", file.name());
                    state.apply(Event::Refused { about: Subject::Storage, message });
                }
            }
        });
    };
    view! {
        <label class="pick">
            <input type="file" class="hidden" node_ref=node accept=".safetensors,.json,.gz" data-testid="open" on:change=typed(chosen)/>
            <strong>"Open a saved file"</strong>
            <span>"a checkpoint, to go on with it, or a tokenizer.json, for the next run to use"</span>
        </label>
    }
    .into_any()
}
