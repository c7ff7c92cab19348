//! One-hot codes against what was learnt: in the one every pair of words is equally far, in the other some are near.

use leptos::prelude::*;

use super::{
    desk::Desk,
    parts::{chips, field, first, waiting},
};
use crate::{
    protocol::words::{Alike, Answer, Line, Question},
    ui::{
        controls::{live, nothing, refusal, words},
        format,
        offers::{Offers, different},
    },
};

/// Words that fit beside each other.
const MOST: usize = 6;
const OFFERS: Offers = Offers {
    usual: &[&["cat dog hammer"], &["king queen man woman"], &["monday tuesday apple pear"], &["paris rome france italy"]],
    of: |words| vec![words.join(" ")],
    label: |texts| texts[0].replace(' ', ", "),
};

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let [text] = first(&OFFERS);
    let given = Memo::new(move |_| different(&text.get()));
    let asked = move || {
        let words: Vec<String> = given.get().into_iter().take(MOST).collect();
        (near.get() && words.len() > 1).then_some(Question::Alike { words })
    };
    let replies = desk.keep_asking(Line::OneHot, asked);
    let answer = move || {
        let last = replies.last(|answer| if let Answer::Alike(alike) = answer { Some(alike.clone()) } else { None });
        last.filter(|_| given.with(|given| given.len() > 1))
    };
    let is_unfinished = Memo::new(move |_| desk.is_unfinished());
    let drawn = move || match answer() {
        Some(alike) => draw(&alike, is_unfinished.get()),
        None if given.with(|given| given.len() < 2) => nothing(),
        None => waiting(desk),
    };
    let refused = move || match given.with(Vec::len) {
        0 | 1 => "Type two different words at least, with a space between them.".into(),
        count if count > MOST => format!("There is room for {MOST} words: the first {MOST} are compared."),
        _ => replies.refusal(),
    };
    view! {
        <div class="onehot" data-testid="onehot">
            {field("onehot-words", "Two to six words", text)}
            {chips(desk, "onehot", OFFERS, &[text])}
            {refusal("onehot-refusal", refused)}
            {live(drawn)}
            <p class="verdict" role="status" data-testid="onehot-verdict">
                {words(move || answer().map_or_else(String::new, |alike| verdict(&alike, is_unfinished.get())))}
            </p>
        </div>
    }
    .into_any()
}

fn draw(alike: &Alike, is_unfinished: bool) -> AnyView {
    let of = format::integer(alike.vocabulary.into());
    let code = |(word, place): &(String, Option<u32>)| {
        let word = word.clone();
        let (place, says) = match place {
            Some(place) => {
                let share = f64::from(*place) / f64::from(alike.vocabulary.max(1));
                (format!("--place:{}%", format::fixed(share * 100.0, 2)), format!("box {} of {of}", format::integer(u64::from(*place) + 1)))
            }
            None => ("--place:-9%".into(), "not in the text".into()),
        };
        view! { <li style=place><b>{word}</b><span class="code" aria-hidden="true"></span><span class="help">{says}</span></li> }.into_any()
    };
    let codes: Vec<AnyView> = alike.words.iter().map(code).collect();
    view! {
        <ol class="codes" aria-label="One-hot codes">{codes}</ol>
        <div class="sides">
            {table(alike, "As one-hot codes", "onehot-codes", |_, _| 0.0)}
            {table(alike, if is_unfinished { "As learnt so far" } else { "As learnt" }, "onehot-learnt", |i, j| alike.cosines[i * alike.words.len() + j])}
        </div>
    }
    .into_any()
}

/// How alike each is to each: the fuller the cell the more.
fn table(alike: &Alike, title: &'static str, id: &'static str, cosine: impl Fn(usize, usize) -> f32) -> AnyView {
    let heads: Vec<AnyView> = alike.words.iter().map(|(word, _)| view! { <th scope="col">{word.clone()}</th> }.into_any()).collect();
    let row = |i: usize| {
        let cell = |j: usize| {
            let is_known = alike.words[i].1.is_some() && alike.words[j].1.is_some();
            let value = if i == j { 1.0 } else { cosine(i, j) };
            let (says, share) = if is_known { (format::fixed(value.into(), 2), value.clamp(0.0, 1.0)) } else { ("–".into(), 0.0) };
            let fill = format!("--share:{}%", format::fixed(f64::from(share) * 70.0, 0));
            view! { <td style=fill data-same=(i == j).to_string()>{says}</td> }.into_any()
        };
        let cells: Vec<AnyView> = (0..alike.words.len()).map(cell).collect();
        view! { <tr><th scope="row">{alike.words[i].0.clone()}</th>{cells}</tr> }.into_any()
    };
    let rows: Vec<AnyView> = (0..alike.words.len()).map(row).collect();
    view! {
        <div class="side alike">
            <table data-testid=id><caption>{title}</caption><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// Of words that are all as alike as this nothing is to be said yet: all begin in one crowd.
const CROWDED: f32 = 0.9;

/// The most alike of all pairs.
fn verdict(Alike { words, cosines, .. }: &Alike, is_unfinished: bool) -> String {
    let count = words.len();
    let known = |i: usize| words[i].1.is_some();
    let pairs = || (0..count).flat_map(|i| (0..i).map(move |j| (j, i))).filter(|&(j, i)| known(i) && known(j));
    let cosine = |(j, i): (usize, usize)| cosines[j * count + i];
    let Some((j, i)) = pairs().max_by(|a, b| cosine(*a).total_cmp(&cosine(*b))) else {
        let unknown: Vec<&str> = words.iter().filter(|(_, place)| place.is_none()).map(|(word, _)| word.as_str()).collect();
        return format!("Not in the text, so nothing was learnt of it: {}.", unknown.join(", "));
    };
    if is_unfinished && pairs().all(|pair| cosine(pair) > CROWDED) {
        return "To the codes all pairs are equally strange. So far the learnt ones are all alike: words begin in one crowd, and part."
            .into();
    }
    let when = if is_unfinished { "So far" } else { "As learnt" };
    format!("To the codes all pairs are equally strange. {when}, “{}” and “{}” are the most alike.", words[j].0, words[i].0)
}
