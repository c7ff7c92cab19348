//! The run: its buttons, its progress, and its curve.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{Sheet, measured::Measured};
use crate::{
    catalog::{KNOBS, Value},
    platform,
    protocol::{Command, Event, Phase, Subject},
    spec::TokenizerKind,
    ui::{
        controls::{Messages, flag, live, nothing, press, text_of, typed, when, words},
        curves::{blind_guess, usual_bytes_per_token},
        figures::LossChart,
        format,
        link::Link,
        state::{State, Topic},
    },
};

#[component]
pub fn Train() -> AnyView {
    let state: State = expect_context();
    // By its name: another run has another learning rate.
    let run = Memo::new(move |_| state.see(Topic::Run, |facts| facts.run.as_ref().map_or(String::new(), |run| run.run.clone())));
    let measured = move || if run.get().is_empty() { nothing() } else { (view! { <Measured/> }, learning_rate()).into_any() };
    view! {
        <Sheet id="train" title="Train" lead="The model guesses the next token, sees what it was, and is nudged. Again and again.">
            {buttons()}
            <p class="standing" role="status" data-testid="standing">{words(move || state.see(Topic::Phase, |facts| standing(&facts.phase)))}</p>
            {progress()}
            <Messages about=Subject::Training/>
            <Messages about=Subject::Device/>
            <LossChart history=state.history blind=Signal::derive(move || blind(&state))/>
            {live(measured)}
        </Sheet>
    }
    .into_any()
}

/// Whether there is a text, and a worker to train on it.
pub(super) fn can_start(state: &State) -> bool {
    let text = state.see(Topic::Text, |facts| facts.text.is_some()) && state.see(Topic::Loading, |facts| facts.loading.is_none());
    text && state.is_connected()
}

/// Begins a run; not if the setting that was typed just now was refused, since it is not what the visitor wants.
pub(super) fn start(state: &State, link: &Link) {
    for about in [Subject::Training, Subject::Model, Subject::Device] {
        state.clear(about);
    }
    if let Some((key, problem)) = state.peek(|facts| facts.refused.clone()) {
        state.put(|facts| facts.refused = None);
        let message = format!("{problem} Nothing was started: say what you want there, and train again.");
        state.apply(Event::Refused { about: Subject::Training, message });
        if let Some(field) = document().get_element_by_id(&format!("knob-{key}")) {
            let _ = field.unchecked_ref::<web_sys::HtmlElement>().focus();
        }
        return;
    }
    link.send(&Command::Start { spec: state.peek(|facts| facts.spec.clone()) });
}

/// Bits per byte of a guess among the tokens of the run, or else of the next one.
fn blind(state: &State) -> f64 {
    let run = state.see(Topic::Run, |facts| facts.run.as_ref().map(|run| (run.model.vocab, f64::from(run.bytes_per_token))));
    let (vocab, bytes_per_token) = run.unwrap_or_else(|| {
        state.see(Topic::Spec, |facts| {
            let vocab = facts.vocab();
            let cuts_words = facts.spec.tokenizer == TokenizerKind::Bpe || facts.brought.is_some();
            let tokenizer = if cuts_words { TokenizerKind::Bpe } else { facts.spec.tokenizer };
            (vocab, usual_bytes_per_token(tokenizer, vocab))
        })
    });
    blind_guess(vocab, bytes_per_token)
}

/// "Step 192 of 1,000, 1 min 5 s left".
pub(super) fn at_step(state: &State) -> String {
    let [step, steps] = steps(state).map(|n| format::integer(n.into()));
    let left = state.see(Topic::Run, |facts| facts.speed.map(|speed| format!(", {} left", format::duration(speed.seconds_left.into()))));
    format!("Step {step} of {steps}{}", left.unwrap_or_default())
}

fn steps(state: &State) -> [u32; 2] {
    let step = state.history.with(|history| history.steps.last().map_or(0, |metrics| metrics.step));
    [step, state.see(Topic::Run, |facts| facts.run.as_ref().map_or(0, |run| run.spec.steps))]
}

