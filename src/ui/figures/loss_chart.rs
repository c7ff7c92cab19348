//! The loss over a run, live: training as a band with its smoothed course, validation as points, both in bits per byte.

use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    html::Div,
    prelude::*,
};

use crate::{
    protocol::{History, StepMetrics},
    ui::{
        controls::Choice,
        format,
        plot::{Axis, columns, smooth},
    },
};

/// What is along the bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Along {
    Steps,
    Tokens,
    Time,
}

impl Along {
    fn named(name: &str) -> Self {
        match name {
            "tokens" => Self::Tokens,
            "time" => Self::Time,
            _ => Self::Steps,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Tokens => "tokens",
            Self::Time => "time",
        }
    }

    fn of(self, step: u32, tokens: u64, seconds: f32) -> f64 {
        match self {
            Self::Steps => f64::from(step),
            Self::Tokens => tokens as f64,
            Self::Time => f64::from(seconds),
        }
    }

    fn of_step(self, metrics: &StepMetrics) -> f64 {
        self.of(metrics.step, metrics.tokens, metrics.seconds)
    }

    fn label(self, x: f64) -> String {
        match self {
            Self::Steps => format::integer(x.round() as u64),
            Self::Tokens => format::prefixed(x, "").trim_end().into(),
            Self::Time => format::duration(x),
        }
    }
}

/// The curves of `history`, with a readout under the pointer or the arrow keys, and the numbers as a table.
#[component]
pub fn LossChart(#[prop(into)] history: Signal<History>) -> AnyView {
    let along = RwSignal::new(Along::Steps);
    let log = RwSignal::new(false);
    let cursor = RwSignal::new(None::<f64>);
    let drawing = Memo::new(move |_| history.with(|history| Drawing::new(history, along.get(), log.get())));
    let readout = Memo::new(move |_| history.with(|history| drawing.with(|drawing| read(history, drawing, cursor.get()))));
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
                    value=Signal::derive(move || along.get().name().to_string())
                    on_choose=Callback::new(move |name: String| along.set(Along::named(&name)))
                />
                <label class="check">
                    <input type="checkbox" data-testid="chart-log" prop:checked=log on:change=move |event| log.set(event_target_checked(&event))/>
                    "logarithmic"
                </label>
            </figcaption>
            <Plot drawing cursor readout/>
            <p class="readout" data-testid="chart-readout">{move || readout.with(|readout| readout.sentence.clone())}</p>
            <Table history/>
        </figure>
    }
    .into_any()
}

/// The drawing and its crosshair. The drawing is stretched to its box; labels lie over it, so that they are not.
#[component]
fn Plot(drawing: Memo<Drawing>, cursor: RwSignal<Option<f64>>, readout: Memo<Readout>) -> AnyView {
    let node = NodeRef::<Div>::new();
    let follow = move |event: PointerEvent| {
        if let Some(plot) = node.get_untracked() {
            let frame = plot.get_bounding_client_rect();
            cursor.set(Some(((f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0)).clamp(0.0, 1.0)));
        }
    };
    let key = move |event: KeyboardEvent| {
        let at = cursor.get_untracked().unwrap_or(1.0);
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => at - 0.01,
            "ArrowRight" | "ArrowUp" => at + 0.01,
            "PageDown" => at - 0.1,
            "PageUp" => at + 0.1,
            "Home" => 0.0,
            "End" => 1.0,
            "Escape" => return cursor.set(None),
            _ => return,
        };
        event.prevent_default();
        cursor.set(Some(to.clamp(0.0, 1.0)));
    };
    let line = |class: &'static str, path: fn(&Drawing) -> &String| {
        view! { <path class=class d=move || drawing.with(|drawing| path(drawing).clone()) vector-effect="non-scaling-stroke"/> }
    };
    let labels = |class: &'static str, side: &'static str, ticks: fn(&Drawing) -> &Vec<(f64, String)>| {
        move || {
            let label = |(place, label): &(f64, String)| {
                view! { <span class=class style=format!("{side}:{}%", format::fixed(place * 100.0, 2))>{label.clone()}</span> }
            };
            drawing.with(|drawing| ticks(drawing).iter().map(label).collect_view())
        }
    };
    view! {
        <div
            class="plot"
            node_ref=node
            role="slider"
            tabindex="0"
            aria-label="Loss over the run. Arrow keys read it."
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || (cursor.get().unwrap_or(1.0) * 100.0).round() as i32
            aria-valuetext=move || readout.with(|readout| readout.sentence.clone())
            on:pointermove=follow
            on:pointerdown=follow
            on:pointerleave=move |_| cursor.set(None)
            on:keydown=key
            on:blur=move |_| cursor.set(None)
        >
            <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">
                {line("grid", |drawing| &drawing.grid)}
                {line("band", |drawing| &drawing.band)}
                {line("line train", |drawing| &drawing.train)}
                {line("line validation", |drawing| &drawing.validation)}
                {line("dots validation", |drawing| &drawing.dots)}
                <path class="cross" d=move || readout.with(|readout| readout.cross.clone()) vector-effect="non-scaling-stroke"/>
            </svg>
            {labels("tick y", "bottom", |drawing| &drawing.y_ticks)}
            {labels("tick x", "left", |drawing| &drawing.x_ticks)}
            <Show when=move || drawing.with(|drawing| drawing.train.is_empty())>
                <p class="empty">"The curve will appear here. It shows how many bits the model still needs for each byte of text: 8 is blind guessing, less is better."</p>
            </Show>
        </div>
    }
    .into_any()
}

