//! Light or dark: as the system has it, until the visitor says otherwise.

use leptos::prelude::*;

use super::{press, words};

const STORED: &str = "seven-steps-theme";

/// A button that turns the page to the other side of the day. `www/template.html` applies what is stored before the first paint.
#[component]
pub fn ThemeSwitch() -> AnyView {
    let dark = RwSignal::new(is_dark());
    let toggle = move || {
        dark.update(|dark| *dark = !*dark);
        let theme = if dark.get_untracked() { "dark" } else { "light" };
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", theme);
        }
        // Where storage is denied, the choice lasts until the page is left.
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item(STORED, theme);
        }
    };
    view! {
        <button type="button" class="quiet theme" data-testid="theme" aria-pressed=words(move || dark.get().to_string()) on:click=press(toggle)>
            <svg viewBox="0 0 20 20" aria-hidden="true">
                <circle cx="10" cy="10" r="7.5" fill="none" stroke="currentColor" stroke-width="1.5"/>
                <path d="M10 2.5a7.5 7.5 0 0 1 0 15z" fill="currentColor"/>
            </svg>
            <span class="hidden">"Dark colours"</span>
        </button>
    }
    .into_any()
}

fn is_dark() -> bool {
    let chosen = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some(theme) => theme == "dark",
        None => window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches()),
    }
}
