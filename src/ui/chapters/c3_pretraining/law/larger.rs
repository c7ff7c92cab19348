//! A larger run: the law says what it will come to, that is locked, and it is made. The visitor may say something first.

use leptos::prelude::*;

use super::super::runs::{Made, Runs, diverged, ran};
use crate::{
    platform,
    protocol::{
        figures::{Answer, Line, Question},
        scaling::Along,
    },
    ui::{
        controls::{Choice, flag, follow, live, nothing, press, refusal, typed, when, words},
        scaling::{Foretold, short},
    },
};

/// What is said of a run that has no loss to hold against what was foretold.
const DIVERGED: &str =
    "Its loss left all bounds, so there is nothing to hold against what was foretold: make it again, or reload the page.";

pub fn view(runs: Runs) -> AnyView {
    let [times, guess, problem] = ["4", "", ""].map(|first| RwSignal::new(first.to_string()));
    follow(move || keep(runs, guess));
    let is_locked = move || runs.made.with(Made::is_locked);
    let lost = move || if diverged(&runs.larger).is_empty() { "" } else { DIVERGED };
    let rows = move || {
        let row = |foretold: Foretold| view! { <li>{foretold.said()}</li> }.into_any();
        runs.cloud().foretold.into_iter().map(row).collect::<Vec<_>>().into_any()
    };
    view! {
        <ul class="foretold" data-testid="foretold">{live(rows)}</ul>
        <div class="row" role="status">{when(is_locked, move || make(runs))} {when(move || !is_locked(), move || ask(runs, times, guess, problem))}</div>
        {refusal("larger-refusal", move || [&problem.get(), lost(), &runs.larger.refusal()].concat())}
    }
    .into_any()
}

/// What was foretold is locked, and what came of it is put beside it.
fn keep(runs: Runs, guess: RwSignal<String>) {
    let predicted = runs.larger.last(|answer| match answer {
        Answer::Predicted(prediction, planned) => Some((prediction.clone(), planned.clone())),
        _ => None,
    });
    let made = ran(&runs.larger).pop();
    match (runs.made.with_untracked(Made::is_locked), predicted, made) {
        (false, Some((prediction, planned)), _) => {
            let guess = guess.with_untracked(|text| platform::number(text.trim())).map(f64::from);
            runs.made.update(|made| made.locked.push(Foretold { made: None, guess, prediction, planned, run: None }));
        }
        (true, _, Some(run)) => {
            runs.made.update(|made| made.locked.iter_mut().for_each(|foretold| _ = foretold.run.get_or_insert(run.clone())))
        }
        _ => {}
    }
}

fn ask(runs: Runs, times: RwSignal<String>, guess: RwSignal<String>, problem: RwSignal<String>) -> AnyView {
    // The new model will be somewhat larger than the largest that is fitted, so this is what it takes at least.
    let largest = move || {
        let times: u32 = times.with(|times| times.parse().unwrap_or(4));
        let largest = runs.fitted().into_iter().max_by(|a, b| a.flops.total_cmp(&b.flops)).map(|run| (run.flops, run.parameters));
        largest.map(|(flops, parameters)| (f64::from(times) * flops, parameters))
    };
    let promise = move || {
        let promise = largest().map(|run| format!("{} operations: {} ({})", short(run.0), runs.promised(&[run]), runs.ground()));
        promise.unwrap_or_default()
    };
    let lock = move || {
        let said = guess.get_untracked();
        if !said.trim().is_empty() && platform::number(said.trim()).is_none_or(|bits| bits <= 0.0) {
            problem.set(format!("“{said}” is no number of bits: write one such as 1.25, or leave it empty."));
            return;
        }
        problem.set(String::new());
        if let Some(((flops, _), count)) = untrack(|| largest().zip(Some(runs.count()))) {
            let known = untrack(|| runs.fitted());
            let question = Question::Predict { runs: known, count, along: Along::LastValleys, fits_offset: false, flops };
            runs.desk.ask(Line::Prediction, question);
        }
    };
    let is_hindered = flag(move || !runs.hindrance().is_empty());
    view! {
        <Choice
            name="larger-times"
            label="Compute of the new run, of that of the largest which is fitted"
            options=vec![("2", "twice the largest"), ("4", "4 times"), ("10", "10 times")]
            value=times.into()
            on_choose=Callback::new(move |name| times.set(name))
        />
        <span class="help" data-testid="larger-promise">{words(promise)}</span>
        <label class="field">
            "Your guess, if you like"
            <input type="text" inputmode="decimal" autocomplete="off" data-testid="larger-guess" prop:value=guess on:input=typed(move |text| guess.set(text))/>
            <span class="unit">"bits per byte"</span>
        </label>
        <button type="button" data-testid="larger-lock" disabled=is_hindered on:click=press(lock)>"Lock what the law says"</button>
        <span class="help" data-testid="larger-hindrance">{words(move || runs.hindrance().into())}</span>
    }
    .into_any()
}

fn make(runs: Runs) -> AnyView {
    let planned = runs.made.with_untracked(|made| made.locked.last().map(|last| last.planned.clone()));
    let Some(planned) = planned else { return nothing() };
    live(move || {
        if runs.larger.is_asking() {
            return runs.progress(Line::Prediction, runs.larger, "larger-stop");
        }
        let run = planned.clone();
        let start = move || runs.desk.ask(Line::Prediction, Question::Train { runs: vec![run.clone()] });
        view! {
            <p>"What was said is locked. The run takes "{runs.promised(&[(planned.flops, planned.parameters)])}"."</p>
            <button type="button" class="main" data-testid="larger-make" disabled=flag(move || runs.is_busy()) on:click=press(start)>"Make the run"</button>
        }
        .into_any()
    })
}