/// The curves as SVG paths in a square of 10,000, y downwards.
#[derive(Clone, Debug, PartialEq)]
struct Drawing {
    along: Along,
    x: Axis,
    grid: String,
    band: String,
    train: String,
    validation: String,
    dots: String,
    x_ticks: Vec<(f64, String)>,
    y_ticks: Vec<(f64, String)>,
}

impl Drawing {
    fn new(history: &History, along: Along, log: bool) -> Self {
        const COLUMNS: usize = 400;
        let xs = history.steps.iter().map(|m| along.of_step(m));
        let losses: Vec<f64> = history.steps.iter().map(|m| f64::from(m.bits_per_byte)).collect();
        let first = xs.clone().find(|x| *x > 0.0).unwrap_or(1.0);
        let x = Axis { from: if log { first } else { 0.0 }, to: xs.clone().next_back().unwrap_or(0.0), log };
        let raw = columns(xs.clone().zip(losses.iter().copied()), &x, COLUMNS);
        let smoothed = columns(xs.zip(smooth(&losses, losses.len() / 60)), &x, COLUMNS);
        let validations: Vec<_> = (history.validations.iter())
            .map(|v| (x.place(along.of(v.step, v.tokens, v.seconds)), f64::from(v.bits_per_byte)))
            .filter(|(_, y)| y.is_finite())
            .collect();
        let all = || raw.iter().flat_map(|c| [c.low, c.high]).chain(validations.iter().map(|v| v.1));
        let [low, high] = [all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max)];
        let y = if raw.is_empty() { Axis { from: 0.0, to: 8.0, log: false } } else { snug(low, high) };
        let y_ticks: Vec<_> = y.ticks(5).into_iter().map(|tick| (y.place(tick), format::significant(tick, 3))).collect();
        let mut band: Path = raw.iter().map(|c| (c.place, y.place(c.high))).collect();
        raw.iter().rev().for_each(|c| band.to(c.place, y.place(c.low)));
        let mut grid = Path::default();
        for (place, _) in &y_ticks {
            grid.start(0.0, *place);
            grid.to(1.0, *place);
        }
        let mut dots = Path::default();
        for (place, loss) in &validations {
            dots.start(*place, y.place(*loss));
            dots.to(*place, y.place(*loss));
        }
        Self {
            along,
            grid: grid.0,
            band: band.0,
            train: smoothed.iter().map(|c| (c.place, y.place(c.mean))).collect::<Path>().0,
            validation: validations.iter().map(|(place, loss)| (*place, y.place(*loss))).collect::<Path>().0,
            dots: dots.0,
            x_ticks: x.ticks(5).into_iter().map(|tick| (x.place(tick), along.label(tick))).collect(),
            y_ticks,
            x,
        }
    }
}

