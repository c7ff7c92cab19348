//! The runs that both figures of scaling laws show, those made in advance and those made here, and what is fitted to them.

use leptos::prelude::*;

use super::super::{desk::Desk, desk::Replies, replies::Standing};
use crate::{
    protocol::{
        figures::{Answer, Line, Progress, Question},
        scaling::{Count, PlannedRun, ScalingFits, ScalingRun},
    },
    ui::{
        controls::{Choice, follow, nothing, press},
        format,
        scaling::{Cloud, Foretold, seconds},
    },
};

/// The bakes: the runs, what was foretold from them and came of it, and two named runs.
const RUNS: &str = "law";
const FORETOLD: &str = "law-prediction";
pub const NAMED: &str = "law-named";

/// A handle to the runs, copied freely.
#[derive(Clone, Copy)]
pub struct Runs {
    pub desk: Desk,
    baked: Replies,
    foretold: Replies,
    fits: Replies,
    /// Where runs are made here.
    pub sweep: Replies,
    /// Where a larger run is foretold and made.
    pub larger: Replies,
    /// Whether a figure is near that shows them.
    wanted: RwSignal<bool>,
    /// `total` or `others`: what a model's parameters are.
    count: RwSignal<String>,
    /// Which runs are fitted: `all`, `baked` or `own`.
    pub whose: RwSignal<String>,
    pub made: RwSignal<Made>,
}

/// What was made here.
#[derive(Default)]
pub struct Made {
    pub own: Vec<ScalingRun>,
    /// What had no loss in the end.
    pub diverged: Vec<PlannedRun>,
    /// What the visitor had foretold.
    pub locked: Vec<Foretold>,
}

impl Made {
    /// Whether something is foretold of a run that has yet to be made.
    pub fn is_locked(&self) -> bool {
        self.locked.iter().any(|foretold| foretold.run.is_none())
    }
}

impl Runs {
    pub fn open(desk: Desk) -> Self {
        let wanted = RwSignal::new(false);
        let baked = |line, name: &'static str| desk.keep_asking(line, move || wanted.get().then(|| Question::Baked { name: name.into() }));
        let (baked, foretold) = (baked(Line::Law, RUNS), baked(Line::Foretold, FORETOLD));
        let count = RwSignal::new("total".to_string());
        let whose = RwSignal::new("all".to_string());
        let made = RwSignal::new(Made::default());
        let fits = desk.keep_asking(Line::Fits, move || {
            let (runs, count) = (fitted(baked, whose, made), counted(&count.get()));
            (!runs.is_empty()).then_some(Question::Fit { runs, count, fits_offset: false })
        });
        let (sweep, larger) = (desk.line(Line::Sweep), desk.line(Line::Prediction));
        let runs = Self { desk, baked, foretold, fits, sweep, larger, wanted, count, whose, made };
        follow(move || runs.gather());
        follow(move || runs.release());
        runs
    }

    /// Reads what was made in advance, once a figure that shows it is near.
    pub fn want(&self, near: Signal<bool>) {
        let wanted = self.wanted;
        follow(move || {
            if near.get() {
                wanted.set(true);
            }
        });
    }

    /// Keeps what is made here: the answers on a line go when the next question is asked.
    fn gather(&self) {
        let (mut new, mut lost) = (ran(&self.sweep), diverged(&self.sweep));
        self.made.with_untracked(|made| {
            new.retain(|run| !made.own.contains(run));
            lost.retain(|run| !made.diverged.contains(run));
        });
        if new.len() + lost.len() > 0 {
            self.made.update(|made| {
                made.own.extend(new);
                made.diverged.extend(lost);
            });
        }
    }

    /// A worker that is gone makes nothing any more.
    fn release(&self) {
        if !self.desk.is_ready() {
            for replies in [self.sweep, self.larger] {
                if replies.standing.with_untracked(|standing| *standing == Standing::Asking) {
                    let sentence = "The worker stopped. What was measured before stands: run the rest again.";
                    replies.standing.set(Standing::Refused(sentence.into()));
                }
            }
        }
    }

    /// The runs that the laws go through.
    pub fn fitted(&self) -> Vec<ScalingRun> {
        fitted(self.baked, self.whose, self.made)
    }

    pub fn count(&self) -> Count {
        counted(&self.count.get())
    }

    /// The fits, once they are of the count that is chosen.
    pub fn fits(&self) -> Option<ScalingFits> {
        let fits = self.fits.last(|answer| if let Answer::Fits(fits) = answer { Some(ScalingFits::clone(fits)) } else { None });
        fits.filter(|fits| fits.count == self.count())
    }

