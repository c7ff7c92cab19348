//! What changes on the page, in few types: each closure that a view takes as it is brings its own copy of the machinery that
//! draws it, and these bring one for all.

use leptos::{
    ev::{Event, MouseEvent},
    prelude::*,
};

type Draw = Box<dyn Fn() -> AnyView + Send>;
type Say = Box<dyn Fn() -> String + Send + Sync>;
type Test = Box<dyn Fn() -> bool + Send + Sync>;

/// A part of the page that is drawn anew when what it reads changes.
pub fn live(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    fn erased(draw: Draw) -> AnyView {
        draw.into_any()
    }
    erased(Box::new(draw))
}

/// A part of the page that is there while `shown` holds.
pub fn when(shown: impl Fn() -> bool + Send + Sync + 'static, draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    fn erased(shown: Test, draw: Draw) -> AnyView {
        let shown = Memo::new(move |_| shown());
        live(move || if shown.get() { draw() } else { nothing() })
    }
    erased(Box::new(shown), Box::new(draw))
}

/// Words that follow what they read.
pub fn words(say: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    fn erased(say: Say) -> Signal<String> {
        Signal::derive(say)
    }
    erased(Box::new(say))
}

/// A yes or no that follows what it reads.
pub fn flag(test: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    fn erased(test: Test) -> Signal<bool> {
        Signal::derive(test)
    }
    erased(Box::new(test))
}

/// Does something whenever what it reads changes.
pub fn follow(act: impl Fn() + 'static) {
    fn erased(act: Box<dyn Fn()>) {
        Effect::new(move |_| act());
    }
    erased(Box::new(act));
}

/// What a signal holds.
pub fn text_of(signal: RwSignal<String>) -> Signal<String> {
    signal.into()
}

pub fn nothing() -> AnyView {
    ().into_any()
}

/// For `on:click`.
pub fn press(mut act: impl FnMut() + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(move |_| act())
}

/// For `on:input` and `on:change` of a field: what it holds now.
pub fn typed(mut take: impl FnMut(String) + 'static) -> Box<dyn FnMut(Event)> {
    Box::new(move |event| take(event_target_value(&event)))
}

/// For `on:change` of a check box: whether it is ticked now.
pub fn ticked(mut take: impl FnMut(bool) + 'static) -> Box<dyn FnMut(Event)> {
    Box::new(move |event| take(event_target_checked(&event)))
}
