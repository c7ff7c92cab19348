//! What the model reads: the built-in text, or the visitor's own.

use js_sys::Array;
use leptos::prelude::*;

use super::Sheet;
use crate::{
    protocol::{Brought, Subject, TextSource, TextSummary},
    spec::TextChoice,
    ui::{
        controls::{Choice, Give, Knobs, Messages, SOURCES, live, nothing, own_text, press, said, words},
        format,
        link::Link,
        state::{Loading, State, Topic},
    },
};

#[component]
pub fn Text() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let source = RwSignal::new("starter".to_string());
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
    let give = Give::new(move |(source, files)| link.load(source, files));
    let panel = own_text(source.into(), give, move || state.see(Topic::Loading, |facts| facts.loading.is_some()));
    view! {
        <Sheet id="text" title="Text" lead="What the model reads, and all it will ever know. It stays on your device.">
            <Choice
                name="source"
                label="Where the text comes from"
                options=SOURCES.to_vec()
                value=source.into()
                on_choose=choose
            />
            {panel}
            {live(move || state.see(Topic::Loading, |facts| facts.loading).map_or_else(nothing, progress))}
            <Messages about=Subject::Text/>
            {live(move || state.see(Topic::Spec, |facts| facts.brought.clone()).map_or_else(nothing, brought))}
            {live(move || state.see(Topic::Text, |facts| facts.text.clone()).map_or_else(nothing, summary))}
        </Sheet>
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

fn brought(Brought { name, tokens }: Brought) -> AnyView {
    let says = format!("The next run reads with the {} tokens of {name}, instead of choosing its own.", format::integer(tokens.into()));
    view! { <p class="help" role="status" data-testid="brought">{says}</p> }.into_any()
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
            {said(text.notes)}
            <div class="split" style=split aria-hidden="true"></div>
            <p class="help">{says}</p>
            <Knobs group=crate::catalog::Group::Text prominent=true/>
        </div>
    }
    .into_any()
}
