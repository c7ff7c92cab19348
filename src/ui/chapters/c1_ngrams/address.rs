//! The chapter's address: it follows the settings, and the settings follow it.

use leptos::{ev, prelude::*};

use super::desk::Desk;
use crate::ui::{
    address::{fragment, set_fragment},
    settings::{from_fragment, to_fragment},
};

/// Takes the settings from the address and keeps the two in step. What the address says that cannot be followed is noted in the
/// signal.
pub fn keep(desk: Desk) -> RwSignal<Vec<String>> {
    let notes = RwSignal::new(vec![]);
    let follow = move || {
        if let Some((settings, said)) = from_fragment(&fragment()) {
            desk.settings.set(settings);
            notes.set(said);
        }
    };
    follow();
    let say = move || {
        let wanted = to_fragment(&desk.settings.get());
        // The name of a place stays until there is something else to say.
        let says_a_place = wanted.is_empty() && !fragment().contains('=');
        if wanted != fragment() && !says_a_place {
            set_fragment(&wanted);
        }
    };
    Effect::new(move |_| say());
    let _ = window_event_listener(ev::hashchange, move |_| {
        follow();
        // The browser has gone to the place by now; a link that is shared should say what is seen there.
        untrack(say);
    });
    notes
}
