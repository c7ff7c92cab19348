//! Step 3: pretraining, in the places of `www/chapters/pretraining.html`.

use leptos::prelude::*;

use super::{desk::Desk, place::put};
use crate::{protocol::models::Which, ui::controls::ThemeSwitch};

/// Puts the figures into the page.
pub fn mount() {
    // Nothing of its own to show: what the figures share lives in it as long as the page.
    mount_to_body(|| {
        let _desk = Desk::open(Which::Baked("base".into()));
        put("theme", |_| view! { <ThemeSwitch/> }.into_any());
    });
}
