//! What the page knows, fed by the worker's events.
//!
//! Facts are plain data behind one handle, and each topic has a bare signal that says that it changed: a typed signal for each
//! fact would make the page half as large again.

use leptos::prelude::*;

use super::{model_settings::model_apart, shelf::renew};
use crate::{
    protocol::{
        Brought, DeviceInfo, Event, History, KeptRun, Phase, PresetEstimate, Room, RunInfo, Score, Speed, Subject, TextSource, TextSummary,
        WrittenToken,
        figures::Answer,
        models::{Entry, Which},
    },
    spec::{RunSpec, TextChoice},
    url,
};

/// Everything the page knows. A handful of handles: copied freely.
#[derive(Clone, Copy)]
pub struct State {
    facts: StoredValue<Facts, LocalStorage>,
    changed: [RwSignal<()>; Topic::ALL],
    /// Everything measured in the run that stands.
    pub history: RwSignal<History>,
    /// What the model is writing or has written.
    pub tokens: RwSignal<Vec<WrittenToken>>,
}

pub struct Facts {
    pub connection: Connection,
    pub device: Option<DeviceInfo>,
    pub kept: Vec<KeptRun>,
    /// A kept run that another tab has open, and what to do about it.
    pub held: Option<(String, String)>,
    /// How much is kept.
    pub room: Option<Room>,
    /// What the next run will be.
    pub spec: RunSpec,
    /// The setting that was typed last, by its key, if that was refused, and why.
    pub refused: Option<(&'static str, String)>,
    /// What the address said that could not be followed.
    pub address_notes: Vec<String>,
    pub messages: Vec<Message>,
    pub text: Option<TextSummary>,
    /// The tokenizer that the next run uses instead of its own; changes with the spec.
    pub brought: Option<Brought>,
    pub loading: Option<Loading>,
    pub estimates: Vec<PresetEstimate>,
    pub phase: Phase,
    /// The run that stands; its history is apart.
    pub run: Option<RunInfo>,
    pub speed: Option<Speed>,
    pub writing: Writing,
    pub scores: [Option<Score>; 2],
    /// The models made in advance and those on the shelf.
    pub models: Vec<Entry>,
    /// The one that was opened to write and score, and its name.
    pub opened: Option<(Which, String)>,
}

impl Facts {
    /// V of the next run.
    pub fn vocab(&self) -> u32 {
        self.brought.as_ref().map_or_else(|| self.spec.expected_vocab(), |brought| brought.tokens)
    }
}

/// A part of the facts that changes as one.
#[derive(Clone, Copy)]
pub enum Topic {
    /// The worker and its device.
    Connection,
    Kept,
    /// Which kept run another tab has open, and how much room all take.
    Room,
    Spec,
    AddressNotes,
    Messages,
    Text,
    Loading,
    Estimates,
    Phase,
    /// The run and its speed.
    Run,
    Writing,
    Scores,
    Models,
}

impl Topic {
    const ALL: usize = Self::Models as usize + 1;
}

/// The worker, as seen from here.
#[derive(Clone, Debug, PartialEq)]
pub enum Connection {
    Starting,
    Ready,
    /// What happened and what to do.
    Broken(String),
}

impl Phase {
    /// A word for scripts and styles.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Preparing { .. } => "preparing",
            Self::Training => "training",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed { .. } => "failed",
        }
    }
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

#[derive(Clone, Copy, Default)]
pub struct Writing {
    /// The generation that is shown; tokens of older ones are dropped.
    pub id: u32,
    pub active: bool,
    /// Tokens written and the seconds they took.
    pub done: Option<(u32, f32)>,
}

impl State {
    /// The start of a visit.
    pub fn new() -> Self {
        let facts = Facts {
            connection: Connection::Starting,
            device: None,
            kept: vec![],
            held: None,
            room: None,
            spec: RunSpec::default(),
            refused: None,
            address_notes: vec![],
            messages: vec![],
            text: None,
            brought: None,
            loading: None,
            estimates: vec![],
            phase: Phase::Idle,
            run: None,
            speed: None,
            writing: Writing::default(),
            scores: [None, None],
            models: vec![],
            opened: None,
        };
        let changed = std::array::from_fn(|_| RwSignal::new(()));
        Self { facts: StoredValue::new_local(facts), changed, history: RwSignal::default(), tokens: RwSignal::default() }
    }

