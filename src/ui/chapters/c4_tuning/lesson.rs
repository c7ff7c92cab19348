//! The visitor's next run of tuning, its own pairs, and the address that says the settings beside the model that the figures ask.

use leptos::{ev, prelude::*};

use super::desk::{Desk, Replies};
use crate::{
    protocol::{
        models::{Entry, Which},
        post_training::{Answer, Line, Question},
        tuning::{Pair, TaskExam, TuneSpec, TuneStep},
    },
    ui::{
        address::{fragment, set_fragment},
        controls::follow,
        tuning_settings::{USUAL, from_fragment, to_fragment},
    },
};

/// A handle to the next run, copied freely.
#[derive(Clone, Copy)]
pub struct Lesson {
    pub desk: Desk,
    pub spec: RwSignal<TuneSpec>,
    /// Pairs that the visitor wrote.
    pub own: RwSignal<Vec<Pair>>,
    /// What the address said that could not be followed.
    pub notes: RwSignal<Vec<String>>,
    /// The run that is being made here, or was made last.
    pub tuning: Replies,
}

/// The model that the address names, or the usual one.
pub fn first_model() -> Which {
    from_fragment(&fragment()).and_then(|said| said.model).unwrap_or(Which::Baked(USUAL.into()))
}

impl Lesson {
    /// Takes the settings from the address, and keeps the two in step.
    pub fn keep(desk: Desk) -> Self {
        let lesson = Self {
            desk,
            spec: RwSignal::new(TuneSpec::default()),
            own: RwSignal::new(vec![]),
            notes: RwSignal::new(vec![]),
            tuning: desk.line(Line::Tuning),
        };
        lesson.heed();
        let say = move || {
            let wanted = to_fragment(&desk.model.get(), &lesson.spec.get());
            // The name of a place stays until there is something else to say.
            let says_a_place = wanted.is_empty() && !fragment().contains('=');
            if wanted != fragment() && !says_a_place {
                set_fragment(&wanted);
            }
        };
        follow(say);
        let _ = window_event_listener(ev::hashchange, move |_| {
            lesson.heed();
            untrack(say);
        });
        follow(move || lesson.shelve());
        lesson
    }

    fn heed(&self) {
        let Some(said) = from_fragment(&fragment()) else { return };
        if let Some(model) = said.model {
            self.desk.model.set(model);
        }
        if let Some(spec) = said.spec {
            self.spec.set(spec);
        }
        self.notes.set(said.notes);
    }

    /// A model that is tuned is among those to choose from.
    fn shelve(&self) {
        if let Some(entry) = self.tuned() {
            self.desk.entries.update(|entries| {
                entries.retain(|other| other.which != entry.which);
                entries.push(entry);
            });
        }
    }

    /// Begins a run, with the visitor's pairs.
    pub fn start(&self) {
        let spec = TuneSpec { own: self.own.get_untracked(), exam: 3, ..self.spec.get_untracked() };
        self.desk.ask(Line::Tuning, Question::Tune { spec: Box::new(spec) });
    }

    pub fn steps(&self) -> Vec<TuneStep> {
        self.tuning.all(|answer| if let Answer::TuneSteps(steps) = answer { Some(steps.clone()) } else { None }).concat()
    }

    pub fn exams(&self) -> Vec<TaskExam> {
        self.tuning.all(|answer| if let Answer::TaskExam(exam) = answer { Some(exam.clone()) } else { None })
    }

    pub fn tuned(&self) -> Option<Entry> {
        self.tuning.last(|answer| if let Answer::Tuned(entry) = answer { Some(Entry::clone(entry)) } else { None })
    }
}
