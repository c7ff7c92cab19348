//! Runs kept in this browser.

use js_sys::Date;
use leptos::prelude::*;

use crate::{
    protocol::{Command, KeptRun, Phase, Room, Subject},
    ui::{
        controls::{flag, live, nothing, press, when, words},
        format,
        link::Link,
        state::{Facts, State, Topic},
    },
};

/// Offers to go on with the latest kept run, as long as none stands.
#[component]
pub fn Welcome() -> AnyView {
    let state: State = expect_context();
    let declined = RwSignal::new(false);
    let latest = move || {
        let idle = state.see(Topic::Phase, |facts| facts.phase == Phase::Idle);
        let latest = state.see(Topic::Kept, |facts| facts.kept.iter().max_by(|a, b| a.saved.total_cmp(&b.saved)).cloned());
        latest.filter(|_| idle && state.is_connected() && !declined.get())
    };
    let offer = move |run: KeptRun| {
        view! {
            <aside class="welcome" data-testid="welcome" aria-label="Your last run">
                <p>
                    <strong>{question(&run)}</strong>
                    <span class="figure">{describe(&run)}</span>
                </p>
                <div class="row">
                    {restore(&run, "main")}
                    <button type="button" class="quiet" data-testid="welcome-decline" on:click=press(move || declined.set(true))>"Not now"</button>
                </div>
                {held(&run.run)}
            </aside>
        }
        .into_any()
    };
    live(move || latest().map_or_else(nothing, offer))
}

/// Everything kept, to go on with or to delete.
#[component]
pub fn KeptRuns() -> AnyView {
    let state: State = expect_context();
    let row = |run: KeptRun| {
        view! {
            <li data-testid="kept-run">
                <p>
                    <strong>{format!("Step {} of {}", format::integer(run.step.into()), format::integer(run.steps.into()))}</strong>
                    <span class="figure">{describe(&run)}</span>
                </p>
                <div class="row">{restore(&run, "")}{forget(run.run.clone())}</div>
                {held(&run.run)}
            </li>
        }
        .into_any()
    };
    view! {
        <ul class="kept" data-testid="kept-runs">
            {live(move || state.see(Topic::Kept, |facts| facts.kept.clone()).into_iter().map(row).collect::<Vec<_>>().into_any())}
        </ul>
        {when(move || state.see(Topic::Kept, |facts| facts.kept.is_empty()), || {
            view! { <p class="help">"Nothing yet. A run is kept here every half minute, in this browser alone."</p> }.into_any()
        })}
        <p class="help" data-testid="room">{words(move || state.see(Topic::Room, |facts| facts.room.map_or(String::new(), taken)))}</p>
    }
    .into_any()
}

fn restore(run: &KeptRun, class: &'static str) -> AnyView {
    let label = if run.step == run.steps { "Open" } else { "Go on" };
    let run = run.run.clone();
    let link: Link = expect_context();
    let state: State = expect_context();
    let name = run.clone();
    let is_held = move || state.see(Topic::Room, |facts| holds(facts, &name));
    let label = words(move || if is_held() { "Take it over".into() } else { label.to_string() });
    let go_on = move || {
        for about in [Subject::Storage, Subject::Training] {
            state.clear(about);
        }
        let take_over = state.peek(|facts| holds(facts, &run));
        state.change(Topic::Room, |facts| facts.held = None);
        link.send(&Command::Restore { run: run.clone(), take_over });
    };
    view! { <button type="button" class=class data-testid="restore" disabled=flag(move || !state.is_connected()) on:click=press(go_on)>{label}</button> }.into_any()
}

/// Whether another tab has the run open.
fn holds(facts: &Facts, run: &str) -> bool {
    facts.held.as_ref().is_some_and(|(held, _)| held == run)
}

/// What to do about a run that another tab has open.
fn held(run: &str) -> AnyView {
    let state: State = expect_context();
    let run = run.to_owned();
    let said = move || {
        let message = |facts: &Facts| facts.held.as_ref().filter(|(held, _)| *held == run).map(|(_, message)| message.clone());
        state.see(Topic::Room, message).unwrap_or_default()
    };
    view! { <p class="refusal" role="alert" data-testid="held">{words(said)}</p> }.into_any()
}

fn taken(Room { used, most }: Room) -> String {
    let of = most.map_or(String::new(), |most| format!(" of the {} that this browser lends it", format::bytes(most)));
    let is_scarce = most.is_some_and(|most| used > most / 10 * 9);
    let more = if is_scarce {
        "It is nearly full: delete runs and models that you no longer need."
    } else {
        "Deleting runs and models frees room."
    };
    format!("This site keeps {}{of}. {more}", format::bytes(used))
}

/// Deletes at the second press.
fn forget(run: String) -> AnyView {
    let link: Link = expect_context();
    let state: State = expect_context();
    let sure = RwSignal::new(false);
    let pressed = move || {
        if sure.get_untracked() {
            link.send(&Command::Forget { run: run.clone() });
        } else {
            sure.set(true);
        }
    };
    view! {
        <button type="button" class="quiet" data-testid="forget" disabled=flag(move || !state.is_connected()) on:click=press(pressed) on:blur=move |_| sure.set(false)>
            {words(move || if sure.get() { "Delete for good?" } else { "Delete" }.into())}
        </button>
    }
    .into_any()
}

fn question(run: &KeptRun) -> String {
    if run.step == run.steps {
        return "Take up your finished model?".into();
    }
    format!("Go on from step {} of {}?", format::integer(run.step.into()), format::integer(run.steps.into()))
}

fn describe(run: &KeptRun) -> String {
    let loss = run.bits_per_byte.map_or(String::new(), |loss| format!(", {} bits per byte", format::fixed(loss.into(), 2)));
    let ago = format::ago((Date::now() - run.saved) / 1000.0);
    format!("{}, {} parameters{loss}, {ago}", run.text, format::amount(run.parameters))
}
