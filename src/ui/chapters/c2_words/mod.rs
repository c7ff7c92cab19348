//! Step 2: word vectors, in the places of `www/chapters/words.html`.

mod bar;
mod canvas;
mod company;
mod desk;
mod map;
mod one_hot;
mod order;
mod parts;
mod senses;
mod setup;
mod sum;
mod tested;

use leptos::prelude::*;

use self::desk::Desk;
use super::{
    frame,
    place::put,
    replies::{self, Standing},
    service,
};
use crate::{protocol::words::Answer, ui::controls::ThemeSwitch};

type Replies = replies::Replies<Answer>;

/// Puts the figures into the page.
pub fn mount() {
    // Nothing of its own to show: what the figures share lives in it as long as the page.
    mount_to_body(|| {
        let (setup, notes) = setup::from_address();
        let desk = Desk::open(setup);
        put("theme", |_| view! { <ThemeSwitch/> }.into_any());
        put("corpus", move |_| bar::view(desk, notes));
        put("onehot", move |near| one_hot::view(desk, near));
        put("company", move |near| company::view(desk, near));
        put("map", move |near| map::view(desk, near));
        put("sum", move |near| sum::view(desk, near));
        put("test", move |_| tested::view(desk));
        put("senses", move |near| senses::view(desk, near));
        put("order", move |near| order::view(desk, near));
    });
}
