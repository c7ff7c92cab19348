//! Places in a chapter's page, and the figures that are put there.

use js_sys::Array;
use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// Draws `figure` into the place that the page marks with `data-figure="name"`, if it has one that is shown; what the place held
/// before, a word on what will be there, goes. `figure` is given whether the place is, or is about to be, on the screen: nothing
/// need be computed before.
pub fn put(name: &str, figure: impl FnOnce(Signal<bool>) -> AnyView + 'static) {
    mount(name, Box::new(figure));
}

fn mount(name: &str, figure: Box<dyn FnOnce(Signal<bool>) -> AnyView>) {
    let found = document().query_selector(&format!("[data-figure='{name}']")).ok().flatten();
    let Some(place) = found.map(|place| place.unchecked_into::<HtmlElement>()).filter(|_| is_wanted(name)) else { return };
    place.set_inner_html("");
    let near = nearness(&place);
    // For as long as the page is there.
    mount_to(place, move || figure(near)).forget();
}

/// The one figure that is shown alone, if one is.
pub fn alone() -> Option<String> {
    document().document_element().and_then(|root| root.get_attribute("data-alone"))
}

/// The choice of a text stands beside any figure.
fn is_wanted(name: &str) -> bool {
    alone().is_none_or(|only| only == name || name == "corpus")
}

/// Whether an element was on the screen, or about to be.
fn nearness(element: &HtmlElement) -> Signal<bool> {
    let near = RwSignal::new(false);
    let look = Closure::<dyn Fn(Array, IntersectionObserver)>::new(move |entries: Array, observer: IntersectionObserver| {
        if entries.iter().any(|entry| entry.unchecked_into::<IntersectionObserverEntry>().is_intersecting()) {
            near.set(true);
            observer.disconnect();
        }
    });
    let options = IntersectionObserverInit::new();
    options.set_root_margin("50%");
    match IntersectionObserver::new_with_options(look.as_ref().unchecked_ref(), &options) {
        Ok(observer) => observer.observe(element),
        Err(_) => near.set(true),
    }
    look.forget();
    near.into()
}
