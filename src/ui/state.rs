//! What the page knows: signals, fed by the worker's events.

use leptos::prelude::*;

use crate::{
    protocol::{
        DeviceInfo, Event, History, KeptRun, KernelReport, Phase, PresetEstimate, RunInfo, Score, Speed, Subject, TextSummary, WrittenToken,
    },
    spec::{RunSpec, TextChoice},
    url,
};

/// Everything the page knows. A handful of handles: copied freely.
#[derive(Clone, Copy)]
pub struct State {
    pub connection: RwSignal<Connection>,
    pub device: RwSignal<Option<DeviceInfo>>,
    pub kept: RwSignal<Vec<KeptRun>>,
    /// What the next run will be.
    pub spec: RwSignal<RunSpec>,
    /// What the address said that could not be followed.
    pub address_notes: RwSignal<Vec<String>>,
    pub messages: RwSignal<Vec<Message>>,
    pub text: RwSignal<Option<TextSummary>>,
    pub loading: RwSignal<Option<Loading>>,
    pub estimates: RwSignal<Vec<PresetEstimate>>,
    pub phase: RwSignal<Phase>,
    /// The run that stands; its history is kept in `history`.
    pub run: RwSignal<Option<RunInfo>>,
    pub history: RwSignal<History>,
    pub speed: RwSignal<Option<Speed>>,
    pub writing: Writing,
    pub scores: RwSignal<[Option<Score>; 2]>,
    pub kernels: RwSignal<Vec<KernelReport>>,
}

/// The worker, as seen from here.
#[derive(Clone, Debug, PartialEq)]
pub enum Connection {
    Starting,
    Ready,
    /// What happened and what to do.
    Broken(String),
}

/// A sentence of the worker's, shown where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub about: Subject,
    /// Whether a command could not be followed, rather than something worth knowing.
    pub refusal: bool,
    pub text: String,
}

/// A text on its way, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loading {
    pub received: u64,
    pub total: Option<u64>,
}

/// What the model is writing or has written.
#[derive(Clone, Copy)]
pub struct Writing {
    /// The generation that is shown; tokens of older ones are dropped.
    pub id: RwSignal<u32>,
    pub tokens: RwSignal<Vec<WrittenToken>>,
    pub active: RwSignal<bool>,
    /// Tokens written and the seconds they took.
    pub done: RwSignal<Option<(u32, f32)>>,
}

impl State {
    /// The start of a visit: the spec that `fragment` describes.
    pub fn new(fragment: &str) -> Self {
        let state = Self {
            connection: RwSignal::new(Connection::Starting),
            device: RwSignal::new(None),
            kept: RwSignal::default(),
            spec: RwSignal::default(),
            address_notes: RwSignal::default(),
            messages: RwSignal::default(),
            text: RwSignal::new(None),
            loading: RwSignal::new(None),
            estimates: RwSignal::default(),
            phase: RwSignal::new(Phase::Idle),
            run: RwSignal::new(None),
            history: RwSignal::default(),
            speed: RwSignal::new(None),
            writing: Writing { id: RwSignal::new(0), tokens: RwSignal::default(), active: RwSignal::new(false), done: RwSignal::new(None) },
            scores: RwSignal::default(),
            kernels: RwSignal::default(),
        };
        state.follow_address(fragment);
        state
    }

    /// Takes the settings that `fragment` describes. The text stays what was given: an address cannot carry one.
    pub fn follow_address(&self, fragment: &str) {
        let (spec, mut notes) = url::from_fragment(fragment);
        let text = self.spec.with_untracked(|spec| spec.text);
        if (spec.text, text) == (TextChoice::Own, TextChoice::Starter) {
            notes.push(
                "The address asks for a text of your own, which it cannot carry: give it here. Until then it is the built-in text.".into(),
            );
        }
        self.address_notes.set(notes);
        self.spec.set(RunSpec { text, ..spec });
    }

