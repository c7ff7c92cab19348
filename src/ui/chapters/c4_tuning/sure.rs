//! Sure, and wrong: right and wrong answers side by side. Can the visitor tell them apart? Can the model?

use leptos::prelude::*;

use super::{
    super::steps::{self, QUESTION, Said},
    desk::{Desk, Replies},
};
use crate::{
    protocol::{
        models::Which,
        post_training::{Answer, Line, Question},
        tuning::{Kind, Split, Sureness},
    },
    ui::{
        controls::{live, nothing, press, refusal},
        format,
        tuning::{auroc, histogram},
    },
};

/// Answers of the tuned model, judged in advance.
const MADE: &str = "tuning-sure";
/// The row of answers: each step, what its model has learnt, the model, and whether it is asked or goes on.
const STEPS: [(u8, &str, &str, bool); 2] = [(3, "read everything", "base", false), (4, "was shown answers", "sft", true)];
const ROUNDS: usize = 10;
const BINS: usize = 10;
/// Whether an answer belongs to a group.
type Belongs = fn(&Sureness) -> bool;
/// Apart for what the model was shown, what the base model knew and nobody showed, and what neither knew.
const GROUPS: [(&str, Belongs); 4] = [
    ("facts that it was shown", |one| one.split == Split::Shown && one.kind.is_fact()),
    ("facts that it knew before, and was not shown", |one| one.split == Split::Subject && one.kind.is_fact() && one.known),
    ("sums", |one| one.kind == Kind::Sum),
    ("facts that it did not know", |one| one.split == Split::Subject && one.kind.is_fact() && !one.known),
];

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    made: Replies,
    /// Whether the visitor was right, in each round; and whether the answer of the last one was.
    rounds: RwSignal<Vec<bool>>,
    last: RwSignal<Option<(String, bool, f32)>>,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let made = desk.baked(Line::Tuned(5), MADE, near);
    let figure = Figure { desk, made, rounds: RwSignal::new(vec![]), last: RwSignal::new(None) };
    view! {
        <div class="tuning" data-testid="sure">
            <div role="status" data-testid="sure-round">{live(move || figure.round())}</div>
            <h3>"And the model itself?"</h3>
            {live(move || figure.groups())}
            {refusal("sure-refusal", move || made.refusal())}
            {steps::view(STEPS.map(|step| said(desk, near, step)).into())}
        </div>
    }
    .into_any()
}

impl Figure {
    fn answers(&self) -> Vec<Sureness> {
        self.made.last(|answer| if let Answer::Sure(all) = answer { Some(all.clone()) } else { None }).unwrap_or_default()
    }

    /// Answers on facts, as many right ones as wrong ones, by turns that cannot be foreseen.
    fn asked(&self) -> Vec<Sureness> {
        let (right, wrong): (Vec<_>, Vec<_>) =
            self.answers().into_iter().filter(|one| one.kind.is_fact() && one.split == Split::Subject).partition(|one| one.right);
        let pick = |all: &[Sureness], at: usize| all.get(at * 13 % all.len().max(1)).cloned();
        (0..ROUNDS).filter_map(|at| if [0, 3, 4, 7, 8].contains(&at) { pick(&right, at) } else { pick(&wrong, at) }).collect()
    }

