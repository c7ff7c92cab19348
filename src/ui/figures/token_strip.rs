//! A text as the tokens it was written in, tinted by surprise; each can be looked into.

use leptos::{ev::KeyboardEvent, html::Div, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use super::{surprise::level, visible};
use crate::protocol::WrittenToken;

/// `tokens` as they stream in. `shown` is the place that is looked into: it follows pointer and arrow keys until a click, tap or
/// Enter holds it in `held`. A new `generation` draws anew.
#[component]
pub fn TokenStrip(
    #[prop(into)] tokens: Signal<Vec<WrittenToken>>,
    #[prop(into)] generation: Signal<u32>,
    shown: RwSignal<Option<usize>>,
    held: RwSignal<bool>,
) -> AnyView {
    let node = NodeRef::<Div>::new();
    let look = move |event: Event, hold: bool| {
        let Some(place) = place_of(&event) else { return };
        if hold {
            held.set(!(held.get_untracked() && shown.get_untracked() == Some(place)));
        }
        if hold || !held.get_untracked() {
            shown.set(Some(place));
        }
    };
    let key = move |event: KeyboardEvent| {
        let Some(last) = tokens.with_untracked(Vec::len).checked_sub(1) else { return };
        let at = shown.get_untracked().unwrap_or(0).min(last);
        let (place, hold) = match event.key().as_str() {
            "ArrowLeft" | "ArrowUp" => (at.saturating_sub(1), held.get_untracked()),
            "ArrowRight" | "ArrowDown" => ((at + 1).min(last), held.get_untracked()),
            "Home" => (0, held.get_untracked()),
            "End" => (last, held.get_untracked()),
            "Enter" | " " => (at, !held.get_untracked()),
            "Escape" => (at, false),
            _ => return,
        };
        event.prevent_default();
        held.set(hold);
        shown.set(Some(place));
    };
    // Marked by hand: a reactive class on each of thousands of tokens would run them all at every move.
    Effect::new(move |_| {
        let Some(strip) = node.get() else { return };
        let (place, held) = (shown.get(), held.get());
        if let Ok(Some(before)) = strip.query_selector("[aria-selected=true]") {
            let _ = before.set_attribute("aria-selected", "false");
            before.class_list().remove_1("held").ok();
        }
        let chosen = place.and_then(|place| strip.children().item(place as u32));
        if let Some(chosen) = &chosen {
            let _ = chosen.set_attribute("aria-selected", "true");
            if held {
                chosen.class_list().add_1("held").ok();
            }
        }
        let id = chosen.map_or(String::new(), |chosen| chosen.id());
        let _ = strip.set_attribute("aria-activedescendant", &id);
    });
    view! {
        <div
            class="strip"
            node_ref=node
            role="listbox"
            tabindex="0"
            aria-label="Written text, token by token. Arrow keys move, Enter holds."
            data-testid="tokens"
            on:pointerover=move |event| if event.pointer_type() == "mouse" { look(event.into(), false) }
            on:click=move |event| look(event.into(), true)
            on:keydown=key
        >
            <For
                each=move || { let generation = generation.get(); (0..tokens.with(Vec::len)).map(move |i| (generation, i)) }
                key=|place| *place
                children=move |(_, i)| tokens.with_untracked(|tokens| tokens.get(i).map(|token| draw(token, i)))
            />
        </div>
    }
    .into_any()
}

fn draw(token: &WrittenToken, place: usize) -> AnyView {
    let tint = token.probability.filter(|_| !token.prompt).map(|p| level(f64::from(p)));
    // What is only space has no name of its own for a screen reader.
    let name = token.text.trim().is_empty().then(|| visible(&token.text));
    view! {
        <span class="token" class:prompt=token.prompt id=format!("token-{place}") data-place=place data-level=tint role="option" aria-selected="false" aria-label=name>
            {token.text.clone()}
        </span>
    }
    .into_any()
}

fn place_of(event: &Event) -> Option<usize> {
    let token = event.target()?.dyn_into::<Element>().ok()?.closest("[data-place]").ok()??;
    token.dyn_into::<HtmlElement>().ok()?.dataset().get("place")?.parse().ok()
}
