//! What the model writes, and what it might have written instead.

use leptos::prelude::*;

use super::Sheet;
use crate::{
    protocol::{Command, GenerateRequest, Subject},
    ui::{
        controls::Messages,
        figures::{Distribution, Legend, TokenStrip},
        format,
        link::Link,
        state::State,
    },
};

#[component]
pub fn Generate() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let writing = state.writing;
    let wishes = Wishes::new();
    let shown = RwSignal::new(None::<usize>);
    let held = RwSignal::new(false);
    let write = Callback::new(move |prompt: String| {
        shown.set(None);
        held.set(false);
        begin(&state, &link, wishes.request(prompt));
    });
    let again = RwSignal::new(false);
    let tests = Memo::new(move |_| state.history.with(|history| history.validations.len()));
    Effect::new(move |before: Option<usize>| {
        let now = tests.get();
        let free = !held.get_untracked() && !writing.active.get_untracked() && state.running_untracked();
        if again.get_untracked() && free && before.is_some_and(|before| now > before) {
            write.run(wishes.prompt.get_untracked());
        }
        now
    });
    // Nothing is looked into: then the token that was written last.
    let looked_into = Signal::derive(move || {
        let place = shown.get();
        writing.tokens.with(|tokens| place.map_or(tokens.last(), |place| tokens.get(place)).cloned())
    });
    let go_on_with = Callback::new(move |alternative: String| {
        let text = writing.tokens.with_untracked(|tokens| {
            let until = shown.get_untracked().unwrap_or(tokens.len().saturating_sub(1)).min(tokens.len());
            tokens[..until].iter().map(|token| token.text.as_str()).collect::<String>()
        });
        write.run(text + &alternative);
    });
    let outcome = move || match (writing.active.get(), writing.done.get()) {
        (true, _) => "Writing…".into(),
        (false, Some((tokens, seconds))) => {
            format!("{} in {}", format::counted(tokens.into(), "token"), format::duration(seconds.into()))
        }
        (false, None) => String::new(),
    };
    view! {
        <Sheet id="generate" title="Generate" lead="It goes on from your words, one token at a time, as it has learned so far.">
            <label for="prompt">"Begin with"</label>
            <textarea
                id="prompt"
                data-testid="prompt"
                rows="2"
                prop:value=wishes.prompt
                on:input=move |event| wishes.prompt.set(event_target_value(&event))
            ></textarea>
            <div class="row buttons">
                <button
                    type="button"
                    class="main"
                    data-testid="generate"
                    disabled=move || !state.has_model()
                    on:click=move |_| write.run(wishes.prompt.get_untracked())
                >
                    "Write"
                </button>
                <button type="button" data-testid="generate-stop" disabled=move || !writing.active.get() on:click=move |_| link.send(&Command::StopGenerating)>"Stop"</button>
                <label class="check">
                    <input type="checkbox" data-testid="again" prop:checked=again on:change=move |event| again.set(event_target_checked(&event))/>
                    "again after every test, as it learns"
                </label>
                <span class="figure" role="status" data-testid="generate-status">{outcome}</span>
            </div>
            <Options wishes/>
            <Messages about=Subject::Generation/>
            <Show
                when=move || writing.tokens.with(|tokens| !tokens.is_empty())
                fallback=move || view! { <p class="empty">{move || if state.has_model() { "Press Write." } else { "Once training has begun, it can write: poorly at first." }}</p> }
            >
                <div class="written">
                    <TokenStrip tokens=writing.tokens generation=writing.id shown held/>
                    <div class="inside">
                        <h3>{move || if shown.get().is_some() { "At this place, it expected" } else { "Last, it expected" }}</h3>
                        <Distribution token=looked_into on_choose=go_on_with/>
                        <p class="help">"Point at a token, or tap it. Choose another word, and the text goes on from there."</p>
                    </div>
                </div>
                <Legend/>
            </Show>
        </Sheet>
    }
    .into_any()
}

/// Sends a request; what was written before gives way.
fn begin(state: &State, link: &Link, request: GenerateRequest) {
    state.clear(Subject::Generation);
    let writing = state.writing;
    writing.id.update(|id| *id += 1);
    writing.tokens.set(vec![]);
    writing.done.set(None);
    writing.active.set(true);
    link.send(&Command::Generate { id: writing.id.get_untracked(), request });
}

