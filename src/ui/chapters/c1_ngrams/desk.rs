//! What the chapter's figures share: the text, the settings, and the worker that they ask.

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
        ngrams::{Answer, Built, Command, Event, Line, Question, Setup, Smoothing, Unit},
    },
    ui::{controls::download, settings::Settings},
};

/// Words of the built-in world that are counted at first.
pub const WORDS: u32 = 1_000_000;

/// A handle to all that the figures share, copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    service: Service<Ngrams>,
    wanted: StoredValue<Wanted, LocalStorage>,
    pub text: RwSignal<Option<TextSummary>>,
    /// The counts that stand: figures ask anew when they change.
    pub built: RwSignal<Option<Built>>,
    pub settings: RwSignal<Settings>,
}

/// The chapter's protocol.
pub struct Ngrams;

impl Protocol for Ngrams {
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
    type Target = Service<Ngrams>;

    fn deref(&self) -> &Self::Target {
        &self.service
    }
}

/// The text or the model asked for last, with its files.
struct Wanted {
    what: Asked,
    files: Array,
    /// Whether it is what stands, and other counts of it may be on the way.
    stands: bool,
    /// Whether it was refused, and may be taken with other settings.
    refused: bool,
    /// How it was asked to be counted last.
    setup: Setup,
}

impl Wanted {
    fn new(what: Asked, files: &Array) -> Self {
        Self { what, files: files.clone(), stands: false, refused: false, setup: Setup { unit: Unit::Word, order: 0 } }
    }

    /// What a worker that just began is asked for: a text that was counted is kept.
    fn kept(stands: bool) -> Self {
        Self { stands, ..Self::new(Asked::Text(Source::Kept { words: WORDS }), &Array::new()) }
    }
}

enum Asked {
    Text(Source),
    /// The name of a model's file.
    Model(String),
}

/// Counts are made up to this N at least, if the text allows, so that N can be turned without counting anew.
const COUNTED: u32 = 5;

impl Desk {
    /// Starts the worker and asks it for the text that the visitor gave last, or the built-in world.
    pub fn open() -> Self {
        let desk = Self {
            service: Service::new("ngrams_worker"),
            wanted: StoredValue::new_local(Wanted::kept(false)),
            text: RwSignal::new(None),
            built: RwSignal::new(None),
            settings: RwSignal::new(Settings::USUAL),
        };
        desk.listen(move |heard| desk.hear(heard));
        desk.start();
        desk.keep_counted();
        desk
    }

    /// Takes another text; `files` go beside it.
    pub fn load(&self, source: Source, files: &Array) {
        self.take(Asked::Text(source), files);
    }

    pub fn give(&self, source: TextSource, files: &Array) {
        self.load(Source::Given(source), files);
    }

    /// Takes a model from a file instead of counting.
    pub fn import(&self, name: String, file: &Array) {
        self.take(Asked::Model(name), file);
    }

    fn take(&self, what: Asked, files: &Array) {
        self.wanted.set_value(Wanted::new(what, files));
        match self.connection.get_untracked() {
            Connection::Ready => self.read(COUNTED),
            Connection::Starting => {}
            Connection::Broken(_) => self.start(),
        }
    }

    /// How to count as the settings say, up to the N chosen or `most`, whichever is more.
    fn setup(&self, most: u32) -> Setup {
        let Settings { unit, order, .. } = self.settings.get_untracked();
        Setup { unit, order: order.max(most) }
    }

    /// Asks for what is wanted.
    fn read(&self, most: u32) {
        self.problem.set(None);
        self.progress.set(Some(("Reading".into(), 0.0)));
        let setup = self.setup(most);
        self.wanted.update_value(|wanted| (wanted.setup, wanted.stands) = (setup, false));
        let (command, files) = self.wanted.with_value(|wanted| {
            let command = match &wanted.what {
                Asked::Text(source) => Command::Load { source: source.clone(), setup },
                Asked::Model(name) => Command::Import { name: name.clone() },
            };
            (command, wanted.files.clone())
        });
        if !self.send(&command, &files) {
            self.refuse(Line::Corpus, "This file is too large to be handed over: choose a smaller one.".into());
        }
    }

