//! Runs that are made here, one at a time or all of a plan.

use js_sys::Uint8Array;
use leptos::prelude::*;

use super::super::runs::Runs;
use crate::{
    protocol::{
        figures::{Answer, Line, Question},
        scaling::{PlannedRun, SweepSpec},
    },
    ui::{
        controls::{Choice, download, flag, live, press, refusal, when, words},
        format,
        scaling::left,
    },
};

pub fn view(runs: Runs) -> AnyView {
    let [budgets, sizes] = ["small", "5"].map(|first| RwSignal::new(first.to_string()));
    let plan = runs.desk.keep_asking(Line::Plan, move || {
        let sweep = if budgets.with(|budgets| budgets == "small") { SweepSpec::small() } else { SweepSpec::default() };
        Some(Question::Plan { sweep: SweepSpec { sizes: sizes.with(|sizes| sizes.parse().unwrap_or(5)), ..sweep } })
    });
    let rest = move || {
        let planned = plan.last(|answer| if let Answer::Planned(planned) = answer { Some(planned.clone()) } else { None });
        planned.map_or_else(Vec::new, |planned| runs.made.with(|made| left(&planned, &made.own, &made.diverged)))
    };
    let save = move || download("runs.csv", "text/csv", &Uint8Array::from(runs.cloud().csv().as_bytes()).into());
    let choice = |name, label, options: Vec<_>, value: RwSignal<String>| {
        view! { <Choice name label options value=value.into() on_choose=Callback::new(move |name| value.set(name))/> }.into_any()
    };
    view! {
        <div class="row">
            {choice("law-budgets", "Budgets", vec![("small", "the small end"), ("wide", "a hundredfold")], budgets)}
            {choice("law-sizes", "Sizes of model at each budget", vec![("3", "3 sizes"), ("5", "5 sizes"), ("7", "7 sizes")], sizes)}
        </div>
        <p class="help" data-testid="law-plan">{words(move || planned(runs, &rest()))}</p>
        <div class="row" role="status">{live(move || buttons(runs, rest))}</div>
        {refusal("sweep-refusal", move || runs.sweep.refusal())}
        <p class="help" role="status">{words(move || runs.made.with(|made| lost(&made.diverged)))}</p>
        <div class="row">
            {when(move || runs.made.with(|made| !made.own.is_empty()), move || {
                let options = vec![("all", "all runs"), ("baked", "those in advance"), ("own", "those made here")];
                view! { <span>"The laws are fitted to"</span> {choice("law-whose", "Runs that the laws are fitted to", options, runs.whose)} }.into_any()
            })}
            <button type="button" class="quiet" data-testid="law-save" on:click=press(save)>"Download all runs (CSV)"</button>
        </div>
    }
    .into_any()
}

fn planned(runs: Runs, rest: &[PlannedRun]) -> String {
    let Some(next) = rest.first() else {
        return if runs.desk.is_ready() { "All runs of this plan are made: choose other budgets or sizes." } else { "" }.into();
    };
    let costs: Vec<(f64, u64)> = rest.iter().map(|run| (run.flops, run.parameters)).collect();
    format!(
        "Next: a model of {} parameters on {} tokens, {}. All {} that are left: {} ({}).",
        format::amount(next.parameters),
        format::amount(next.tokens),
        runs.promised(&costs[..1]),
        rest.len(),
        runs.promised(&costs),
        runs.ground(),
    )
}

fn buttons(runs: Runs, rest: impl Fn() -> Vec<PlannedRun> + Copy + Send + Sync + 'static) -> AnyView {
    if runs.sweep.is_asking() {
        return runs.progress(Line::Sweep, runs.sweep, "sweep-stop");
    }
    let none = flag(move || rest().is_empty() || runs.is_busy());
    let add = move |most: usize| {
        let next = untrack(rest).into_iter().take(most).collect();
        runs.desk.ask(Line::Sweep, Question::Train { runs: next });
    };
    view! {
        <button type="button" class="main" data-testid="sweep-one" disabled=none on:click=press(move || add(1))>"Add one run"</button>
        <button type="button" data-testid="sweep-all" disabled=none on:click=press(move || add(usize::MAX))>"Add all that are left"</button>
    }
    .into_any()
}

fn lost(runs: &[PlannedRun]) -> String {
    let size = |run: &PlannedRun| format!("{} parameters on {} tokens", format::amount(run.parameters), format::amount(run.tokens));
    let said: Vec<String> = runs.iter().map(size).collect();
    if said.is_empty() { String::new() } else { ["The loss left all bounds, so there is no point for: ", &said.join(", "), "."].concat() }
}
