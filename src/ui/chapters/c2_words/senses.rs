//! A word with two meanings has one vector.

use leptos::prelude::*;

use super::{
    desk::Desk,
    parts::{Inquiry, chips, field, first, nearest, waiting},
};
use crate::{
    protocol::words::{Answer, Line, Question, Senses, Use},
    ui::{
        controls::{live, refusal, words},
        format,
        offers::Offers,
    },
};

const OFFERS: Offers = Offers {
    usual: &[&["orange", "pear", "yellow"], &["saw", "hammer", "watched"]],
    of: |words| words.map(String::from).into(),
    label: |words| format!("{}: {} or {}", words[0], words[1], words[2]),
};

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let three = first(&OFFERS);
    let inquiry = Inquiry::about(&three, desk, Line::Senses, near, move || {
        let [word, one, other] = three.map(|word| word.get());
        Question::Senses { word, cues: [one, other] }
    });
    let answer = move || inquiry.answer(|answer| if let Answer::Senses(senses) = answer { Some(senses.clone()) } else { None });
    view! {
        <div class="senses" data-testid="senses">
            <div class="word-fields three">
                {field("senses-word", "A word", three[0])}{field("senses-one", "as in", three[1])}{field("senses-other", "or as in", three[2])}
            </div>
            {chips(desk, "senses", OFFERS, &three)}
            {refusal("senses-refusal", move || inquiry.refusal())}
            {live(move || answer().map_or_else(|| waiting(desk), |senses| draw(&senses)))}
            <p class="verdict" role="status" data-testid="senses-verdict">{words(move || answer().map_or_else(String::new, |senses| {
                format!("{} times in the text, and one single place on the map for all of them.", format::integer(senses.count))
            }))}</p>
        </div>
    }
    .into_any()
}

fn draw(Senses { word, near, uses, .. }: &Senses) -> AnyView {
    let card = |Use { cue, cosine, before, after }: &Use| {
        let (before, after) = (before.clone() + " ", " ".to_owned() + after);
        let near = format!(
            "The text’s best place in the company of “{cue}”. Nearness of “{word}” to “{cue}”: {}.",
            format::fixed((*cosine).into(), 2)
        );
        let word = word.clone();
        view! {
            <li class="use" data-testid="use">
                <p class="quote">{before}<b>{word}</b>{after}</p>
                <p class="help">{near}</p>
            </li>
        }
        .into_any()
    };
    view! {
        <ul class="uses" aria-label="Two places in the text">{uses.iter().map(card).collect::<Vec<_>>()}</ul>
        <p class="help">"Quoted as the model reads: in lower case, and without words that are too rare to have a vector."</p>
        <p>{format!("The words nearest to “{word}”, whichever is meant")}</p>
        {nearest("The nearest words", near)}
    }
    .into_any()
}