    pub fn apply(&self, event: Event) {
        match event {
            Event::Ready { device, kept, .. } => {
                self.device.set(Some(device));
                self.kept.set(kept);
                self.connection.set(Connection::Ready);
            }
            Event::Loading { received, total } => self.loading.set(Some(Loading { received, total })),
            Event::TextReady(summary) => {
                self.loading.set(None);
                self.text.set(Some(summary));
            }
            Event::Refused { about, message } => self.refused(about, message),
            Event::Note { about, message } => self.note(about, message),
            Event::Estimates(estimates) => self.estimates.set(estimates),
            Event::Phase(phase) => self.enter(phase),
            Event::Run(run) => self.stand(run),
            Event::Steps(steps) => self.history.update(|history| history.steps.extend(steps)),
            Event::Validation(validation) => self.history.update(|history| history.validations.push(validation)),
            Event::Speed(speed) => self.speed.set(Some(speed)),
            Event::Generated { id, token } if id == self.writing.id.get_untracked() => {
                self.writing.tokens.update(|tokens| tokens.push(token));
            }
            Event::GenerationDone { id, tokens, seconds } if id == self.writing.id.get_untracked() => {
                self.writing.active.set(false);
                self.writing.done.set(Some((tokens, seconds)));
            }
            Event::Scored { id, score } => self.scores.update(|scores| scores[id as usize % 2] = Some(score)),
            Event::Kept { runs } => self.kept.set(runs),
            Event::SelfTest(reports) => self.kernels.set(reports),
            Event::Bench(_) => {} // Only the bench page asks for those.
            Event::Generated { .. } | Event::GenerationDone { .. } | Event::Exported { .. } => {}
        }
    }

    /// The worker is gone, and all that was only there.
    pub fn lose_worker(&self, sentence: String) {
        self.loading.set(None);
        self.writing.active.set(false);
        if self.running_untracked() || matches!(self.phase.get_untracked(), Phase::Paused) {
            self.phase.set(Phase::Idle);
        }
        self.connection.set(Connection::Broken(sentence));
    }

    /// Whether a run is being prepared or trains.
    pub fn running(&self) -> bool {
        self.phase.with(is_running)
    }

    pub fn running_untracked(&self) -> bool {
        self.phase.with_untracked(is_running)
    }

    /// Whether there is a model to write and score with.
    pub fn has_model(&self) -> bool {
        self.run.with(Option::is_some) && !self.phase.with(|phase| matches!(phase, Phase::Idle | Phase::Preparing { .. }))
    }

    /// Takes back what was said about `about`, since something new is tried there.
    pub fn clear(&self, about: Subject) {
        if self.messages.with_untracked(|messages| messages.iter().any(|m| m.about == about)) {
            self.messages.update(|messages| messages.retain(|m| m.about != about));
        }
    }

    fn refused(&self, about: Subject, text: String) {
        match about {
            Subject::Text => self.loading.set(None),
            Subject::Generation => self.writing.active.set(false),
            _ => {}
        }
        self.messages.update(|messages| {
            messages.retain(|m| m.about != about || !m.refusal);
            messages.push(Message { about, refusal: true, text });
        });
    }

    fn note(&self, about: Subject, text: String) {
        let message = Message { about, refusal: false, text };
        self.messages.update(|messages| {
            messages.retain(|m| *m != message);
            messages.push(message);
        });
    }

    fn enter(&self, phase: Phase) {
        if phase == Phase::Idle {
            self.run.set(None);
            self.history.set(History::default());
            self.speed.set(None);
        }
        self.phase.set(phase);
    }

    fn stand(&self, mut run: RunInfo) {
        let history = std::mem::take(&mut run.history);
        let known = self.run.with_untracked(|known| known.as_ref().is_some_and(|known| known.run == run.run));
        // A restored run brings its own settings, all but the text; a fresh one has those that were sent.
        if !known && !history.steps.is_empty() {
            let text = self.spec.with_untracked(|spec| spec.text);
            self.spec.set(RunSpec { text, ..run.spec.clone() });
        }
        self.history.set(history);
        self.speed.set(None);
        self.run.set(Some(run));
    }
}

fn is_running(phase: &Phase) -> bool {
    matches!(phase, Phase::Preparing { .. } | Phase::Training)
}
