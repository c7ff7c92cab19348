//! How the visitor wants it written.

use leptos::prelude::*;

use crate::{
    platform,
    protocol::GenerateRequest,
    ui::{
        controls::{Slider, flag, text_of, ticked, typed},
        format,
    },
};

/// The numbers are kept as they are typed.
#[derive(Clone, Copy)]
pub struct Wishes {
    pub prompt: RwSignal<String>,
    temperature: RwSignal<String>,
    greedy: RwSignal<bool>,
    top_k: RwSignal<String>,
    top_p: RwSignal<String>,
    length: RwSignal<String>,
    stop: RwSignal<String>,
}

impl Wishes {
    pub fn new() -> Self {
        let [prompt, temperature, top_k, top_p, length, stop] = ["The", "0.8", "0", "1", "120", ""].map(|text| RwSignal::new(text.into()));
        Self { prompt, temperature, greedy: RwSignal::new(false), top_k, top_p, length, stop }
    }

    /// The request to go on from `prompt`. Another seed draws another text.
    pub fn request(&self, prompt: String, seed: u32) -> GenerateRequest {
        let number = |text: RwSignal<String>| text.with_untracked(|text| number(text));
        GenerateRequest {
            prompt,
            temperature: if self.greedy.get_untracked() { 0.0 } else { number(self.temperature) },
            top_k: number(self.top_k) as u32,
            top_p: number(self.top_p),
            length: number(self.length) as u32,
            stop: self.stop.get_untracked(),
            seed,
        }
    }
}

/// The controls, folded away.
pub fn options(wishes: Wishes) -> AnyView {
    let Wishes { temperature, greedy, top_k, top_p, length, stop, .. } = wishes;
    let tokens = |text: &str| format::counted(number(text) as u64, "token");
    let all_or = |text: &str| if text == "0" { "all".into() } else { format::counted(number(text) as u64, "token") };
    let share = |text: &str| format::percent(number(text).into());
    view! {
        <details class="more" data-testid="generate-options">
            <summary>"How it writes"</summary>
            <div class="knobs">
                {knob("temperature", "Temperature", "Low is careful, high is daring.", ["0.05", "2", "0.05"], temperature, |text| format::fixed(number(text).into(), 2))}
                <label class="check">
                    <input type="checkbox" data-testid="greedy" prop:checked=flag(move || greedy.get()) on:change=ticked(move |on| greedy.set(on))/>
                    "Greedy: always the likeliest token"
                </label>
                {knob("top-k", "Top k", "Draw only among the k likeliest tokens.", ["0", "100", "1"], top_k, all_or)}
                {knob("top-p", "Top p", "Draw only among the likeliest tokens that hold this share of the probability.", ["0.05", "1", "0.05"], top_p, share)}
                {knob("length", "Length", "Write at most this many tokens.", ["10", "1000", "10"], length, tokens)}
                <div class="knob">
                    <label class="knob-label" for="stop-at">"Stop at"</label>
                    <span class="field">
                        <input id="stop-at" data-testid="stop-at" type="text" autocomplete="off" prop:value=text_of(stop) on:input=typed(move |text| stop.set(text))/>
                    </span>
                    <p class="help">"Writing ends where this appears. Empty for never."</p>
                </div>
            </div>
        </details>
    }
    .into_any()
}

fn knob(
    id: &'static str,
    label: &'static str,
    help: &'static str,
    range: [&'static str; 3],
    value: RwSignal<String>,
    say: fn(&str) -> String,
) -> AnyView {
    let set = Callback::new(move |text| value.set(text));
    view! {
        <div class="knob">
            <label class="knob-label" for=id>{label}</label>
            <Slider id range=range.map(String::from) value=value.into() set say/>
            <p class="help" id=format!("{id}-help")>{help}</p>
        </div>
    }
    .into_any()
}

fn number(text: &str) -> f32 {
    platform::number(text).unwrap_or_default()
}
