//! How few demonstrations it takes: shape and truth against the number of pairs. The visitor may draw their guess first.

use leptos::prelude::*;

use super::{
    super::guess::{Guess, Scale, pad},
    desk::{Desk, Replies},
};
use crate::{
    protocol::{
        post_training::{Answer, Line, Question},
        tuning::{TaskExam, TuneRun, TuneSpec},
    },
    ui::{
        controls::{flag, live, nothing, press, refusal, typed, words},
        figures::{Cursor, Labels, LineChart, lines},
        format,
        lines::{Lines, Series},
        plot::Axis,
        tuning::{Measure, share, spread},
    },
};

/// Runs of 10 to 3,000 pairs that were made in advance, each with three seeds.
const MADE: &str = "tuning-few";
const STOPS: [f64; 6] = [10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0];
const SCALE: Scale =
    Scale { stops: &STOPS, first: 0.5, label: |pairs| format!("In shape after {}", format::counted(pairs as u64, "demonstration")) };
/// Times that a pair is read at most, and readings that every run comes to if that allows it.
const EPOCHS: u32 = 50;
const READINGS: u32 = 3000;
const MEASURES: [(&str, Measure); 3] =
    [("in shape", Measure::Shape), ("right, shown", Measure::Shown), ("right, never shown", Measure::HeldOut)];

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Shown,
    Guessing,
    Compared,
}

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    made: Replies,
    here: Replies,
    /// What was made here: pairs, and the exam after them.
    own: RwSignal<Vec<(u32, TaskExam)>>,
    pairs: RwSignal<u32>,
    stage: RwSignal<Stage>,
    guess: RwSignal<Guess>,
    place: RwSignal<Option<usize>>,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let made = desk.baked(Line::Tuned(1), MADE, near);
    let figure = Figure {
        desk,
        made,
        here: desk.line(Line::Few),
        own: RwSignal::new(vec![]),
        pairs: RwSignal::new(100),
        stage: RwSignal::new(Stage::Shown),
        guess: RwSignal::new(SCALE.first()),
        place: RwSignal::new(None),
    };
    Effect::new(move |_| figure.gather());
    let lines = lines(move || figure.lines());
    let cursor = Cursor {
        at: figure.place.into(),
        set: Callback::new(move |stop: usize| figure.place.set(Some(stop))),
        said: words(move || lines.with(|lines| figure.reading(lines))),
        hovers: true,
    };
    let labels = Labels {
        name: "few",
        label: "The share of answers in the right shape, and right, by the number of different demonstrations",
        x: "different demonstrations",
        y: "share of answers",
        values: format::percent,
        empty: "The lines appear here: shape and truth by the number of demonstrations.",
    };
    let over = live(move || if figure.stage.get() == Stage::Guessing { pad(SCALE, figure.guess, lines) } else { nothing() });
    view! {
        <div class="tuning" data-testid="few">
            <LineChart lines labels=labels cursor=Some(cursor) over/>
            <div class="row" role="status">{live(move || figure.buttons())}</div>
            {refusal("few-refusal", move || [made.refusal(), figure.here.refusal()].concat())}
            <div class="row">{live(move || figure.making())}</div>
        </div>
    }
    .into_any()
}

impl Figure {
    /// Keeps what is made here.
    fn gather(&self) {
        let exams = self.here.all(|answer| if let Answer::TaskExam(exam) = answer { Some(exam.clone()) } else { None });
        let is_over = self.here.last(|answer| if let Answer::Tuned(_) = answer { Some(()) } else { None }).is_some();
        if let Some(exam) = exams.into_iter().last().filter(|_| is_over) {
            let pairs = self.pairs.get_untracked();
            self.own.update(|own| {
                own.retain(|(other, _)| *other != pairs);
                own.push((pairs, exam));
                own.sort_by_key(|(pairs, _)| *pairs);
            });
        }
    }

