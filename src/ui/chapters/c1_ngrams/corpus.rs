//! What all figures share, at hand wherever one reads: the text, how it is cut, how far the model looks, and what it gives to the
//! unseen.

use leptos::{html::Button, prelude::*};

use super::{
    address,
    desk::Desk,
    frame::{Connection, trouble},
    smoothing::told,
    source,
    token::{plural, tokens_of},
};
use crate::{
    protocol::ngrams::{Built, MOST_ORDER, Smoothing, Unit},
    ui::{
        controls::{Choice, flag, live, noted, nothing, press, typed, words},
        format,
        settings::{method_name, method_named, unit_name, unit_named},
    },
};

pub fn view(desk: Desk) -> AnyView {
    let notes = address::keep(desk);
    // On a phone the settings fold away; the panel with the text does everywhere.
    let [unfolded, panel] = [RwSignal::new(false), RwSignal::new(false)];
    let button = NodeRef::<Button>::new();
    // A panel that closes would take the focus with it.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = panel.get();
        if let Some(button) = button.get_untracked().filter(|_| was_open == Some(true) && !is_open) {
            let _ = button.focus();
        }
        is_open
    });
    let name = words(move || name(desk));
    let expanded = |open: RwSignal<bool>| words(move || open.get().to_string());
    view! {
        <div class="desk-bar" class:unfolded=flag(move || unfolded.get()) data-testid="corpus">
            <div class="desk-line">
                <p class="desk-status" data-testid="corpus-status">
                    {status(desk, unfolded)}
                    <span role="status">{live(move || counts(desk))}</span>
                </p>
                <button
                    type="button"
                    class="quiet desk-fold"
                    data-testid="corpus-unfold"
                    aria-expanded=expanded(unfolded)
                    aria-controls="desk-settings"
                    on:click=press(move || unfolded.update(|open| *open = !*open))
                >
                    {words(move || if unfolded.get() { "Done" } else { "Change" }.into())}
                </button>
            </div>
            <div class="desk-settings" id="desk-settings">
                <button
                    type="button"
                    class="desk-text"
                    node_ref=button
                    data-testid="corpus-open"
                    aria-expanded=expanded(panel)
                    aria-controls="desk-panel"
                    on:click=press(move || panel.update(|open| *open = !*open))
                >
                    <span class="hidden">"Text: "</span>
                    <span class="desk-name" data-testid="text-name">{name}</span>
                </button>
                {unit(desk)}
                {window_boxes(desk)}
                {smoothing(desk)}
            </div>
            <div class="desk-panel" id="desk-panel" hidden=flag(move || !panel.get())>{source::view(desk, panel)}</div>
            {live(move || trouble(desk.connection.get(), desk.problem.get(), move || desk.start(), move || desk.dismiss()))}
            {live(move || noted(notes.get(), move || notes.set(vec![])))}
        </div>
    }
    .into_any()
}

/// Of the model from a file, or of the text.
fn name(desk: Desk) -> String {
    let imported = desk.built.with(|built| built.as_ref().and_then(|built| built.imported.clone()));
    imported.or_else(|| desk.text.with(|text| text.as_ref().map(|text| text.name.clone()))).unwrap_or_else(|| "The text".into())
}

/// What is being done; else, on a phone with the settings folded away, what these are.
fn status(desk: Desk, unfolded: RwSignal<bool>) -> AnyView {
    // Drawn once for all of the work, so that the button keeps the focus.
    let is_doing = Memo::new(move |_| desk.progress.with(Option::is_some));
    live(move || {
        if desk.connection.with(|connection| *connection == Connection::Starting) {
            return view! { <span>"Starting…"</span> }.into_any();
        }
        if !is_doing.get() {
            let brief = words(move || format!(" in {}, N\u{a0}=\u{a0}{}", plural(desk.unit()), desk.order()));
            return view! { <span class="desk-brief" hidden=flag(move || unfolded.get())><b>{name(desk)}</b>{brief}</span> }.into_any();
        }
        let done =
            words(move || desk.progress.with(|now| now.as_ref().map_or(0, |(_, done)| (done.clamp(0.0, 1.0) * 100.0) as u32)).to_string());
        let what = words(move || desk.progress.with(|now| now.as_ref().map_or(String::new(), |(what, _)| what.clone())));
        view! {
            <span class="desk-doing">
                <span>{what}</span>
                <progress max="100" value=done aria-label=what></progress>
                <button type="button" class="quiet" data-testid="corpus-cancel" on:click=press(move || desk.cancel())>"Cancel"</button>
            </span>
        }
        .into_any()
    })
}

