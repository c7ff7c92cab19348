//! A question to a model that has only learnt to continue: twelve continuations side by side, sorted by what they are; what was
//! counted in advance; and the first of a row of answers, one for each step.

use leptos::prelude::*;

use super::super::{
    desk::Desk,
    steps::{self, QUESTION, Said},
};
use crate::{
    protocol::{
        figures::{Answer, Continuation, Exam, Line, Question},
        manner::{Manner, manner},
        models::Which,
    },
    ui::{
        controls::{flag, live, nothing, press, refusal, typed, words},
        format,
    },
};

/// Questions, and what answers them. The first stands in the field at first.
const OFFERS: [(&str, Option<&str>); 4] = [
    ("What is the capital of France?", Some("Paris")),
    ("Please tell me a joke.", None),
    ("How do I boil an egg?", None),
    ("Which language is spoken in Japan?", Some("Japanese")),
];
const COUNT: u32 = 12;
/// Tokens of each at most.
const LENGTH: u32 = 48;
const TEMPERATURE: f32 = 0.8;
/// Exams that were taken in advance.
const EXAMS: [&str; 4] = ["exam-base-small", "exam-base", "exam-base-large", "exam-base-general"];

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let prompt = RwSignal::new(OFFERS[0].0.to_string());
    let seed = RwSignal::new(1_u32);
    let replies = desk.keep_asking(Line::Answers, move || {
        let (prompt, seed, model) = (prompt.get(), seed.get(), desk.model.get());
        let question = Question::Continue { model, prompt, count: COUNT, length: LENGTH, temperature: TEMPERATURE, seed };
        near.get().then_some(question)
    });
    let offers: Vec<AnyView> = OFFERS.map(|(offer, _)| offered(offer, prompt)).into_iter().collect();
    let written = move || replies.last(|answer| if let Answer::Continued(all) = answer { Some(all.clone()) } else { None });
    let cards = move || match written() {
        Some(all) => groups(&all, &prompt.get_untracked()),
        None if replies.is_asking() => view! { <p class="waiting">"Writing…"</p> }.into_any(),
        None => view! { <p class="waiting">{desk.waits()}</p> }.into_any(),
    };
    let verdict = move || match written().filter(|_| !replies.is_asking()) {
        Some(all) => {
            let stops = all.iter().filter(|continuation| continuation.stopped).count();
            let ends = format!("Of {} continuations {stops} come to an end by themselves.", all.len());
            let answer = prompt.with_untracked(|prompt| answer(prompt));
            let goes_on = |continuation: &&Continuation| kind(continuation, answer) == Manner::AnswersAndGoesOn;
            match (answer, all.iter().filter(goes_on).count()) {
                (None, _) | (_, 0) => ends,
                (Some(answer), count) => format!("{ends} {count} say “{answer}” at once, and go on."),
            }
        }
        None => String::new(),
    };
    view! {
        <div class="answers" data-testid="answers">
            <label for="answers-prompt">"Ask it"</label>
            <div class="row">
                <input
                    id="answers-prompt"
                    data-testid="answers-prompt"
                    type="text"
                    autocomplete="off"
                    maxlength="300"
                    prop:value=prompt
                    on:input=typed(move |text| prompt.set(text))
                />
                <button type="button" data-testid="answers-again" disabled=flag(move || replies.is_asking()) on:click=press(move || seed.update(|seed| *seed += 1))>
                    "Once more"
                </button>
            </div>
            <p class="row">{offers}</p>
            {refusal("answers-refusal", move || replies.refusal())}
            <div data-testid="answers-cards">{live(cards)}</div>
            <p class="verdict" role="status" data-testid="answers-verdict">{words(verdict)}</p>
            {exams(desk, near)}
            {steps::view(vec![first_step(desk, near)])}
        </div>
    }
    .into_any()
}

fn offered(offer: &'static str, prompt: RwSignal<String>) -> AnyView {
    view! { <button type="button" class="chip" on:click=press(move || prompt.set(offer.into()))>{offer}</button> }.into_any()
}

/// What answers a question, where that is known.
fn answer(prompt: &str) -> Option<&'static str> {
    OFFERS.iter().find(|(offer, _)| *offer == prompt).and_then(|(_, answer)| *answer)
}

