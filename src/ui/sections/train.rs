//! The run: its buttons, its progress, and its curve.

use leptos::prelude::*;

use super::{Sheet, measured::Measured};
use crate::{
    catalog::KNOBS,
    protocol::{Command, Phase, Subject},
    ui::{
        controls::Messages,
        figures::LossChart,
        format,
        link::Link,
        state::{Connection, State},
    },
};

#[component]
pub fn Train() -> AnyView {
    let state: State = expect_context();
    view! {
        <Sheet id="train" title="Train" lead="The model guesses the next token, sees what it was, and is nudged. Again and again.">
            <Buttons/>
            <p class="standing" role="status" data-testid="standing">{move || state.phase.with(standing)}</p>
            {progress}
            <Messages about=Subject::Training/>
            <Messages about=Subject::Device/>
            <LossChart history=state.history/>
            <Show when=move || state.run.with(Option::is_some)>
                <Measured/>
                <LearningRate/>
            </Show>
        </Sheet>
    }
    .into_any()
}

#[component]
fn Buttons() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let button = move |label: &'static str, testid: &'static str, command: Command| {
        let send = move |_| link.send(&command);
        view! { <button type="button" data-testid=testid on:click=send>{label}</button> }.into_any()
    };
    let begin = move |label: &'static str| {
        view! { <button type="button" class="main" data-testid="start" disabled=move || !can_start(&state) on:click=move |_| start(&state, &link)>{label}</button> }.into_any()
    };
    let resume = move || {
        let resume = move |_| link.send(&Command::Resume);
        view! { <button type="button" class="main" data-testid="resume" on:click=resume>"Go on"</button> }.into_any()
    };
    let kind = Memo::new(move |_| state.phase.with(std::mem::discriminant));
    view! {
        <div class="row buttons">
            {move || {
                kind.get();
                match state.phase.get_untracked() {
                    Phase::Idle => begin("Train"),
                    Phase::Preparing { .. } => button("Stop", "stop", Command::Stop),
                    Phase::Training => (button("Pause", "pause", Command::Pause), button("Stop", "stop", Command::Stop)).into_any(),
                    Phase::Paused => (resume(), button("Stop", "stop", Command::Stop), button("Reset", "reset", Command::Reset)).into_any(),
                    Phase::Failed { .. } => (resume(), begin("Train a new one"), button("Reset", "reset", Command::Reset)).into_any(),
                    Phase::Finished | Phase::Stopped => (begin("Train a new one"), button("Reset", "reset", Command::Reset)).into_any(),
                }
            }}
        </div>
    }
    .into_any()
}

pub(super) fn can_start(state: &State) -> bool {
    state.text.with(Option::is_some) && state.connection.with(|connection| *connection == Connection::Ready)
}

pub(super) fn start(state: &State, link: &Link) {
    for about in [Subject::Training, Subject::Model, Subject::Device] {
        state.clear(about);
    }
    link.send(&Command::Start { spec: state.spec.get_untracked() });
}

fn standing(phase: &Phase) -> String {
    match phase {
        Phase::Idle => "Ready when you are.".into(),
        Phase::Preparing { what, .. } => what.clone(),
        Phase::Training => "It is learning.".into(),
        Phase::Paused => "Paused. You can write with it meanwhile.".into(),
        Phase::Finished => "Done. Now let it write.".into(),
        Phase::Stopped => "Stopped. The model stays, and you can write with it.".into(),
        Phase::Failed { message } => message.clone(),
    }
}

fn progress() -> AnyView {
    let state: State = expect_context();
    let share = Memo::new(move |_| match state.phase.get() {
        Phase::Preparing { done, .. } => Some(f64::from(done)),
        Phase::Idle => None,
        _ => state.run.with(|run| {
            let steps = run.as_ref()?.spec.steps.max(1);
            Some(f64::from(step(&state)) / f64::from(steps))
        }),
    });
    let words = move || match state.phase.with(|phase| matches!(phase, Phase::Training | Phase::Paused)) {
        true => at_step(&state),
        false => share.get().map_or(String::new(), format::percent),
    };
    view! {
        <Show when=move || share.with(Option::is_some)>
            <div class="row progress">
                <progress max="1000" value=move || share.get().map(|share| (share * 1000.0) as u32) aria-label="Progress of the run"></progress>
                <span class="figure" data-testid="progress">{words}</span>
            </div>
        </Show>
    }
    .into_any()
}

/// "Step 192 of 1,000, 1 min 5 s left".
pub(super) fn at_step(state: &State) -> String {
    let steps = state.run.with(|run| run.as_ref().map_or(0, |run| run.spec.steps));
    let left = state.speed.get().map(|speed| format!(", {} left", format::duration(speed.seconds_left.into())));
    format!("Step {} of {}{}", format::integer(step(state).into()), format::integer(steps.into()), left.unwrap_or_default())
}

fn step(state: &State) -> u32 {
    state.history.with(|history| history.steps.last().map_or(0, |metrics| metrics.step))
}

/// The peak of the schedule, while the run goes on.
#[component]
fn LearningRate() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let knob = KNOBS.iter().find(|knob| knob.key == "lr");
    let peak = RwSignal::new(state.run.with_untracked(|run| run.as_ref().map_or(0.0, |run| run.spec.lr)));
    let refusal = RwSignal::new(None::<String>);
    let set = move |text: String| {
        let parsed = knob.map(|knob| knob.parse(&text).map(|value| value.as_f64().unwrap_or_default() as f32));
        match parsed {
            Some(Ok(lr)) => {
                refusal.set(None);
                peak.set(lr);
                link.send(&Command::SetLearningRate { lr });
            }
            Some(Err(problem)) => refusal.set(Some(problem)),
            None => {}
        }
    };
    let digits = move || format::significant(peak.get().into(), 3).replace(',', "");
    let scale = move |factor: f32| move |_| set(format::significant((peak.get_untracked() * factor).into(), 3).replace(',', ""));
    view! {
        <Show when=move || state.phase.with(|phase| matches!(phase, Phase::Training | Phase::Paused))>
            <div class="live">
                <label for="live-lr">"Peak learning rate, from the next step on"</label>
                <span class="row">
                    <button type="button" class="quiet" data-testid="live-lr-half" on:click=scale(0.5)>"Halve"</button>
                    <input
                        id="live-lr"
                        data-testid="live-lr"
                        type="text"
                        inputmode="decimal"
                        autocomplete="off"
                        prop:value=digits
                        on:change=move |event| {
                            set(event_target_value(&event));
                            peak.notify();
                        }
                    />
                    <button type="button" class="quiet" data-testid="live-lr-double" on:click=scale(2.0)>"Double"</button>
                </span>
                <p class="refusal" role="alert" data-testid="live-lr-refusal">{refusal}</p>
            </div>
        </Show>
    }
    .into_any()
}
