//! How the visitor's next run learns, and the address that says it beside the model that the figures ask.

use leptos::{ev, prelude::*};

use super::super::desk::Desk;
use crate::{
    protocol::models::Which,
    spec::{Mixture, RunSpec, TextChoice},
    ui::{
        address::{fragment, set_fragment},
        model_settings::{USUAL, from_fragment, to_fragment},
    },
};

/// A handle to the settings of the next run, copied freely.
#[derive(Clone, Copy)]
pub struct Plan {
    pub spec: RwSignal<RunSpec>,
    /// What the address said that could not be followed.
    pub notes: RwSignal<Vec<String>>,
}

/// A run that a laptop makes while one waits: about 0.2 million parameters that read a million tokens of the built-in world.
pub fn usual() -> RunSpec {
    with_depth(&with_steps(&RunSpec { text: TextChoice::World, validate_every: 25, ..RunSpec::default() }, 1000), 2)
}

/// Smaller models take larger steps.
pub fn with_depth(spec: &RunSpec, depth: u32) -> RunSpec {
    RunSpec { depth, lr: 8e-3 / depth as f32, ..spec.clone() }
}

pub fn with_steps(spec: &RunSpec, steps: u32) -> RunSpec {
    RunSpec { steps, warmup: (steps / 10).clamp(1, 200), ..spec.clone() }
}

/// The mixture of the models made in advance, without the sentences that agree over a distance.
pub fn no_sentences() -> Mixture {
    let Mixture(mut shares) = Mixture::FACTS;
    shares[1] = 0;
    Mixture(shares)
}

/// The model that the address names, or the usual one.
pub fn first_model() -> Which {
    from_fragment(&fragment()).and_then(|said| said.model).unwrap_or(Which::Baked(USUAL.into()))
}

/// Takes the settings from the address, and keeps the two in step.
pub fn keep(desk: Desk) -> Plan {
    let plan = Plan { spec: RwSignal::new(usual()), notes: RwSignal::new(vec![]) };
    let follow = move || {
        let Some(said) = from_fragment(&fragment()) else { return };
        if let Some(model) = said.model {
            desk.model.set(model);
        }
        // A model alone leaves the settings as they are.
        if let Some(spec) = said.spec {
            plan.spec.set(spec);
        }
        plan.notes.set(said.notes);
    };
    follow();
    let say = move || {
        let model = desk.model.get();
        let named = (model != Which::Baked(USUAL.into())).then_some(&model);
        let wanted = to_fragment(named, &plan.spec.get(), &usual());
        // The name of a place stays until there is something else to say.
        let says_a_place = wanted.is_empty() && !fragment().contains('=');
        if wanted != fragment() && !says_a_place {
            set_fragment(&wanted);
        }
    };
    Effect::new(move |_| say());
    let _ = window_event_listener(ev::hashchange, move |_| {
        follow();
        // The browser has gone to the place by now; a link that is shared should say what is seen there.
        untrack(say);
    });
    plan
}
