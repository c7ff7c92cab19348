//! From a base to an assistant, live: the same questions to both, and curves with two controls beside them.

use leptos::prelude::*;

use super::{desk::Replies, lesson::Lesson};
use crate::{
    protocol::{
        post_training::{Answer, Line},
        tuning::{ROW, TuneRun, TuneSpec},
    },
    ui::{
        controls::{Choice, flag, live, nothing, press, refusal, typed, words},
        figures::{Cursor, Labels, LineChart, lines},
        format,
        lines::{Lines, Series},
        plot::Axis,
        tuning::{Measure, over_pairs, share},
        tuning_settings::{STARTS, millionths, percent, start, start_name},
    },
};

/// The runs that were made in advance: each start with three seeds.
const CONTROLS: &str = "tuning-controls";
/// Pairs and tokens a second on two cores, as a first guess.
const SPEED: f64 = 9_000.0;
const TOKENS_A_PAIR: f64 = 120.0;

#[derive(Clone, Copy)]
struct Figure {
    lesson: Lesson,
    controls: Replies,
    measure: RwSignal<String>,
    place: RwSignal<Option<usize>>,
    /// What the visitor expects to come first.
    bet: RwSignal<String>,
}

pub fn view(lesson: Lesson, near: Signal<bool>) -> AnyView {
    let controls = lesson.desk.baked(Line::Tuned(0), CONTROLS, near);
    let figure =
        Figure { lesson, controls, measure: RwSignal::new("shape".into()), place: RwSignal::new(None), bet: RwSignal::new(String::new()) };
    let lines = lines(move || figure.lines());
    let cursor = Cursor {
        at: figure.place.into(),
        set: Callback::new(move |stop: usize| figure.place.set(Some(stop))),
        said: words(move || lines.with(|lines| figure.reading(lines))),
        hovers: true,
    };
    let labels = Labels {
        name: "assistant",
        label: "The share of answers of the right shape, or right, over the demonstrations that were read",
        x: "demonstrations read",
        y: "share of answers",
        values: format::percent,
        empty: "The curves appear here: how many answers are in shape, and how many right.",
    };
    let measure = figure.measure;
    view! {
        <div class="tuning" data-testid="assistant">
            {live(move || figure.row())}
            <div class="chart-head">
                <Choice
                    name="assistant-measure"
                    label="What is counted"
                    options=vec![("shape", "in shape"), ("shown", "right, shown"), ("held-out", "right, never shown")]
                    value=measure.into()
                    on_choose=Callback::new(move |name| measure.set(name))
                />
            </div>
            <LineChart lines labels=labels cursor=Some(cursor)/>
            {refusal("assistant-refusal", move || [lesson.tuning.refusal(), controls.refusal()].concat())}
            {live(move || figure.bet())}
            {live(move || figure.knobs())}
            <div class="row" role="status" data-testid="assistant-standing">{live(move || figure.standing())}</div>
        </div>
    }
    .into_any()
}

impl Figure {
    fn runs(&self) -> Vec<TuneRun> {
        self.controls.all(|answer| if let Answer::TuneRun(run) = answer { Some(TuneRun::clone(run)) } else { None })
    }