/// How the visitor wants it written.
#[derive(Clone, Copy)]
struct Wishes {
    prompt: RwSignal<String>,
    temperature: RwSignal<f32>,
    greedy: RwSignal<bool>,
    top_k: RwSignal<f32>,
    top_p: RwSignal<f32>,
    length: RwSignal<f32>,
    stop: RwSignal<String>,
    /// Counts the texts, so that each is another.
    drawn: RwSignal<u32>,
}

impl Wishes {
    fn new() -> Self {
        Self {
            prompt: RwSignal::new("The".into()),
            temperature: RwSignal::new(0.8),
            greedy: RwSignal::new(false),
            top_k: RwSignal::new(0.0),
            top_p: RwSignal::new(1.0),
            length: RwSignal::new(120.0),
            stop: RwSignal::default(),
            drawn: RwSignal::new(0),
        }
    }

    fn request(&self, prompt: String) -> GenerateRequest {
        self.drawn.update(|drawn| *drawn += 1);
        GenerateRequest {
            prompt,
            temperature: if self.greedy.get_untracked() { 0.0 } else { self.temperature.get_untracked() },
            top_k: self.top_k.get_untracked() as u32,
            top_p: self.top_p.get_untracked(),
            length: self.length.get_untracked() as u32,
            stop: self.stop.get_untracked(),
            seed: self.drawn.get_untracked(),
        }
    }
}

#[component]
fn Options(wishes: Wishes) -> AnyView {
    let Wishes { temperature, greedy, top_k, top_p, length, stop, .. } = wishes;
    let all_or = |k: f32| if k == 0.0 { "all".into() } else { format::counted(k as u64, "token") };
    view! {
        <details class="more" data-testid="generate-options">
            <summary>"How it writes"</summary>
            <div class="knobs">
                {slider("temperature", "Temperature", "Low is careful, high is daring.", [0.05, 2.0, 0.05], temperature, |t| format::fixed(t.into(), 2))}
                <label class="check">
                    <input type="checkbox" data-testid="greedy" prop:checked=greedy on:change=move |event| greedy.set(event_target_checked(&event))/>
                    "Greedy: always the likeliest token"
                </label>
                {slider("top-k", "Top k", "Draw only among the k likeliest tokens.", [0.0, 100.0, 1.0], top_k, all_or)}
                {slider("top-p", "Top p", "Draw only among the likeliest that hold this share of the probability.", [0.05, 1.0, 0.05], top_p, |p| format::percent(p.into()))}
                {slider("length", "Length", "Write at most so much.", [10.0, 1000.0, 10.0], length, |n| format::counted(n as u64, "token"))}
                <div class="knob">
                    <label class="knob-label" for="stop-at">"Stop at"</label>
                    <span class="field">
                        <input id="stop-at" data-testid="stop-at" type="text" autocomplete="off" prop:value=stop on:input=move |event| stop.set(event_target_value(&event))/>
                    </span>
                    <p class="help">"Writing ends where this appears. Empty for never."</p>
                </div>
            </div>
        </details>
    }
    .into_any()
}

fn slider(
    id: &'static str,
    label: &'static str,
    help: &'static str,
    [least, most, step]: [f32; 3],
    value: RwSignal<f32>,
    show: fn(f32) -> String,
) -> AnyView {
    let digits = |x: f32| format::significant(x.into(), 4).replace(',', "");
    view! {
        <div class="knob">
            <label class="knob-label" for=id>{label}</label>
            <span class="field slider">
                <input
                    type="range"
                    id=id
                    data-testid=id
                    min=digits(least)
                    max=digits(most)
                    step=digits(step)
                    aria-valuetext=move || show(value.get())
                    prop:value=move || digits(value.get())
                    on:input=move |event| if let Ok(x) = event_target_value(&event).parse() { value.set(x) }
                />
                <output class="unit">{move || show(value.get())}</output>
            </span>
            <p class="help">{help}</p>
        </div>
    }
    .into_any()
}
