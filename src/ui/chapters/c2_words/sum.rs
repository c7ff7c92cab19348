//! Arithmetic with words: a − b + c, and the parallelogram behind it.

use leptos::prelude::*;

use super::{
    desk::Desk,
    parts::{Inquiry, chips, field, first, nearest, waiting},
};
use crate::{
    protocol::words::{Answer, Line, Question, Sum},
    ui::{
        controls::{live, refusal, words},
        format,
        labels::{Place, beside, short},
        offers::Offers,
    },
};

const OFFERS: Offers = Offers {
    usual: &[&["king", "man", "woman"], &["uncle", "man", "woman"], &["prince", "boy", "girl"], &["paris", "france", "italy"]],
    of: |words| words.map(String::from).into(),
    label: |words| format!("{} − {} + {}", words[0], words[1], words[2]),
};

/// Where even the last of the nearest words is as near as this, nearly all are: they begin in one crowd.
const CROWDED: f32 = 0.95;

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let three = first(&OFFERS);
    let inquiry = Inquiry::about(&three, desk, Line::Arithmetic, near, move || Question::Sum { words: three.map(|word| word.get()) });
    let answer = move || inquiry.answer(|answer| if let Answer::Sum(sum) = answer { Some(sum.clone()) } else { None });
    let is_unfinished = Memo::new(move |_| desk.is_unfinished());
    let says = move || {
        let sum = |Sum { words: [a, b, c], found, .. }: Sum| {
            if is_unfinished.get() && found.last()?.cosine > CROWDED {
                return Some("So far all words lie in one crowd, and no sum says anything.".into());
            }
            Some(format!("{}{a} − {b} + {c} ≈ {}", if is_unfinished.get() { "So far: " } else { "" }, found.first()?.word))
        };
        answer().and_then(sum).unwrap_or_default()
    };
    let drawn = move || match answer() {
        Some(sum) => {
            view! { <div class="written">{parallelogram(&sum)}<div class="inside">{nearest("The nearest words", &sum.found)}</div></div> }
                .into_any()
        }
        None => waiting(desk),
    };
    view! {
        <div class="sum" data-testid="sum">
            <div class="word-fields three">
                {field("sum-a", "Take", three[0])}{field("sum-b", "less", three[1])}{field("sum-c", "plus", three[2])}
            </div>
            {chips(desk, "sum", OFFERS, &three)}
            {refusal("sum-refusal", move || inquiry.refusal())}
            <p class="verdict" role="status" data-testid="sum-verdict">{words(says)}</p>
            {live(drawn)}
            <p class="help">"The ring is where the sum leads, in the plane of the three words; a hundred dimensions are pressed flat there, so that the nearest word can look farther off than it is. The list is of the nearest words, by the cosine of the angle between them. The three words of the sum itself are left out, as is the custom: one of them is often nearest of all."</p>
        </div>
    }
    .into_any()
}

/// The plane of the three words, in a square that holds all five points.
fn parallelogram(Sum { words, found, places }: &Sum) -> AnyView {
    let [a, b, c] = words.clone();
    const SIDE: f64 = 300.0;
    const MARGIN: f64 = 46.0;
    let bounds = |axis: usize| {
        let along = || places.iter().map(move |place| f64::from(place[axis]));
        (along().fold(f64::INFINITY, f64::min), along().fold(f64::NEG_INFINITY, f64::max))
    };
    let [(left, right), (bottom, top)] = [bounds(0), bounds(1)];
    let scale = (SIDE - 2.0 * MARGIN) / (right - left).max(top - bottom).max(1e-6);
    let middle = [(left + right) / 2.0, (bottom + top) / 2.0];
    let at =
        |place: &[f32; 2]| [SIDE / 2.0 + (f64::from(place[0]) - middle[0]) * scale, SIDE / 2.0 - (f64::from(place[1]) - middle[1]) * scale];
    let points: Vec<Place> = places.iter().map(at).collect();
    let number = |x: f64| format::fixed(x, 1).replace('−', "-");
    let line = |from: usize, to: usize, class: &'static str| {
        let [[x1, y1], [x2, y2]] = [points[from], points[to]].map(|point| point.map(number));
        view! { <line x1=x1 y1=y1 x2=x2 y2=y2 class=class></line> }.into_any()
    };
    let nearest = found.first().map_or(String::new(), |near| near.word.clone());
    let label = format!("{b} to {a} is drawn beside {c} to where the sum leads; {nearest} lies near it");
    let [x, y] = points[3].map(number);
    let named = [points[0], points[1], points[2], points[4]];
    let names = [a, b, c, nearest].map(|name| short(&name));
    let mark = |(((&[x, y], at), name), class): (((&Place, Place), &String), &'static str)| {
        let [x, y, at_x, at_y] = [x, y, at[0], at[1]].map(number);
        view! {
            <circle cx=x cy=y r="4" class=class></circle>
            <text x=at_x y=at_y text-anchor="middle" class=class>{name.clone()}</text>
        }
        .into_any()
    };
    let places = beside(&named, &names, &points[3..4], [SIDE; 2]);
    let marks = named.iter().zip(places).zip(&names).zip(["word", "word", "word", "word found"]).map(mark);
    let marks: Vec<AnyView> = marks.collect();
    view! {
        <svg class="parallelogram" viewBox="0 0 300 300" role="img" aria-label=label data-testid="parallelogram">
            {line(1, 0, "given")}{line(1, 2, "aside")}{line(2, 3, "given")}{line(0, 3, "aside")}{line(3, 4, "miss")}
            {marks}
            <circle cx=x cy=y r="6" class="goal"></circle>
        </svg>
    }
    .into_any()
}