    /// Counts the text that stands anew, if the settings ask for what was not counted.
    fn count(&self, most: u32) {
        let counted = self.built.with_untracked(|built| built.as_ref().filter(|built| built.imported.is_none()).map(|built| built.setup));
        let Some(counted) = counted else { return };
        let (setup, least) = (self.setup(most), self.setup(0));
        let is_busy = self.progress.with_untracked(Option::is_some);
        if counted.unit == least.unit && counted.order >= least.order {
            if is_busy {
                self.progress.set(None);
                self.tell(&Command::Cancel);
            }
        } else if !is_busy || self.wanted.with_value(|wanted| wanted.setup != setup) {
            self.wanted.update_value(|wanted| wanted.setup = setup);
            self.progress.set(Some(("Counting".into(), 0.0)));
            self.tell(&Command::Build { setup });
        }
    }

    /// Follows the settings: what is being read, or was refused, is read with the new ones.
    fn follow(&self) {
        let (stands, refused, setup) = self.wanted.with_value(|wanted| (wanted.stands, wanted.refused, wanted.setup));
        if stands {
            self.count(COUNTED);
        } else if refused || setup != self.setup(COUNTED) {
            self.read(COUNTED);
        }
    }

    pub fn cancel(&self) {
        self.tell(&Command::Cancel);
        self.progress.set(None);
        self.settle();
        if self.built.with_untracked(Option::is_none) {
            self.problem.set(Some("Nothing is counted yet: choose a text.".into()));
        }
    }

    /// Takes note of the problem.
    pub fn dismiss(&self) {
        match self.progress.with_untracked(Option::is_some) {
            true => self.problem.set(None),
            false => self.settle(),
        }
    }

    /// What stands is what is wanted: what was refused or given up is forgotten.
    fn settle(&self) {
        self.problem.set(None);
        let counted = self.built.with_untracked(|built| built.as_ref().map(|built| (built.setup, built.imported.is_none())));
        if !self.wanted.with_value(|wanted| wanted.stands) {
            self.wanted.set_value(Wanted::kept(counted.is_some()));
        }
        if let Some((counted, true)) = counted {
            self.settings.update(|settings| {
                settings.unit = counted.unit;
                settings.order = settings.order.min(counted.order);
            });
        }
    }