    fn lines(&self) -> Lines {
        let runs = self.made.all(|answer| if let Answer::TuneRun(run) = answer { Some(TuneRun::clone(run)) } else { None });
        let point = |stop: f64, measure| {
            let of: Vec<f64> = (runs.iter().filter(|run| f64::from(run.spec.pairs) == stop))
                .filter_map(|run| run.exams.last())
                .map(|exam| share(exam, measure))
                .collect();
            (!of.is_empty()).then(|| (stop, spread(&of).0))
        };
        let measured = MEASURES.map(|(name, measure)| Series {
            name: name.into(),
            points: STOPS.into_iter().filter_map(|stop| point(stop, measure)).collect(),
        });
        let mut series: Vec<Series> = if self.stage.get() == Stage::Guessing { vec![] } else { measured.into() };
        if self.stage.get() == Stage::Compared {
            series.push(Series { name: "your guess of the shape".into(), points: self.guess.with(|guess| SCALE.points(guess)) });
        }
        let own = self.own.with(|own| own.iter().map(|(pairs, exam)| (f64::from(*pairs), share(exam, Measure::Shape))).collect::<Vec<_>>());
        if !own.is_empty() && self.stage.get() != Stage::Guessing {
            series.push(Series { name: "yours, in shape".into(), points: own });
        }
        Lines {
            lit: if series.is_empty() { None } else { Some(0) },
            series,
            x: Axis { from: 10.0, to: 3000.0, log: true },
            y: Axis { from: 0.0, to: 1.0, log: false },
            x_ticks: STOPS.map(|x| (x, format::integer(x as u64))).into(),
            y_ticks: [0.0, 0.25, 0.5, 0.75, 1.0].map(|y| (y, format::percent(y))).into(),
            chance: None,
            fall: None,
            stops: STOPS.into(),
        }
    }

    fn reading(&self, lines: &Lines) -> String {
        let stop = self.place.get().and_then(|place| STOPS.get(place)).copied().unwrap_or(1000.0);
        let there = |series: &Series| {
            let point = series.points.iter().find(|(pairs, _)| *pairs == stop)?;
            Some(format!("{} {}", series.name, format::percent(point.1)))
        };
        let said: Vec<String> = lines.series.iter().filter_map(there).collect();
        if said.is_empty() {
            self.desk.waits().into()
        } else {
            format!("With {}: {}.", format::counted(stop as u64, "demonstration"), said.join(", "))
        }
    }

    fn buttons(&self) -> AnyView {
        let Self { stage, guess, .. } = *self;
        let start = move || {
            guess.set(SCALE.first());
            stage.set(Stage::Guessing);
        };
        match stage.get() {
            Stage::Shown => view! { <button type="button" data-testid="few-guess" on:click=press(start)>"Hide it, and let me guess"</button> }.into_any(),
            Stage::Guessing => view! {
                <p>"How many answers will be in shape? Drag over the plot, or move the points with the arrow keys."</p>
                <button type="button" class="main" data-testid="few-show" on:click=press(move || stage.set(Stage::Compared))>"Show me"</button>
            }
            .into_any(),
            Stage::Compared => {
                let shape = self.lines().series.into_iter().next();
                let off = shape.and_then(|shape| guess.with(|guess| SCALE.off(guess, &shape)));
                let said = off.map_or_else(String::new, |off| {
                    format!("Your guess is off by {} percentage points on the mean.", format::fixed(100.0 * off, 0))
                });
                view! {
                    <p class="verdict" data-testid="few-verdict">{said}</p>
                    <button type="button" data-testid="few-guess" on:click=press(start)>"Guess again"</button>
                }
                .into_any()
            }
        }
    }

    fn making(&self) -> AnyView {
        let Self { desk, here, pairs, .. } = *self;
        if here.is_asking() {
            let last = here.last(|answer| if let Answer::TuneSteps(steps) = answer { steps.last().copied() } else { None });
            let (step, of) = last.filter(|_| !here.is_stale()).map_or((0, 1), |last| (last.step, last.of));
            return view! {
                <progress max=of.to_string() value=step.to_string() aria-label="Tuning"></progress>
                <button type="button" class="quiet" data-testid="few-stop" on:click=press(move || desk.give_up(Line::Few))>"Stop"</button>
            }
            .into_any();
        }
        let chosen = pairs.get();
        let options: Vec<AnyView> = STOPS
            .map(|n| view! { <option value=format::fixed(n, 0).replace(',', "") selected=f64::from(chosen) == n>{format::integer(n as u64)}</option> }.into_any())
            .into();
        let train = move || {
            let pairs = pairs.get_untracked();
            let epochs = (READINGS / pairs).clamp(1, EPOCHS);
            let spec = TuneSpec { pairs, epochs, exam: 4, exams: 2, ..TuneSpec::default() };
            desk.ask(Line::Few, Question::Tune { spec: Box::new(spec) });
        };
        view! {
            <label>"Your own, of "<select data-testid="few-pairs" on:change=typed(move |text| pairs.set(text.parse().unwrap_or(100)))>{options}</select>" demonstrations"</label>
            <button type="button" data-testid="few-train" disabled=flag(move || !desk.is_ready()) on:click=press(train)>"Train it"</button>
            <span class="help">"Half a minute to a minute on two cores. Few pairs are read often, up to fifty times each."</span>
        }
        .into_any()
    }
}
