//! A session in this process: for the headless runner and the tests.

use std::future::Future;
use std::pin::pin;

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::future::{Either, select};

use super::message::{Request, Sink};
use super::session::Session;
use crate::protocol::{Command, Event, version};

/// The page's side.
pub struct Client {
    commands: UnboundedSender<Request>,
    events: UnboundedReceiver<(Event, Vec<u8>)>,
}

impl Client {
    pub fn send(&self, request: impl Into<Request>) {
        // A session that is gone is noticed by the events that end.
        let _ = self.commands.unbounded_send(request.into());
    }

    /// The next event; `None` when the session is gone.
    pub async fn next(&mut self) -> Option<(Event, Vec<u8>)> {
        self.events.next().await
    }

    /// Waits until `found` finds what it looks for; `None` when the session is gone.
    pub async fn until<T>(&mut self, mut found: impl FnMut(Event, Vec<u8>) -> Option<T>) -> Option<T> {
        while let Some((event, bytes)) = self.next().await {
            if let Some(result) = found(event, bytes) {
                return Some(result);
            }
        }
        None
    }
}

/// Runs a session beside `script`, which has greeted it, until the script ends.
pub fn with_session<T, F: Future<Output = T>>(script: impl FnOnce(Client) -> F) -> T {
    let (commands, inbox) = mpsc::unbounded();
    let (sender, events) = mpsc::unbounded();
    let sink = Sink::new(move |event, bytes| {
        let _ = sender.unbounded_send((event, bytes));
    });
    let client = Client { commands, events };
    client.send(Command::Hello { version: version() });
    let session = Session::new(inbox, sink).serve();
    pollster::block_on(async {
        match select(pin!(script(client)), pin!(session)).await {
            Either::Left((result, _)) => result,
            Either::Right(((), script)) => script.await,
        }
    })
}
