//! A word with two meanings has one vector.

use leptos::prelude::*;

use super::{
    desk::Desk,
    parts::{chips, field, nearest, waiting},
};
use crate::{
    protocol::words::{Answer, Line, Question, Senses, Use},
    ui::{
        controls::{live, refusal, words},
        format,
    },
};

const OFFERS: [[&str; 1]; 4] = [["saw"], ["orange"], ["light"], ["spring"]];

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let word = RwSignal::new(OFFERS[0][0].to_string());
    let replies = desk.keep_asking(Line::Senses, true, move || {
        let word = word.get();
        (near.get() && !word.trim().is_empty()).then_some(Question::Senses { word })
    });
    let answer = move || replies.last(|answer| if let Answer::Senses(senses) = answer { Some(senses.clone()) } else { None });
    view! {
        <div class="senses" data-testid="senses">
            {field("senses-word", "A word with two meanings", word)}
            {chips("senses", &OFFERS, |[word]| (*word).into(), [word])}
            {refusal("senses-refusal", move || replies.refusal())}
            {live(move || answer().map_or_else(|| waiting(desk), |senses| draw(&senses)))}
            <p class="verdict" role="status" data-testid="senses-verdict">{words(move || answer().map_or_else(String::new, |senses| {
                format!("{} times in the text, and one single place on the map for all of them.", format::integer(senses.count))
            }))}</p>
        </div>
    }
    .into_any()
}

fn draw(Senses { word, near, uses, .. }: &Senses) -> AnyView {
    let card = |Use { before, after }: &Use| {
        let (before, after, word) = (before.clone() + " ", " ".to_owned() + after, word.clone());
        view! { <li class="use" data-testid="use"><p class="quote">{before}<b>{word}</b>{after}</p></li> }.into_any()
    };
    view! {
        <ul class="uses" aria-label="Two places in the text">{uses.iter().map(card).collect::<Vec<_>>()}</ul>
        <p class="help">"Two places in the text where it stands in the most different company."</p>
        <p>{format!("The words nearest to “{word}”, whichever is meant")}</p>
        {nearest("The nearest words", near)}
    }
    .into_any()
}
