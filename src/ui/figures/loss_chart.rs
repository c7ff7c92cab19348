//! The loss over a run, live: training as a band with its smoothed course, validation as points, both in bits per byte.

use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    html::Div,
    prelude::*,
};

use crate::ui::curves::{Along, Curves, axis};
use crate::{
    protocol::History,
    ui::{
        controls::{Choice, flag, live, nothing, ticked, when, words},
        format,
    },
};

/// The curves of `history`, with a readout under the pointer or the arrow keys, and the numbers as a table.
#[component]
pub fn LossChart(
    history: RwSignal<History>,
    /// Bits per byte of a blind guess.
    blind: Signal<f64>,
) -> AnyView {
    let view = View { history, along: RwSignal::new("steps".into()), log: RwSignal::new(false), cursor: RwSignal::new(None) };
    let View { along, log, .. } = view;
    view! {
        <figure class="chart" data-testid="loss-chart">
            <figcaption class="chart-head">
                <ul class="series">
                    <li class="train">"training"</li>
                    <li class="validation">"held-out text"</li>
                    <li class="unit">"bits per byte"</li>
                </ul>
                <Choice
                    name="chart-x"
                    label="Along the bottom"
                    options=vec![("steps", "steps"), ("tokens", "tokens"), ("time", "time")]
                    value=along.into()
                    on_choose=Callback::new(move |name| along.set(name))
                />
                <label class="check">
                    <input type="checkbox" data-testid="chart-log" prop:checked=flag(move || log.get()) on:change=ticked(move |on| log.set(on))/>
                    "logarithmic along the bottom"
                </label>
            </figcaption>
            {plot(view, blind)}
            <p class="readout" data-testid="chart-readout">{words(move || view.read().sentence)}</p>
            {table(history)}
        </figure>
    }
    .into_any()
}

/// What is looked at, and how.
#[derive(Clone, Copy)]
struct View {
    history: RwSignal<History>,
    /// [`Along`] by name.
    along: RwSignal<String>,
    log: RwSignal<bool>,
    /// Where the pointer is, from 0 at the left to 1000.
    cursor: RwSignal<Option<u32>>,
}

/// What stands at one place of the run.
#[derive(Default)]
struct Reading {
    sentence: String,
    /// Where it is, from 0 to 1, if the visitor points there.
    place: Option<f64>,
}

impl View {
    fn curves(&self) -> Curves {
        let along = self.along.with(|name| Along::named(name));
        self.history.with(|history| Curves::new(history, along, self.log.get()))
    }

    /// What stands under the cursor, or at the end of the run.
    fn read(&self) -> Reading {
        let along = self.along.with(|name| Along::named(name));
        let (log, cursor) = (self.log.get(), self.cursor.get());
        self.history.with(|history| {
            let x = axis(history, along, log);
            let value = cursor.map_or(x.to, |cursor| x.value(f64::from(cursor) / 1000.0));
            let after = history.steps.partition_point(|m| along.of_step(m) < value);
            let Some(metrics) = history.steps.get(after).or(history.steps.last()) else { return Reading::default() };
            let loss = |bits: f32| format::fixed(bits.into(), 3);
            let mut sentence = format!("Step {}: training {}", format::integer(metrics.step.into()), loss(metrics.bits_per_byte));
            if let Some(v) = history.validations.iter().rev().find(|v| v.step <= metrics.step) {
                sentence += &format!(", held-out text {}", loss(v.bits_per_byte));
                if v.step != metrics.step {
                    sentence += &format!(" (step {})", format::integer(v.step.into()));
                }
            }
            Reading { sentence: sentence + " bits per byte", place: cursor.map(|_| x.place(along.of_step(metrics))) }
        })
    }
}

