//! Step 1: n-grams and hidden Markov models, in the places of `www/ngrams.html`.

mod corpus;
mod desk;

use leptos::prelude::*;

use self::desk::Desk;
use super::place::put;
use crate::ui::controls::ThemeSwitch;

/// Puts the figures into the page.
pub fn mount() {
    // What the figures share lives as long as the page.
    let owner = Owner::new();
    owner.set();
    let desk = Desk::open();
    put("theme", |_| view! { <ThemeSwitch/> }.into_any());
    put("corpus", move |_| corpus::view(desk));
    std::mem::forget(owner);
}
