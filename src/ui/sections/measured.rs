//! What is measured while a run trains, each with its unit.

use leptos::prelude::*;

use crate::{
    protocol::{ExecutorKind, RunInfo, Speed, StepMetrics},
    ui::{format, state::State},
};

/// A number and its unit.
type Quantity = (String, &'static str);

#[component]
pub fn Measured() -> AnyView {
    let state: State = expect_context();
    let last = Memo::new(move |_| state.history.with(|history| history.steps.last().copied()));
    let of_last = |show: fn(&StepMetrics) -> Quantity| Signal::derive(move || last.with(|last| last.as_ref().map(show)));
    let of_speed = |show: fn(&Speed) -> Quantity| Signal::derive(move || state.speed.with(|speed| speed.as_ref().map(show)));
    let validation = Signal::derive(move || {
        let loss = state.history.with(|history| history.validations.last().map(|v| v.bits_per_byte));
        loss.map(|loss| (format::fixed(loss.into(), 3), "bits per byte"))
    });
    let share = move || state.speed.with(|speed| speed.as_ref().and_then(share_of_peak));
    view! {
        <dl class="figures">
            {figure("Loss, training", "loss-train", of_last(|m| (format::fixed(m.bits_per_byte.into(), 3), "bits per byte")))}
            {figure("Loss, held-out text", "loss-validation", validation)}
            {figure("Read so far", "tokens-read", of_last(|m| (format::integer(m.tokens), "tokens")))}
            {figure("Training time", "seconds", of_last(|m| (format::duration(m.seconds.into()), "")))}
            {figure("Speed", "tokens-per-second", of_speed(|s| (format::significant(s.tokens_per_second.into(), 3), "tokens/s")))}
            {figure("Arithmetic", "flops", of_speed(|s| (format::prefixed(s.flops_per_second, "FLOP/s"), "")))}
            {figure("Gradient norm", "gradient-norm", of_last(|m| (format::significant(m.gradient_norm.into(), 3), "")))}
            {figure("Learning rate now", "learning-rate", of_last(|m| (format::significant(m.lr.into(), 3), "")))}
        </dl>
        <p class="help" data-testid="executor">{move || state.run.with(|run| run.as_ref().map(place))}" "{share}</p>
    }
    .into_any()
}

fn figure(name: &'static str, testid: &'static str, quantity: Signal<Option<Quantity>>) -> AnyView {
    let number = move || quantity.with(|quantity| quantity.as_ref().map_or("–".into(), |(number, _)| number.clone()));
    let unit = move || quantity.with(|quantity| quantity.as_ref().map_or("", |(_, unit)| *unit));
    view! { <div><dt>{name}</dt><dd data-testid=testid><b>{number}</b>" "{unit}</dd></div> }.into_any()
}

fn place(run: &RunInfo) -> String {
    let place = match run.executor {
        ExecutorKind::Gpu => "the graphics processor (GPU)",
        ExecutorKind::Cpu => "the main processor (CPU)",
    };
    format!("Runs on {place}, in {} of memory. {}", format::bytes(run.memory), run.why)
}

fn share_of_peak(speed: &Speed) -> Option<String> {
    let peak = speed.peak_flops_per_second;
    (peak > 0.0).then(|| {
        let share = format::percent(speed.flops_per_second / peak);
        format!("It reaches {share} of the {} measured here at best.", format::prefixed(peak, "FLOP/s"))
    })
}
