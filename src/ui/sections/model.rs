//! What is to be trained: a preset, the few knobs that matter most, and all others on demand.

use leptos::prelude::*;

use super::Sheet;
use crate::{
    catalog::Group,
    protocol::{Phase, Subject},
    spec::RunSpec,
    ui::{
        controls::{Knobs, Messages, Presets, live, when, words},
        figures::ModelSketch,
        format,
        state::{State, Topic},
    },
};

#[component]
pub fn Model() -> AnyView {
    let state: State = expect_context();
    let running = move || state.see(Topic::Phase, |facts| matches!(facts.phase, Phase::Preparing { .. } | Phase::Training));
    let sketch = move || view! { <ModelSketch model=state.see(Topic::Spec, |facts| facts.spec.model(facts.vocab()))/> }.into_any();
    view! {
        <Sheet id="model" title="Model" lead="A small transformer, of the family that the large ones belong to. Choose how long it may take.">
            <Presets/>
            <div class="shape">
                {live(sketch)}
                <p class="figure" data-testid="model-summary">{words(move || state.see(Topic::Spec, |facts| describe(&facts.spec, facts.vocab())))}</p>
            </div>
            <Messages about=Subject::Model/>
            <Knobs group=Group::Model prominent=true/>
            <Knobs group=Group::Training prominent=true/>
            <details class="more" data-testid="more-settings">
                <summary>"More settings"</summary>
                <h3>"Text"</h3>
                <Knobs group=Group::Text prominent=false/>
                <h3>"Model"</h3>
                <p class="help">"Left empty, these follow from the depth."</p>
                <Knobs group=Group::Model prominent=false/>
                <h3>"Training"</h3>
                <Knobs group=Group::Training prominent=false/>
            </details>
            {when(running, || {
                view! { <p class="help" role="status">"A run is under way: what you change here holds for the next one."</p> }.into_any()
            })}
        </Sheet>
    }
    .into_any()
}

fn describe(spec: &RunSpec, vocab: u32) -> String {
    let model = spec.model(vocab);
    format!(
        "{} parameters in {}. It sees {} at once, and trains on {} tokens in {}.",
        format::amount(model.parameters()),
        format::counted(model.layers.into(), "layer"),
        format::counted(model.context.into(), "token"),
        format::amount(spec.tokens_per_step() * u64::from(spec.steps)),
        format::counted(spec.steps.into(), "step"),
    )
}
