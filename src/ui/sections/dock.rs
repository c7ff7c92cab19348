//! On a narrow screen, where the sections lie far apart: what happens now, and the button for it, always in reach.

use leptos::prelude::*;

use super::train::{at_step, can_start, start};
use crate::{
    protocol::{Command, Phase},
    ui::{format, link::Link, state::State},
};

#[component]
pub fn Dock() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let words = move || match state.phase.get() {
        Phase::Idle => state.text.with(|text| text.as_ref().map_or(String::new(), |text| text.name.clone())),
        Phase::Preparing { what, done } => format!("{what}: {}", format::percent(done.into())),
        Phase::Training | Phase::Paused => at_step(&state),
        Phase::Finished | Phase::Stopped | Phase::Failed { .. } => String::new(),
    };
    let action = Memo::new(move |_| match state.phase.get() {
        Phase::Idle => "Train",
        Phase::Preparing { .. } => "Stop",
        Phase::Training => "Pause",
        Phase::Paused => "Go on",
        Phase::Finished | Phase::Stopped | Phase::Failed { .. } => "",
    });
    let act = move |_| match action.get_untracked() {
        "Train" => {
            start(&state, &link);
            if let Some(train) = document().get_element_by_id("train") {
                train.scroll_into_view();
            }
        }
        "Stop" => link.send(&Command::Stop),
        "Pause" => link.send(&Command::Pause),
        _ => link.send(&Command::Resume),
    };
    view! {
        <Show when=move || !action.get().is_empty()>
            <aside class="dock" data-testid="dock" aria-label="The run">
                <span class="figure">{words}</span>
                <button
                    type="button"
                    class="main"
                    data-testid="dock-action"
                    disabled=move || action.get() == "Train" && !can_start(&state)
                    on:click=act
                >
                    {action}
                </button>
            </aside>
        </Show>
    }
    .into_any()
}
