//! The panel behind the text's name: another text, what was counted in this one, and the model as a file.

use js_sys::Array;
use leptos::prelude::*;

use super::{
    super::source::{choice_of_text, summary},
    corpus::is_imported,
    desk::{Desk, WORDS},
    frame::open_file,
};
use crate::{
    protocol::{TextSource, chapter::Source, ngrams::Built},
    ui::{
        controls::{Give, flag, live, nothing, press, words},
        format,
    },
};

/// `open` is put out once a text was given.
pub fn view(desk: Desk, open: RwSignal<bool>) -> AnyView {
    let give = Give::new(move |(text, files): (TextSource, Array)| {
        open.set(false);
        desk.give(text, &files);
    });
    let take_world = Callback::new(move |words: u32| {
        open.set(false);
        desk.load(Source::World { words }, &Array::new());
    });
    let is_own = flag(move || desk.built.with(|built| built.as_ref().is_some_and(|built| !built.world)));
    view! {
        <div class="desk-own">
            {choice_of_text(is_own, &[WORDS, 5_000_000], take_world, give)}
            {live(move || if is_imported(desk) { nothing() } else { desk.text.get().map_or_else(nothing, summary) })}
        </div>
        <div class="desk-away">
            {live(move || desk.built.get().map_or_else(nothing, counts))}
            {files(desk, open)}
        </div>
    }
    .into_any()
}

/// Different n-grams of each length, as bars.
fn counts(built: Built) -> AnyView {
    let most = built.ngrams.iter().copied().max().unwrap_or(1).max(1) as f64;
    let row = |(n, count): (usize, &u64)| {
        let length = format!("--length:{}%", format::fixed(*count as f64 / most * 100.0, 1));
        view! { <li style=length><span>{format!("runs of {n}")}</span><span>{format::integer(*count)}</span></li> }.into_any()
    };
    let rows: Vec<AnyView> = built.ngrams.iter().enumerate().map(|(i, count)| row((i + 1, count))).collect();
    let kept = match built.held_out_tokens {
        0 => String::new(),
        tokens => format!("{} more were held out, to test on. ", format::amount(tokens)),
    };
    view! {
        <h2 class="desk-title">"What it counted"</h2>
        <ol class="desk-counts" data-testid="ngrams">{rows}</ol>
        <p class="help">{kept}{format!("The counts take {}.", format::bytes(built.memory))}</p>
    }
    .into_any()
}

/// The model as the file that other tools of the field read.
fn files(desk: Desk, open: RwSignal<bool>) -> AnyView {
    let take = Callback::new(move |(name, file): (String, Array)| {
        open.set(false);
        desk.import(name, &file);
    });
    view! {
        <h2 class="desk-title">"Take it away"</h2>
        <div class="row">
            <button
                type="button"
                data-testid="export"
                disabled=flag(move || !desk.can_export())
                on:click=press(move || desk.export())
            >
                {words(move || if desk.exporting.get() { "Writing the file…" } else { "Save as ARPA" }.into())}
            </button>
            {open_file("Open an ARPA file", ".arpa,.lm,.txt,.gz", take)}
        </div>
        <p class="help">"ARPA is the text format in which the field’s tools hand n-gram models to each other."</p>
    }
    .into_any()
}