    /// Reads facts, and whoever reads them reads them again when `topic` changes.
    pub fn see<T>(&self, topic: Topic, read: impl FnOnce(&Facts) -> T) -> T {
        self.changed[topic as usize].track();
        self.peek(read)
    }

    /// Reads facts once.
    pub fn peek<T>(&self, read: impl FnOnce(&Facts) -> T) -> T {
        self.facts.with_value(read)
    }

    /// Writes what nobody watches.
    pub fn put(&self, write: impl FnOnce(&mut Facts)) {
        self.facts.update_value(write);
    }

    pub fn change(&self, topic: Topic, write: impl FnOnce(&mut Facts)) {
        self.facts.update_value(write);
        self.changed[topic as usize].notify();
    }

    /// Takes the settings that `fragment` describes, and gives the model that it names; if it names a model alone, the settings stay.
    /// The text stays what was given: an address cannot carry one.
    pub fn follow_address(&self, fragment: &str) -> Option<Which> {
        let (model, settings) = model_apart(fragment);
        if model.is_some() && settings.is_empty() {
            // The address says them again, even if the model cannot be opened.
            self.change(Topic::Spec, |_| ());
            return model;
        }
        let (spec, notes) = url::from_fragment(&settings);
        let text = self.peek(|facts| facts.spec.text);
        self.change(Topic::AddressNotes, |facts| facts.address_notes = notes);
        self.change(Topic::Spec, |facts| facts.spec = RunSpec { text, ..spec });
        model
    }

    /// Which text a page begins with whose address is `fragment`: the visitor's last one, unless they followed a link that means another.
    pub fn first_text(&self, fragment: &str, is_ours: bool) -> TextSource {
        let settings = if is_ours { String::new() } else { model_apart(fragment).1 };
        let (text, note) = url::text_of_link(&settings);
        if note.is_some() {
            self.change(Topic::AddressNotes, |facts| facts.address_notes.extend(note));
        }
        if text == TextChoice::Own { TextSource::Kept } else { TextSource::Named }
    }

    /// What the address could not say has been given since.
    pub fn settle_address(&self) {
        if self.peek(|facts| !facts.address_notes.is_empty()) {
            self.change(Topic::AddressNotes, |facts| facts.address_notes = vec![]);
        }
    }

    pub fn apply(&self, event: Event) {
        match event {
            Event::Ready { device, kept, .. } => {
                self.change(Topic::Kept, |facts| facts.kept = kept);
                self.change(Topic::Connection, |facts| {
                    facts.device = Some(device);
                    facts.connection = Connection::Ready;
                });
            }
            // What was under way when the visitor cancelled comes too late.
            Event::Loading { received, total } if self.peek(|facts| facts.loading.is_some()) => {
                self.change(Topic::Loading, |facts| facts.loading = Some(Loading { received, total }));
            }
            Event::TextReady(summary) => self.take_text(summary),
            Event::Refused { about, message } => self.refused(about, message),
            Event::Brought(brought) => {
                self.clear(Subject::Text);
                self.change(Topic::Spec, |facts| facts.brought = brought);
            }
            Event::Note { about, message } => self.note(about, message),
            Event::Estimates(estimates) => self.change(Topic::Estimates, |facts| facts.estimates = estimates),
            Event::Phase(phase) => self.enter(phase),
            Event::Run(run) => self.stand(run),
            Event::Steps(steps) => self.history.update(|history| history.add_steps(&steps)),
            Event::Validation(validation) => self.history.update(|history| history.add_validation(validation)),
            Event::Speed(speed) => self.change(Topic::Run, |facts| facts.speed = Some(speed)),
            Event::Generated { id, token } if self.writes(id) => self.tokens.update(|tokens| tokens.push(token)),
            Event::GenerationDone { id, tokens, seconds } if self.writes(id) => {
                self.change(Topic::Writing, |facts| facts.writing = Writing { id, active: false, done: Some((tokens, seconds)) });
            }
            Event::Scored { id, score } => self.change(Topic::Scores, |facts| facts.scores[id as usize % 2] = Some(score)),
            Event::Kept { runs } => self.change(Topic::Kept, |facts| facts.kept = runs),
            Event::Held { run, message } => self.change(Topic::Room, |facts| facts.held = Some((run, message))),
            Event::Room(room) => self.change(Topic::Room, |facts| facts.room = Some(room)),
            Event::Answer { answer: Answer::Models(models), .. } => self.change(Topic::Models, |facts| facts.models = models),
            Event::Shelf(own) => self.change(Topic::Models, |facts| renew(&mut facts.models, own)),
            Event::Opened { which, card } => self.change(Topic::Models, |facts| facts.opened = Some((which, card.name))),
            _ => {}
        }
    }

