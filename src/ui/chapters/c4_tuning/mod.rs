//! Step 4: instruction tuning, in the places of `www/chapters/tuning.html`.

mod assistant;
mod demonstrations;
mod desk;
mod few;
mod hundredth;
mod lesson;
mod refusals;
mod sure;

use leptos::prelude::*;

use super::{model_bar, place::put};
use crate::ui::controls::{ThemeSwitch, nothing};

/// Puts the figures into the page.
pub fn mount() {
    // Nothing of its own to show: what the figures share lives in it as long as the page.
    mount_to_body(|| {
        let desk = desk::Desk::open(lesson::first_model());
        let lesson = lesson::Lesson::keep(desk);
        put("theme", |_| view! { <ThemeSwitch/> }.into_any());
        put("corpus", move |_| model_bar::view(desk.bar(lesson.notes), nothing()));
        put("demonstrations", move |near| demonstrations::view(lesson, near));
        put("assistant", move |near| assistant::view(lesson, near));
        put("few", move |near| few::view(desk, near));
        put("hundredth", move |near| hundredth::view(desk, near));
        put("refusals", move |near| refusals::view(desk, near));
        put("sure", move |near| sure::view(desk, near));
    });
}