    /// The questions, answered before the first demonstration and now.
    fn row(&self) -> AnyView {
        let own = self.lesson.exams();
        let exams = match own.is_empty() {
            true => self.runs().first().map(|run| run.exams.clone()).unwrap_or_default(),
            false => own,
        };
        let (Some(before), Some(now)) = (exams.first(), exams.last()) else {
            return view! { <p class="waiting">{self.lesson.desk.waits()}</p> }.into_any();
        };
        let head = format!("after {}", format::counted(now.pairs.into(), "demonstration"));
        let rows: Vec<AnyView> = ROW
            .iter()
            .zip(before.answers.iter().zip(&now.answers))
            .map(|(question, (before, now))| {
                let cut = |text: &String| text.trim().chars().take(150).collect::<String>();
                view! { <tr><th scope="row">{*question}</th><td>{cut(before)}</td><td>{cut(now)}</td></tr> }.into_any()
            })
            .collect();
        view! {
            <div class="scrolls" tabindex="0" role="group" aria-label="The same questions before and after">
                <table class="before-after" data-testid="assistant-row">
                    <thead><tr><th scope="col">"Asked"</th><th scope="col">"before"</th><th scope="col">{head}</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    }

    fn lines(&self) -> Lines {
        let measure = self.measure.with(|name| Measure::named(name));
        let runs = self.runs();
        let mut series: Vec<Series> = STARTS
            .iter()
            .map(|(name, said)| {
                let of_start: Vec<&TuneRun> = runs.iter().filter(|run| start_name(&run.spec.start) == *name).collect();
                over_pairs(&of_start, measure, format!("from {said}"))
            })
            .filter(|series| !series.points.is_empty())
            .collect();
        let own: Vec<(f64, f64)> = self.lesson.exams().iter().map(|exam| (f64::from(exam.pairs.max(1)), share(exam, measure))).collect();
        let lit = if own.is_empty() { None } else { Some(series.len()) };
        if lit.is_some() {
            series.push(Series { name: "yours".into(), points: own });
        }
        let mut stops: Vec<f64> = series.iter().flat_map(|series| series.points.iter().map(|(x, _)| *x)).collect();
        stops.sort_unstable_by(f64::total_cmp);
        stops.dedup();
        Lines {
            lit: lit.or(if series.is_empty() { None } else { Some(0) }),
            series,
            x: Axis { from: 1.0, to: 20_000.0, log: true },
            y: Axis { from: 0.0, to: 1.0, log: false },
            x_ticks: [1.0, 10.0, 100.0, 1000.0, 10_000.0].map(|x| (x, format::integer(x as u64))).into(),
            y_ticks: [0.0, 0.25, 0.5, 0.75, 1.0].map(|y| (y, format::percent(y))).into(),
            chance: None,
            fall: None,
            stops,
        }
    }

    fn reading(&self, lines: &Lines) -> String {
        let Some(stop) = self.place.get().and_then(|place| lines.stops.get(place)).or(lines.stops.last()) else {
            return self.lesson.desk.waits().into();
        };
        let said: Vec<String> = (lines.series.iter())
            .filter_map(|series| {
                let there = series.points.iter().rev().find(|(pairs, _)| pairs <= stop)?;
                Some(format!("{} {}", series.name, format::percent(there.1)))
            })
            .collect();
        format!("After {}: {}.", format::counted(*stop as u64, "demonstration"), said.join(", "))
    }

    /// A guess before the run, and how it went.
    fn bet(&self) -> AnyView {
        let bet = self.bet;
        let exams = self.lesson.exams();
        let half = |measure| exams.iter().find(|exam| share(exam, measure) >= 0.5).map(|exam| exam.pairs);
        if self.lesson.tuned().is_none() {
            return view! {
                <div class="bet">
                    <p>"Before you start: which will come first, answers in the right shape or right answers?"</p>
                    <Choice
                        name="assistant-bet"
                        label="What comes first"
                        options=vec![("shape", "the shape"), ("truth", "the truth"), ("both", "both at once")]
                        value=bet.into()
                        on_choose=Callback::new(move |name| bet.set(name))
                    />
                </div>
            }
            .into_any();
        }
        let said =
            |pairs: Option<u32>| pairs.map_or("never".into(), |pairs| format!("after {}", format::counted(pairs.into(), "demonstration")));
        let (shape, truth) = (half(Measure::Shape), half(Measure::Shown));
        let first = match (shape, truth) {
            (Some(shape), Some(truth)) if shape == truth => "both",
            (Some(shape), truth) if truth.is_none_or(|truth| shape < truth) => "shape",
            (None, None) => "both",
            _ => "truth",
        };
        let verdict = match bet.with(|bet| (bet.is_empty(), bet == first)) {
            (true, _) => String::new(),
            (_, true) => "As you expected. ".into(),
            (_, false) => "Not as you expected. ".into(),
        };
        view! {
            <p class="verdict" data-testid="assistant-verdict">
                {format!("{verdict}Half of the answers were in shape {}, and half of those about what was shown right {}.", said(shape), said(truth))}
            </p>
        }
        .into_any()
    }

    fn knobs(&self) -> AnyView {
        let lesson = self.lesson;
        if lesson.tuning.is_asking() {
            return nothing();
        }
        let spec = lesson.spec;
        let options = |key: String, all: Vec<(String, String)>| -> Vec<AnyView> {
            all.into_iter()
                .map(|(value, said)| view! { <option value=value.clone() selected=value == key>{said}</option> }.into_any())
                .collect()
        };
        let numbers =
            |all: &[u32], unit: &str| all.iter().map(|n| (n.to_string(), [&format::integer((*n).into()), unit].concat())).collect();
        let TuneSpec { pairs, lr, replay, .. } = spec.get();
        let begin =
            options(start_name(&spec.with(|spec| spec.start.clone())).into(), STARTS.map(|(name, said)| (name.into(), said.into())).into());
        let amounts = options(pairs.to_string(), numbers(&[0, 100, 300, 1000, 3000, 6000, 12_000], ""));
        let rates = options(
            millionths(lr).to_string(),
            [250_u32, 500, 1000, 2000, 4000].map(|rate| (rate.to_string(), format::significant(f64::from(rate) / 1e6, 2))).into(),
        );
        let replays = options(percent(replay).to_string(), numbers(&[0, 25, 50, 75], " %"));
        let number = move |text: String, set: fn(&mut TuneSpec, u32)| {
            if let Ok(number) = text.parse() {
                spec.update(|spec| set(spec, number));
            }
        };
        view! {
            <div class="knob-row">
                <label>"Begin with"<select data-testid="tune-start" on:change=typed(move |name| if let Some(start) = start(&name) { spec.update(|spec| spec.start = start) })>{begin}</select></label>
                <label>"Demonstrations"<select data-testid="tune-pairs" on:change=typed(move |text| number(text, |spec, n| spec.pairs = n))>{amounts}</select></label>
                <label>"Learning rate"<select data-testid="tune-rate" on:change=typed(move |text| number(text, |spec, n| spec.lr = n as f32 / 1e6))>{rates}</select></label>
                <label>"Old text beside them"<select data-testid="tune-replay" on:change=typed(move |text| number(text, |spec, n| spec.replay = n as f32 / 100.0))>{replays}</select></label>
            </div>
        }
        .into_any()
    }

    fn standing(&self) -> AnyView {
        let lesson = self.lesson;
        let steps = lesson.steps();
        if lesson.tuning.is_asking() {
            let Some(last) = steps.last().filter(|_| !lesson.tuning.is_stale()) else {
                return view! { <span class="figure">"Answering before the first step …"</span> }.into_any();
            };
            let left = f64::from(last.seconds) * f64::from(last.of - last.step) / f64::from(last.step);
            let said = format!("loss {} · {} left", format::fixed(last.loss.into(), 2), format::duration(left));
            return view! {
                <progress max=last.of.to_string() value=last.step.to_string() aria-label="Tuning"></progress>
                <span class="figure">{said}</span>
                <button type="button" class="quiet" data-testid="tune-stop" on:click=press(move || lesson.desk.give_up(Line::Tuning))>"Stop"</button>
            }
            .into_any();
        }
        let ask = lesson.tuned().map(|entry| {
            let which = entry.which.clone();
            view! {
                <button type="button" data-testid="tune-ask" on:click=press(move || lesson.desk.model.set(which.clone()))>
                    {format!("Ask “{}” from now on", entry.card.name)}
                </button>
            }
        });
        let time =
            lesson.spec.with(|spec| f64::from(spec.pairs) * TOKENS_A_PAIR * if spec.replay > 0.0 { 1.0 } else { 0.4 } / SPEED + 20.0);
        view! {
            <button type="button" class="main" data-testid="tune-start-run" disabled=flag(move || !lesson.desk.is_ready()) on:click=press(move || lesson.start())>
                "Train your own"
            </button>
            {ask}
            <span class="help">{format!("{} on two cores. The model is put on your shelf.", format::roughly(time))}</span>
        }
        .into_any()
    }
}