fn buttons() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let begin = move |label: &'static str| {
        let disabled = flag(move || !can_start(&state));
        let start = press(move || start(&state, &link));
        view! { <button type="button" class="main" data-testid="start" disabled=disabled on:click=start>{label}</button> }.into_any()
    };
    let button = move |class: &'static str, label: &'static str, testid: &'static str, command: Command| {
        let send = press(move || link.send(&command));
        view! { <button type="button" class=class data-testid=testid on:click=send>{label}</button> }.into_any()
    };
    let pause = move || button("", "Pause", "pause", Command::Pause);
    let resume = move || button("main", "Go on", "resume", Command::Resume);
    let stop = move || button("", "Stop", "stop", Command::Stop);
    let reset = move || button("", "Reset", "reset", Command::Reset);
    // By its name, so that progress within a phase leaves the buttons, and the focus on them, alone.
    let phase = Memo::new(move |_| state.see(Topic::Phase, |facts| facts.phase.name().to_string()));
    let shown = move || match phase.get().as_str() {
        "idle" => vec![begin("Train")],
        "preparing" => vec![stop()],
        "training" => vec![pause(), stop()],
        "paused" => vec![resume(), stop(), reset()],
        "failed" => vec![resume(), begin("Train a new one"), reset()],
        _ => vec![begin("Train a new one"), reset()],
    };
    view! { <div class="row buttons">{live(move || shown().into_any())}</div> }.into_any()
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
    let share = move || match state.see(Topic::Phase, |facts| facts.phase.clone()) {
        Phase::Preparing { done, .. } => f64::from(done),
        _ => {
            let [step, steps] = steps(&state);
            f64::from(step) / f64::from(steps.max(1))
        }
    };
    let said = move || match state.see(Topic::Phase, |facts| matches!(facts.phase, Phase::Training | Phase::Paused)) {
        true => at_step(&state),
        false => format::percent(share()),
    };
    let bar = move || {
        let value = words(move || ((share() * 1000.0) as u32).to_string());
        view! {
            <div class="row progress">
                <progress max="1000" value=value aria-label="Progress"></progress>
                <span class="figure" data-testid="progress">{words(said)}</span>
            </div>
        }
        .into_any()
    };
    when(move || state.see(Topic::Phase, |facts| facts.phase != Phase::Idle), bar)
}

/// The peak of the schedule, while the run goes on.
fn learning_rate() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let planned = state.peek(|facts| facts.run.as_ref().map_or(0.0, |run| run.lr));
    let peak = RwSignal::new(digits(planned));
    let refusal = RwSignal::new(String::new());
    let set = move |text: String| match KNOBS.iter().find(|knob| knob.key == "lr").map(|knob| knob.parse(&text)) {
        Some(Ok(Value::Number(lr))) => {
            refusal.set(String::new());
            peak.set(digits(lr));
            link.send(&Command::SetLearningRate { lr });
        }
        Some(Err(problem)) => {
            refusal.set(problem);
            peak.notify();
        }
        _ => {}
    };
    let scale = move |factor: f32| press(move || set(digits(platform::number(&peak.get_untracked()).unwrap_or(planned) * factor)));
    let field = move || {
        view! {
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
                        prop:value=text_of(peak)
                        on:change=typed(set)
                    />
                    <button type="button" class="quiet" data-testid="live-lr-double" on:click=scale(2.0)>"Double"</button>
                </span>
                <p class="refusal" role="alert" data-testid="live-lr-refusal">{text_of(refusal)}</p>
            </div>
        }
        .into_any()
    };
    when(move || state.see(Topic::Phase, |facts| matches!(facts.phase, Phase::Training | Phase::Paused | Phase::Failed { .. })), field)
}

/// A learning rate as it can be typed.
fn digits(lr: f32) -> String {
    format::significant(lr.into(), 3).replace(',', "")
}
