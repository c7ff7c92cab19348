//! The ways in which a visitor gives a text of their own: pasted, from files, from an address, or dropped anywhere on the page.

use js_sys::Array;
use leptos::{
    ev::{self, DragEvent},
    html::Input,
    prelude::*,
};
use web_sys::DataTransfer;

use super::{flag, live, nothing, press, typed};
use crate::protocol::TextSource;

/// Takes a text, and the files that go with it.
pub type Give = Callback<(TextSource, Array)>;

/// Where a text may come from: the built-in one, or what [`own_text`] draws.
pub const SOURCES: [(&str, &str); 4] = [("starter", "Built-in"), ("paste", "Paste"), ("files", "Files"), ("url", "Web address")];

/// The fields for a text from `source`, one of [`SOURCES`]; none for the built-in one. What was typed stays when the source changes.
pub fn own_text(source: Signal<String>, give: Give, is_busy: impl Fn() -> bool + Copy + Send + Sync + 'static) -> AnyView {
    let [pasted, url] = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    live(move || match source.get().as_str() {
        "paste" => paste(pasted, give, is_busy),
        "files" => files(give),
        "url" => address(url, give),
        _ => nothing(),
    })
}

/// Takes files and text dropped anywhere on the page.
#[component]
pub fn DropZone(give: Give) -> AnyView {
    let over = RwSignal::new(false);
    // What is dragged about within the page is not meant for the model.
    let inside = RwSignal::new(false);
    let _ = window_event_listener(ev::dragstart, move |_| inside.set(true));
    let _ = window_event_listener(ev::dragend, move |_| inside.set(false));
    let carries = move |event: &DragEvent| !inside.get_untracked() && event.data_transfer().is_some_and(|data| data.types().length() > 0);
    let _ = window_event_listener(ev::dragover, move |event| {
        if carries(&event) {
            event.prevent_default();
            over.set(true);
        }
    });
    let _ = window_event_listener(ev::dragleave, move |event| {
        if event.related_target().is_none() {
            over.set(false);
        }
    });
    let _ = window_event_listener(ev::drop, move |event| {
        over.set(false);
        if let Some(data) = event.data_transfer().filter(|_| carries(&event)) {
            event.prevent_default();
            take(give, &data);
        }
    });
    view! {
        <div class="drop" class:over=flag(move || over.get()) aria-hidden="true"><p>"Let go, and this is what the model will read."</p></div>
    }
    .into_any()
}

fn take(give: Give, data: &DataTransfer) {
    match data.files().filter(|files| files.length() > 0) {
        Some(files) => give.run((TextSource::Files, Array::from(&files))),
        None => {
            if let Some(text) = data.get_data("text/plain").ok().filter(|text| !text.is_empty()) {
                give.run((TextSource::Pasted { text }, Array::new()));
            }
        }
    }
}

fn paste(text: RwSignal<String>, give: Give, is_busy: impl Fn() -> bool + Copy + Send + Sync + 'static) -> AnyView {
    // Leaving the field is enough, as on the way to the next button.
    let read = move || {
        if !untrack(is_busy) {
            give.run((TextSource::Pasted { text: text.get_untracked() }, Array::new()));
        }
    };
    view! {
        <div class="panel">
            <label for="paste">"Your text"</label>
            <textarea
                id="paste"
                data-testid="paste"
                rows="6"
                placeholder="A story, your diary, the minutes of the garden club: the more the better."
                prop:value=text
                on:input=typed(move |typed| text.set(typed))
                on:change=typed(move |typed| if !typed.trim().is_empty() { read() })
            ></textarea>
            <button type="button" data-testid="paste-use" disabled=flag(is_busy) on:click=press(read)>"Read this"</button>
        </div>
    }
    .into_any()
}

fn files(give: Give) -> AnyView {
    let node = NodeRef::<Input>::new();
    let chosen = move |_: String| {
        let Some(input) = node.get_untracked() else { return };
        if let Some(files) = input.files().filter(|files| files.length() > 0) {
            give.run((TextSource::Files, Array::from(&files)));
        }
        // So that the same file can be chosen again.
        input.set_value("");
    };
    view! {
        <div class="panel">
            <label class="pick">
                <input type="file" class="hidden" node_ref=node multiple accept=".txt,.md,.jsonl,.ndjson,.gz,text/*" data-testid="files" on:change=typed(chosen)/>
                <strong>"Choose files"</strong>
                <span>"or drop them anywhere on this page: .txt, .md, or .jsonl with a “text” in each line"</span>
            </label>
        </div>
    }
    .into_any()
}

fn address(url: RwSignal<String>, give: Give) -> AnyView {
    view! {
        <form
            class="panel"
            on:submit=move |event| {
                event.prevent_default();
                give.run((TextSource::Url { url: url.get_untracked().trim().to_string() }, Array::new()));
            }
        >
            <label for="url">"Address of a text file"</label>
            <span class="row">
                <input
                    id="url"
                    data-testid="url"
                    type="text"
                    inputmode="url"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="https://"
                    prop:value=url
                    on:input=typed(move |typed| url.set(typed))
                />
                <button type="submit" data-testid="url-fetch">"Fetch"</button>
            </span>
            <p class="help">"Your browser asks that site directly; the site must allow it."</p>
        </form>
    }
    .into_any()
}
