//! What the visitor expects of their run before it starts, and how it went.

use leptos::prelude::*;

use super::Figure;
use crate::{
    protocol::Phase,
    ui::{
        controls::{Choice, live, nothing, when},
        crossings::Crossing,
    },
};

const NONE: &str = "none";

pub fn view(figure: Figure) -> AnyView {
    let is_before = move || figure.desk.phase.with(|phase| matches!(phase, Phase::Idle | Phase::Finished | Phase::Stopped));
    let ask = move || {
        view! {
            <div class="bet">
                <p>"Before you start: the best model of step 1 that it will pass?"</p>
                <Choice
                    name="bet"
                    label="The best model of step 1 that it will pass"
                    options=vec![(NONE, "none"), ("unigram", "unigram"), ("bigram", "bigram"), ("trigram", "trigram"), ("5-gram", "5-gram")]
                    value=figure.bet.into()
                    on_choose=Callback::new(move |name| figure.bet.set(name))
                />
            </div>
        }
        .into_any()
    };
    view! {
        {when(is_before, ask)}
        {live(move || verdict(figure))}
    }
    .into_any()
}

/// How it went, once a run on the built-in world is over.
fn verdict(figure: Figure) -> AnyView {
    let is_over = figure.desk.phase.with(|phase| *phase == Phase::Finished);
    let bet = figure.bet.get();
    let crossings = figure.crossings();
    if !is_over || bet.is_empty() || !figure.has_own() || crossings.is_empty() {
        return nothing();
    }
    let passed = crossings.into_iter().rev().find_map(|(reference, crossing)| crossing.map(|crossing| (reference.name, crossing)));
    let passed = passed.filter(|(name, _)| name != "uniform");
    let (name, said) = match passed {
        Some((name, Crossing { step, .. })) => {
            let said = format!("It passed the {name}, after {} steps.", step.round() as u64);
            (name, said)
        }
        None => (NONE.into(), "It passed none of them.".into()),
    };
    let guess = if bet == NONE { "that it would pass none".into() } else { format!("the {bet}") };
    let verdict =
        if name == bet { format!("You expected {guess}, and so it was. {said}") } else { format!("You expected {guess}. {said}") };
    view! { <p class="verdict" role="status" data-testid="bet-verdict">{verdict}</p> }.into_any()
}