/// What was counted, said aloud when that is over.
fn counts(desk: Desk) -> AnyView {
    if desk.progress.with(Option::is_some) || desk.connection.with(|connection| *connection == Connection::Starting) {
        return nothing();
    }
    let order = desk.chosen().0;
    desk.built.with(|built| built.as_ref().map_or_else(nothing, |built| counted(built, order)))
}

fn counted(built: &Built, order: u32) -> AnyView {
    let different = built.ngrams.get(order.saturating_sub(1) as usize).copied().unwrap_or_default();
    let runs = if order > 1 { format!(", {} different runs of {order}", format::amount(different)) } else { String::new() };
    let kinds = format::integer(built.vocabulary.into());
    if let Some(name) = &built.imported {
        let said = format!("A model from {name}: {kinds} different {}{runs}", plural(built.setup.unit));
        return view! { <span class="desk-counted" data-testid="counted">{said}</span> }.into_any();
    }
    let tokens = format::amount(built.tokens);
    let seconds = format::fixed(built.seconds.into(), 1);
    view! {
        <span class="desk-counted" data-testid="counted">
            <b>{tokens}</b>
            {format!(" {} counted in {seconds} s: {kinds} different ones{runs}", tokens_of(built.setup.unit))}
        </span>
    }
    .into_any()
}

fn unit(desk: Desk) -> AnyView {
    let value = words(move || unit_name(desk.settings.get().unit).into());
    let choose = Callback::new(move |name: String| {
        if let Some(unit) = unit_named(&name) {
            desk.settings.update(|settings| settings.unit = unit);
        }
    });
    let names = [Unit::Word, Unit::Piece, Unit::Character].map(|unit| (unit_name(unit), plural(unit)));
    view! {
        <fieldset class="desk-part" disabled=flag(move || is_imported(desk))>
            <span class="desk-label">"cut into"</span>
            <Choice name="unit" label="What the text is cut into" options=names.to_vec() value on_choose=choose/>
        </fieldset>
    }
    .into_any()
}

/// N as boxes: the words that the model sees, and the one that it guesses. The n-th box from the right makes it look that far.
fn window_boxes(desk: Desk) -> AnyView {
    let order = Memo::new(move |_| desk.order());
    let only = move || desk.built.with(|built| built.as_ref().filter(|built| built.imported.is_some()).map(|built| built.setup.order));
    let says = words(move || match order.get() {
        1 => "no word before".into(),
        2 => "1 word before".into(),
        n => format!("{} words before", n - 1),
    });
    let place = move |n: u32| {
        let label = match n {
            1 => "N = 1: looks at nothing before".into(),
            2 => "N = 2: looks at 1 before".into(),
            n => format!("N = {n}: looks at {} before", n - 1),
        };
        view! {
            <label class="place" class:seen=flag(move || n <= order.get() && n > 1) class:guessed=n == 1>
                <input
                    type="radio"
                    name="order"
                    value=n.to_string()
                    data-testid=format!("order-{n}")
                    aria-label=label
                    disabled=flag(move || only().is_some_and(|only| n != only))
                    prop:checked=flag(move || order.get() == n)
                    on:change=typed(move |_| desk.settings.update(|settings| settings.order = n))
                />
                <span aria-hidden="true">{if n == 1 { "?" } else { "" }}</span>
            </label>
        }
        .into_any()
    };
    let places: Vec<AnyView> = (1..=MOST_ORDER).rev().map(place).collect();
    view! {
        <div class="desk-part">
            <span class="desk-label">"looks at"</span>
            <div class="places" role="radiogroup" aria-label="N: how far the model looks">{places}</div>
            <span class="desk-order"><b data-testid="order">{words(move || format!("N = {}", order.get()))}</b><span class="desk-words">{says}</span></span>
        </div>
    }
    .into_any()
}

fn smoothing(desk: Desk) -> AnyView {
    let option = move |method: Smoothing| {
        let chosen = flag(move || desk.settings.get().smoothing == method);
        view! { <option value=method_name(method) prop:selected=chosen>{[told(method)[0], " (", told(method)[2], ")"].concat()}</option> }
            .into_any()
    };
    let options: Vec<AnyView> = Smoothing::ALL.into_iter().map(option).collect();
    let choose = move |name: String| {
        if let Some(smoothing) = method_named(&name) {
            desk.settings.update(|settings| settings.smoothing = smoothing);
        }
    };
    view! {
        <label class="desk-part desk-unseen">
            <span class="desk-label">"for the unseen"</span>
            <select data-testid="smoothing" disabled=flag(move || is_imported(desk)) on:change=typed(choose)>{options}</select>
        </label>
    }
    .into_any()
}

/// A model from a file is as it is.
pub fn is_imported(desk: Desk) -> bool {
    desk.built.with(|built| built.as_ref().is_some_and(|built| built.imported.is_some()))
}
