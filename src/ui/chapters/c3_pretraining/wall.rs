//! The wall of step 1 with the transformer's line. The visitor may draw their guess before it is shown.

use leptos::prelude::*;

use super::super::{
    desk::{Desk, Replies},
    guess::{Guess, Scale, pad},
};
use crate::{
    protocol::{
        figures::{Answer, Line, Question, WallOf},
        models::Which,
        ngrams::Distance,
    },
    ui::{
        controls::{Choice, flag, live, nothing, press, refusal, ticked, when, words},
        figures::{Cursor, Labels, LineChart, lines},
        format,
        lines::{Chance, Lines, Series},
        plot::Axis,
    },
};

/// Where the guess of the line has points.
const SCALE: Scale = Scale {
    stops: &[1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 18.0, 25.0],
    // In the middle of what there is above chance.
    first: 0.75,
    label: |words| format!("How often right, {} back", format::counted(words as u64, "word")),
};
pub const FARTHEST: f64 = 25.0;
/// What was measured in advance: the table of step 1, the model of this page, and others.
const NGRAMS: &str = "wall-5-gram";
const USUAL: &str = "wall-base";
const OTHERS: [&str; 3] = ["wall-base-small", "wall-base-large", "wall-base-general"];
/// Probes of a kind at each distance that are tried here.
const PROBES: u32 = 40;

#[derive(Clone, Copy, PartialEq)]
pub enum Stage {
    /// The measured lines are there to be seen.
    Shown,
    /// They wait until the visitor has drawn a guess.
    Guessing,
    /// The guess lies beside them.
    Compared,
}

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    ngrams: Replies,
    usual: Replies,
    others: StoredValue<Vec<Replies>>,
    here: Replies,
    /// Which pairs are tried: `verbs` or `pronouns`.
    kind: RwSignal<String>,
    with_others: RwSignal<bool>,
    /// The model that is measured here.
    asked: RwSignal<Option<Which>>,
    stage: RwSignal<Stage>,
    guess: RwSignal<Guess>,
    place: RwSignal<Option<usize>>,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let with_others = RwSignal::new(false);
    let asked = RwSignal::new(None::<Which>);
    let baked = move |n: usize, name: &'static str, wanted: Signal<bool>| {
        desk.keep_asking(Line::Measured(n as u8), move || (near.get() && wanted.get()).then(|| Question::Baked { name: name.into() }))
    };
    let always = flag(|| true);
    let figure = Figure {
        desk,
        ngrams: baked(0, NGRAMS, always),
        usual: baked(1, USUAL, always),
        others: StoredValue::new((2..).zip(OTHERS).map(|(n, name)| baked(n, name, with_others.into())).collect()),
        here: desk.keep_asking(Line::Wall, move || asked.get().map(|model| Question::Wall { model, probes: PROBES })),
        kind: RwSignal::new("verbs".into()),
        with_others,
        asked,
        stage: RwSignal::new(Stage::Shown),
        guess: RwSignal::new(SCALE.first()),
        place: RwSignal::new(None),
    };
    let Figure { kind, stage, .. } = figure;
    let lines = lines(move || figure.lines());
    let cursor = Cursor {
        at: figure.place.into(),
        set: Callback::new(move |stop: usize| figure.place.set(Some(stop))),
        said: words(move || figure.reading()),
        hovers: true,
    };
    let labels = Labels {
        name: "wall",
        label: "How often the right word is the likelier one, by the distance in words to the word that decides",
        x: "words back to the one that decides",
        y: "how often right",
        values: format::percent,
        empty: "The lines appear here: how often each model is right, at each distance.",
    };
    let over = live(move || if stage.get() == Stage::Guessing { pad(SCALE, figure.guess, lines) } else { nothing() });
    view! {
        <div class="fallen" data-testid="wall">
            <div class="chart-head">
                <Choice
                    name="wall-kind"
                    label="What has to be remembered"
                    options=vec![("verbs", "one or many?"), ("pronouns", "he or she?")]
                    value=kind.into()
                    on_choose=Callback::new(move |name| kind.set(name))
                />
                <label class="check">
                    <input type="checkbox" data-testid="wall-others" prop:checked=flag(move || with_others.get()) on:change=ticked(move |on| with_others.set(on))/>
                    "other models"
                </label>
            </div>
            <LineChart lines labels=labels cursor=Some(cursor) over/>
            <div class="row" role="status">{live(move || figure.buttons())}</div>
            {refusal("wall-refusal", move || figure.refused())}
            <div class="row">{live(move || figure.measuring())}</div>
        </div>
    }
    .into_any()
}

impl Figure {
    fn of(&self, replies: &Replies) -> Option<WallOf> {
        replies.last(|answer| if let Answer::Wall(wall) = answer { Some(wall.clone()) } else { None })
    }

    fn tries(&self, wall: &WallOf) -> Vec<Distance> {
        let tries = if self.kind.with(|kind| kind == "pronouns") { &wall.wall.pronouns } else { &wall.wall.verbs };
        tries.iter().filter(|distance| distance.of > 0).copied().collect()
    }

    fn series(&self, wall: &WallOf, name: String) -> Series {
        let right = |d: Distance| (f64::from(d.words), f64::from(d.right) / f64::from(d.of));
        Series { name, points: self.tries(wall).into_iter().map(right).collect() }
    }

    /// The line that a guess is compared with: of what was measured here, or else in advance.
    fn measured(&self) -> Option<Series> {
        let here = self.of(&self.here).map(|wall| self.series(&wall, [&wall.name, ", here"].concat()));
        here.or_else(|| self.of(&self.usual).map(|wall| self.series(&wall, wall.name.clone())))
    }