    /// The worker is gone, and all that was only there.
    pub fn lose_worker(&self, sentence: String) {
        self.change(Topic::Loading, |facts| facts.loading = None);
        self.change(Topic::Writing, |facts| facts.writing.active = false);
        self.change(Topic::Spec, |facts| facts.brought = None);
        self.enter(Phase::Idle);
        self.change(Topic::Models, |facts| facts.opened = None);
        self.change(Topic::Connection, |facts| facts.connection = Connection::Broken(sentence));
    }

    /// Whether there is a model to write and score with: the run's, or one that was opened.
    pub fn has_model(&self) -> bool {
        let none = self.see(Topic::Phase, |facts| matches!(facts.phase, Phase::Idle | Phase::Preparing { .. }));
        !none && self.see(Topic::Run, |facts| facts.run.is_some()) || self.see(Topic::Models, |facts| facts.opened.is_some())
    }

    pub fn is_connected(&self) -> bool {
        self.see(Topic::Connection, |facts| facts.connection == Connection::Ready)
    }

    /// Takes back what was said about `about`, since something new is tried there.
    pub fn clear(&self, about: Subject) {
        if self.peek(|facts| facts.messages.iter().any(|m| m.about == about)) {
            self.change(Topic::Messages, |facts| facts.messages.retain(|m| m.about != about));
        }
    }

    /// Whether `id` is the generation that is shown.
    fn writes(&self, id: u32) -> bool {
        id == self.peek(|facts| facts.writing.id)
    }

    fn refused(&self, about: Subject, text: String) {
        match about {
            Subject::Text => self.change(Topic::Loading, |facts| facts.loading = None),
            Subject::Generation => self.change(Topic::Writing, |facts| facts.writing.active = false),
            _ => {}
        }
        self.change(Topic::Messages, |facts| {
            facts.messages.retain(|m| m.about != about || !m.refusal);
            facts.messages.push(Message { about, refusal: true, text });
        });
    }

    /// The worker holds this text now, whoever asked for it: what is trained next is trained on it.
    fn take_text(&self, summary: TextSummary) {
        let text = summary.choice;
        self.change(Topic::Loading, |facts| facts.loading = None);
        self.change(Topic::Text, |facts| facts.text = Some(summary));
        if self.peek(|facts| facts.spec.text != text) {
            self.change(Topic::Spec, |facts| facts.spec.text = text);
        }
    }

    /// What is said again takes the place of what was said before.
    fn note(&self, about: Subject, text: String) {
        let note = Message { about, refusal: false, text };
        self.change(Topic::Messages, |facts| {
            facts.messages.retain(|message| *message != note);
            facts.messages.push(note);
        });
    }

    fn enter(&self, phase: Phase) {
        if matches!(phase, Phase::Idle | Phase::Preparing { .. }) && self.peek(|facts| facts.scores.iter().any(Option::is_some)) {
            self.change(Topic::Scores, |facts| facts.scores = [None, None]);
        }
        if phase == Phase::Idle {
            self.change(Topic::Run, |facts| (facts.run, facts.speed) = (None, None));
            self.history.set(History::default());
        } else if self.peek(|facts| facts.opened.is_some()) {
            // A run takes the place of what was opened.
            self.change(Topic::Models, |facts| facts.opened = None);
        }
        self.change(Topic::Phase, |facts| facts.phase = phase);
    }

    fn stand(&self, mut run: RunInfo) {
        let history = std::mem::take(&mut run.history);
        let known = self.peek(|facts| facts.run.as_ref().is_some_and(|known| known.run == run.run));
        // A restored run brings its own settings, and its text; a fresh one has those that were sent.
        if !known && !history.steps.is_empty() {
            self.change(Topic::Spec, |facts| facts.spec = run.spec.clone());
            self.settle_address();
        }
        self.history.set(history);
        self.change(Topic::Run, |facts| (facts.run, facts.speed) = (Some(run), None));
    }
}