    fn round(&self) -> AnyView {
        let (rounds, last) = (self.rounds, self.last);
        let asked = self.asked();
        let done = rounds.with(Vec::len);
        let told = last.get().map(|(answer, right, mean)| {
            let truth = if right { "right" } else { "wrong" };
            let said =
                format!("“{answer}” was {truth}. The model gave its words a probability of {} on the mean.", format::percent(mean.into()));
            view! { <p data-testid="sure-told">{said}</p> }.into_any()
        });
        let told = told.unwrap_or_else(nothing);
        if asked.is_empty() {
            return view! { <p class="waiting">{self.desk.waits()}</p> }.into_any();
        }
        if done >= asked.len() {
            let hits = rounds.with(|rounds| rounds.iter().filter(|hit| **hit).count());
            let again = move || {
                rounds.set(vec![]);
                last.set(None);
            };
            return view! {
                {told}
                <p class="verdict" data-testid="sure-verdict">{format!("You were right about {hits} of {done}; a coin would be about {}.", done / 2)}</p>
                <button type="button" on:click=press(again)>"Once more"</button>
            }
            .into_any();
        }
        let Sureness { prompt, answer, right, mean, .. } = asked[done].clone();
        let said = answer.clone();
        let judge = move |guess: bool| {
            last.set(Some((said.clone(), right, mean)));
            rounds.update(|rounds| rounds.push(guess == right));
        };
        let other = judge.clone();
        view! {
            {told}
            <p class="help">{format!("{} of {}: by its looks alone, is this answer right?", done + 1, asked.len())}</p>
            <p class="asked">{["“", &prompt, "”"].concat()}</p>
            <p class="said" data-testid="sure-answer">{answer}</p>
            <div class="row">
                <button type="button" data-testid="sure-right" on:click=press(move || judge(true))>"Right"</button>
                <button type="button" data-testid="sure-wrong" on:click=press(move || other(false))>"Wrong"</button>
            </div>
        }
        .into_any()
    }

    /// How sure the model was of right and of wrong answers.
    fn groups(&self) -> AnyView {
        let answers = self.answers();
        let group = |(name, belongs): (&'static str, Belongs)| {
            let of =
                |right: bool| answers.iter().filter(|one| belongs(one) && one.right == right).map(|one| one.mean).collect::<Vec<f32>>();
            let (right, wrong) = (of(true), of(false));
            let told = match auroc(&right, &wrong) {
                Some((area, error)) => format!(
                    "Given a right and a wrong one, it is surer of the right one in {} (± {}).",
                    format::percent(area),
                    format::fixed(196.0 * error, 0)
                ),
                None if right.is_empty() && !wrong.is_empty() => "None of them is right, and it is hardly less sure of them.".into(),
                None => "There are no wrong ones among them to compare with.".into(),
            };
            view! {
                <div class="sure-group">
                    <h4>{name}</h4>
                    {bars("right", &right)}
                    {bars("wrong", &wrong)}
                    <p class="help">{told}</p>
                </div>
            }
            .into_any()
        };
        if answers.is_empty() {
            return nothing();
        }
        view! { <div class="sure-groups" data-testid="sure-groups">{GROUPS.map(group).into_iter().collect::<Vec<_>>()}</div> }.into_any()
    }
}

/// A histogram of how sure the model was, from 0 to 100 %.
fn bars(name: &'static str, scores: &[f32]) -> AnyView {
    let counts = histogram(scores, BINS);
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |count: &u32| {
        let height = format!("height:{}%", format::fixed(100.0 * f64::from(*count) / f64::from(most), 0));
        view! { <i style=height></i> }.into_any()
    };
    let mean = scores.iter().sum::<f32>() / scores.len().max(1) as f32;
    let label = match scores.len() {
        0 => format!("none {name}"),
        count => format!("{count} {name}, mean probability {}, from 0 to 100 % along the bottom", format::percent(mean.into())),
    };
    view! {
        <div class=["sure-bars ", name].concat() role="img" aria-label=label.clone()>{counts.iter().map(bar).collect::<Vec<_>>()}</div>
        <p class="help">{label}</p>
    }
    .into_any()
}

/// What a model of the row of answers finds likeliest.
fn said(desk: Desk, near: Signal<bool>, (step, learnt, model, chat): (u8, &'static str, &'static str, bool)) -> Said {
    let question = move || Question::Reply { model: Which::Baked(model.into()), prompt: QUESTION.into(), chat, temperature: 0.0, seed: 1 };
    let replies = desk.keep_asking(Line::Step(step), move || near.get().then(question));
    let text = move || {
        replies.last(|answer| match answer {
            Answer::Reply(reply) => Some((reply.tokens.iter().map(|(token, _)| token.as_str()).collect(), reply.ended)),
            _ => None,
        })
    };
    Said { step, learnt, text: Signal::derive(text), refusal: Signal::derive(move || replies.refusal()) }
}
