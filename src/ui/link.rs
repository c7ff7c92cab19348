//! The wire to the worker: commands out, events in, and what to do when it falls silent.

use js_sys::Array;
use leptos::{ev, prelude::*};

use super::{
    controls::download,
    persistence::keep_for_good,
    shelf::{Shelf, Wish},
    state::{Connection, Loading, State, Topic},
    wire::{News, Wire},
};
use crate::protocol::{
    Command, Event, Phase, Subject, TextSource, decode,
    figures::{Line, Question},
    models::Which,
    version,
};

/// A handle to the worker, copied freely.
#[derive(Clone, Copy)]
pub struct Link {
    state: State,
    wire: Wire,
    texts: StoredValue<Texts, LocalStorage>,
    /// The model that the address names, until there is a worker to open it.
    model: StoredValue<Option<Which>, LocalStorage>,
}

/// Texts with their files.
struct Texts {
    /// The one asked for last: what a worker that begins to listen is asked for.
    asked: (TextSource, Array),
    /// The one that was read last, to which a crash goes back.
    read: (TextSource, Array),
}

impl Link {
    /// Starts the worker, feeds `state` with what it says, has `text` read and `model` opened, and tells it when the tab is hidden.
    pub fn connect(state: State, text: TextSource, model: Option<Which>) -> Self {
        let first = (text, Array::new());
        let texts = StoredValue::new_local(Texts { asked: first.clone(), read: first });
        let link = Self { state, wire: Wire::new("model_worker"), texts, model: StoredValue::new_local(model) };
        link.wire.listen(move |news| link.hear(news));
        link.start();
        link.keep_estimates();
        let _ = window_event_listener(ev::Custom::<web_sys::Event>::new("visibilitychange"), move |_| {
            link.send(&Command::Visibility { hidden: document().hidden() });
        });
        link
    }

    pub fn send(&self, command: &Command) {
        self.send_with(command, &Array::new());
    }

    /// Sends `command` with `attachments` (files or bytes) beside it.
    pub fn send_with(&self, command: &Command, attachments: &Array) {
        if !self.wire.send(command, attachments) {
            let message = "This file is too large to be handed over: choose a smaller one.".into();
            self.state.apply(Event::Refused { about: Subject::Storage, message });
        }
    }

    /// Asks for a text; `files` go beside it.
    pub fn load(&self, source: TextSource, files: Array) {
        self.state.clear(Subject::Text);
        self.state.change(Topic::Loading, |facts| facts.loading = Some(Loading::default()));
        self.send_with(&Command::LoadText(source.clone()), &files);
        self.texts.update_value(|texts| texts.asked = (source, files));
    }

    /// Opens a model to write and score with.
    pub fn open(&self, which: Which) {
        self.state.clear(Subject::Model);
        self.send(&Command::OpenModel { which });
    }

    /// The models to choose from.
    pub fn shelf(&self) -> Shelf {
        let (link, state) = (*self, self.state);
        Shelf {
            entries: Signal::derive(move || state.see(Topic::Models, |facts| facts.models.clone())),
            chosen: Signal::derive(move || state.see(Topic::Models, |facts| facts.opened.as_ref().map(|(which, _)| which.clone()))),
            choose: Callback::new(move |which| link.open(which)),
            labels: ["Open", "Opened"],
            is_elsewhere: false,
            tell: Callback::new(move |wish: Wish| link.send(&wish.into())),
        }
    }

    /// Gives up the text under way.
    pub fn cancel_load(&self) {
        self.send(&Command::CancelLoad);
        self.state.change(Topic::Loading, |facts| facts.loading = None);
    }

    /// A new worker after a broken one.
    pub fn restart(&self) {
        self.state.change(Topic::Messages, |facts| facts.messages = vec![]);
        self.state.change(Topic::Text, |facts| facts.text = None);
        self.start();
    }

    fn start(&self) {
        self.state.change(Topic::Connection, |facts| facts.connection = Connection::Starting);
        self.wire.start();
    }

    fn hear(&self, news: News) {
        match news {
            News::Listens => self.send(&Command::Hello { version: version() }),
            News::Said(bytes, attached) => match decode(&bytes).ok() {
                Some(Event::Ready { version: theirs, .. }) if theirs != version() => self.wire.disagree(),
                Some(ready @ Event::Ready { .. }) => self.greet(ready),
                Some(Event::Exported { name, mime }) => download(&name, &mime, &attached),
                Some(event) => {
                    self.follow(&event);
                    self.state.apply(event);
                }
                None => self.wire.disagree(),
            },
            News::Stopped(what) => {
                self.texts.update_value(|texts| texts.asked = texts.read.clone());
                self.state.lose_worker(match what {
                    Some(what) => {
                        format!("The worker stopped ({what}). What was kept is safe: start it again and go on from the last checkpoint.")
                    }
                    None => "The worker could not be loaded, or stopped. Check the connection, then start it again.".into(),
                });
            }
            News::Absent(sentence) => self.state.lose_worker(sentence.into()),
        }
    }

    fn greet(&self, ready: Event) {
        self.state.apply(ready);
        let (source, files) = self.texts.with_value(|texts| texts.asked.clone());
        self.load(source, files);
        self.send(&Command::Ask { line: Line::Models, question: Question::Models });
        if let Some(model) = self.model.try_update_value(Option::take).flatten() {
            self.open(model);
        }
    }

    /// What an event asks of the page beyond showing it.
    fn follow(&self, event: &Event) {
        keep_for_good(event);
        if let Event::TextReady(_) = event {
            if self.state.peek(|facts| facts.loading.is_some()) {
                self.texts.update_value(|texts| texts.read = texts.asked.clone());
                if self.texts.with_value(|texts| !matches!(texts.read.0, TextSource::Kept | TextSource::Named)) {
                    self.state.settle_address();
                }
            }
            if self.state.peek(|facts| facts.estimates.is_empty()) {
                self.estimate();
            }
        }
    }

    fn estimate(&self) {
        self.send(&Command::Estimate { spec: self.state.peek(|facts| facts.spec.clone()) });
    }

    /// What the presets cost follows the executor and the tokens, as long as nothing else computes.
    fn keep_estimates(&self) {
        let link = *self;
        let wanted =
            Memo::new(move |_| link.state.see(Topic::Spec, |facts| (facts.spec.executor as u8, facts.spec.tokenizer as u8, facts.vocab())));
        Effect::new(move |before: Option<()>| {
            wanted.get();
            let busy = link.state.peek(|facts| matches!(facts.phase, Phase::Preparing { .. } | Phase::Training));
            if before.is_some() && !busy && link.state.peek(|facts| facts.text.is_some()) {
                link.estimate();
            }
        });
    }
}
