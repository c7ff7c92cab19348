//! The loss over a run, the lines of the models of step 1 across it, and where each is passed.

use leptos::prelude::*;

use super::Figure;
use crate::{
    protocol::History,
    ui::{
        controls::{Choice, flag, live, ticked, words},
        crossings::Crossing,
        curves::Along,
        figures::{Cursor, Labels, LineChart, lines},
        format,
        lines::{Lines, Series},
        plot::{Axis, columns},
    },
};

/// Points of a training curve at most.
const COLUMNS: usize = 80;

/// How the course is looked at.
#[derive(Clone, Copy)]
struct Course {
    figure: Figure,
    /// [`Along`] by name.
    along: RwSignal<String>,
    log: RwSignal<bool>,
    at: RwSignal<Option<usize>>,
}

pub fn view(figure: Figure) -> AnyView {
    let course = Course { figure, along: RwSignal::new("steps".into()), log: RwSignal::new(true), at: RwSignal::new(None) };
    let Course { along, log, at, .. } = course;
    let lines = lines(move || course.lines());
    let cursor = Cursor {
        at: at.into(),
        set: Callback::new(move |stop: usize| at.set(Some(stop))),
        said: words(move || lines.with(|lines| course.reading(lines))),
        hovers: true,
    };
    let labels = Labels {
        name: "learning",
        label: "Loss in bits per byte, over the run",
        x: "steps or tokens",
        y: "bits per byte",
        values: |bits| format::fixed(bits, 2),
        empty: "The curve appears here: how many bits the model needs for each byte of a text that it has not read. Less is better.",
    };
    let over = live(move || lines.with(|lines| course.marks(lines)));
    view! {
        <div class="chart-head">
            <Choice
                name="learning-x"
                label="Along the bottom"
                options=vec![("steps", "steps"), ("tokens", "tokens")]
                value=along.into()
                on_choose=Callback::new(move |name| {
                    at.set(None);
                    along.set(name);
                })
            />
            <label class="check">
                <input type="checkbox" data-testid="learning-log" prop:checked=flag(move || log.get()) on:change=ticked(move |on| log.set(on))/>
                "logarithmic"
            </label>
        </div>
        <LineChart lines labels=labels cursor=Some(cursor) over/>
        <ul class="passed" data-testid="crossings" aria-label="Models of step 1 that it passed">{live(move || course.passed())}</ul>
    }
    .into_any()
}

impl Course {
    fn along(&self) -> Along {
        self.along.with(|name| Along::named(name))
    }

    /// The losses on held-out text, and those of the text that it reads.
    fn curves(&self, history: &History) -> [Vec<(f64, f64)>; 2] {
        let along = self.along();
        let is_tokens = along == Along::Tokens;
        let tests = history
            .validations
            .iter()
            .map(|test| (if is_tokens { test.tokens as f64 } else { test.step.into() }, test.bits_per_byte.into()));
        let Some(last) = history.steps.last() else { return [tests.collect(), vec![]] };
        let axis = Axis { from: along.of_step(&history.steps[0]).max(1.0), to: along.of_step(last), log: true };
        // The columns of a logarithmic axis are the mean over more and more steps.
        let points = history.steps.iter().map(|step| (along.of_step(step), step.bits_per_byte.into()));
        let reading = columns(points, &axis, COLUMNS).into_iter().map(|column| (axis.value(column.place), column.mean)).collect();
        [tests.collect(), reading]
    }

