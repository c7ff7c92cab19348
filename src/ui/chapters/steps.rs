//! The same question to the model of each step, side by side: a row that grows from chapter to chapter.

use leptos::prelude::*;

use crate::ui::controls::refusal;

pub const QUESTION: &str = "What is the capital of France?";

/// What the model of a step says.
pub struct Said {
    pub step: u8,
    /// What the model has learnt.
    pub learnt: &'static str,
    /// The text so far, and whether the model ended it itself; none before anything came.
    pub text: Signal<Option<(String, bool)>>,
    pub refusal: Signal<String>,
}

pub fn view(steps: Vec<Said>) -> AnyView {
    let row = |Said { step, learnt, text, refusal: refused }: Said| {
        let waits = move || if refused.with(String::is_empty) { "…" } else { "" };
        let said = move || text.get().map_or_else(|| waits().into(), |(text, ended)| if ended { text } else { text + " …" });
        let said = Signal::derive(said);
        view! { <li value=step.to_string()><strong>{learnt}</strong><p>{said}</p>{refusal("steps-refusal", move || refused.get())}</li> }
            .into_any()
    };
    let steps: Vec<AnyView> = steps.into_iter().map(row).collect();
    view! {
        <h3>"The same question to the model of each step"</h3>
        <p>{["“", QUESTION, "”"].concat()}</p>
        <ol class="steps" data-testid="steps">{steps}</ol>
    }
    .into_any()
}
