//! What the chapter's figures share: the text, how vectors are learnt from it, and the worker that they ask.

use std::ops::Deref;

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{
    Replies, Standing,
    frame::Connection,
    service::{Heard, Protocol, Service},
};
use crate::{
    protocol::{
        TextSource, TextSummary,
        chapter::Source,
        words::{Answer, Built, Command, Event, Form, Learnt, Line, Question, Setup},
    },
    ui::controls::download,
};

/// Words of the built-in world that are read at first.
pub const WORDS: u32 = 1_000_000;
/// Figures ask anew after so many words about the training.
const STRIDE: u32 = 3;

/// A handle to all that the figures share, copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    service: Service<Words>,
    wanted: StoredValue<Wanted, LocalStorage>,
    pub text: RwSignal<Option<TextSummary>>,
    pub built: RwSignal<Option<Built>>,
    /// How often something else was built by this worker: none, and there is nothing to ask.
    generation: RwSignal<u32>,
    pub learnt: RwSignal<Option<Learnt>>,
    /// Grows as words are learnt, for those figures that ask anew then.
    age: RwSignal<u32>,
    /// Words about the training.
    heard: StoredValue<u32>,
    /// How the next training learns.
    pub setup: RwSignal<Setup>,
}

/// The chapter's protocol.
pub struct Words;

impl Protocol for Words {
    type Command = Command;
    type Event = Event;
    type Line = Line;
    type Question = Question;
    type Answer = Answer;

    fn hello(version: String) -> Command {
        Command::Hello { version }
    }

    fn ask(line: Line, question: Question) -> Command {
        Command::Ask { line, question }
    }

    fn greeted(event: &Event) -> Option<&str> {
        match event {
            Event::Ready { version } => Some(version),
            _ => None,
        }
    }
}

impl Deref for Desk {
    type Target = Service<Words>;

    fn deref(&self) -> &Self::Target {
        &self.service
    }
}

/// The text or the file asked for last.
struct Wanted {
    what: Asked,
    files: Array,
    /// Whether it is what stands.
    stands: bool,
    /// The setup with which it was refused: it may be taken with another.
    refused: Option<Setup>,
}

enum Asked {
    Text(Source),
    /// The name of a file of vectors.
    Vectors(String),
}

impl Wanted {
    fn new(what: Asked, files: &Array) -> Self {
        Self { what, files: files.clone(), stands: false, refused: None }
    }

    /// What a worker that just began is asked for: a text that was learnt from is kept.
    fn kept() -> Self {
        Self::new(Asked::Text(Source::Kept { words: WORDS }), &Array::new())
    }
}

impl Desk {
    /// Starts the worker and asks it for the text that the visitor gave last, or the built-in world.
    pub fn open(setup: Setup) -> Self {
        let desk = Self {
            service: Service::new("words_worker"),
            wanted: StoredValue::new_local(Wanted::kept()),
            text: RwSignal::new(None),
            built: RwSignal::new(None),
            generation: RwSignal::new(0),
            learnt: RwSignal::new(None),
            age: RwSignal::new(0),
            heard: StoredValue::new(0),
            setup: RwSignal::new(setup),
        };
        desk.listen(move |heard| desk.hear(heard));
        desk.start();
        desk
    }

    /// A worker, and another one in its place when it broke.
    pub fn start(&self) {
        self.generation.set(0);
        self.service.start();
    }

    /// Takes another text; `files` go beside it.
    pub fn load(&self, source: Source, files: &Array) {
        self.take(Asked::Text(source), files);
    }

    pub fn give(&self, source: TextSource, files: &Array) {
        self.load(Source::Given(source), files);
    }

    /// Takes vectors from a file instead of learning them.
    pub fn import(&self, name: String, file: &Array) {
        self.take(Asked::Vectors(name), file);
    }

