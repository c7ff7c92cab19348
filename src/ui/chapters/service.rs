//! A chapter's worker as its figures know it: whether it is there, what it is doing, and lines to ask it on.

use js_sys::Array;
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

use super::{
    frame::Connection,
    replies::{Replies, Switchboard},
};
use crate::{
    protocol::{decode, version},
    ui::wire::{News, Wire},
};

/// What a chapter's page and its worker say to each other.
pub trait Protocol: 'static {
    type Command: Serialize;
    type Event: DeserializeOwned;
    type Line: Copy + PartialEq + 'static;
    type Question;
    type Answer: Send + Sync + 'static;

    /// The page greets a worker that listens.
    fn hello(version: String) -> Self::Command;

    /// A figure asks on its line.
    fn ask(line: Self::Line, question: Self::Question) -> Self::Command;

    /// The worker's version, in its answer to the greeting.
    fn greeted(event: &Self::Event) -> Option<&str>;
}

/// A handle to the worker, copied freely.
pub struct Service<P: Protocol> {
    wire: Wire,
    pub board: Switchboard<P::Line, P::Answer>,
    pub connection: RwSignal<Connection>,
    /// What the worker is doing to the text, and how far it is.
    pub progress: RwSignal<Option<(String, f32)>>,
    /// Whether a file is being written.
    pub exporting: RwSignal<bool>,
    /// Why what was given last was refused.
    pub problem: RwSignal<Option<String>>,
}

impl<P: Protocol> Clone for Service<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Protocol> Copy for Service<P> {}

/// What a chapter hears of its worker.
pub enum Heard<P: Protocol> {
    /// An event, and what is attached.
    Event(P::Event, JsValue),
    /// The worker stopped by a fault of its own.
    Stopped,
}

impl<P: Protocol> Service<P> {
    /// A service without a worker yet: [`Service::start`] brings the one of this name.
    pub fn new(worker: &'static str) -> Self {
        Self {
            wire: Wire::new(worker),
            board: Switchboard::new(),
            connection: RwSignal::new(Connection::Starting),
            progress: RwSignal::new(None),
            exporting: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    /// Starts the worker, in the place of the one before.
    pub fn start(&self) {
        self.connection.set(Connection::Starting);
        self.board.forget();
        self.wire.start();
    }

    /// Hands all that the worker says to `hear`, once page and worker are of the same build.
    pub fn listen(&self, hear: impl Fn(Heard<P>) + 'static) {
        let service = *self;
        self.wire.listen(move |news| match news {
            News::Listens => _ = service.send(&P::hello(version()), &Array::new()),
            News::Said(bytes, attached) => match decode::<P::Event>(&bytes) {
                Ok(event) if P::greeted(&event).is_none_or(|theirs| theirs == version()) => hear(Heard::Event(event, attached)),
                _ => service.wire.disagree(),
            },
            News::Stopped(what) => {
                hear(Heard::Stopped);
                service.lose(match what {
                    Some(what) => format!("The worker stopped ({what}). Start it again."),
                    None => "The worker could not be loaded, or stopped. Check the connection, then start it again.".into(),
                });
            }
            News::Absent(sentence) => service.lose(sentence.into()),
        });
    }

    /// Sends `command`, with `attachments` beside it. Whether that was possible: a file may be too large.
    #[must_use]
    pub fn send(&self, command: &P::Command, attachments: &Array) -> bool {
        self.wire.send(command, attachments)
    }

    /// Sends `command` alone.
    pub fn tell(&self, command: &P::Command) {
        // Commands are small: nothing in them can be too large.
        let _ = self.send(command, &Array::new());
    }

    /// A line on which a figure asks now and then.
    pub fn line(&self, line: P::Line) -> Replies<P::Answer> {
        self.board.line(line)
    }

    /// Asks; answers from before stay until the next one comes.
    pub fn ask(&self, line: P::Line, question: P::Question) {
        if let Some(replies) = self.replies(line) {
            replies.pose();
            self.tell(&P::ask(line, question));
        }
    }

    /// Where the answers on this line go, if a figure asks there.
    pub fn replies(&self, line: P::Line) -> Option<Replies<P::Answer>> {
        self.board.replies(line)
    }

    pub fn is_ready(&self) -> bool {
        self.connection.with(|connection| *connection == Connection::Ready)
    }

    /// Takes note of how far the work is; what was under way when the visitor gave it up comes too late.
    pub fn advance(&self, what: String, done: f32) {
        if self.progress.with_untracked(Option::is_some) {
            self.progress.set(Some((what, done)));
        }
    }

    fn lose(&self, sentence: String) {
        self.progress.set(None);
        self.exporting.set(false);
        self.connection.set(Connection::Broken(sentence));
    }
}
