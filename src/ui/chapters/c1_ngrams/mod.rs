//! Step 1: n-grams and hidden Markov models, in the places of `www/chapters/ngrams.html`.

mod address;
mod corpus;
mod desk;
mod dice;
mod explosion;
mod hidden;
mod score;
mod smoothing;
mod source;
mod states;
mod table;
mod token;
mod wall;
mod writing;

use leptos::prelude::*;

use self::desk::Desk;
use super::{
    frame,
    place::put,
    replies::{self, Standing},
    service,
};
use crate::protocol::ngrams::Answer;
use crate::ui::controls::ThemeSwitch;

type Replies = replies::Replies<Answer>;

/// Puts the figures into the page.
pub fn mount() {
    // Nothing of its own to show: what the figures share lives in it as long as the page.
    mount_to_body(|| {
        let desk = Desk::open();
        put("theme", |_| view! { <ThemeSwitch/> }.into_any());
        put("corpus", move |_| corpus::view(desk));
        put("table", move |near| table::view(desk, near));
        put("writing", move |near| writing::view(desk, near));
        put("wall", move |near| wall::view(desk, near));
        put("explosion", move |near| explosion::view(desk, near));
        put("smoothing", move |near| smoothing::view(desk, near));
        put("hidden", move |near| hidden::view(desk, near));
        put("score", move |near| score::view(desk, near));
    });
}
