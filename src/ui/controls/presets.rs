//! Starting points, named by what they cost.

use leptos::prelude::*;

use super::{flag, live, nothing, typed, words};
use crate::{
    catalog::{PRESETS, Preset},
    protocol::PresetEstimate,
    spec::RunSpec,
    ui::{
        format,
        state::{State, Topic},
    },
};

/// One card a preset; the one that the spec equals is chosen.
#[component]
pub fn Presets() -> AnyView {
    let cards: Vec<AnyView> = PRESETS.iter().map(card).collect();
    view! { <div class="presets" role="radiogroup" aria-label="Size of the model">{cards}</div> }.into_any()
}

fn card(preset: &'static Preset) -> AnyView {
    let state: State = expect_context();
    let estimate = move || state.see(Topic::Estimates, |facts| facts.estimates.iter().find(|e| e.preset == preset.key).cloned());
    let problem = move || match estimate().and_then(|estimate| estimate.problem) {
        Some(problem) => view! { <span class="refusal">{problem}</span> }.into_any(),
        None => nothing(),
    };
    view! {
        <label class="preset">
            <input
                type="radio"
                name="preset"
                value=preset.key
                data-testid=format!("preset-{}", preset.key)
                prop:checked=flag(move || state.see(Topic::Spec, |facts| preset.apply(&facts.spec) == facts.spec))
                on:change=typed(move |_| state.change(Topic::Spec, |facts| facts.spec = preset.apply(&facts.spec)))
            />
            <span class="preset-name">{preset.label}</span>
            <span class="preset-cost" data-testid=format!("estimate-{}", preset.key)>{words(move || cost(preset, estimate()))}</span>
            {live(problem)}
        </label>
    }
    .into_any()
}

fn cost(preset: &Preset, estimate: Option<PresetEstimate>) -> String {
    let spec = preset.apply(&RunSpec::default());
    let parameters = estimate.as_ref().map_or_else(|| spec.model(spec.expected_vocab()).parameters(), |estimate| estimate.parameters);
    let mut cost = format::significant(parameters as f64 / 1e6, 2) + " million parameters";
    if let Some(PresetEstimate { memory, seconds, alone, .. }) = estimate {
        let unbroken = |text: String| text.replace(' ', "\u{a0}");
        cost += &format!(" · {} of memory", unbroken(format::bytes(memory)));
        if let Some(seconds) = seconds {
            // Together with other workers it will be faster, but how much so only the run shows.
            let most = if alone { "at most " } else { "" };
            cost += &format!(" · {most}{} here", unbroken(format::roughly(f64::from(seconds))));
        }
    }
    cost
}
