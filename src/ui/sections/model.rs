//! What is to be trained: a preset, the few knobs that matter most, and all others on demand.

use leptos::prelude::*;

use super::Sheet;
use crate::{
    catalog::Group,
    protocol::Subject,
    spec::RunSpec,
    ui::{
        controls::{Knobs, Messages, Presets},
        figures::ModelSketch,
        format,
        state::State,
    },
};

#[component]
pub fn Model() -> AnyView {
    let state: State = expect_context();
    let spec = state.spec;
    let model = Memo::new(move |_| spec.with(|spec| spec.model(spec.vocab)));
    view! {
        <Sheet id="model" title="Model" lead="A small transformer, of the family that the large ones belong to. Choose what it may cost you.">
            <Presets/>
            <div class="shape">
                <ModelSketch model/>
                <p class="figure" data-testid="model-summary">{move || spec.with(describe)}</p>
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
            <Show when=move || state.running()>
                <p class="help" role="status">"A run is under way: what you change here holds for the next one."</p>
            </Show>
        </Sheet>
    }
    .into_any()
}

fn describe(spec: &RunSpec) -> String {
    let model = spec.model(spec.vocab);
    format!(
        "{} parameters in {}. It sees {} at once, and trains on {} tokens in {}.",
        format::amount(model.parameters()),
        format::counted(model.layers.into(), "layer"),
        format::counted(model.context.into(), "token"),
        format::amount(spec.tokens_per_step() * u64::from(spec.steps)),
        format::counted(spec.steps.into(), "step"),
    )
}
