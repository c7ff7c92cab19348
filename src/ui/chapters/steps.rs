//! The same question to the model of each step, side by side: a row that grows from chapter to chapter.

use leptos::prelude::*;

use super::desk::Desk;
use crate::{
    protocol::{
        figures::{Answer, Line, Question},
        models::Which,
    },
    ui::controls::{refusal, words},
};

const QUESTION: &str = "What is the capital of France?";
/// Tokens of an answer at most.
const LENGTH: u32 = 40;
/// Each step, what its model has learnt, and the model.
const STEPS: [(u8, &str, &str); 2] = [(3, "read everything", "base"), (4, "was shown answers", "sft")];

/// The models up to `step`.
pub fn view(desk: Desk, near: Signal<bool>, step: u8) -> AnyView {
    let steps: Vec<AnyView> = STEPS.into_iter().filter(|(of, ..)| *of <= step).map(|step| said(desk, near, step)).collect();
    view! {
        <h3>"The same question to the model of each step"</h3>
        <p>{["“", QUESTION, "”"].concat()}</p>
        <ol class="steps" data-testid="steps">{steps}</ol>
    }
    .into_any()
}

/// What the model of a step finds likeliest.
fn said(desk: Desk, near: Signal<bool>, (step, learnt, model): (u8, &'static str, &'static str)) -> AnyView {
    let (which, prompt) = (Which::Baked(model.into()), QUESTION.to_owned());
    let question = move || {
        let (model, prompt) = (which.clone(), prompt.clone());
        match step {
            3 => Question::Continue { model, prompt, count: 1, length: LENGTH, temperature: 0.0, seed: 1 },
            _ => Question::Reply { model, prompt, chat: true, temperature: 0.0, seed: 1 },
        }
    };
    let replies = desk.keep_asking(Line::Step(step), move || near.get().then(&question));
    let text = move || {
        let said = replies.last(|answer| match answer {
            Answer::Reply(reply) => Some((reply.tokens.iter().map(|(token, _)| token.as_str()).collect(), reply.ended)),
            Answer::Continued(all) => all.first().map(|first| (first.text.trim().to_owned(), first.stopped)),
            _ => None,
        });
        let waits = if replies.refusal().is_empty() { "…" } else { "" };
        said.map_or_else(|| waits.into(), |(text, stopped)| if stopped { text } else { text + " …" })
    };
    let refused = move || replies.refusal();
    view! { <li value=step.to_string()><strong>{learnt}</strong><p>{words(text)}</p>{refusal("steps-refusal", refused)}</li> }.into_any()
}
