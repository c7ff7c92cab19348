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
const STEPS: [(u8, &str, &str); 1] = [(3, "read everything", "base")];

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let steps: Vec<AnyView> = STEPS.map(|step| said(desk, near, step)).into_iter().collect();
    view! {
        <h3>"The same question to the model of each step"</h3>
        <p>{["“", QUESTION, "”"].concat()}</p>
        <ol class="steps" data-testid="steps">{steps}</ol>
    }
    .into_any()
}

/// What the model of a step finds likeliest.
fn said(desk: Desk, near: Signal<bool>, (step, learnt, model): (u8, &'static str, &'static str)) -> AnyView {
    let question = move || Question::Continue {
        model: Which::Baked(model.into()),
        prompt: QUESTION.into(),
        count: 1,
        length: LENGTH,
        temperature: 0.0,
        seed: 1,
    };
    let replies = desk.keep_asking(Line::Step(step), move || near.get().then(question));
    let text = move || {
        let said = replies.last(|answer| match answer {
            Answer::Continued(all) => all.first().map(|first| (first.text.trim().to_owned(), first.stopped)),
            _ => None,
        });
        let waits = if replies.refusal().is_empty() { "…" } else { "" };
        said.map_or_else(|| waits.into(), |(text, stopped)| if stopped { text } else { text + " …" })
    };
    let refused = move || replies.refusal();
    view! { <li value=step.to_string()><strong>{learnt}</strong><p>{words(text)}</p>{refusal("steps-refusal", refused)}</li> }.into_any()
}
