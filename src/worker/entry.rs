//! The session in a dedicated worker: messages of the page in, events out.

use futures::channel::mpsc;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::bench;
use super::message::{Attachment, Request, Sink};
use super::session::Session;
use super::storage::Storage;
use crate::protocol::{Event, Subject, decode, encode};

/// Listens, says so, and serves as long as the page lives.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let message = format!("The worker broke down, which is a fault of this program: reload the page to go on. ({panic})");
        say(&Event::Note { about: Subject::Device, message }, Vec::new());
    }));
    let (requests, inbox) = mpsc::unbounded();
    let (parts, benchmark) = mpsc::unbounded();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| match read(&event.data()) {
        // Neither inbox is closed while its worker lives.
        Ok(Message::Request(request)) => _ = requests.unbounded_send(request),
        Ok(Message::Part(part)) => _ = parts.unbounded_send(part),
        Err(problem) => {
            let message = format!("The worker did not understand the page, whose version may be another: reload it. ({problem})");
            say(&Event::Refused { about: Subject::Device, message }, Vec::new());
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    spawn_local(Session::new(inbox, Sink::new(|event, bytes| say(&event, bytes)), Box::pin(Storage::open())).serve());
    spawn_local(bench::serve(benchmark, |json, bytes| post(&json.into(), bytes)));
    let _ = scope().post_message(&Array::new());
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

enum Message {
    Request(Request),
    Part(bench::Part),
}

/// `[bytes, ...attachments]` as a request, `[json, ...attachments]` as a part of a benchmark.
fn read(data: &JsValue) -> Result<Message, String> {
    let parts: &Array = data.dyn_ref().ok_or("not an array")?;
    let attachments = parts.iter().skip(1).map(|part| match part.dyn_into::<web_sys::File>() {
        Ok(file) => Ok(Attachment::File(file)),
        Err(part) => bytes(&part).map(Attachment::Bytes).ok_or("an attachment is neither a file nor bytes"),
    });
    let attachments = attachments.collect::<Result<_, _>>()?;
    let head = parts.get(0);
    match (head.as_string(), bytes(&head)) {
        (Some(json), _) => Ok(Message::Part((json, attachments))),
        (_, Some(bytes)) => Ok(Message::Request(Request { command: decode(&bytes)?, attachments })),
        _ => Err("neither bytes nor text in the first place".into()),
    }
}

fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    (value.is_instance_of::<ArrayBuffer>() || value.is_instance_of::<Uint8Array>()).then(|| Uint8Array::new(value).to_vec())
}

fn say(event: &Event, bytes: Vec<u8>) {
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
