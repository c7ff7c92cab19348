//! What goes in and out of a session.

use std::rc::Rc;

use super::source::File;
use crate::engine::EngineError;
use crate::protocol::{Command, Event, Subject};
use crate::text::Refusal;

/// A command, and what came beside it.
#[derive(Debug)]
pub struct Request<C = Command> {
    pub command: C,
    pub attachments: Vec<Attachment>,
}

impl<C> From<C> for Request<C> {
    fn from(command: C) -> Self {
        Self { command, attachments: Vec::new() }
    }
}

#[derive(Debug)]
pub enum Attachment {
    Bytes(Vec<u8>),
    File(File),
}

/// Takes events, each with the bytes that go beside it (mostly none).
pub struct Sink<E = Event>(Rc<dyn Fn(E, Vec<u8>)>);

impl<E> Clone for Sink<E> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<E> Sink<E> {
    pub fn new(take: impl Fn(E, Vec<u8>) + 'static) -> Self {
        Self(Rc::new(take))
    }

    pub fn send(&self, event: E) {
        (self.0)(event, Vec::new());
    }

    pub fn attach(&self, event: E, bytes: Vec<u8>) {
        (self.0)(event, bytes);
    }
}

impl Sink {
    pub fn refuse(&self, problem: Problem) {
        self.send(Event::Refused { about: problem.about, message: problem.message });
    }

    pub fn note(&self, about: Subject, message: impl Into<String>) {
        self.send(Event::Note { about, message: message.into() });
    }
}

/// Why something could not be done: a sentence for the visitor.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub about: Subject,
    pub message: String,
}

impl Problem {
    pub fn new(about: Subject, message: impl Into<String>) -> Self {
        Self { about, message: message.into() }
    }
}

impl From<Refusal> for Problem {
    fn from(Refusal(message): Refusal) -> Self {
        Self { about: Subject::Text, message }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let about = if let EngineError::TooLarge { .. } = error { Subject::Model } else { Subject::Device };
        Self { about, message: error.to_string() }
    }
}
