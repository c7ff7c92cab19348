//! The service behind the chapter on n-grams: one text, its counts, and every figure's questions about them, side by side.
//!
//! A question is a future, polled beside the others, which lets them and the inbox go on every few hundredths of a second.
//! The next question on a line takes its place, and what stands when a question is asked is what it is asked of.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;

use super::message::{self, Sink};
use super::session::Opening;
use super::storage::Storage;
use crate::protocol::ngrams::{Command, Event, Line};
use crate::protocol::version;

/// A command, and what came beside it.
pub type Request = message::Request<Command>;

/// Serves until the inbox closes. The visitor's own text is kept in `storage`, if it opens.
pub async fn serve(mut inbox: UnboundedReceiver<Request>, sink: Sink<Event>, storage: Opening) {
    let desk = Rc::new(Desk { sink, _storage: storage.await });
    let mut service = Service { desk, tasks: Vec::new(), is_greeted: false };
    while let Some(request) = poll_fn(|context| service.poll(&mut inbox, context)).await {
        service.obey(request);
    }
}

/// What all tasks share.
struct Desk {
    sink: Sink<Event>,
    _storage: Result<Storage, String>,
}

struct Service {
    desk: Rc<Desk>,
    tasks: Vec<Task>,
    is_greeted: bool,
}

/// Work under way; dropping it gives it up.
struct Task {
    /// What replaces it, if anything does.
    line: Option<Line>,
    work: Pin<Box<dyn Future<Output = ()>>>,
}

impl Service {
    /// Goes on with every task, unless a request has come.
    fn poll(&mut self, inbox: &mut UnboundedReceiver<Request>, context: &mut Context) -> Poll<Option<Request>> {
        let request = inbox.poll_next_unpin(context);
        if request.is_pending() {
            self.tasks.retain_mut(|task| task.work.as_mut().poll(context).is_pending());
        }
        request
    }

    fn obey(&mut self, Request { command, attachments }: Request) {
        match command {
            Command::Hello { .. } => {
                self.is_greeted = true;
                self.desk.sink.send(Event::Ready { version: version() });
            }
            _ if !self.is_greeted => self.desk.refuse(Line::Corpus, "The worker has not begun yet: reload the page.".into()),
            Command::Cancel => self.hush(Line::Corpus),
            Command::Hush { line } => self.hush(line),
            _ => drop(attachments),
        }
    }

    fn hush(&mut self, line: Line) {
        self.tasks.retain(|task| task.line != Some(line));
    }
}

impl Desk {
    fn refuse(&self, line: Line, message: String) {
        self.sink.send(Event::Refused { line, message });
    }
}
