//! The bar of the chapter: the model that the figures ask, and a text of the visitor's for a run of their own.

use js_sys::Array;
use leptos::prelude::*;

use super::{
    super::{desk::Desk, model_bar, source::summary},
    plan::Plan,
};
use crate::{
    protocol::TextSource,
    spec::TextChoice,
    ui::controls::{Choice, DropZone, Give, SOURCES, live, own_text},
};

pub fn view(desk: Desk, plan: Plan) -> AnyView {
    model_bar::view(desk.bar(plan.notes), text(desk, plan))
}

/// What a run of the visitor's may read.
fn text(desk: Desk, plan: Plan) -> AnyView {
    let source = RwSignal::new("starter".to_string());
    let give = Give::new(move |(text, files): (TextSource, Array)| desk.give(text, &files));
    // What was given is what is meant to be read.
    Effect::new(move |_| {
        if desk.text.with(|text| text.as_ref().is_some_and(|text| text.choice == TextChoice::Own)) {
            plan.spec.update(|spec| spec.text = TextChoice::Own);
            source.update(|source| {
                if source == "starter" {
                    *source = "files".into();
                }
            });
        }
    });
    let choose = Callback::new(move |name: String| {
        if name == "starter" {
            plan.spec.update(|spec| spec.text = TextChoice::World);
        }
        source.set(name);
    });
    let own = move || match desk.text.get().filter(|text| text.choice == TextChoice::Own) {
        Some(text) => summary(text),
        None => view! { <p class="help">"The built-in world is told without end, as much as the run reads."</p> }.into_any(),
    };
    view! {
        <DropZone give/>
        <h2 class="desk-title">"What your own model reads"</h2>
        <Choice name="source" label="Where the text comes from" options=SOURCES.to_vec() value=source.into() on_choose=choose/>
        {own_text(source.into(), give, || false)}
        {live(own)}
    }
    .into_any()
}