/// The drawing and its crosshair. The drawing is stretched to its box; labels lie over it, so that they are not.
fn plot(view: View, blind: Signal<f64>) -> AnyView {
    let View { history, cursor, .. } = view;
    let node = NodeRef::<Div>::new();
    let follow = move |event: PointerEvent| {
        if let Some(plot) = node.get_untracked() {
            let frame = plot.get_bounding_client_rect();
            let place = (f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0);
            cursor.set(Some((place.clamp(0.0, 1.0) * 1000.0) as u32));
        }
    };
    let key = move |event: KeyboardEvent| {
        let at = cursor.get_untracked().unwrap_or(1000);
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => at.saturating_sub(10),
            "ArrowRight" | "ArrowUp" => at + 10,
            "PageDown" => at.saturating_sub(100),
            "PageUp" => at + 100,
            "Home" => 0,
            "End" => 1000,
            "Escape" => return cursor.set(None),
            _ => return,
        };
        event.prevent_default();
        cursor.set(Some(to.min(1000)));
    };
    let cross = move || match view.read().place {
        Some(place) => view! { <i class="cross" style=at("left", place)></i> }.into_any(),
        None => nothing(),
    };
    let empty = move || history.with(|history| history.steps.is_empty());
    view! {
        <div
            class="plot"
            node_ref=node
            role="slider"
            tabindex="0"
            aria-label="Loss over the run. Arrow keys read it."
            aria-valuemin="0"
            aria-valuemax="1000"
            aria-valuenow=words(move || cursor.get().unwrap_or(1000).to_string())
            aria-valuetext=words(move || view.read().sentence)
            on:pointermove=follow
            on:pointerdown=follow
            on:pointerleave=move |_| cursor.set(None)
            on:blur=move |_| cursor.set(None)
            on:keydown=key
        >
            {live(move || draw(view.curves()))}
            {live(cross)}
            {when(empty, move || view! {
                <p class="empty" data-testid="blind">
                    "The curve will appear here: how many bits the model still needs for each byte of text. Blind guessing needs about "
                    {words(move || format::significant(blind.get(), 2))}
                    "; less is better."
                </p>
            }.into_any())}
        </div>
    }
    .into_any()
}

fn draw(curves: Curves) -> AnyView {
    let Curves { paths, x_ticks, y_ticks } = curves;
    let path = |(class, path): (&'static str, String)| view! { <path class=class d=path vector-effect="non-scaling-stroke"/> }.into_any();
    let label = |class: &'static str, side: &'static str| {
        move |(place, label): (f64, String)| view! { <span class=class style=at(side, place)>{label}</span> }.into_any()
    };
    let paths: Vec<AnyView> = paths.into_iter().map(path).collect();
    let labels: Vec<AnyView> =
        x_ticks.into_iter().map(label("tick x", "left")).chain(y_ticks.into_iter().map(label("tick y", "bottom"))).collect();
    view! {
        <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">{paths}</svg>
        {labels}
    }
    .into_any()
}

fn at(side: &str, place: f64) -> String {
    format!("{side}:{}%", format::fixed(place * 100.0, 2))
}

/// The same numbers for those who do not see the curve; filled only while it is open.
fn table(history: RwSignal<History>) -> AnyView {
    let open = RwSignal::new(false);
    let row = |[step, train, validation]: [String; 3]| {
        view! { <tr><th scope="row">{step}</th><td>{train}</td><td>{validation}</td></tr> }.into_any()
    };
    let rows = move || {
        history.with(|history| {
            let loss = |bits: f32| format::fixed(bits.into(), 3);
            let train =
                |step| history.steps.binary_search_by_key(&step, |m| m.step).map_or("–".into(), |i| loss(history.steps[i].bits_per_byte));
            let every = history.validations.len().div_ceil(40).max(1);
            let shown = history.validations.iter().rev().step_by(every);
            let rows: Vec<AnyView> = shown.map(|v| row([format::integer(v.step.into()), train(v.step), loss(v.bits_per_byte)])).collect();
            rows.into_any()
        })
    };
    view! {
        <details class="numbers" data-testid="chart-table" on:toggle=move |event| open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>"As a table"</summary>
            {when(move || open.get(), move || view! {
                <table>
                    <caption>"Loss at each test on the held-out text, in bits per byte, latest first"</caption>
                    <thead><tr><th scope="col">"Step"</th><th scope="col">"Training"</th><th scope="col">"Held-out text"</th></tr></thead>
                    <tbody>{live(rows)}</tbody>
                </table>
            }.into_any())}
        </details>
    }
    .into_any()
}
