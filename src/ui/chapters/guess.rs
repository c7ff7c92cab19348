//! A guess of a curve, drawn by the visitor: a few points that are dragged up and down.

use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::ui::{
    controls::words,
    crossings::distance,
    format,
    lines::{Lines, Series},
};

/// Where a guess can be moved.
#[derive(Clone, Copy)]
pub struct Scale {
    /// The x at which there is a point; between them the guess is straight on the chart's axis.
    pub stops: &'static [f64],
    /// Where all points lie before anything is drawn.
    pub first: f64,
    /// What a point says, for those who do not see it.
    pub label: fn(f64) -> String,
}

/// A share from 0 to 1 for each of the stops.
pub type Guess = Vec<f64>;

impl Scale {
    pub fn first(&self) -> Guess {
        vec![self.first; self.stops.len()]
    }

    pub fn points(&self, guess: &Guess) -> Vec<(f64, f64)> {
        self.stops.iter().copied().zip(guess.iter().copied()).collect()
    }

    /// How far the guess is from what was measured, on the mean.
    pub fn off(&self, guess: &Guess, measured: &Series) -> Option<f64> {
        distance(&self.points(guess), &measured.points)
    }
}

/// What lies over the chart while the visitor draws.
pub fn pad(scale: Scale, guess: RwSignal<Guess>, lines: Memo<Lines>) -> AnyView {
    let place = move |x: f64| lines.with_untracked(|lines| lines.x.place(x));
    let follow = move |event: &PointerEvent| {
        let Some(pad) = event.current_target().and_then(|pad| pad.dyn_into::<Element>().ok()) else { return };
        let frame = pad.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0);
        let y = 1.0 - (f64::from(event.client_y()) - frame.top()) / frame.height().max(1.0);
        let far = |stop: &f64| (place(*stop) - x).abs();
        let nearest = scale.stops.iter().enumerate().min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b)));
        if let Some((at, _)) = nearest {
            guess.update(|guess| guess[at] = y.clamp(0.0, 1.0));
        }
    };
    let path = words(move || {
        let guess = guess.get();
        let at =
            |(stop, share): (f64, f64)| [place(stop), 1.0 - share].map(|side| format::fixed(1000.0 * side, 0).replace(',', "")).join(" ");
        ["M", &scale.points(&guess).into_iter().map(at).collect::<Vec<_>>().join("L")].concat()
    });
    let handles: Vec<AnyView> = (0..scale.stops.len()).map(|at| handle(scale, guess, at, place(scale.stops[at]))).collect();
    view! {
        <div
            class="guess-pad"
            data-testid="guess-pad"
            on:pointerdown=move |event| follow(&event)
            on:pointermove=move |event| if event.buttons() != 0 { follow(&event) }
        >
            <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true"><path class="guess-line" d=path vector-effect="non-scaling-stroke"/></svg>
            {handles}
        </div>
    }
    .into_any()
}

fn handle(scale: Scale, guess: RwSignal<Guess>, at: usize, place: f64) -> AnyView {
    let share = move || guess.with(|guess| guess[at]);
    let key = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowUp" | "ArrowRight" => 0.02,
            "ArrowDown" | "ArrowLeft" => -0.02,
            "PageUp" => 0.1,
            "PageDown" => -0.1,
            "Home" => -1.0,
            "End" => 1.0,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        guess.update(|guess| guess[at] = (guess[at] + by).clamp(0.0, 1.0));
    };
    let percent = move |x: f64| format::fixed(100.0 * x, 1);
    view! {
        <i
            class="guess-point"
            role="slider"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=(scale.label)(scale.stops[at])
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=words(move || format::fixed(100.0 * share(), 0))
            aria-valuetext=words(move || format::percent(share()))
            data-testid=format!("guess-{}", format::fixed(scale.stops[at], 0))
            style=words(move || format!("left:{}%;bottom:{}%", percent(place), percent(share())))
            on:keydown=key
        ></i>
    }
    .into_any()
}
