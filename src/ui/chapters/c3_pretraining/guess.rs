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

/// The distances at which a point can be moved; between them the guess is straight on the chart's axis.
const STOPS: [f64; 8] = [1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 18.0, 25.0];

/// A share from 0 to 1 for each of the stops.
pub type Guess = [f64; STOPS.len()];

/// Before anything is drawn, in the middle of what there is above chance.
pub const FIRST: Guess = [0.75; STOPS.len()];

pub fn points(guess: &Guess) -> Vec<(f64, f64)> {
    STOPS.into_iter().zip(*guess).collect()
}

/// How far the guess is from what was measured, on the mean.
pub fn off(guess: &Guess, measured: &Series) -> Option<f64> {
    distance(&points(guess), &measured.points)
}

/// What lies over the chart while the visitor draws.
pub fn pad(guess: RwSignal<Guess>, lines: Memo<Lines>) -> AnyView {
    let place = move |x: f64| lines.with_untracked(|lines| lines.x.place(x));
    let follow = move |event: &PointerEvent| {
        let Some(pad) = event.current_target().and_then(|pad| pad.dyn_into::<Element>().ok()) else { return };
        let frame = pad.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0);
        let y = 1.0 - (f64::from(event.client_y()) - frame.top()) / frame.height().max(1.0);
        let far = |stop: &f64| (place(*stop) - x).abs();
        let nearest = STOPS.iter().enumerate().min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b)));
        if let Some((at, _)) = nearest {
            guess.update(|guess| guess[at] = y.clamp(0.0, 1.0));
        }
    };
    let path = words(move || {
        let guess = guess.get();
        let at =
            |(stop, share): (f64, f64)| [place(stop), 1.0 - share].map(|side| format::fixed(1000.0 * side, 0).replace(',', "")).join(" ");
        ["M", &points(&guess).into_iter().map(at).collect::<Vec<_>>().join("L")].concat()
    });
    let handles: Vec<AnyView> = (0..STOPS.len()).map(|at| handle(guess, at, place(STOPS[at]))).collect();
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

fn handle(guess: RwSignal<Guess>, at: usize, place: f64) -> AnyView {
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
            aria-label=format!("How often right, {} back", format::counted(STOPS[at] as u64, "word"))
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=words(move || format::fixed(100.0 * share(), 0))
            aria-valuetext=words(move || format::percent(share()))
            data-testid=format!("guess-{}", STOPS[at])
            style=words(move || format!("left:{}%;bottom:{}%", percent(place), percent(share())))
            on:keydown=key
        ></i>
    }
    .into_any()
}
