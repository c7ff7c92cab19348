//! Step 3: pretraining, in the places of `www/chapters/pretraining.html`.

mod answers;
mod attention;
mod bar;
mod law;
mod learning;
mod pieces;
mod plan;
mod runs;
mod valleys;
mod wall;

use leptos::prelude::*;

use super::{desk::Desk, place::put};
use crate::ui::controls::ThemeSwitch;

/// Puts the figures into the page.
pub fn mount() {
    // Nothing of its own to show: what the figures share lives in it as long as the page.
    mount_to_body(|| {
        let desk = Desk::open(plan::first_model());
        let plan = plan::keep(desk);
        let runs = runs::Runs::open(desk);
        put("theme", |_| view! { <ThemeSwitch/> }.into_any());
        put("corpus", move |_| bar::view(desk, plan));
        put("pieces", move |near| pieces::view(desk, near));
        put("attention", move |near| attention::view(desk, near));
        put("learning", move |near| learning::view(desk, plan, near));
        put("wall", move |near| wall::view(desk, near));
        put("law", move |near| law::view(runs, near));
        put("valleys", move |near| valleys::view(runs, near));
        put("answers", move |near| answers::view(desk, near));
    });
}
