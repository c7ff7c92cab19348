//! On a narrow screen, where the sections lie far apart: what happens now, and the button for it, always in reach.

use leptos::prelude::*;

use super::train::{at_step, can_start, start};
use crate::{
    protocol::{Command, Phase},
    ui::{
        controls::{flag, press, when, words},
        format,
        link::Link,
        state::{State, Topic},
    },
};

#[component]
pub fn Dock() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let action = move || state.see(Topic::Phase, |facts| action(&facts.phase));
    let act = move || match state.peek(|facts| self::action(&facts.phase)) {
        "Train" => {
            go_to("train");
            // After the jump, since it may go to a setting instead.
            start(&state, &link);
        }
        "Write" => go_to("generate"),
        "Stop" => link.send(&Command::Stop),
        "Pause" => link.send(&Command::Pause),
        _ => link.send(&Command::Resume),
    };
    let bar = move || {
        view! {
            <aside class="dock" data-testid="dock" aria-label="The run">
                <span class="figure">{words(move || standing(&state))}</span>
                <button
                    type="button"
                    class="main"
                    data-testid="dock-action"
                    disabled=flag(move || action() == "Train" && !can_start(&state))
                    on:click=press(act)
                >
                    {words(move || action().into())}
                </button>
            </aside>
        }
        .into_any()
    };
    when(move || !action().is_empty(), bar)
}

fn go_to(section: &str) {
    if let Some(section) = document().get_element_by_id(section) {
        section.scroll_into_view();
    }
}

fn action(phase: &Phase) -> &'static str {
    match phase {
        Phase::Idle => "Train",
        Phase::Preparing { .. } => "Stop",
        Phase::Training => "Pause",
        Phase::Paused => "Go on",
        Phase::Finished | Phase::Stopped => "Write",
        Phase::Failed { .. } => "",
    }
}

fn standing(state: &State) -> String {
    match state.see(Topic::Phase, |facts| facts.phase.clone()) {
        Phase::Preparing { what, done } => format!("{what}: {}", format::percent(done.into())),
        Phase::Training | Phase::Paused => at_step(state),
        Phase::Finished | Phase::Stopped => "Training is over. Now let it write.".into(),
        _ => state.see(Topic::Text, |facts| facts.text.as_ref().map_or(String::new(), |text| text.name.clone())),
    }
}
