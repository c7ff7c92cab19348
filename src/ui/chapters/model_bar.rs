//! What the figures of a chapter on models share, at hand wherever one reads: the model that they ask, and the shelf.

use leptos::{html::Button, prelude::*};

use super::{
    desk::Desk,
    frame::{Connection, trouble},
};
use crate::{
    protocol::{
        Subject,
        models::{Card, Which},
    },
    ui::{
        controls::{close, flag, live, noted, nothing, press, typed, words},
        format,
        model_settings::which,
        shelf,
    },
};

const RUN: &str = "run";

/// The bar. `notes` are what the address said that could not be followed; `beside` stands beside the shelf in the panel that `label`
/// opens.
pub fn view(desk: Desk, notes: RwSignal<Vec<String>>, label: &'static str, beside: AnyView) -> AnyView {
    let panel = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    // A panel that closes would take the focus with it.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = panel.get();
        if let Some(button) = button.get_untracked().filter(|_| was_open == Some(true) && !is_open) {
            let _ = button.focus();
        }
        is_open
    });
    check_model(desk, notes);
    view! {
        <div class="desk-bar unfolded model-bar" data-testid="corpus" on:keydown=move |event| if event.key() == "Escape" && !event.is_composing() { panel.set(false) }>
            <div class="model-line">
                <label class="desk-part">
                    <span class="desk-label">"All figures ask"</span>
                    {live(move || models(desk))}
                </label>
                <p class="desk-status" data-testid="corpus-status">{live(move || status(desk))}</p>
                <button
                    type="button"
                    class="quiet desk-text"
                    node_ref=button
                    data-testid="corpus-open"
                    aria-expanded=words(move || panel.get().to_string())
                    aria-controls="desk-panel"
                    on:click=press(move || panel.update(|open| *open = !*open))
                >
                    {label}
                </button>
            </div>
            <div class="desk-panel" id="desk-panel" hidden=flag(move || !panel.get())>
                <div class="desk-own">
                    <h2 class="desk-title">"Models"</h2>
                    {shelf::view(desk.shelf())}
                </div>
                <div class="desk-away">{beside}</div>
            </div>
            {live(move || trouble(desk.connection.get(), desk.problem.get(), move || desk.start(), move || desk.problem.set(None)))}
            {live(move || noted(notes.get(), move || notes.set(vec![])))}
            {live(move || said(desk))}
        </div>
    }
    .into_any()
}

/// An address may name a model that is not here.
fn check_model(desk: Desk, notes: RwSignal<Vec<String>>) {
    Effect::new(move |_| {
        let model = desk.model.get();
        let first = desk.entries.with(|entries| {
            let is_here = entries.is_empty() || model == Which::Run || entries.iter().any(|entry| entry.which == model);
            if is_here { None } else { entries.first().map(|entry| (entry.which.clone(), entry.card.name.clone())) }
        });
        if let Some((first, name)) = first {
            let note = format!("The model that was asked is not in this browser: the figures ask “{name}” instead.");
            notes.update(|notes| notes.push(note));
            desk.model.set(first);
        }
    });
}

fn models(desk: Desk) -> AnyView {
    let key = |which: &Which| match which {
        Which::Baked(name) | Which::Own(name) => name.clone(),
        Which::Run => RUN.into(),
    };
    let has_run = Memo::new(move |_| desk.run.with(Option::is_some));
    let option = move |value: String, label: String| {
        let here = value.clone();
        view! { <option value=value prop:selected=flag(move || key(&desk.model.get()) == here)>{label}</option> }.into_any()
    };
    let group = |label: &'static str, options: Vec<AnyView>| match options.is_empty() {
        true => nothing(),
        false => view! { <optgroup label=label>{options}</optgroup> }.into_any(),
    };
    let (baked, own) = desk.entries.with(|entries| {
        let (baked, own): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| matches!(entry.which, Which::Baked(_)));
        let options = |entries: Vec<_>| -> Vec<AnyView> {
            entries.into_iter().map(|entry: &crate::protocol::models::Entry| option(key(&entry.which), entry.card.name.clone())).collect()
        };
        (options(baked), options(own))
    });
    let run = if has_run.get() { vec![option(RUN.into(), "the model in training".into())] } else { vec![] };
    let choose = move |name: String| desk.model.set(if name == RUN { Which::Run } else { which(&name) });
    view! {
        <select data-testid="model" on:change=typed(choose)>
            {group("Made in advance", baked)}
            {group("Yours", own)}
            {group("The run", run)}
        </select>
    }
    .into_any()
}

/// What is being done; else what the model is.
fn status(desk: Desk) -> AnyView {
    if desk.connection.with(|connection| *connection == Connection::Starting) {
        return view! { <span>"Starting…"</span> }.into_any();
    }
    if let Some((what, done)) = desk.progress.get() {
        let done = ((done.clamp(0.0, 1.0) * 100.0) as u32).to_string();
        return view! { <span class="desk-doing"><span>{what.clone()}</span><progress max="100" value=done aria-label=what></progress></span> }
            .into_any();
    }
    let model = desk.model.get();
    let said = desk.entries.with(|entries| entries.iter().find(|entry| entry.which == model).map(|entry| brief(&entry.card)));
    let run = || {
        desk.run.with(|run| {
            run.as_ref().map_or(String::new(), |run| {
                let step = desk.history.with(|history| history.steps.last().map_or(0, |step| step.step));
                format!("{} parameters, {}", format::amount(run.parameters), format::counted(step.into(), "step"))
            })
        })
    };
    view! { <span data-testid="model-said">{said.unwrap_or_else(run)}</span> }.into_any()
}

/// A model's size, what it read, and how well it guesses.
pub fn brief(card: &Card) -> String {
    let loss = card.exam.bits_per_byte.map_or(String::new(), |bits| format!(", {} bits per byte", format::fixed(bits.into(), 2)));
    format!("{} parameters, read {} tokens{loss}", format::amount(card.config.parameters()), format::amount(card.tokens))
}

/// What was refused or noted about models and storage; what is about training stands beside it.
fn said(desk: Desk) -> AnyView {
    let said = desk.message.get().filter(|(about, _)| !matches!(about, Subject::Training | Subject::Text));
    let Some((_, sentence)) = said else { return nothing() };
    view! {
        <p class="message note" role="status" data-testid="corpus-note">
            <span>{sentence}</span>
            {close(move || desk.message.set(None))}
        </p>
    }
    .into_any()
}
