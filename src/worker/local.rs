//! A session in this process: for the headless runner and the tests.

use std::future::{Future, ready};
use std::pin::pin;

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::future::{Either, select};

use super::message::{Request, Sink};
use super::session::{Opening, Openings, Session};
use super::storage::Storage;
use super::workshop;
use crate::protocol::{Command, Event, Phase, version};

/// The page's side.
pub struct Client<C = Command, E = Event> {
    commands: UnboundedSender<Request<C>>,
    events: UnboundedReceiver<(E, Vec<u8>)>,
}

impl<C, E> Client<C, E> {
    pub fn send(&self, request: impl Into<Request<C>>) {
        // A session that is gone is noticed by the events that end.
        let _ = self.commands.unbounded_send(request.into());
    }

    /// The next event; `None` when the session is gone.
    pub async fn next(&mut self) -> Option<(E, Vec<u8>)> {
        self.events.next().await
    }
}

impl Client {
    /// Hands every event to `take` until that says that it has seen enough.
    ///
    /// # Errors
    /// The sentence of a refusal or of a run that failed on the way.
    pub async fn until(&mut self, mut take: impl FnMut(Event, Vec<u8>) -> bool) -> Result<(), String> {
        loop {
            match self.next().await {
                None => return Err("The session ended before its work was done.".into()),
                Some((Event::Refused { message, .. } | Event::Phase(Phase::Failed { message }), _)) => return Err(message),
                Some((event, bytes)) => {
                    if take(event, bytes) {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Where a session keeps what it keeps; what has no place is not kept.
#[derive(Default)]
pub struct Places {
    pub runs: Option<Storage>,
    pub texts: Option<Storage>,
    pub models: Option<Storage>,
}

impl Places {
    /// For runs alone.
    pub fn of_runs(runs: Storage) -> Self {
        Self { runs: Some(runs), ..Self::default() }
    }
}

/// Runs a session beside `script`, which has greeted it, until the script ends.
pub fn with_session<T, F: Future<Output = T>>(places: Places, script: impl FnOnce(Client) -> F) -> T {
    pollster::block_on(session(places, script))
}

/// The same for a thread that does something else meanwhile, such as a second session.
pub async fn session<T, F: Future<Output = T>>(places: Places, script: impl FnOnce(Client) -> F) -> T {
    let open = |place: Option<Storage>| -> Opening { Box::pin(ready(place.ok_or_else(|| "there is no folder to keep it in.".to_owned()))) };
    let storage = Openings { runs: open(places.runs), texts: open(places.texts), models: open(places.models) };
    served(
        |inbox, sink| Session::new(inbox, sink, storage, workshop::obey_all).serve(),
        |client| {
            client.send(Command::Hello { version: version() });
            script(client)
        },
    )
    .await
}

/// Runs a service beside `script` until the script ends.
pub fn beside<C, E: 'static, T, S: Future<Output = ()>, F: Future<Output = T>>(
    serve: impl FnOnce(UnboundedReceiver<Request<C>>, Sink<E>) -> S,
    script: impl FnOnce(Client<C, E>) -> F,
) -> T {
    pollster::block_on(served(serve, script))
}

async fn served<C, E: 'static, T, S: Future<Output = ()>, F: Future<Output = T>>(
    serve: impl FnOnce(UnboundedReceiver<Request<C>>, Sink<E>) -> S,
    script: impl FnOnce(Client<C, E>) -> F,
) -> T {
    let (commands, inbox) = mpsc::unbounded();
    let (sender, events) = mpsc::unbounded();
    let sink = Sink::new(move |event, bytes| {
        let _ = sender.unbounded_send((event, bytes));
    });
    let script = script(Client { commands, events });
    let served = serve(inbox, sink);
    match select(pin!(script), pin!(served)).await {
        Either::Left((result, _)) => result,
        Either::Right(((), script)) => script.await,
    }
}
