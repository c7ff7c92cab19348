//! What is kept in this browser stays there.

use std::sync::atomic::{AtomicBool, Ordering};

use leptos::prelude::window;

use crate::protocol::Event;

/// Asks the browser, once, not to clear what is kept here when its room runs short: when there is a run or a model for the first time.
pub fn keep_for_good(event: &Event) {
    static ASKED: AtomicBool = AtomicBool::new(false);
    let is_worth_it = match event {
        Event::Kept { runs } => !runs.is_empty(),
        Event::Shelf(own) => !own.is_empty(),
        _ => false,
    };
    if is_worth_it && !ASKED.swap(true, Ordering::Relaxed) {
        // Where it is not granted, or there is nothing to ask, all goes on as before.
        let _ = window().navigator().storage().persist();
    }
}