    fn take(&self, what: Asked, files: &Array) {
        self.wanted.set_value(Wanted::new(what, files));
        match self.connection.get_untracked() {
            Connection::Ready => self.read(),
            Connection::Starting => {}
            Connection::Broken(_) => self.start(),
        }
    }

    /// Asks for what is wanted.
    fn read(&self) {
        self.begin("Reading");
        let setup = self.setup.get_untracked();
        let (command, files) = self.wanted.with_value(|wanted| {
            let command = match &wanted.what {
                Asked::Text(source) => Command::Load { source: source.clone(), setup },
                Asked::Vectors(name) => Command::Import { name: name.clone() },
            };
            (command, wanted.files.clone())
        });
        if !self.send(&command, &files) {
            self.refuse(Line::Corpus, "This file is too large to be handed over: choose a smaller one.".into());
        }
    }

    /// Trains anew, as the setup says: on the text that stands, or on one that was refused with another setup.
    pub fn train(&self) {
        let setup = self.setup.get_untracked();
        let is_worth_it = |wanted: &Wanted| matches!(wanted.what, Asked::Text(_)) && wanted.refused.is_some_and(|before| before != setup);
        match self.connection.get_untracked() {
            Connection::Ready if self.wanted.with_value(is_worth_it) => self.read(),
            Connection::Ready => {
                self.wanted.set_value(Wanted { stands: true, ..Wanted::kept() });
                self.begin("Reading its words");
                self.tell(&Command::Train { setup });
            }
            Connection::Starting => {}
            Connection::Broken(_) => self.start(),
        }
    }

    fn begin(&self, what: &str) {
        self.problem.set(None);
        self.progress.set(Some((what.into(), 0.0)));
    }

    /// Gives up the reading, or else ends the training: what was learnt until then stands.
    pub fn stop(&self) {
        if self.progress.with_untracked(Option::is_none) {
            return self.tell(&Command::Stop);
        }
        self.progress.set(None);
        self.settle();
        self.tell(&Command::Cancel);
    }

    /// Whether a training was stopped that can go on.
    pub fn can_go_on(&self) -> bool {
        let is_ready = self.is_ready() && self.generation.get() > 0;
        is_ready && self.progress.with(Option::is_none) && self.learnt.with(|learnt| learnt.is_some_and(|learnt| learnt.can_go_on))
    }

    /// Goes on as that training began, whatever was set since.
    pub fn go_on(&self) {
        self.settle();
        if let Some(setup) = self.built.with_untracked(|built| built.as_ref().map(|built| built.setup)) {
            self.setup.set(setup);
        }
        self.tell(&Command::GoOn);
    }

    /// What stands is what is wanted: what was refused or given up is forgotten.
    pub fn settle(&self) {
        self.problem.set(None);
        if !self.wanted.with_value(|wanted| wanted.stands) {
            let stands = self.built.with_untracked(Option::is_some);
            self.wanted.set_value(Wanted { stands, ..Wanted::kept() });
        }
    }

    /// Whether the text or the file asked for last was refused; tracks nothing: [`Self::problem`] changes after it.
    pub fn is_refused(&self) -> bool {
        self.wanted.with_value(|wanted| wanted.refused.is_some())
    }

