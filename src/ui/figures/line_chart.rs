//! A few lines in one chart, one of them lit, with what luck alone would do: accuracy against distance, or anything against anything.

use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    html::Div,
    prelude::*,
};

use crate::ui::{
    controls::{live, nothing, when, words},
    format,
    lines::{Chance, Lines, Name},
};

/// What the pointer and the arrow keys choose among a chart's stops.
#[derive(Clone, Copy)]
pub struct Cursor {
    /// The index of a stop.
    pub at: Signal<Option<usize>>,
    pub set: Callback<usize>,
    /// What stands there, for those who do not see it.
    pub said: Signal<String>,
    /// Whether a pointer that only passes over chooses.
    pub hovers: bool,
}

/// What is written around a chart. `values` says a y in words, for the table.
#[derive(Clone, Copy)]
pub struct Labels {
    /// Also the start of the parts' test ids.
    pub name: &'static str,
    /// What the chart shows, as a sentence.
    pub label: &'static str,
    pub x: &'static str,
    pub y: &'static str,
    pub values: fn(f64) -> String,
    /// Shown while there is no line.
    pub empty: &'static str,
}

/// What a chart shows, drawn anew when what it follows from changes.
pub fn lines(draw: impl Fn() -> Lines + Send + Sync + 'static) -> Memo<Lines> {
    fn erased(draw: Box<dyn Fn() -> Lines + Send + Sync>) -> Memo<Lines> {
        Memo::new(move |_| draw())
    }
    erased(Box::new(draw))
}

/// The lines, their names beside them, a cursor and what stands there if there is one, and the numbers as a table. `over` lies
/// over the drawing.
#[component]
pub fn LineChart(
    lines: Memo<Lines>,
    labels: Labels,
    #[prop(optional_no_strip)] cursor: Option<Cursor>,
    #[prop(optional)] over: Option<AnyView>,
) -> AnyView {
    let drawing = live(move || lines.with(draw));
    let empty = when(
        move || lines.with(|lines| lines.series.iter().all(|series| series.points.is_empty())),
        move || view! { <p class="empty">{labels.empty}</p> }.into_any(),
    );
    let over = over.unwrap_or_else(nothing);
    let (plot, said) = match cursor {
        Some(cursor) => (
            followed(lines, labels, cursor, [drawing, empty, over]),
            view! { <p class="readout" data-testid=format!("{}-readout", labels.name)>{cursor.said}</p> }.into_any(),
        ),
        None => (view! { <div class="plot" role="img" aria-label=labels.label>{drawing}{empty}{over}</div> }.into_any(), nothing()),
    };
    view! {
        <div class="lines" data-testid=format!("{}-chart", labels.name)>
            <p class="along y">{labels.y}</p>
            {plot}
            <p class="along x">{labels.x}</p>
            {said}
            {table(lines, labels)}
        </div>
    }
    .into_any()
}

/// The drawing with a cursor over it.
fn followed(lines: Memo<Lines>, labels: Labels, cursor: Cursor, parts: [AnyView; 3]) -> AnyView {
    let node = NodeRef::<Div>::new();
    let point = move |event: &PointerEvent| {
        if let Some(plot) = node.get_untracked() {
            let frame = plot.get_bounding_client_rect();
            let place = (f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0);
            if let Some(stop) = lines.with_untracked(|lines| lines.nearest(place)) {
                cursor.set.run(stop);
            }
        }
    };
    let key = move |event: KeyboardEvent| {
        let Some(last) = lines.with_untracked(|lines| lines.stops.len()).checked_sub(1) else { return };
        let at = cursor.at.get_untracked().unwrap_or(0).min(last);
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => at.saturating_sub(1),
            "ArrowRight" | "ArrowUp" => at + 1,
            "PageDown" => at.saturating_sub(5),
            "PageUp" => at + 5,
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        cursor.set.run(to.min(last));
    };
    let cross = move || {
        let place = lines.with(|lines| cursor.at.get().and_then(|at| lines.stops.get(at)).map(|stop| lines.x.place(*stop)));
        match place {
            Some(place) => view! { <i class="cross" style=at("left", place)></i> }.into_any(),
            None => nothing(),
        }
    };
    view! {
        <div
            class="plot followed"
            node_ref=node
            role="slider"
            tabindex="0"
            aria-label=labels.label
            aria-valuemin="1"
            aria-valuemax=words(move || lines.with(|lines| lines.stops.len().max(1)).to_string())
            aria-valuenow=words(move || (cursor.at.get().unwrap_or(0) + 1).to_string())
            aria-valuetext=cursor.said
            data-testid=format!("{}-plot", labels.name)
            on:pointermove=move |event| if cursor.hovers || event.buttons() != 0 { point(&event) }
            on:pointerdown=move |event| point(&event)
            on:keydown=key
        >
            {parts.into_iter().collect::<Vec<_>>()}
            {live(cross)}
        </div>
    }
    .into_any()
}

