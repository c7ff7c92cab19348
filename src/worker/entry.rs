//! The services in dedicated workers: messages of the page in, events out.

use futures::channel::mpsc::{self, UnboundedSender};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::bench;
use super::message::{Attachment, Request, Sink};
use super::ngrams;
use super::post_training;
use super::session::{More, Openings, Session};
use super::storage::{self, Storage};
use super::words::{self, trains_words};
use super::workshop;
use crate::engine::team::{heard_from_a_member, serves_a_team};
use crate::protocol::{self, Event, Subject, decode, encode};

/// Serves the workshop: listens, says so, and goes on as long as the page lives.
pub fn start_workshop() {
    start(workshop::obey);
}

/// Serves the chapter on pretraining, a module of its own.
pub fn start_pretraining() {
    start(workshop::obey_chapter);
}

fn start(more: More) {
    if serves_a_team() {
        return;
    }
    on_panic(|message| Event::Note { about: Subject::Device, message });
    let (requests, inbox) = mpsc::unbounded();
    let open = |name| Box::pin(Storage::open(name));
    let storage = Openings { runs: open(storage::RUNS), texts: open(storage::TEXTS), models: open(storage::MODELS) };
    spawn_local(Session::new(inbox, Sink::new(|event, bytes| say(&event, bytes)), storage, more).serve());
    take_requests(requests, |message| Event::Refused { about: Subject::Device, message });
}

/// Serves the chapters that train a model further, a module of its own.
pub fn start_post_training() {
    use protocol::post_training::Event;
    if serves_a_team() {
        return;
    }
    let noted = |message| Event::Note { message };
    on_panic(noted);
    let (requests, inbox) = mpsc::unbounded();
    let sink = Sink::new(|event: Event, bytes| say(&event, bytes));
    spawn_local(post_training::serve(inbox, sink, Box::pin(Storage::open(storage::MODELS))));
    take_requests(requests, noted);
}

/// Serves the chapter on n-grams, a module of its own.
pub fn start_ngrams() {
    use protocol::ngrams::{Event, Line};
    let refused = |message| Event::Refused { line: Line::Corpus, message };
    on_panic(refused);
    let (requests, inbox) = mpsc::unbounded();
    let sink = Sink::new(|event: Event, bytes| say(&event, bytes));
    spawn_local(ngrams::serve(inbox, sink, Box::pin(Storage::open(storage::TEXTS))));
    take_requests(requests, refused);
}

/// Serves the chapter on word vectors, a module of its own.
pub fn start_words() {
    use protocol::words::{Event, Line};
    let refused = |message| Event::Refused { line: Line::Corpus, message };
    on_panic(refused);
    let (requests, inbox) = mpsc::unbounded();
    let sink = Sink::new(|event: Event, bytes| say(&event, bytes));
    spawn_local(words::serve(inbox, sink, Box::pin(Storage::open(storage::TEXTS))));
    take_requests(requests, refused);
}

/// Serves `bench.html`, or the chapter on word vectors where it trains on the graphics card: a module of its own.
pub fn start_engine() {
    if serves_a_team() || trains_words() {
        return;
    }
    let (parts, inbox) = mpsc::unbounded();
    spawn_local(async {
        let storage = Storage::open(storage::TEXTS).await.ok();
        bench::serve(inbox, storage, |json, bytes| post(&json.into(), bytes)).await;
    });
    listen(move |data| {
        let json = data.get(0).as_string().unwrap_or_default();
        _ = parts.unbounded_send((json, attachments(data).unwrap_or_default()));
    });
}

/// Tells the page of a fault of this program.
fn on_panic<E: Serialize>(tell: impl Fn(String) -> E + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        let message = format!("The worker broke down, which is a fault of this program: reload the page to go on. ({panic})");
        say(&tell(message), Vec::new());
    }));
}

/// Listens, and passes on what the page asks.
fn take_requests<C, E>(requests: UnboundedSender<Request<C>>, refuse: impl Fn(String) -> E + 'static)
where
    C: DeserializeOwned + 'static,
    E: Serialize,
{
    listen(move |data| {
        let request = attachments(data).and_then(|attachments| {
            let bytes = bytes(&data.get(0)).ok_or("no bytes in the first place")?;
            Ok(Request { command: decode(&bytes)?, attachments })
        });
        match request {
            // The inbox is not closed while its worker lives.
            Ok(request) => _ = requests.unbounded_send(request),
            Err(problem) => {
                let message = format!("The worker did not understand the page, whose version may be another: reload it. ({problem})");
                say(&refuse(message), Vec::new());
            }
        }
    });
}

fn listen(take: impl Fn(&Array) + 'static) {
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let message = Array::from(&event.data());
        if !heard_from_a_member(&message) {
            take(&message);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let _ = scope().post_message(&Array::new());
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// What stands beside a message.
fn attachments(message: &Array) -> Result<Vec<Attachment>, String> {
    let attachments = message.iter().skip(1).map(|part| match part.dyn_into::<web_sys::File>() {
        Ok(file) => Ok(Attachment::File(file)),
        Err(part) => bytes(&part).map(Attachment::Bytes).ok_or_else(|| "an attachment is neither a file nor bytes".to_owned()),
    });
    attachments.collect()
}

fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    (value.is_instance_of::<ArrayBuffer>() || value.is_instance_of::<Uint8Array>()).then(|| Uint8Array::new(value).to_vec())
}

fn say(event: &impl Serialize, bytes: Vec<u8>) {
    post(&Uint8Array::from(&encode(event)[..]), bytes);
}

/// Posts `[head]`, or `[head, buffer]` with the buffer handed over instead of copied.
fn post(head: &JsValue, bytes: Vec<u8>) {
    let message = Array::of1(head);
    let posted = if bytes.is_empty() {
        scope().post_message(&message)
    } else {
        let buffer = Uint8Array::from(&bytes[..]).buffer();
        drop(bytes);
        message.push(&buffer);
        scope().post_message_with_transfer(&message, &Array::of1(&buffer))
    };
    // Fails only when the page is gone.
    let _ = posted;
}
