//! What the run reads just now: the next piece is hidden, then shown, and that is all the teaching there is.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use super::super::super::desk::Desk;
use crate::ui::controls::{live, nothing};

/// Milliseconds for a piece.
const BEAT: u32 = 350;
/// Pieces that stand there at the beginning.
const FIRST: usize = 6;

pub fn view(desk: Desk) -> AnyView {
    let tokens = RwSignal::new(desk.reading.get_untracked());
    let shown = RwSignal::new(FIRST);
    // What is read changes ten times a second; one passage is read to its end before the next.
    let advance = move || {
        if shown.get_untracked() < tokens.with_untracked(Vec::len) {
            shown.update(|shown| *shown += 1);
        } else {
            tokens.set(desk.reading.get_untracked());
            shown.set(FIRST);
        }
    };
    let is_still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches());
    let beat = StoredValue::new_local((!is_still).then(|| Interval::new(BEAT, advance)));
    on_cleanup(move || beat.dispose());
    if is_still {
        // Once there is a passage, it stands.
        Effect::new(move |_| {
            if tokens.with_untracked(Vec::is_empty) {
                tokens.set(desk.reading.get());
            }
        });
    }
    let passage = move || {
        tokens.with(|tokens| {
            let (before, rest) = tokens.split_at(shown.get().min(tokens.len()));
            let hidden = rest.first().map_or_else(nothing, |_| view! { <b class="hidden-piece">"?"</b> }.into_any());
            let (last, before) =
                before.split_last().map_or_else(|| (String::new(), String::new()), |(last, before)| (last.clone(), before.concat()));
            view! { {before} <mark>{last}</mark> {hidden} }.into_any()
        })
    };
    view! {
        <div class="reads" data-testid="reading">
            <p class="help">"It reads this just now. The text itself is the answer: it guesses the piece behind the “?”, and then it is shown."</p>
            <blockquote aria-hidden="true">{live(passage)}</blockquote>
        </div>
    }
    .into_any()
}
