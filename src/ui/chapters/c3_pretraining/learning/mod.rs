//! Watch it learn: the loss of a run made in advance and of the visitor's own, with the models of step 1 as lines to cross; what each
//! wrote on the way, and a run of the visitor's own.
//!
//! - `course`: the curves, and what they cross. `samples`: what was written.
//! - `train`: the buttons; `knobs`: how the run learns; `reading`: the next piece, hidden and shown; `bet`: what it will pass.

mod bet;
mod course;
mod knobs;
mod reading;
mod samples;
mod train;

use leptos::prelude::*;

use super::{
    super::desk::{Desk, Replies},
    plan::Plan,
};
use crate::{
    protocol::{
        History, Phase,
        figures::{Answer, Learnt, Line, Question, Reference},
        models::Which,
    },
    spec::TextChoice,
    ui::{
        controls::{live, refusal, when, words},
        crossings::{Crossing, crossing},
        model_settings::USUAL,
    },
};

/// The models of step 1, as they were measured in advance.
const REFERENCES: &str = "references";

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    plan: Plan,
    baked: Replies,
    lines: Replies,
    /// What the visitor expects the own run to pass; empty if they did not say.
    bet: RwSignal<String>,
}

pub fn view(desk: Desk, plan: Plan, near: Signal<bool>) -> AnyView {
    let baked = desk.keep_asking(Line::Learning, move || {
        // Of the model that is asked, if it was made in advance too.
        let name = desk.model.with(|model| if let Which::Baked(name) = model { name.clone() } else { USUAL.into() });
        near.get().then(|| Question::Baked { name: name + "-run" })
    });
    let lines = desk.keep_asking(Line::References, move || near.get().then(|| Question::Baked { name: REFERENCES.into() }));
    let figure = Figure { desk, plan, baked, lines, bet: RwSignal::new(String::new()) };
    view! {
        <div class="learning" data-testid="learning">
            {course::view(figure)}
            {refusal("learning-refusal", move || figure.refused())}
            <p class="help">{words(move || figure.waits())}</p>
            <h3>"What it writes on the way"</h3>
            {live(move || samples::view(figure))}
            <h3>"Train your own, here"</h3>
            {when(move || figure.is_reading(), move || reading::view(desk))}
            {train::view(figure)}
        </div>
    }
    .into_any()
}

impl Figure {
    fn baked<T>(&self, take: impl Fn(&Learnt) -> T) -> Option<T> {
        self.baked.last(|answer| if let Answer::History(learnt) = answer { Some(take(learnt)) } else { None })
    }

    /// The models of step 1, the worst first. None where the visitor's run reads another text, which they were not tried on.
    fn references(&self) -> Vec<Reference> {
        if self.is_of_own_text() {
            return vec![];
        }
        self.lines.all(|answer| if let Answer::Reference(reference) = answer { Some(reference.clone()) } else { None })
    }

    /// Whether a run of the visitor's stands, with something measured.
    fn has_own(&self) -> bool {
        self.desk.run.with(Option::is_some)
    }

    fn is_of_own_text(&self) -> bool {
        self.desk.run.with(|run| run.as_ref().is_some_and(|run| run.spec.text != TextChoice::World))
    }

    /// Where the visitor's run passed each model of step 1, or else where the one made in advance did.
    fn crossings(&self) -> Vec<(Reference, Option<Crossing>)> {
        let references = self.references();
        let cross = |history: &History| -> Vec<Option<Crossing>> {
            references.iter().map(|reference| crossing(&history.validations, reference.bits_per_byte)).collect()
        };
        let crossings = if self.has_own() { Some(self.desk.history.with(cross)) } else { self.baked(|learnt| cross(&learnt.history)) };
        references.into_iter().zip(crossings.unwrap_or_default()).collect()
    }

    fn is_reading(&self) -> bool {
        self.desk.phase.with(|phase| matches!(phase, Phase::Training | Phase::Paused))
    }

    fn waits(&self) -> String {
        if self.is_of_own_text() {
            return "The models of step 1 have not read your text, so their lines are not drawn beside it.".into();
        }
        if self.lines.is_asking() && self.references().is_empty() {
            return "Counting a million words for the models of step 1 …".into();
        }
        self.desk.waits().into()
    }

    fn refused(&self) -> String {
        let refused = self.baked.refusal();
        if refused.is_empty() { self.lines.refusal() } else { refused }
    }
}
