//! What the figures of a chapter on models share, at hand wherever one reads: the model that they ask, and the shelf.

use leptos::{html::Button, prelude::*};

use super::frame::{Connection, trouble};
use crate::{
    protocol::models::{Card, Entry, Which},
    ui::{
        controls::{close, flag, live, noted, nothing, press, typed, words},
        format,
        model_settings::which,
        shelf::{self, Shelf},
    },
};

const RUN: &str = "run";

/// What the bar of a chapter shows; copied freely.
#[derive(Clone, Copy)]
pub struct ModelBar {
    /// What stands before the choice of the model, and on the button that opens the panel.
    pub asks: &'static str,
    pub label: &'static str,
    pub shelf: Shelf,
    pub entries: RwSignal<Vec<Entry>>,
    pub model: RwSignal<Which>,
    /// What the address said that could not be followed.
    pub notes: RwSignal<Vec<String>>,
    pub connection: RwSignal<Connection>,
    pub progress: RwSignal<Option<(String, f32)>>,
    pub problem: RwSignal<Option<String>>,
    pub restart: Callback<()>,
    /// What is said of the model in training, if there is one.
    pub run: Signal<Option<String>>,
    /// What was refused or noted about models and storage.
    pub message: Signal<Option<String>>,
    pub dismiss: Callback<()>,
}

/// The bar; `beside` stands beside the shelf in the panel.
pub fn view(bar: ModelBar, beside: AnyView) -> AnyView {
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
    check_model(bar);
    view! {
        <div class="desk-bar unfolded model-bar" data-testid="corpus" on:keydown=move |event| if event.key() == "Escape" && !event.is_composing() { panel.set(false) }>
            <div class="model-line">
                <label class="desk-part">
                    <span class="desk-label">{bar.asks}</span>
                    {live(move || models(bar))}
                </label>
                <p class="desk-status" data-testid="corpus-status">{live(move || status(bar))}</p>
                <button
                    type="button"
                    class="quiet desk-text"
                    node_ref=button
                    data-testid="corpus-open"
                    aria-expanded=words(move || panel.get().to_string())
                    aria-controls="desk-panel"
                    on:click=press(move || panel.update(|open| *open = !*open))
                >
                    {bar.label}
                </button>
            </div>
            <div class="desk-panel" id="desk-panel" hidden=flag(move || !panel.get())>
                <div class="desk-own">
                    <h2 class="desk-title">"Models"</h2>
                    {shelf::view(bar.shelf)}
                </div>
                <div class="desk-away">{beside}</div>
            </div>
            {live(move || trouble(bar.connection.get(), bar.problem.get(), move || bar.restart.run(()), move || bar.problem.set(None)))}
            {live(move || noted(bar.notes.get(), move || bar.notes.set(vec![])))}
            {live(move || said(bar))}
        </div>
    }
    .into_any()
}

/// An address may name a model that is not here.
fn check_model(bar: ModelBar) {
    Effect::new(move |_| {
        let model = bar.model.get();
        let first = bar.entries.with(|entries| {
            let is_here = entries.is_empty() || model == Which::Run || entries.iter().any(|entry| entry.which == model);
            if is_here { None } else { entries.first().map(|entry| (entry.which.clone(), entry.card.name.clone())) }
        });
        if let Some((first, name)) = first {
            let note = format!("The model that was asked is not in this browser: the figures ask “{name}” instead.");
            bar.notes.update(|notes| notes.push(note));
            bar.model.set(first);
        }
    });
}

fn models(bar: ModelBar) -> AnyView {
    let key = |which: &Which| match which {
        Which::Baked(name) | Which::Own(name) => name.clone(),
        Which::Run => RUN.into(),
    };
    let has_run = Memo::new(move |_| bar.run.with(Option::is_some));
    let option = move |value: String, label: String| {
        let here = value.clone();
        view! { <option value=value prop:selected=flag(move || key(&bar.model.get()) == here)>{label}</option> }.into_any()
    };
    let group = |label: &'static str, options: Vec<AnyView>| match options.is_empty() {
        true => nothing(),
        false => view! { <optgroup label=label>{options}</optgroup> }.into_any(),
    };
    let (baked, own) = bar.entries.with(|entries| {
        let (baked, own): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| matches!(entry.which, Which::Baked(_)));
        let options = |entries: Vec<_>| -> Vec<AnyView> {
            entries.into_iter().map(|entry: &Entry| option(key(&entry.which), entry.card.name.clone())).collect()
        };
        (options(baked), options(own))
    });
    let run = if has_run.get() { vec![option(RUN.into(), "the model in training".into())] } else { vec![] };
    let choose = move |name: String| bar.model.set(if name == RUN { Which::Run } else { which(&name) });
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
fn status(bar: ModelBar) -> AnyView {
    if bar.connection.with(|connection| *connection == Connection::Starting) {
        return view! { <span>"Starting…"</span> }.into_any();
    }
    if let Some((what, done)) = bar.progress.get() {
        let done = ((done.clamp(0.0, 1.0) * 100.0) as u32).to_string();
        return view! { <span class="desk-doing"><span>{what.clone()}</span><progress max="100" value=done aria-label=what></progress></span> }
            .into_any();
    }
    let model = bar.model.get();
    let said = bar.entries.with(|entries| entries.iter().find(|entry| entry.which == model).map(|entry| brief(&entry.card)));
    view! { <span data-testid="model-said">{said.unwrap_or_else(|| bar.run.get().unwrap_or_default())}</span> }.into_any()
}

/// A model's size, what it read, and how well it guesses.
fn brief(card: &Card) -> String {
    let loss = card.exam.bits_per_byte.map_or(String::new(), |bits| format!(", {} bits per byte", format::fixed(bits.into(), 2)));
    format!("{} parameters, read {} tokens{loss}", format::amount(card.config.parameters()), format::amount(card.tokens))
}

fn said(bar: ModelBar) -> AnyView {
    let Some(sentence) = bar.message.get() else { return nothing() };
    view! {
        <p class="message note" role="status" data-testid="corpus-note">
            <span>{sentence}</span>
            {close(move || bar.dismiss.run(()))}
        </p>
    }
    .into_any()
}