    fn lines(&self) -> Lines {
        let named = |wall: WallOf| self.series(&wall, wall.name.clone());
        let mut series: Vec<Series> = self.of(&self.ngrams).map(named).into_iter().collect();
        let mut lit = None;
        if self.stage.get() != Stage::Guessing {
            let here = self.of(&self.here).is_some();
            let others = self.others.with_value(|others| others.iter().filter_map(|replies| self.of(replies)).collect::<Vec<_>>());
            let others = if self.with_others.get() { others } else { vec![] };
            let usual = self.of(&self.usual).filter(|_| here);
            series.extend(usual.into_iter().chain(others).map(named));
            if self.stage.get() == Stage::Compared {
                series.push(Series { name: "your guess".into(), points: self.guess.with(|guess| SCALE.points(guess)) });
            }
            if let Some(measured) = self.measured() {
                lit = Some(series.len());
                series.push(measured);
            }
        }
        let of = [&self.ngrams, &self.usual, &self.here].map(|replies| self.of(replies));
        let of = of.iter().flatten().flat_map(|wall| self.tries(wall)).map(|distance| distance.of).min();
        Lines {
            series,
            lit,
            x: Axis { from: 1.0, to: FARTHEST, log: true },
            y: Axis { from: 0.0, to: 1.0, log: false },
            x_ticks: [1, 2, 3, 5, 7, 10, 15, 25].map(|x| (f64::from(x), x.to_string())).into(),
            y_ticks: [0.0, 0.25, 0.5, 0.75, 1.0].map(|y| (y, format::percent(y))).into(),
            // Nineteen of twenty coins that are tossed as often fall within twice the standard deviation.
            chance: Some(Chance { name: "a coin toss", value: 0.5, spread: of.map_or(0.0, |of| 1.0 / f64::from(of.max(1)).sqrt()) }),
            fall: None,
            stops: (1..=FARTHEST as u32).map(f64::from).collect(),
        }
    }

    fn reading(&self) -> String {
        let distance = self.place.get().map_or(10, |stop| stop + 1);
        let said: Vec<String> = (self.lines().series.iter())
            .filter_map(|series| {
                let there = series.points.iter().find(|(words, _)| *words as usize == distance)?;
                Some(format!("{} {}", series.name, format::percent(there.1)))
            })
            .collect();
        match said.is_empty() {
            true => self.desk.waits().into(),
            false => format!("When a word {} back decides: {} right.", format::counted(distance as u64, "word"), said.join(", ")),
        }
    }

    fn refused(&self) -> String {
        let others = self.others.with_value(Clone::clone);
        let lines = [self.here, self.ngrams, self.usual].into_iter().chain(others);
        lines.map(|replies| replies.refusal()).find(|said| !said.is_empty()).unwrap_or_default()
    }

    fn buttons(&self) -> AnyView {
        let Self { stage, guess, .. } = *self;
        let start = move || {
            guess.set(SCALE.first());
            stage.set(Stage::Guessing);
        };
        match stage.get() {
            Stage::Shown => view! {
                <button type="button" data-testid="wall-guess" on:click=press(start)>"Hide it, and let me guess"</button>
            }
            .into_any(),
            Stage::Guessing => view! {
                <p>"Draw where the line of the transformer will be: drag over the plot, or move the points with the arrow keys."</p>
                <button type="button" class="main" data-testid="wall-show" on:click=press(move || stage.set(Stage::Compared))>"Show me"</button>
            }
            .into_any(),
            Stage::Compared => {
                let far = self.measured().and_then(|measured| guess.with(|guess| SCALE.off(guess, &measured)));
                let said = far.map_or_else(
                    || "There is no measurement to compare with yet: measure the model here.".into(),
                    |points| format!("Your guess is off by {} percentage points on the mean.", format::fixed(100.0 * points, 0)),
                );
                view! {
                    <p class="verdict" data-testid="wall-verdict">{said}</p>
                    <button type="button" data-testid="wall-guess" on:click=press(start)>"Guess again"</button>
                }
                .into_any()
            }
        }
    }

    fn measuring(&self) -> AnyView {
        let Self { desk, here, asked, .. } = *self;
        if here.is_asking() {
            let done = self.of(&here).map_or(0, |wall| wall.wall.verbs.len().max(wall.wall.pronouns.len()));
            let stop = move || {
                desk.give_up(Line::Wall);
                asked.set(None);
            };
            return view! {
                <progress max="25" value=done.to_string() aria-label="Measuring"></progress>
                <span class="figure">{format!("Measured to {}", format::counted(done as u64, "word"))}</span>
                <button type="button" class="quiet" data-testid="wall-stop" on:click=press(stop)>"Stop"</button>
            }
            .into_any();
        }
        let measure = move || {
            let model = desk.model.get_untracked();
            // The run is another model after each step, so the same question is put again.
            if asked.get_untracked().as_ref() == Some(&model) {
                desk.ask(Line::Wall, Question::Wall { model, probes: PROBES });
            } else {
                asked.set(Some(model));
            }
        };
        let name = words(move || format!("Measure “{}” here", desk.model_name()));
        view! {
            <button type="button" data-testid="wall-measure" disabled=flag(move || !desk.is_ready()) on:click=press(measure)>{name}</button>
            {when(move || asked.get().is_none(), || view! { <span class="help">"About a minute: 40 pairs of each kind at each distance."</span> }.into_any())}
        }
        .into_any()
    }
}
