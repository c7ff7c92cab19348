//! Starting points, named by what they cost.

use leptos::prelude::*;

use crate::{
    catalog::{PRESETS, Preset},
    protocol::PresetEstimate,
    spec::RunSpec,
    ui::{format, state::State},
};

/// One card a preset; the one that the spec equals is chosen.
#[component]
pub fn Presets() -> AnyView {
    view! {
        <div class="presets" role="radiogroup" aria-label="Size of the model">
            {PRESETS.iter().map(card).collect_view()}
        </div>
    }
    .into_any()
}

fn card(preset: &'static Preset) -> AnyView {
    let State { spec, estimates, .. } = expect_context();
    let estimate = Memo::new(move |_| estimates.with(|all| all.iter().find(|e| e.preset == preset.key).cloned()));
    let problem = move || estimate.with(|e| e.as_ref().and_then(|e| e.problem.clone()));
    view! {
        <label class="preset" class:unfit=move || problem().is_some()>
            <input
                type="radio"
                name="preset"
                value=preset.key
                data-testid=format!("preset-{}", preset.key)
                prop:checked=move || spec.with(|spec| is(preset, spec))
                on:change=move |_| spec.update(|spec| *spec = preset.apply(spec))
            />
            <span class="preset-name">{preset.label}</span>
            <span class="preset-cost" data-testid=format!("estimate-{}", preset.key)>{move || cost(preset, estimate.get().as_ref())}</span>
            {move || problem().map(|problem| view! { <span class="refusal">{problem}</span> })}
        </label>
    }
    .into_any()
}

/// Whether `spec` is what `preset` would make of it.
fn is(preset: &Preset, spec: &RunSpec) -> bool {
    preset.apply(spec) == *spec
}

fn cost(preset: &Preset, estimate: Option<&PresetEstimate>) -> String {
    let parameters = estimate.map_or_else(
        || {
            let spec = preset.apply(&RunSpec::default());
            spec.model(spec.vocab).parameters()
        },
        |estimate| estimate.parameters,
    );
    let mut parts = vec![format!("{} parameters", format::significant(parameters as f64 / 1e6, 2) + " million")];
    if let Some(estimate) = estimate {
        parts.push(format::bytes(estimate.memory));
        parts.extend(estimate.seconds.map(|seconds| format::roughly(f64::from(seconds)) + " here"));
    }
    parts.join(" · ")
}