    fn lines(&self) -> Lines {
        let (figure, along, log) = (self.figure, self.along(), self.log.get());
        let (mut series, mut lit) = (Vec::new(), None);
        // Another text has another held-out part, which cannot be compared.
        if !figure.is_of_own_text()
            && let Some((name, [tests, reading])) = figure.baked(|learnt| (learnt.name.clone(), self.curves(&learnt.history)))
        {
            if !figure.has_own() {
                series.push(Series { name: "as it reads".into(), points: reading });
                lit = Some(series.len());
            }
            series.push(Series { name, points: tests });
        }
        if figure.has_own() {
            let [tests, reading] = figure.desk.history.with(|history| self.curves(history));
            series.push(Series { name: "as it reads".into(), points: reading });
            lit = Some(series.len());
            series.push(Series { name: "yours".into(), points: tests });
        }
        let points = || series.iter().flat_map(|series| &series.points);
        let to = points().map(|(x, _)| *x).fold(0.0, f64::max);
        let from = match (log, along) {
            (false, _) => 0.0,
            (true, _) => points().map(|(x, _)| *x).fold(to, f64::min).max(1.0),
        };
        let x = Axis { from, to: to.max(from + 1.0), log };
        let references = figure.references();
        let top = points().map(|(_, y)| *y).chain(references.iter().map(|reference| f64::from(reference.bits_per_byte)));
        let y = Axis { from: 0.0, to: (2.0 * top.fold(0.5, f64::max)).ceil() / 2.0, log: false };
        let label = |x: f64| format::prefixed(x, "").trim_end().to_owned();
        let x_ticks = x.ticks(5).into_iter().map(|tick| (tick, label(tick))).collect();
        let y_ticks = y.ticks(4).into_iter().map(|tick| (tick, format::significant(tick, 2))).collect();
        if to > 0.0 {
            let across = |bits: f32| [x.from, x.to].map(|x| (x, f64::from(bits))).to_vec();
            series.extend(references.into_iter().map(|line| Series { name: line.name, points: across(line.bits_per_byte) }));
        }
        let mut stops: Vec<f64> = lit.map_or_else(Vec::new, |lit| series[lit].points.iter().map(|(x, _)| *x).collect());
        stops.dedup();
        Lines { series, lit, x, y, x_ticks, y_ticks, chance: None, fall: None, stops }
    }

    fn reading(&self, lines: &Lines) -> String {
        let at = self.at.get();
        let said = lines.lit.and_then(|lit| {
            let series = &lines.series[lit];
            let (x, bits) = *at.and_then(|at| series.points.get(at)).or(series.points.last())?;
            let unit = if self.along() == Along::Tokens { "tokens" } else { "steps" };
            Some(format!(
                "{} after {} {unit}: {} bits per byte on held-out text",
                series.name,
                format::amount(x as u64),
                format::fixed(bits, 3)
            ))
        });
        said.unwrap_or_default()
    }

    fn marks(&self, lines: &Lines) -> AnyView {
        let mark = |(reference, crossing): (crate::protocol::figures::Reference, Option<Crossing>)| {
            // Where exactly it passed before its first test, nobody knows.
            let Crossing { step, tokens, .. } = crossing.filter(|crossing| !crossing.is_latest)?;
            let x = if self.along() == Along::Tokens { tokens } else { step };
            let place = |side: f64| format::fixed(100.0 * side, 2);
            let style = format!("left:{}%;bottom:{}%", place(lines.x.place(x)), place(lines.y.place(reference.bits_per_byte.into())));
            Some(view! { <i class="passing" style=style></i> }.into_any())
        };
        self.figure.crossings().into_iter().filter_map(mark).collect::<Vec<_>>().into_any()
    }

    fn passed(&self) -> AnyView {
        let figure = self.figure;
        let who = if figure.has_own() { "Yours".into() } else { figure.baked(|learnt| learnt.name.clone()).unwrap_or_default() };
        let row = |(reference, crossing): (crate::protocol::figures::Reference, Option<Crossing>)| {
            let line = format!("the {} ({})", reference.name, format::fixed(reference.bits_per_byte.into(), 2));
            let said = match crossing {
                Some(Crossing { step, tokens, is_latest }) => {
                    let when = if is_latest { "by its first test, after" } else { "after" };
                    let read = format::amount(tokens as u64);
                    format!("{who} passes {line} {when} {}, {read} tokens", format::counted(step.round() as u64, "step"))
                }
                None => format!("{who} has not passed {line}"),
            };
            view! { <li class:not-yet=crossing.is_none()>{said}</li> }.into_any()
        };
        figure.crossings().into_iter().map(row).collect::<Vec<_>>().into_any()
    }
}
