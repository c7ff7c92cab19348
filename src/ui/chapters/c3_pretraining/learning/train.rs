//! The visitor's own run: what it will take, its buttons, and how far it is.

use leptos::prelude::*;

use super::{super::super::desk::Desk, Figure, bet, knobs};
use crate::{
    protocol::{Command, ExportKind, Phase, Speed, Subject, models::Which},
    spec::RunSpec,
    ui::{
        controls::{close, flag, live, nothing, press, when, words},
        format,
    },
};

/// What a browser on two cores reaches, until this one has shown what it does: operations a second.
const ASSUMED: f64 = 20e9;

pub fn view(figure: Figure) -> AnyView {
    let desk = figure.desk;
    let is_before = move || desk.phase.with(|phase| matches!(phase, Phase::Idle | Phase::Finished | Phase::Stopped));
    view! {
        <div class="training">
            {when(is_before, move || knobs::view(figure))}
            {bet::view(figure)}
            <p class="help" data-testid="learning-estimate">{words(move || if is_before() { estimate(figure) } else { String::new() })}</p>
            <div class="row">{live(move || buttons(figure).into_any())}</div>
            <p role="status" data-testid="learning-standing">{words(move || desk.phase.with(standing))}</p>
            {when(move || !matches!(desk.phase.get(), Phase::Idle | Phase::Failed { .. }), move || progress(figure))}
            {when(move || figure.has_own(), move || taken(desk))}
            {live(move || message(figure))}
            {live(move || asked(figure))}
        </div>
    }
    .into_any()
}

fn estimate(figure: Figure) -> String {
    figure.plan.spec.with(|spec| {
        let speed = figure.desk.speed.get().map(|Speed { flops_per_second, .. }| flops_per_second).filter(|speed| *speed > 0.0);
        let seconds = operations(spec) / speed.unwrap_or(ASSUMED);
        let how = if speed.is_some() { "at the speed of the last run" } else { "a guess, until this device has shown its speed" };
        let more = " The first run also learns its pieces, a few seconds.";
        format!("It takes {} ({how}).{}", format::roughly(seconds), if speed.is_some() { "" } else { more })
    })
}

fn operations(spec: &RunSpec) -> f64 {
    spec.model(spec.expected_vocab()).train_flops_per_token() * f64::from(spec.steps) * spec.tokens_per_step() as f64
}

fn buttons(figure: Figure) -> Vec<AnyView> {
    let desk = figure.desk;
    let begin = |label: &'static str| {
        let start = move || {
            desk.message.set(None);
            desk.tell(&Command::Start { spec: figure.plan.spec.get_untracked() });
        };
        view! { <button type="button" class="main" data-testid="learning-train" disabled=flag(move || !desk.is_ready()) on:click=press(start)>{label}</button> }
            .into_any()
    };
    let button = |class: &'static str, label: &'static str, id: &'static str, command: Command| {
        view! { <button type="button" class=class data-testid=id on:click=press(move || desk.tell(&command))>{label}</button> }.into_any()
    };
    // By its name, so that progress within a phase leaves the buttons, and the focus on them, alone.
    let phase = Memo::new(move |_| desk.phase.with(|phase| phase.name().to_string()));
    let stop = || button("", "Stop", "learning-stop", Command::Stop);
    match phase.get().as_str() {
        "idle" => vec![begin("Train"), kept(figure)],
        "preparing" => vec![stop()],
        "training" => vec![button("", "Pause", "learning-pause", Command::Pause), stop()],
        "paused" => vec![button("main", "Go on", "learning-resume", Command::Resume), stop()],
        "failed" => vec![button("main", "Go on", "learning-resume", Command::Resume), begin("Train a new one")],
        _ => vec![begin("Train another")],
    }
}

