//! What is measured while a run trains, each with its unit.

use leptos::prelude::*;

use crate::{
    protocol::{ExecutorKind, RunInfo, Speed, StepMetrics},
    ui::{
        controls::words,
        format,
        state::{State, Topic},
    },
};

#[component]
pub fn Measured() -> AnyView {
    let state: State = expect_context();
    let step = move |name, testid, unit, show: fn(&StepMetrics) -> String| {
        let number = words(move || state.history.with(|history| history.steps.last().map_or(NONE.into(), show)));
        figure(name, testid, number, unit)
    };
    let speed = move |name, testid, unit, show: fn(&Speed) -> String| {
        let number = words(move || state.see(Topic::Run, |facts| facts.speed.as_ref().map_or(NONE.into(), show)));
        figure(name, testid, number, unit)
    };
    let validation = words(move || {
        let last = state.history.with(|history| history.validations.last().map(|v| v.bits_per_byte));
        last.map_or(NONE.into(), |loss| format::fixed(loss.into(), 3))
    });
    let place = words(move || state.see(Topic::Run, |facts| facts.run.as_ref().map_or(String::new(), |run| place(run, facts.speed))));
    view! {
        <dl class="figures">
            {step("Loss, training", "loss-train", "bits per byte", |m| format::fixed(m.bits_per_byte.into(), 3))}
            {figure("Loss, held-out text", "loss-validation", validation, "bits per byte")}
            {step("Read so far", "tokens-read", "tokens", |m| format::integer(m.tokens))}
            {step("Training time", "seconds", "", |m| format::duration(m.seconds.into()))}
            {speed("Speed", "tokens-per-second", "tokens/s", |s| format::significant(s.tokens_per_second.into(), 3))}
            {speed("Arithmetic", "flops", "GFLOP/s", |s| format::significant(s.flops_per_second / 1e9, 3))}
            {step("Gradient norm", "gradient-norm", "", |m| format::significant(m.gradient_norm.into(), 3))}
            {step("Learning rate now", "learning-rate", "", |m| format::significant(m.lr.into(), 3))}
        </dl>
        <p class="help"><span data-testid="executor">{place}</span>" "<a href="bench.html" target="_blank">"Measure this device"</a></p>
        <p class="help" data-testid="measured-help">{ARITHMETIC}" "{GRADIENT_NORM}</p>
    }
    .into_any()
}

/// In the place of a number that is not known yet.
const NONE: &str = "–";

fn figure(name: &'static str, testid: &'static str, number: Signal<String>, unit: &'static str) -> AnyView {
    view! { <div><dt>{name}</dt><dd data-testid=testid><b>{number}</b>" "{unit}</dd></div> }.into_any()
}

/// What numbers say whose names do not.
const ARITHMETIC: &str = "GFLOP/s: billions of additions and multiplications a second that training takes at this speed.";
const GRADIENT_NORM: &str = "Gradient norm: how steep the loss is where the weights are, over all of them together. It falls as the model \
                             settles; a sudden rise means that a step was too long.";

fn place(run: &RunInfo, speed: Option<Speed>) -> String {
    let place = match run.executor {
        ExecutorKind::Gpu => "the graphics processor (GPU)",
        ExecutorKind::Cpu => "the main processor (CPU)",
    };
    let mut sentences = format!("Runs on {place}, in {} of memory. {}", format::bytes(run.memory), run.why);
    if let Some(Speed { flops_per_second, peak_flops_per_second: peak, .. }) = speed.filter(|speed| speed.peak_flops_per_second > 0.0) {
        let share = format::percent(flops_per_second / peak);
        sentences += &format!(" It reaches {share} of the {} measured here at best.", format::prefixed(peak, "FLOP/s"));
    }
    sentences
}