/// The drawing is stretched to its box; what is written lies over it, so that it is not.
fn draw(lines: &Lines) -> AnyView {
    let named: Vec<(bool, String, &str, Option<Name>)> = (lines.paths().into_iter().enumerate())
        .zip(lines.series.iter().zip(lines.names()))
        .map(|((i, path), (series, name))| (lines.lit == Some(i), path, series.name.as_str(), name))
        .collect();
    let path = |(lit, path, name, _): &(bool, String, &str, Option<Name>)| {
        let class = if *lit { "line lit" } else { "line" };
        view! { <path class=class data-line=name.to_string() d=path.clone() vector-effect="non-scaling-stroke"/> }.into_any()
    };
    let name = |(lit, _, name, place): &(bool, String, &str, Option<Name>)| {
        let Name { x, y, stem, at_end } = (*place)?;
        let class = ["name", if *lit { " lit" } else { "" }, if at_end { " end" } else { "" }].concat();
        let height = y.min(1.0) - (y - stem);
        let stand = format!("{};{};height:{}%", at("left", x), at("bottom", y - stem), format::fixed(height * 100.0, 2));
        let stem = if stem > 0.0 { view! { <i class="stem" style=stand></i> }.into_any() } else { nothing() };
        let place = format!("{};{}", at("left", x), at("bottom", y.min(1.0)));
        Some(view! { {stem} <span class=class data-line=name.to_string() style=place>{name.to_string()}</span> }.into_any())
    };
    // The lit line lies over the others.
    let (over, under): (Vec<_>, Vec<_>) = named.iter().partition(|(lit, ..)| *lit);
    let paths: Vec<AnyView> = under.into_iter().chain(over).map(path).collect();
    let names: Vec<AnyView> = named.iter().filter_map(name).collect();
    let tick =
        |class: &'static str, place: String, label: &String| view! { <span class=class style=place>{label.clone()}</span> }.into_any();
    let x = lines.x_ticks.iter().map(|(value, label)| tick("tick x", at("left", lines.x.place(*value)), label));
    let y = lines.y_ticks.iter().map(|(value, label)| tick("tick y", at("bottom", lines.y.place(*value)), label));
    let rules = lines.y_ticks.iter().map(|(value, _)| view! { <i class="rule" style=at("bottom", lines.y.place(*value))></i> }.into_any());
    let around: Vec<AnyView> = rules.chain(x).chain(y).collect();
    view! {
        {around}
        {lines.chance.as_ref().map_or_else(nothing, |chance| luck(lines, chance))}
        <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">{paths}</svg>
        {names}
    }
    .into_any()
}

fn luck(lines: &Lines, chance: &Chance) -> AnyView {
    let [low, high] = [-1.0, 1.0].map(|side| lines.y.place(chance.value + side * chance.spread));
    let band = format!("{};height:{}%", at("bottom", low), format::fixed((high - low) * 100.0, 2));
    view! {
        <i class="chance" style=band></i>
        <span class="chance-name" style=at("bottom", low)>{chance.name}</span>
    }
    .into_any()
}

fn at(side: &str, place: f64) -> String {
    format!("{side}:{}%", format::fixed(place * 100.0, 2))
}

/// The same numbers for those who do not see the lines; filled only while it is open.
fn table(lines: Memo<Lines>, labels: Labels) -> AnyView {
    let open = RwSignal::new(false);
    let rows = move || {
        lines.with(|lines| {
            let heads: Vec<AnyView> =
                lines.series.iter().map(|series| view! { <th scope="col">{series.name.clone()}</th> }.into_any()).collect();
            let mut xs: Vec<f64> = lines.series.iter().flat_map(|series| &series.points).map(|(x, _)| *x).collect();
            xs.sort_unstable_by(f64::total_cmp);
            xs.dedup();
            let row = |x: f64| {
                let cell = |points: &[(f64, f64)]| {
                    let value = points.iter().find(|point| point.0 == x).map_or("–".into(), |(_, y)| (labels.values)(*y));
                    view! { <td>{value}</td> }.into_any()
                };
                let cells: Vec<AnyView> = lines.series.iter().map(|series| cell(&series.points)).collect();
                view! { <tr><th scope="row">{format::integer(x as u64)}</th>{cells}</tr> }.into_any()
            };
            let rows: Vec<AnyView> = xs.into_iter().map(row).collect();
            view! {
                <table>
                    <caption>{labels.label}</caption>
                    <thead><tr><th scope="col">{labels.x}</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            }
            .into_any()
        })
    };
    view! {
        <details class="numbers" data-testid=format!("{}-numbers", labels.name) on:toggle=move |event| open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>"As a table"</summary>
            {when(move || open.get(), move || live(rows))}
        </details>
    }
    .into_any()
}