/// The axis from `low` to `high`, widened to quarters of a bit.
fn snug(low: f64, high: f64) -> Axis {
    let from = (low * 4.0).floor() / 4.0;
    Axis { from, to: ((high * 4.0).ceil() / 4.0).max(from + 0.25), log: false }
}

/// The data of an SVG path, in whole numbers.
#[derive(Default)]
struct Path(String);

impl Path {
    fn start(&mut self, x: f64, y: f64) {
        self.point('M', x, y);
    }

    fn to(&mut self, x: f64, y: f64) {
        self.point('L', x, y);
    }

    fn point(&mut self, verb: char, x: f64, y: f64) {
        self.0.push(verb);
        self.0 += &((x * 10_000.0) as i32).to_string();
        self.0.push(' ');
        self.0 += &(((1.0 - y) * 10_000.0) as i32).to_string();
    }
}

impl FromIterator<(f64, f64)> for Path {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(points: I) -> Self {
        let mut path = Self::default();
        for (i, (x, y)) in points.into_iter().enumerate() {
            path.point(if i == 0 { 'M' } else { 'L' }, x, y);
        }
        path
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Readout {
    sentence: String,
    cross: String,
}

/// What stands at `cursor`, or at the end of the run.
fn read(history: &History, drawing: &Drawing, cursor: Option<f64>) -> Readout {
    let value = drawing.x.value(cursor.unwrap_or(1.0));
    let after = history.steps.partition_point(|m| drawing.along.of_step(m) < value);
    let Some(metrics) = history.steps.get(after).or(history.steps.last()) else {
        return Readout { sentence: String::new(), cross: String::new() };
    };
    let mut sentence =
        format!("Step {}: training {}", format::integer(metrics.step.into()), format::fixed(metrics.bits_per_byte.into(), 3));
    if let Some(v) = history.validations.iter().rev().find(|v| v.step <= metrics.step) {
        sentence += &format!(", held-out text {}", format::fixed(v.bits_per_byte.into(), 3));
        if v.step != metrics.step {
            sentence += &format!(" (step {})", format::integer(v.step.into()));
        }
    }
    sentence += " bits per byte";
    let mut cross = Path::default();
    if cursor.is_some() {
        let place = drawing.x.place(drawing.along.of_step(metrics));
        cross.start(place, 0.0);
        cross.to(place, 1.0);
    }
    Readout { sentence, cross: cross.0 }
}

/// The same numbers for those who do not see the curve; filled only while it is open.
#[component]
fn Table(history: Signal<History>) -> AnyView {
    let open = RwSignal::new(false);
    let row = |step: u32, train: Option<f32>, validation: f32| {
        let cell = |loss: Option<f32>| loss.map_or("–".into(), |loss| format::fixed(loss.into(), 3));
        view! { <tr><th scope="row">{format::integer(step.into())}</th><td>{cell(train)}</td><td>{cell(Some(validation))}</td></tr> }
    };
    let rows = move || {
        history.with(|history| {
            let training = |step| history.steps.binary_search_by_key(&step, |m| m.step).ok().map(|i| history.steps[i].bits_per_byte);
            let every = history.validations.len().div_ceil(40).max(1);
            let shown = history.validations.iter().rev().step_by(every);
            shown.map(|v| row(v.step, training(v.step), v.bits_per_byte)).collect_view()
        })
    };
    view! {
        <details class="numbers" data-testid="chart-table" on:toggle=move |event| open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>"As a table"</summary>
            <Show when=move || open.get()>
                <table>
                    <caption>"Loss at each test on the held-out text, in bits per byte, latest first"</caption>
                    <thead><tr><th scope="col">"Step"</th><th scope="col">"Training"</th><th scope="col">"Held-out text"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </Show>
        </details>
    }
    .into_any()
}
