//! The run: its buttons, its progress, and its curve.

use leptos::prelude::*;

use super::Sheet;
use crate::{
    catalog::KNOBS,
    protocol::{Command, ExecutorKind, Phase, Subject},
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
                <Figures/>
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
    let start = move |_| {
        for about in [Subject::Training, Subject::Model, Subject::Device] {
            state.clear(about);
        }
        link.send(&Command::Start { spec: state.spec.get_untracked() });
    };
    let button = move |label: &'static str, testid: &'static str, command: Command| {
        let send = move |_| link.send(&command);
        view! { <button type="button" data-testid=testid on:click=send>{label}</button> }.into_any()
    };
    let unready = move || state.text.with(Option::is_none) || state.connection.with(|c| *c != Connection::Ready);
    let begin = move |label: &'static str| {
        view! { <button type="button" class="main" data-testid="start" disabled=unready on:click=start>{label}</button> }.into_any()
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
                    Phase::Paused => {
                        let resume = move |_| link.send(&Command::Resume);
                        view! {
                            <button type="button" class="main" data-testid="resume" on:click=resume>"Go on"</button>
                            {button("Stop", "stop", Command::Stop)}
                            {button("Reset", "reset", Command::Reset)}
                        }
                        .into_any()
                    }
                    Phase::Finished | Phase::Stopped | Phase::Failed { .. } => {
                        (begin("Train a new one"), button("Reset", "reset", Command::Reset)).into_any()
                    }
                }
            }}
        </div>
    }
    .into_any()
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
        true => {
            let steps = state.run.with(|run| run.as_ref().map_or(0, |run| run.spec.steps));
            let left = state.speed.get().map(|speed| format!(", {} left", format::duration(speed.seconds_left.into())));
            format!("Step {} of {}{}", format::integer(step(&state).into()), format::integer(steps.into()), left.unwrap_or_default())
        }
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

fn step(state: &State) -> u32 {
    state.history.with(|history| history.steps.last().map_or(0, |metrics| metrics.step))
}

/// What is measured, each with its unit.
#[component]
fn Figures() -> AnyView {
    let state: State = expect_context();
    let last = move || state.history.with(|history| history.steps.last().copied());
    let of_last = move |show: fn(&crate::protocol::StepMetrics) -> String| last().map_or("–".into(), |metrics| show(&metrics));
    let of_speed = move |show: fn(&crate::protocol::Speed) -> String| state.speed.get().map_or("–".into(), |speed| show(&speed));
    let figure = |name: &'static str, testid: &'static str, value: Signal<String>| {
        view! { <div><dt>{name}</dt><dd data-testid=testid>{value}</dd></div> }.into_any()
    };
    let validation = move || {
        let last = state.history.with(|history| history.validations.last().map(|v| v.bits_per_byte));
        last.map_or("–".into(), |loss| format::fixed(loss.into(), 3) + " bits per byte")
    };
    view! {
        <dl class="figures">
            {figure("Loss, training", "loss-train", Signal::derive(move || of_last(|m| format::fixed(m.bits_per_byte.into(), 3) + " bits per byte")))}
            {figure("Loss, held-out text", "loss-validation", Signal::derive(validation))}
            {figure("Read so far", "tokens-read", Signal::derive(move || of_last(|m| format::amount(m.tokens) + " tokens")))}
            {figure("Speed", "tokens-per-second", Signal::derive(move || of_speed(|s| format::significant(s.tokens_per_second.into(), 3) + " tokens/s")))}
            {figure("Arithmetic", "flops", Signal::derive(move || of_speed(arithmetic)))}
            {figure("Gradient norm", "gradient-norm", Signal::derive(move || of_last(|m| format::significant(m.gradient_norm.into(), 3))))}
            {figure("Learning rate now", "learning-rate", Signal::derive(move || of_last(|m| format::significant(m.lr.into(), 3))))}
            {figure("Training time", "seconds", Signal::derive(move || of_last(|m| format::duration(m.seconds.into()))))}
        </dl>
        <p class="help" data-testid="executor">{move || state.run.with(|run| run.as_ref().map(|run| {
            let place = match run.executor {
                ExecutorKind::Gpu => "the graphics processor",
                ExecutorKind::Cpu => "the main processor",
            };
            format!("Runs on {place}, in {} of its memory. {}", format::bytes(run.memory), run.why)
        }))}</p>
    }
    .into_any()
}

fn arithmetic(speed: &crate::protocol::Speed) -> String {
    let rate = format::prefixed(speed.flops_per_second, "FLOP/s");
    if speed.peak_flops_per_second > 0.0 {
        let share = speed.flops_per_second / speed.peak_flops_per_second;
        format!("{rate}, {} of the {} measured here", format::percent(share), format::prefixed(speed.peak_flops_per_second, "FLOP/s"))
    } else {
        rate
    }
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
