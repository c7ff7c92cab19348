//! The order of words is lost in their sum: two paths that end in the same place.

use leptos::prelude::*;

use super::{
    desk::Desk,
    parts::{chips, field, waiting},
};
use crate::{
    protocol::words::{Answer, Line, Order, Question, Step},
    ui::{
        controls::{live, refusal, words},
        format,
    },
};

const OFFERS: [[&str; 2]; 3] = [
    ["the dog sees the man", "the man sees the dog"],
    ["the cat eats the fish", "the fish eats the cat"],
    ["the king is old", "the queen is old"],
];
/// Sums that are as alike are the same but for rounding.
const SAME: f32 = 0.9999;

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let pair = OFFERS[0].map(|sentence| RwSignal::new(sentence.to_string()));
    let replies = desk.keep_asking(Line::Order, true, move || {
        let sentences = pair.map(|sentence| sentence.get());
        (near.get() && sentences.iter().all(|sentence| !sentence.trim().is_empty())).then_some(Question::Order { sentences })
    });
    let answer = move || replies.last(|answer| if let Answer::Order(order) = answer { Some(order.clone()) } else { None });
    view! {
        <div class="order" data-testid="order">
            <div class="word-fields">{field("order-first", "One sentence", pair[0])}{field("order-second", "Another", pair[1])}</div>
            {chips("order", &OFFERS, |[a, b]| format!("{a} / {b}"), pair)}
            {refusal("order-refusal", move || replies.refusal())}
            {live(move || answer().map_or_else(|| waiting(desk), |order| draw(&order)))}
            <p class="verdict" role="status" data-testid="order-verdict">{words(move || answer().map_or_else(String::new, |order| verdict(&order)))}</p>
        </div>
    }
    .into_any()
}

fn draw(Order { paths, .. }: &Order) -> AnyView {
    const WIDTH: f64 = 600.0;
    const HEIGHT: f64 = 320.0;
    const MARGIN: f64 = 50.0;
    let all = || paths.iter().flatten().map(|step| step.place).chain([[0.0; 2]]);
    let bounds = |axis: usize| {
        let along = || all().map(move |place| f64::from(place[axis]));
        (along().fold(f64::INFINITY, f64::min), along().fold(f64::NEG_INFINITY, f64::max))
    };
    let [(left, right), (bottom, top)] = [bounds(0), bounds(1)];
    let scale = ((WIDTH - 2.0 * MARGIN) / (right - left).max(1e-6)).min((HEIGHT - 2.0 * MARGIN) / (top - bottom).max(1e-6));
    let number = |x: f64| format::fixed(x, 1).replace('−', "-");
    let at = |place: [f32; 2]| {
        let [x, y] = place.map(f64::from);
        [WIDTH / 2.0 + (x - (left + right) / 2.0) * scale, HEIGHT / 2.0 - (y - (bottom + top) / 2.0) * scale]
    };
    let path = |(steps, class): (&Vec<Step>, &'static str)| {
        let mut from = at([0.0; 2]);
        let leg = |step: &Step| {
            let to = at(step.place);
            let [[x1, y1], [x2, y2]] = [from, to];
            from = to;
            let middle = [(x1 + x2) / 2.0, (y1 + y2) / 2.0 - 6.0];
            let word = step.known.then(|| {
                view! { <text x=number(middle[0]) y=number(middle[1]) text-anchor="middle">{step.word.clone()}</text> }.into_any()
            });
            view! { <line x1=number(x1) y1=number(y1) x2=number(x2) y2=number(y2)></line>{word} }.into_any()
        };
        let legs: Vec<AnyView> = steps.iter().map(leg).collect();
        let [x, y] = from.map(number);
        view! { <g class=class>{legs}<circle cx=x cy=y r="5"></circle></g> }.into_any()
    };
    let drawn: Vec<AnyView> = paths.iter().zip(["one", "other"]).map(path).collect();
    let [x, y] = at([0.0; 2]).map(number);
    let mut unknown: Vec<&str> = paths.iter().flatten().filter(|step| !step.known).map(|step| step.word.as_str()).collect();
    unknown.sort_unstable();
    unknown.dedup();
    let left_out = if unknown.is_empty() { String::new() } else { format!("Not in the text, and so no step: {}.", unknown.join(", ")) };
    view! {
        <svg class="paths" viewBox="0 0 600 320" role="img" aria-label="Two paths, a step a word, from one beginning" data-testid="order-paths">
            {drawn}
            <circle cx=x.clone() cy=y.clone() r="4" class="origin"></circle>
            <text x=x y=y dx="8" dy="18">"start"</text>
        </svg>
        <p class="help">{"The first sentence is the full line, the second the broken one; the rings are their ends. "}{left_out}</p>
    }
    .into_any()
}

fn verdict(Order { cosine, .. }: &Order) -> String {
    match *cosine {
        cosine if cosine > SAME => "Both paths end in the very same place: to a sum of vectors these two sentences are one.".into(),
        cosine => format!("The two ends are {} alike.", format::percent(cosine.max(0.0).into())),
    }
}
