//! The chapter's text and settings.

use leptos::prelude::*;

use super::desk::Desk;
use crate::ui::controls::words;

pub fn view(desk: Desk) -> AnyView {
    let name = words(move || desk.text.with(|text| text.as_ref().map_or(String::new(), |text| text.name.clone())));
    view! { <p data-testid="text-name">{name}</p> }.into_any()
}
