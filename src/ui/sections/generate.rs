//! What the model writes, and what it might have written instead.

use leptos::prelude::*;

use super::{
    Sheet,
    wishes::{Wishes, options},
};
use crate::{
    protocol::{Command, Phase, Subject},
    ui::{
        controls::{Messages, flag, live, nothing, press, text_of, ticked, typed, when, words},
        figures::{Distribution, Legend, TokenStrip},
        format,
        link::Link,
        state::{State, Topic, Writing},
    },
};

#[component]
pub fn Generate() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let wishes = Wishes::new();
    let looked_at = Looking { shown: RwSignal::new(None), held: RwSignal::new(false) };
    let write = Callback::new(move |prompt: String| {
        if !untrack(|| state.has_model()) {
            return;
        }
        looked_at.shown.set(None);
        looked_at.held.set(false);
        state.clear(Subject::Generation);
        state.tokens.set(vec![]);
        let id = state.peek(|facts| facts.writing.id) + 1;
        state.change(Topic::Writing, |facts| facts.writing = Writing { id, active: true, done: None });
        link.send(&Command::Generate { id, request: wishes.request(prompt, id) });
    });
    let again = again(state, wishes, looked_at, write);
    let active = move || state.see(Topic::Writing, |facts| facts.writing.active);
    let some = move || active() || state.tokens.with(|tokens| !tokens.is_empty());
    let hint = move || match (some(), state.has_model()) {
        (true, _) => "",
        (false, true) => "Press Write.",
        (false, false) => "Once training has begun, it can write: poorly at first.",
    };
    view! {
        <Sheet id="generate" title="Generate" lead="It goes on from your words, one token at a time, with what it has learned so far.">
            <label for="prompt">"Begin with"</label>
            <textarea
                id="prompt"
                data-testid="prompt"
                rows="2"
                prop:value=text_of(wishes.prompt)
                on:input=typed(move |text| wishes.prompt.set(text))
            ></textarea>
            <div class="row buttons">
                <button
                    type="button"
                    class="main"
                    data-testid="generate"
                    disabled=flag(move || !state.has_model())
                    on:click=press(move || write.run(wishes.prompt.get_untracked()))
                >
                    "Write"
                </button>
                <button
                    type="button"
                    data-testid="generate-stop"
                    disabled=flag(move || !active())
                    on:click=press(move || link.send(&Command::StopGenerating))
                >
                    "Stop"
                </button>
                {again}
                <span class="figure" role="status" data-testid="generate-status">{words(move || state.see(Topic::Writing, |facts| outcome(facts.writing)))}</span>
            </div>
            {options(wishes)}
            <p class="help" data-testid="opened">{words(move || state.see(Topic::Models, |facts| writer(facts.opened.as_ref().map(|(_, name)| name))))}</p>
            <Messages about=Subject::Generation/>
            <p class="empty">{words(move || hint().into())}</p>
            {when(some, move || written(state, looked_at, write))}
        </Sheet>
    }
    .into_any()
}

/// Which token is looked into.
#[derive(Clone, Copy)]
struct Looking {
    shown: RwSignal<Option<u32>>,
    held: RwSignal<bool>,
}

/// The text, and what was expected at one of its places: the last, as long as none is looked into.
fn written(state: State, Looking { shown, held }: Looking, write: Callback<String>) -> AnyView {
    let tokens = state.tokens;
    let place = move |tokens: usize, shown: Option<u32>| shown.map_or(tokens.saturating_sub(1), |shown| shown as usize);
    let go_on_with = Callback::new(move |alternative: String| {
        let mut text: String = tokens.with_untracked(|tokens| {
            let until = place(tokens.len(), shown.get_untracked()).min(tokens.len());
            tokens[..until].iter().map(|token| token.text.as_str()).collect()
        });
        text += &alternative;
        write.run(text);
    });
    let expected = move || {
        let token = tokens.with(|tokens| tokens.get(place(tokens.len(), shown.get())).cloned());
        token.map_or_else(nothing, |token| view! { <Distribution token on_choose=go_on_with/> }.into_any())
    };
    let title = move || if shown.get().is_some() { "At this place, it expected" } else { "Last, it expected" };
    view! {
        <div class="written">
            <TokenStrip tokens shown held/>
            <div class="inside">
                <h3>{words(move || title().into())}</h3>
                {live(expected)}
                <p class="help">"Point at a token, or tap it. Choose another word, and the text goes on from there."</p>
            </div>
        </div>
        <Legend/>
    }
    .into_any()
}

/// A box that lets the model write anew after each test on the held-out text, unless the visitor is looking into what is there.
fn again(state: State, wishes: Wishes, looked_at: Looking, write: Callback<String>) -> AnyView {
    let again = RwSignal::new(false);
    let tests = Memo::new(move |_| state.history.with(|history| history.validations.len()));
    Effect::new(move |before: Option<()>| {
        // Read, since a memo that nobody reads never looks.
        tests.get();
        let training = state.peek(|facts| facts.phase == Phase::Training && !facts.writing.active);
        if before.is_some() && again.get_untracked() && training && !looked_at.held.get_untracked() {
            write.run(wishes.prompt.get_untracked());
        }
    });
    view! {
        <label class="check">
            <input type="checkbox" data-testid="again" prop:checked=flag(move || again.get()) on:change=ticked(move |on| again.set(on))/>
            "again after every test, as it learns"
        </label>
    }
    .into_any()
}

/// Who writes, if it is not the run.
fn writer(opened: Option<&String>) -> String {
    opened.map_or(String::new(), |name| format!("“{name}” is opened: it writes and scores, until you train a model or open another."))
}

fn outcome(writing: Writing) -> String {
    match writing {
        Writing { active: true, .. } => "Writing…".into(),
        Writing { done: Some((tokens @ 1.., seconds)), .. } => {
            let rate = format::significant(f64::from(tokens) / f64::from(seconds).max(1e-3), 3);
            format!("{}, {rate} a second", format::counted(tokens.into(), "token"))
        }
        _ => String::new(),
    }
}
