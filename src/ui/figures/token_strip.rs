//! A text as the tokens it was written in, tinted by surprise; each can be looked into.

use leptos::{ev::KeyboardEvent, html::Div, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use super::{surprise::level, visible};
use crate::protocol::WrittenToken;

/// `tokens` as they stream in. `shown` is the place that is looked into: it follows pointer and arrow keys until a click, tap or
/// Enter holds it in `held`.
#[component]
pub fn TokenStrip(tokens: RwSignal<Vec<WrittenToken>>, shown: RwSignal<Option<u32>>, held: RwSignal<bool>) -> AnyView {
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
        let Some(last) = tokens.with_untracked(|tokens| tokens.len() as u32).checked_sub(1) else { return };
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
        let chosen = place.and_then(|place| strip.children().item(place));
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
                each=move || 0..tokens.with(Vec::len)
                key=|place| *place
                children=move |place| tokens.with_untracked(|tokens| draw(&tokens[place], place))
            />
        </div>
    }
    .into_any()
}

fn draw(token: &WrittenToken, place: usize) -> AnyView {
    let tint = match token.probability {
        Some(p) if !token.prompt => level(-f64::from(p).log2()).to_string(),
        _ => String::new(),
    };
    let class = if token.prompt { "token prompt" } else { "token" };
    // What is only space has no name of its own for a screen reader.
    let name = token.text.trim().is_empty().then(|| visible(&token.text));
    view! {
        <span class=class id=format!("token-{place}") data-place=place.to_string() data-level=tint role="option" aria-selected="false" aria-label=name>
            {token.text.clone()}
        </span>
    }
    .into_any()
}

fn place_of(event: &Event) -> Option<u32> {
    let token = event.target()?.dyn_into::<Element>().ok()?.closest("[data-place]").ok()??;
    token.dyn_into::<HtmlElement>().ok()?.dataset().get("place")?.parse().ok()
}