fn kind(Continuation { text, stopped }: &Continuation, answer: Option<&str>) -> Manner {
    manner(text, *stopped, answer, &[])
}

/// The continuations of `prompt`, those of a kind together.
fn groups(all: &[Continuation], prompt: &str) -> AnyView {
    let answer = answer(prompt);
    let group = |shown: Manner| {
        let cards: Vec<AnyView> = all.iter().filter(|continuation| kind(continuation, answer) == shown).map(card).collect();
        if cards.is_empty() {
            return nothing();
        }
        let title = format!("{} {}", cards.len(), said(shown));
        view! { <h3 class="knob-label">{title}</h3><ul class="continuations">{cards}</ul> }.into_any()
    };
    Manner::ALL.map(group).into_iter().collect::<Vec<_>>().into_any()
}

fn card(Continuation { text, stopped }: &Continuation) -> AnyView {
    let end = if *stopped { view! { <span class="ended">"Here it ended the document."</span> }.into_any() } else { nothing() };
    view! { <li data-testid="answers-card"><p>"… "{text.trim().to_owned()}</p>{end}</li> }.into_any()
}

fn said(manner: Manner) -> &'static str {
    match manner {
        Manner::AnswersAndStops => "with the answer, and then the end",
        Manner::AnswersAndGoesOn => "with the answer, and on and on",
        Manner::Asks => "with more questions, as in a quiz",
        Manner::Converses => "in which others speak, as in a forum",
        Manner::Tells => "that tell something",
    }
}

/// What the models made in advance did with 200 questions about their world.
fn exams(desk: Desk, near: Signal<bool>) -> AnyView {
    let lines: Vec<_> = (0..)
        .zip(EXAMS)
        .map(|(at, name)| desk.keep_asking(Line::Exams(at), move || near.get().then(|| Question::Baked { name: name.into() })))
        .collect();
    let refused = lines.clone();
    let refused = move || refused.iter().map(|line| line.refusal()).find(|said| !said.is_empty()).unwrap_or_default();
    let table = move || {
        let taken: Vec<Exam> = lines
            .iter()
            .filter_map(|line| line.last(|answer| if let Answer::Exam(exam) = answer { Some(exam.clone()) } else { None }))
            .collect();
        if taken.is_empty() {
            return nothing();
        }
        let head = Manner::ALL.map(|manner| view! { <th scope="col">{said(manner)}</th> }.into_any());
        let row = |exam: &Exam| {
            let counts: Vec<AnyView> =
                exam.manners.iter().map(|(_, count)| view! { <td>{format::integer(u64::from(*count))}</td> }.into_any()).collect();
            let [right, of] = exam.facts.iter().fold([0, 0], |[right, of], known| [right + known.right, of + known.of]);
            let known = format::percent(f64::from(right) / f64::from(of.max(1)));
            view! { <tr><th scope="row">{exam.name.clone()}</th>{counts}<td>{known}</td></tr> }.into_any()
        };
        let rows: Vec<AnyView> = taken.iter().map(row).collect();
        view! {
            <h3>"Of 200 questions about its world"</h3>
            <div class="scrolls" tabindex="0" role="group" aria-label="Continuations of 200 questions, counted">
                <table class="counts" data-testid="answers-exams">
                    <thead><tr><th scope="col">"Model"</th>{head.into_iter().collect::<Vec<_>>()}<th scope="col">"facts that it can complete"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="help">"Measured in advance. A fact counts as known if the likeliest words after, say, “The capital of France is” are the true ones."</p>
        }
        .into_any()
    };
    view! { {live(table)} {refusal("exams-refusal", refused)} }.into_any()
}

/// The first of the row of answers: what the base model finds likeliest.
fn first_step(desk: Desk, near: Signal<bool>) -> Said {
    let question = || Question::Continue {
        model: Which::Baked("base".into()),
        prompt: QUESTION.into(),
        count: 1,
        length: 40,
        temperature: 0.0,
        seed: 1,
    };
    let replies = desk.keep_asking(Line::Step(3), move || near.get().then(question));
    let text = move || {
        replies.last(|answer| match answer {
            Answer::Continued(all) => all.first().map(|first| (first.text.trim().to_owned(), first.stopped)),
            _ => None,
        })
    };
    Said { step: 3, learnt: "read everything", text: Signal::derive(text), refusal: words(move || replies.refusal()) }
}
