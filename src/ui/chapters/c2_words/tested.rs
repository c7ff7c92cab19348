//! The test of analogies by relation, as the training goes.

use leptos::prelude::*;

use super::desk::Desk;
use crate::{
    protocol::words::{Answer, Built, Line, Method, Question, Tested},
    ui::{
        controls::{live, nothing, refusal, when, words},
        figures::{Cursor, Labels, LineChart},
        format,
        lines::{Lines, Series},
        plot::Axis,
    },
};

pub fn view(desk: Desk) -> AnyView {
    // From the beginning: whoever reads on to here comes when the training is over.
    let replies = desk.keep_asking(Line::Test, || Some(Question::Test));
    let tests = move || replies.all(|answer| if let Answer::Tested(tested) = answer { Some(tested.clone()) } else { None });
    let names = move || -> Vec<String> {
        desk.built.with(|built| {
            built.as_ref().map_or_else(Vec::new, |built| built.relations.iter().map(|relation| relation.name.clone()).collect())
        })
    };
    let chosen = RwSignal::new(None::<usize>);
    let shown = move || tests().len().checked_sub(1).map(|last| chosen.get().map_or(last, |place| place.min(last)));
    let reading = move || match shown().and_then(|place| tests().into_iter().nth(place)) {
        Some(test) => said(&test, &names()),
        None => String::new(),
    };
    let cursor =
        Cursor { at: Signal::derive(shown), set: Callback::new(move |place| chosen.set(Some(place))), said: words(reading), hovers: false };
    let labels = Labels {
        name: "test",
        label: "Share of analogies that are answered right, for each relation, as the training goes",
        x: "of the training, in %",
        y: "answered right",
        values: format::percent,
        empty: "The lines appear here as words are learnt.",
    };
    // Counting is no course of lessons, and some texts cannot be tested.
    let goes_on = move || {
        let is_tested = |built: &Built| built.setup.method != Method::Counting && !built.relations.is_empty();
        desk.built.with(|built| built.as_ref().is_none_or(is_tested))
    };
    let chart = move || {
        let lines = Memo::new(move |_| lines(&tests(), &names()));
        view! {
            <LineChart lines=lines labels=labels cursor=Some(cursor)/>
            <p class="help">"What never gets beyond 5\u{a0}% has no line."</p>
        }
        .into_any()
    };
    view! {
        <div class="tested" data-testid="test">
            {refusal("test-refusal", move || replies.refusal())}
            {when(goes_on, chart)}
            {live(move || shown().and_then(|place| tests().into_iter().nth(place)).map_or_else(nothing, |test| list(&test, &names())))}
            <p class="help">"Each question is “a is to b as c is to what?”, with pairs that the world knows. The nearest word, those three left out, must be the right one."</p>
        </div>
    }
    .into_any()
}

/// A relation that is answered so well at some time has a line.
const LEAST: f64 = 0.05;

fn share([right, of]: [u32; 2]) -> f64 {
    f64::from(right) / f64::from(of.max(1))
}

fn lines(tests: &[Tested], names: &[String]) -> Lines {
    // What hardly ever comes out right would lie in a heap at the bottom.
    let rises = |i: &usize| tests.iter().any(|test| test.right.get(*i).is_some_and(|right| share(*right) > LEAST));
    let series = (0..names.len()).filter(rises).map(|i| Series {
        name: letter(i).into(),
        points: tests.iter().filter_map(|test| Some((percent(test), share(*test.right.get(i)?)))).collect(),
    });
    let axis = |to| Axis { from: 0.0, to, log: false };
    let ticks = |to: f64| [0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick * to, format::percent(tick))).into();
    Lines {
        series: series.collect(),
        lit: None,
        x: axis(100.0),
        y: axis(1.0),
        x_ticks: ticks(100.0),
        y_ticks: ticks(1.0),
        chance: None,
        fall: None,
        stops: tests.iter().map(percent).collect(),
    }
}

/// How much of the training is done.
fn percent(test: &Tested) -> f64 {
    (100.0 * f64::from(test.done)).round()
}

/// The lines' short names.
fn letter(index: usize) -> &'static str {
    const LETTERS: &str = "ABCDEFGHIJ";
    LETTERS.get(index..=index).unwrap_or_default()
}

/// Each line's relation, and how much of it is answered right.
fn list(test: &Tested, names: &[String]) -> AnyView {
    let row = |(i, (right, name)): (usize, (&[u32; 2], &String))| {
        let length = format!("--length:{}%", format::fixed(share(*right) * 100.0, 1));
        view! {
            <li class="bar" style=length>
                <span><b data-line=letter(i)>{letter(i)}</b>" "{name.clone()}</span>
                <span class="share">{format::percent(share(*right))}</span>
            </li>
        }
        .into_any()
    };
    let mut shares: Vec<_> = test.right.iter().zip(names).enumerate().collect();
    shares.sort_unstable_by(|a, b| share(*b.1.0).total_cmp(&share(*a.1.0)));
    let rows: Vec<AnyView> = shares.into_iter().map(row).collect();
    view! { <ol class="distribution relations" aria-label="Answered right">{rows}</ol> }.into_any()
}

/// What was right, the best relation first.
fn said(test: &Tested, names: &[String]) -> String {
    let mut shares: Vec<(f64, &String)> = test.right.iter().zip(names).map(|(right, name)| (share(*right), name)).collect();
    shares.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let parts: Vec<String> = shares.iter().map(|(share, name)| format!("{name} {}", format::percent(*share))).collect();
    format!("After {} of the training: {}.", format::percent(test.done.into()), parts.join(", "))
}