/// The run that was kept last, to go on with.
fn kept(figure: Figure) -> AnyView {
    let desk = figure.desk;
    live(move || {
        let latest =
            desk.kept.with(|kept| kept.iter().filter(|run| run.step < run.steps).max_by(|a, b| a.saved.total_cmp(&b.saved)).cloned());
        let Some(run) = latest else { return nothing() };
        let label = format!("Go on from step {} of {}", format::integer(run.step.into()), format::integer(run.steps.into()));
        let name = run.run.clone();
        let is_held = move || desk.held.with(|held| held.as_ref() == Some(&name));
        let label = words(move || if is_held() { "Take it over from the other tab".into() } else { label.clone() });
        let go_on = move || {
            let take_over = desk.held.with_untracked(|held| held.as_ref() == Some(&run.run));
            desk.held.set(None);
            desk.message.set(None);
            desk.tell(&Command::Restore { run: run.run.clone(), take_over });
        };
        view! { <button type="button" data-testid="learning-restore" disabled=flag(move || !desk.is_ready()) on:click=press(go_on)>{label}</button> }
            .into_any()
    })
}

fn standing(phase: &Phase) -> String {
    match phase {
        Phase::Idle => String::new(),
        Phase::Preparing { what, .. } => what.clone(),
        Phase::Training => "It is learning.".into(),
        Phase::Paused => "Paused. Your model is kept as it is.".into(),
        Phase::Finished => "Done. Your model is on the shelf, at the top of the page.".into(),
        Phase::Stopped => "Stopped. The figures can still ask it.".into(),
        Phase::Failed { message } => message.clone(),
    }
}

fn progress(figure: Figure) -> AnyView {
    let desk = figure.desk;
    let steps = move || {
        let step = desk.history.with(|history| history.steps.last().map_or(0, |step| step.step));
        [step, desk.run.with(|run| run.as_ref().map_or(0, |run| run.spec.steps))]
    };
    let share = move || match desk.phase.get() {
        Phase::Preparing { done, .. } => f64::from(done),
        _ => {
            let [step, steps] = steps();
            f64::from(step) / f64::from(steps.max(1))
        }
    };
    let said = move || {
        if desk.phase.with(|phase| matches!(phase, Phase::Preparing { .. })) {
            return format::percent(share());
        }
        let [step, steps] = steps().map(|n| format::integer(n.into()));
        let speed = desk.speed.get().filter(|_| desk.phase.with(|phase| *phase == Phase::Training));
        let speed = speed.map_or(String::new(), |speed| {
            let left = format::duration(speed.seconds_left.into());
            format!(", {} tokens a second, {left} left", format::amount(speed.tokens_per_second as u64))
        });
        format!("Step {step} of {steps}{speed}")
    };
    view! {
        <div class="row progress">
            <progress max="1000" value=words(move || ((share() * 1000.0) as u32).to_string()) aria-label="Progress"></progress>
            <span class="figure" data-testid="learning-progress">{words(said)}</span>
        </div>
    }
    .into_any()
}

/// What can be taken away of the run.
fn taken(desk: Desk) -> AnyView {
    let metrics = move || desk.tell(&Command::Export(ExportKind::Metrics));
    view! {
        <div class="row">
            <button type="button" class="quiet" data-testid="learning-metrics" on:click=press(metrics)>"Its numbers, as JSON lines"</button>
        </div>
    }
    .into_any()
}

/// What was refused or noted about the training.
fn message(figure: Figure) -> AnyView {
    let desk = figure.desk;
    let said = desk.message.get().filter(|(about, _)| matches!(about, Subject::Training | Subject::Text | Subject::Model));
    let Some((_, sentence)) = said else { return nothing() };
    view! {
        <p class="message refusal" role="alert" data-testid="learning-message">
            <span>{sentence}</span>
            {close(move || desk.message.set(None))}
        </p>
    }
    .into_any()
}

/// Once there is a model of the visitor's, the figures can ask it.
fn asked(figure: Figure) -> AnyView {
    let desk = figure.desk;
    let which = match desk.phase.get() {
        // The newest stands first.
        Phase::Finished => {
            desk.entries.with(|entries| entries.iter().map(|entry| &entry.which).find(|which| matches!(which, Which::Own(_))).cloned())
        }
        Phase::Paused | Phase::Stopped => None,
        _ => return nothing(),
    };
    let which = which.unwrap_or(Which::Run);
    if desk.model.get() == which {
        return view! { <p class="help" data-testid="learning-asked">"All figures of this page ask your model now."</p> }.into_any();
    }
    view! {
        <button type="button" class="main" data-testid="learning-ask" on:click=press(move || desk.model.set(which.clone()))>"Let all figures ask your model"</button>
    }
    .into_any()
}
