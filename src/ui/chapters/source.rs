//! Which text a chapter reads: the choice that all of them offer.

use leptos::prelude::*;

use crate::{
    protocol::TextSummary,
    ui::{
        controls::{Choice, DropZone, Give, SOURCES, live, nothing, own_text, press, said},
        format,
    },
};

/// The built-in world, taken by `take_world`, or a text of the visitor's. `is_own` says whether what stands is the latter.
/// `sizes` are the words of the built-in world that are offered.
pub fn choice_of_text(is_own: Signal<bool>, sizes: &'static [u32], take_world: Callback<u32>, give: Give) -> AnyView {
    let source = RwSignal::new("starter".to_string());
    // Only looked at when chosen: arrow keys pass it, and it takes the place of the visitor's text.
    let built_in = move || match source.with(|source| source == "starter") {
        true => {
            let button = |&words: &u32| {
                let label = format!("Take {} words of it", format::amount(words.into()));
                let take = press(move || take_world.run(words));
                view! { <button type="button" data-testid=format!("take-{words}") on:click=take>{label}</button> }.into_any()
            };
            view! { <p class="row">{sizes.iter().map(button).collect::<Vec<_>>()}</p> }.into_any()
        }
        false => nothing(),
    };
    // The worker may have kept a text from last time, or from another page.
    Effect::new(move |_| {
        if is_own.get() && source.with_untracked(|source| source == "starter") {
            source.set("files".into());
        }
    });
    view! {
        <DropZone give/>
        <h2 class="desk-title">"What it reads"</h2>
        <Choice name="source" label="Where the text comes from" options=SOURCES.to_vec() value=source.into() on_choose=Callback::new(move |name| source.set(name))/>
        {live(built_in)}
        // Another text takes the place of the one that is being read.
        {own_text(source.into(), give, || false)}
    }
    .into_any()
}

/// A text's size and opening.
pub fn summary(text: TextSummary) -> AnyView {
    let size = [format::counted(text.words, "word"), format::counted(text.characters, "character"), format::bytes(text.bytes)].join(", ");
    view! {
        <p class="help">"What is read now:"</p>
        <p class="figure" data-testid="text-size">{size}</p>
        <blockquote data-testid="text-opening">{text.opening}</blockquote>
        {said(text.notes)}
    }
    .into_any()
}
