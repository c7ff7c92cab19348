//! What the model reads: the built-in text, or the visitor's own.

use js_sys::Array;
use leptos::{
    ev::{self, DragEvent},
    html::Input,
    prelude::*,
};
use web_sys::DataTransfer;

use super::Sheet;
use crate::{
    protocol::{Subject, TextSource, TextSummary},
    spec::TextChoice,
    ui::{
        controls::{Choice, Knobs, Messages, flag, live, nothing, press, typed, words},
        format,
        link::Link,
        state::{Loading, State, Topic},
    },
};

#[component]
pub fn Text() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let [source, pasted, url] = ["starter", "", ""].map(|text| RwSignal::new(text.to_string()));
    let choose = Callback::new(move |name: String| {
        if name == "starter" {
            link.load(TextSource::Starter, Array::new());
        }
        source.set(name);
    });
    // A text that was dropped, or came with a kept run, is not the built-in one.
    Effect::new(move |_| {
        if state.see(Topic::Spec, |facts| facts.spec.text) == TextChoice::Own && source.with_untracked(|source| source == "starter") {
            source.set("files".into());
        }
    });
    let panel = move || match source.get().as_str() {
        "paste" => paste(pasted),
        "files" => files(),
        "url" => address(url),
        _ => nothing(),
    };
    view! {
        <Sheet id="text" title="Text" lead="What the model reads, and all it will ever know. It stays on your device.">
            <Choice
                name="source"
                label="Where the text comes from"
                options=vec![("starter", "Built-in"), ("paste", "Paste"), ("files", "Files"), ("url", "Web address")]
                value=source.into()
                on_choose=choose
            />
            {live(panel)}
            {live(move || state.see(Topic::Loading, |facts| facts.loading).map_or_else(nothing, progress))}
            <Messages about=Subject::Text/>
            {live(move || state.see(Topic::Text, |facts| facts.text.clone()).map_or_else(nothing, summary))}
        </Sheet>
    }
    .into_any()
}

/// Takes files and text dropped anywhere on the page.
#[component]
pub fn DropZone() -> AnyView {
    let link: Link = expect_context();
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
            take(link, &data);
        }
    });
    view! {
        <div class="drop" class:over=flag(move || over.get()) aria-hidden="true"><p>"Let go, and this is what the model will read."</p></div>
    }
    .into_any()
}

fn take(link: Link, data: &DataTransfer) {
    match data.files().filter(|files| files.length() > 0) {
        Some(files) => link.load(TextSource::Files, Array::from(&files)),
        None => {
            if let Some(text) = data.get_data("text/plain").ok().filter(|text| !text.is_empty()) {
                link.load(TextSource::Pasted { text }, Array::new());
            }
        }
    }
}

fn paste(text: RwSignal<String>) -> AnyView {
    let link: Link = expect_context();
    let state: State = expect_context();
    // Leaving the field is enough, as on the way to the Train button.
    let read = move || {
        if state.peek(|facts| facts.loading.is_none()) {
            link.load(TextSource::Pasted { text: text.get_untracked() }, Array::new());
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
            <button type="button" data-testid="paste-use" on:click=press(read)>"Read this"</button>
        </div>
    }
    .into_any()
}

fn files() -> AnyView {
    let link: Link = expect_context();
    let node = NodeRef::<Input>::new();
    let chosen = move |_: String| {
        let Some(input) = node.get_untracked() else { return };
        if let Some(files) = input.files().filter(|files| files.length() > 0) {
            link.load(TextSource::Files, Array::from(&files));
        }
        // So that the same file can be chosen again.
        input.set_value("");
    };
    view! {
        <div class="panel">
            <label class="pick">
                <input type="file" class="hidden" node_ref=node multiple accept=".txt,.md,.jsonl,text/*" data-testid="files" on:change=typed(chosen)/>
                <strong>"Choose files"</strong>
                <span>"or drop them anywhere on this page: .txt, .md, or .jsonl with a “text” in each line"</span>
            </label>
        </div>
    }
    .into_any()
}

fn address(url: RwSignal<String>) -> AnyView {
    let link: Link = expect_context();
    view! {
        <form
            class="panel"
            on:submit=move |event| {
                event.prevent_default();
                link.load(TextSource::Url { url: url.get_untracked().trim().to_string() }, Array::new());
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

fn progress(Loading { received, total }: Loading) -> AnyView {
    let link: Link = expect_context();
    let words = match total {
        Some(total) => format!("Reading {} of {}", format::bytes(received), format::bytes(total)),
        None if received > 0 => format!("Reading: {} so far", format::bytes(received)),
        None => "Reading…".into(),
    };
    let bar = match total {
        Some(total) => {
            let share = (received as f64 / total.max(1) as f64 * 100.0) as u32;
            view! { <progress max="100" value=share.to_string() aria-label="Reading the text"></progress> }.into_any()
        }
        None => view! { <progress aria-label="Reading the text"></progress> }.into_any(),
    };
    view! {
        <div class="row loading" data-testid="loading">
            {bar}
            <span class="figure">{words}</span>
            <button
                type="button"
                class="quiet"
                data-testid="load-cancel"
                on:click=press(move || link.cancel_load())
            >
                "Cancel"
            </button>
        </div>
    }
    .into_any()
}

fn summary(text: TextSummary) -> AnyView {
    let state: State = expect_context();
    let held_out = move || state.see(Topic::Spec, |facts| f64::from(facts.spec.held_out));
    let split = words(move || format!("--share:{}%", format::fixed(held_out() * 100.0, 1)));
    let says = words(move || {
        let share = format::percent(held_out());
        format!("About {share} of it is held out: the model never trains on that part, so it can be tested there.")
    });
    let documents = (text.documents > 1).then(|| format::counted(text.documents.into(), "document") + ", ");
    let size = format!(
        "{}{}, {}, {}",
        documents.unwrap_or_default(),
        format::counted(text.words, "word"),
        format::counted(text.characters, "character"),
        format::bytes(text.bytes),
    );
    view! {
        <div class="summary" data-testid="text-summary">
            <p class="summary-name" data-testid="text-name">{text.name}</p>
            <p class="figure" data-testid="text-size">{size}</p>
            <blockquote data-testid="text-opening">{text.opening}</blockquote>
            <div class="split" style=split aria-hidden="true"></div>
            <p class="help">{says}</p>
            <Knobs group=crate::catalog::Group::Text prominent=true/>
        </div>
    }
    .into_any()
}
