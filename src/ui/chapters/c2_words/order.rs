//! The order of words is lost in their sum: two paths that end in the same place.

use leptos::prelude::*;

use super::{
    desk::Desk,
    parts::{Inquiry, chips, field, first, waiting},
};
use crate::{
    protocol::words::{Answer, Line, Order, Question, Step},
    ui::{
        controls::{live, refusal, words},
        format,
        labels::{Place, beside, short},
        offers::Offers,
    },
};

const OFFERS: Offers = Offers {
    usual: &[
        &["the dog sees the man", "the man sees the dog"],
        &["the cat eats the fish", "the fish eats the cat"],
        &["the king is old", "the queen is old"],
    ],
    of: |[a, b, c]| [[a, b, c], [c, b, a]].iter().map(|words| words.join(" ")).collect(),
    label: |sentences| sentences.join(" / "),
};
/// Sums that are as alike are the same but for rounding.
const SAME: f32 = 0.9999;

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let pair = first(&OFFERS);
    let inquiry =
        Inquiry::about(&pair, desk, Line::Order, near, move || Question::Order { sentences: pair.map(|sentence| sentence.get()) });
    let answer = move || inquiry.answer(|answer| if let Answer::Order(order) = answer { Some(order.clone()) } else { None });
    view! {
        <div class="order" data-testid="order">
            <div class="word-fields">{field("order-first", "One sentence", pair[0])}{field("order-second", "Another", pair[1])}</div>
            {chips(desk, "order", OFFERS, &pair)}
            {refusal("order-refusal", move || inquiry.refusal())}
            {live(move || answer().map_or_else(|| waiting(desk), |order| draw(&order)))}
            <p class="verdict" role="status" data-testid="order-verdict">{words(move || answer().map_or_else(String::new, |order| verdict(&order)))}</p>
        </div>
    }
    .into_any()
}

fn draw(Order { paths, .. }: &Order) -> AnyView {
    const WIDTH: f64 = 400.0;
    const HEIGHT: f64 = 300.0;
    const MARGIN: f64 = 36.0;
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
    let start = at([0.0; 2]);
    // Each step's word, and its middle, beside which the word is written.
    let (mut steps, mut middles) = (vec![("start".to_string(), "")], vec![start]);
    let mut ends = Vec::new();
    let path = |(path, class): (&Vec<Step>, &'static str)| {
        let mut from = start;
        let leg = |step: &Step| {
            let ends = [from, at(step.place)];
            from = ends[1];
            if step.known {
                steps.push((short(&step.word), class));
                middles.push([0, 1].map(|axis| (ends[0][axis] + ends[1][axis]) / 2.0));
            }
            let [[x1, y1], [x2, y2]] = ends.map(|end| end.map(number));
            view! { <line x1=x1 y1=y1 x2=x2 y2=y2></line> }.into_any()
        };
        let legs: Vec<AnyView> = path.iter().map(leg).collect();
        ends.push(from);
        let [x, y] = from.map(number);
        view! { <g class=class>{legs}<circle cx=x cy=y r="5"></circle></g> }.into_any()
    };
    let drawn: Vec<AnyView> = paths.iter().zip(["one", "other"]).map(path).collect();
    let (names, classes): (Vec<String>, Vec<&'static str>) = steps.into_iter().unzip();
    let name = |((at, name), class): ((Place, &String), &'static str)| {
        let [x, y] = at.map(number);
        view! { <text x=x y=y text-anchor="middle" class=class>{name.clone()}</text> }.into_any()
    };
    let places = beside(&middles, &names, &ends, [WIDTH, HEIGHT]);
    let names: Vec<AnyView> = places.into_iter().zip(&names).zip(classes).map(name).collect();
    let [x, y] = start.map(number);
    let mut unknown: Vec<&str> = paths.iter().flatten().filter(|step| !step.known).map(|step| step.word.as_str()).collect();
    unknown.sort_unstable();
    unknown.dedup();
    let left_out = if unknown.is_empty() { String::new() } else { format!("Not in the text, and so no step: {}.", unknown.join(", ")) };
    view! {
        <svg class="paths" viewBox="0 0 400 300" role="img" aria-label="Two paths, a step a word, from one beginning" data-testid="order-paths">
            {drawn}
            <circle cx=x cy=y r="4" class="origin"></circle>
            {names}
        </svg>
        <p class="help">{"The first sentence is the full line, the second the broken one; the rings are their ends. "}{left_out}</p>
    }
    .into_any()
}

fn verdict(Order { cosine, .. }: &Order) -> String {
    match *cosine {
        cosine if cosine > SAME => "Both paths end in the very same place: to a sum of vectors these two sentences are one.".into(),
        cosine => format!("Seen from the start, the ways to the two ends are {} alike.", format::percent(cosine.max(0.0).into())),
    }
}