    /// What a figure says that has asked nothing yet.
    pub fn waits(&self) -> &'static str {
        if self.built.with(Option::is_some) {
            return "";
        }
        let is_idle = self.is_ready() && self.progress.with(Option::is_none);
        if is_idle { "There is no text yet: choose one." } else { "Counting the text first…" }
    }

    /// N as it is chosen, which may not be counted yet. A model from a file has its own.
    pub fn order(&self) -> u32 {
        let chosen = self.settings.get().order;
        self.built.with(|built| built.as_ref().filter(|built| built.imported.is_some()).map_or(chosen, |built| built.setup.order))
    }

    /// N and the method that figures ask with: while another N is being counted for, the longest that stands.
    pub fn chosen(&self) -> (u32, Smoothing) {
        let order = self.order();
        let counted = self.built.with(|built| built.as_ref().map_or(order, |built| built.setup.order));
        (order.min(counted), self.settings.get().smoothing)
    }

    /// What the text that stands is cut into.
    pub fn unit(&self) -> Unit {
        let wanted = self.settings.get().unit;
        self.built.with(|built| built.as_ref().map_or(wanted, |built| built.setup.unit))
    }

    /// Ends what is asked on this line, and leaves what was answered.
    pub fn hush(&self, line: Line) {
        if let Some(replies) = self.replies(line) {
            replies.standing.set(Standing::Done);
            self.tell(&Command::Hush { line });
        }
    }

    /// A line on which `question` is asked whenever it changes or the counts do; nothing while it is none. What was answered
    /// stays until the next answer comes, so that a figure does not blink.
    pub fn keep_asking(&self, line: Line, question: impl Fn() -> Option<Question> + 'static) -> Replies {
        let (desk, replies) = (*self, self.line(line));
        Effect::new(move |before: Option<Option<(Question, Built)>>| {
            let wanted = desk.built.get().and_then(|built| Some((question()?, built)));
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

    /// Hands the visitor the model as a file.
    pub fn export(&self) {
        let (order, smoothing) = untrack(|| self.chosen());
        self.exporting.set(true);
        self.tell(&Command::Export { order, smoothing });
    }

    fn hear(&self, heard: Heard<Ngrams>) {
        match heard {
            Heard::Event(event, attached) => self.apply(event, &attached),
            // What it was reading may be why.
            Heard::Stopped if !self.wanted.with_value(|wanted| wanted.stands) => self.wanted.set_value(Wanted::kept(false)),
            Heard::Stopped => {}
        }
    }

    fn apply(&self, event: Event, attached: &JsValue) {
        match event {
            Event::Ready { .. } => {
                // What was asked while it started was not heard.
                self.board.forget();
                self.connection.set(Connection::Ready);
                self.read(COUNTED);
            }
            Event::Progress { what, done } => self.advance(what, done),
            Event::Text(summary) => self.text.set(Some(summary)),
            Event::Built(built) => {
                self.progress.set(None);
                self.wanted.update_value(|wanted| wanted.stands = true);
                self.built.set(Some(built));
                // The settings may have changed too late to be heard.
                self.count(COUNTED);
            }
            Event::Answer { line, answer } => self.board.answer(line, answer, false),
            Event::Answered { line } => self.board.end(line, Standing::Done),
            Event::Refused { line, message } => self.refuse(line, message),
            Event::Exported { name, mime } => {
                self.exporting.set(false);
                download(&name, &mime, attached);
            }
        }
    }

    fn refuse(&self, line: Line, message: String) {
        match line {
            Line::Corpus => self.refuse_text(message),
            Line::Export => {
                self.exporting.set(false);
                self.problem.set(Some(message));
            }
            _ => self.board.end(line, Standing::Refused(message)),
        }
    }

    fn refuse_text(&self, message: String) {
        // What was given up is refused too late.
        if self.progress.with_untracked(Option::is_none) {
            return;
        }
        let (stands, refused) = self.wanted.with_value(|wanted| (wanted.stands, wanted.refused));
        let is_counted = self.wanted.with_value(|wanted| stands || matches!(wanted.what, Asked::Text(_)));
        if is_counted && self.wanted.with_value(|wanted| wanted.setup.order) > self.setup(0).order {
            // Perhaps only what is counted beyond the N chosen is too much.
            return if stands { self.count(0) } else { self.read(0) };
        }
        self.progress.set(None);
        self.wanted.update_value(|wanted| wanted.refused = !stands);
        if stands {
            // The settings go back to the counts that there are.
            self.settle();
        } else if refused && self.built.with_untracked(Option::is_some) {
            // Other settings did not help it, so they are for the text that stands.
            self.wanted.set_value(Wanted::kept(true));
            self.count(COUNTED);
        }
        self.problem.set(Some(message));
    }

    /// Follows the unit and N.
    fn keep_counted(&self) {
        let desk = *self;
        Effect::new(move |before: Option<Setup>| {
            let Settings { unit, order, .. } = desk.settings.get();
            let now = Setup { unit, order };
            // A worker that just begins is asked with the settings of that moment.
            let is_ready = desk.connection.with_untracked(|connection| *connection == Connection::Ready);
            if is_ready && before.is_some_and(|before| before != now) {
                desk.follow();
            }
            now
        });
    }
}