    /// What a figure says that has asked nothing yet.
    pub fn waits(&self) -> &'static str {
        if self.built.with(Option::is_some) {
            return "";
        }
        let is_idle = self.is_ready() && self.progress.with(Option::is_none);
        if is_idle { "There is no text yet: choose one." } else { "Reading the text first…" }
    }

    /// Whether words are being learnt.
    pub fn is_learning(&self) -> bool {
        self.is_ready() && self.built.with(Option::is_some) && self.learnt.with(|learnt| learnt.is_none_or(|learnt| !learnt.ended))
    }

    /// Whether the training has not come to its end: it goes on, or was stopped.
    pub fn is_unfinished(&self) -> bool {
        let is_own = self.built.with(|built| built.as_ref().is_some_and(|built| built.imported.is_none()));
        self.is_learning() || is_own && self.learnt.with(|learnt| learnt.is_some_and(|learnt| learnt.done < 1.0))
    }

    /// A line on which `question` is asked whenever it changes or something else is built, and as words are learnt; nothing while it
    /// is none.
    pub fn keep_asking(&self, line: Line, question: impl Fn() -> Option<Question> + 'static) -> Replies {
        let (desk, replies) = (*self, self.line(line));
        // The map and the test are answered anew as words are learnt, without being asked; the company of a word stays the same.
        let is_asked_again = !matches!(line, Line::Map | Line::Test | Line::Company);
        Effect::new(move |before: Option<Option<(Question, [u32; 2])>>| {
            let ages = [desk.generation.get(), if is_asked_again { desk.age.get() } else { 0 }];
            let wanted = question().filter(|_| ages[0] > 0).map(|question| (question, ages));
            if let Some((question, _)) = wanted.as_ref().filter(|_| before.flatten() != wanted) {
                desk.ask(line, question.clone());
            }
            wanted
        });
        replies
    }

    pub fn can_export(&self) -> bool {
        self.is_ready() && self.built.with(Option::is_some) && !self.exporting.get()
    }

    /// Hands the visitor the vectors as a file.
    pub fn export(&self, form: Form) {
        self.exporting.set(true);
        self.tell(&Command::Export { form });
    }

    fn hear(&self, heard: Heard<Words>) {
        match heard {
            Heard::Event(event, attached) => self.apply(event, &attached),
            // What it was reading may be why.
            Heard::Stopped if !self.wanted.with_value(|wanted| wanted.stands) => self.wanted.set_value(Wanted::kept()),
            Heard::Stopped => {}
        }
    }

    fn apply(&self, event: Event, attached: &JsValue) {
        match event {
            Event::Ready { .. } => {
                self.connection.set(Connection::Ready);
                self.read();
            }
            Event::Progress { what, done } => self.advance(what, done),
            Event::Text(summary) => self.text.set(Some(summary)),
            Event::Built(built) => {
                self.progress.set(None);
                self.wanted.update_value(|wanted| (wanted.stands, wanted.refused) = (true, None));
                self.learnt.set(None);
                self.built.set(Some(built));
                self.generation.update(|count| *count += 1);
            }
            Event::Learnt(learnt) => self.learn(learnt),
            Event::Answer { line, answer } => self.board.answer(line, answer, line == Line::Map),
            Event::Answered { line } => self.board.end(line, Standing::Done),
            Event::Refused { line, message } => self.refuse(line, message),
            Event::Exported { name, mime } => {
                self.exporting.set(false);
                download(&name, &mime, attached);
            }
        }
    }

    fn learn(&self, learnt: Learnt) {
        // What stood still moves again: whoever followed it asks anew.
        if self.learnt.get_untracked().is_some_and(|before| before.ended) && !learnt.ended {
            self.generation.update(|count| *count += 1);
        }
        self.learnt.set(Some(learnt));
        self.heard.update_value(|heard| *heard += 1);
        if learnt.ended || self.heard.get_value().is_multiple_of(STRIDE) {
            self.age.update(|age| *age += 1);
        }
    }

    fn refuse(&self, line: Line, message: String) {
        match line {
            // What was given up is refused too late.
            Line::Corpus if self.progress.with_untracked(Option::is_none) => {}
            Line::Corpus => {
                self.progress.set(None);
                let setup = self.setup.get_untracked();
                self.wanted.update_value(|wanted| wanted.refused = (!wanted.stands).then_some(setup));
                self.problem.set(Some(message));
            }
            Line::Export => {
                self.exporting.set(false);
                self.problem.set(Some(message));
            }
            // What takes the place of that training is read already.
            Line::Training if self.progress.with_untracked(Option::is_some) => {}
            Line::Training => self.problem.set(Some(message)),
            _ => self.board.end(line, Standing::Refused(message)),
        }
    }
}