    /// What is said where the fits will stand.
    pub fn waits(&self) -> &'static str {
        if self.fits.is_asking() {
            "Fitting …"
        } else if self.baked.is_asking() {
            "Reading the runs …"
        } else {
            self.desk.waits()
        }
    }

    /// `sentence` over a chart that has no points yet.
    pub fn empty(&self, sentence: &'static str) -> AnyView {
        let has_none = ran(&self.baked).is_empty() && self.made.with(|made| made.own.is_empty());
        if has_none { view! { <p class="empty">{sentence}</p> }.into_any() } else { nothing() }
    }

    /// All that is shown.
    pub fn cloud(&self) -> Cloud {
        let made = made(&self.foretold);
        let predicted = self.foretold.last(|answer| match answer {
            Answer::Predicted(prediction, planned) => Some((prediction.clone(), planned.clone())),
            _ => None,
        });
        let run = ran(&self.foretold).pop();
        let in_advance = predicted.map(|(prediction, planned)| Foretold { made, guess: None, prediction, planned, run });
        self.made.with(|made| Cloud {
            baked: ran(&self.baked),
            own: made.own.clone(),
            foretold: in_advance.into_iter().chain(made.locked.iter().cloned()).collect(),
        })
    }

    /// Whether runs are being made here.
    pub fn is_busy(&self) -> bool {
        self.sweep.is_asking() || self.larger.is_asking()
    }

    /// Why no other run can be foretold or made just now; empty if one can.
    pub fn hindrance(&self) -> &'static str {
        if self.larger.is_asking() {
            "The law is being fitted …"
        } else if self.is_busy() {
            "Runs are being made: wait for their end, or stop them."
        } else if !self.fitted().is_empty() {
            ""
        } else if self.whose.with(|whose| whose == "own") {
            "The law has no runs to go along: make some, or have it fitted to all."
        } else {
            "The runs that the law goes along are not read yet."
        }
    }

    /// How long runs of so many (operations, parameters) will take here.
    pub fn promised(&self, runs: &[(f64, u64)]) -> String {
        format::roughly(seconds(runs, &self.cloud()))
    }

    /// What the promise rests on.
    pub fn ground(&self) -> &'static str {
        let has_own = self.made.with(|made| !made.own.is_empty());
        if has_own { "at the speed of your runs" } else { "a guess, until this device has shown its speed" }
    }

    /// When what was made in advance was.
    pub fn standing(&self) -> String {
        match made(&self.baked) {
            Some(day) => format!("{} measured in advance on {day}", format::counted(ran(&self.baked).len() as u64, "run")),
            None => self.desk.waits().into(),
        }
    }

    pub fn refused(&self) -> String {
        [self.baked, self.foretold, self.fits]
            .into_iter()
            .map(|replies| replies.refusal())
            .find(|said| !said.is_empty())
            .unwrap_or_default()
    }

    /// What parameters are: the exponents depend on it.
    pub fn counting(&self, name: &'static str) -> AnyView {
        let count = self.count;
        view! {
            <Choice
                name
                label="Parameters that are counted"
                options=vec![("total", "all parameters"), ("others", "without embeddings")]
                value=count.into()
                on_choose=Callback::new(move |name| count.set(name))
            />
        }
        .into_any()
    }

    /// How far the runs on a line are, and a button that ends them.
    pub fn progress(&self, line: Line, replies: Replies, stop: &'static str) -> AnyView {
        let desk = self.desk;
        let progress = replies.last(|answer| if let Answer::Progress(progress) = answer { Some(progress.clone()) } else { None });
        let Some(Progress { what, done, seconds_left }) = progress.filter(|_| !replies.is_stale()) else {
            return view! { <span class="figure">"Reading the text …"</span> }.into_any();
        };
        let left = seconds_left.map_or(String::new(), |left| format!(" · {} left", format::duration(left.into())));
        view! {
            <progress max="1000" value=((done * 1000.0) as u32).to_string() aria-label="Runs"></progress>
            <span class="figure">{what}{left}</span>
            <button type="button" class="quiet" data-testid=stop on:click=press(move || desk.give_up(line))>"Stop"</button>
        }
        .into_any()
    }
}

fn counted(name: &str) -> Count {
    if name == "total" { Count::Total } else { Count::NonEmbedding }
}

fn fitted(baked: Replies, whose: RwSignal<String>, made: RwSignal<Made>) -> Vec<ScalingRun> {
    let whose = whose.get();
    let baked = if whose == "own" { vec![] } else { ran(&baked) };
    let own = made.with(|made| if whose == "baked" { vec![] } else { made.own.clone() });
    [baked, own].concat()
}

/// The runs that had no loss.
pub fn diverged(replies: &Replies) -> Vec<PlannedRun> {
    replies.all(|answer| if let Answer::Diverged(run) = answer { Some(run.clone()) } else { None })
}

/// The runs that were answered.
pub fn ran(replies: &Replies) -> Vec<ScalingRun> {
    replies.all(|answer| if let Answer::Ran(run) = answer { Some(run.clone()) } else { None })
}

/// The day on which answers were given in advance.
pub fn made(replies: &Replies) -> Option<String> {
    replies.last(|answer| if let Answer::Baked(baked) = answer { Some(baked.made.clone()) } else { None })
}

/// Rings where something lies in a chart, from 0 to 1 along both axes.
pub fn rings(places: impl Iterator<Item = (f64, f64)>) -> AnyView {
    let percent = |place: f64| format::fixed(100.0 * place, 2);
    let ring = |(x, y)| view! { <i class="passing" style=format!("left:{}%;bottom:{}%", percent(x), percent(y))></i> }.into_any();
    let rings: Vec<AnyView> = places.map(ring).collect();
    if rings.is_empty() { nothing() } else { rings.into_any() }
}

/// Points over a chart, each path of a class of its own.
pub fn dots<const N: usize>(paths: [(&'static str, String); N]) -> AnyView {
    let paths: Vec<AnyView> = paths
        .map(|(class, path)| view! { <path class=["dots ", class].concat() d=path vector-effect="non-scaling-stroke"/> }.into_any())
        .into();
    view! { <svg class="cloud" viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">{paths}</svg> }.into_any()
}
