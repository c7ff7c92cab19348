//! The session in a dedicated worker: messages of the page in, events out.

use futures::channel::mpsc;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::message::{Attachment, Request, Sink};
use super::session::Session;
use super::storage::Storage;
use crate::protocol::{Event, Subject};

/// Listens, says so, and serves as long as the page lives.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let message = format!("The worker broke down, which is a fault of this program: reload the page to go on. ({panic})");
        post(&Event::Note { about: Subject::Device, message }, Vec::new());
    }));
    let (requests, inbox) = mpsc::unbounded();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| match read(&event.data()) {
        // The session never ends while its worker lives.
        Ok(request) => _ = requests.unbounded_send(request),
        Err(problem) => {
            let message = format!("The worker did not understand the page, whose version may be another: reload it. ({problem})");
            post(&Event::Refused { about: Subject::Device, message }, Vec::new());
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let session = Session::new(inbox, Sink::new(|event, bytes| post(&event, bytes)), Box::pin(Storage::open()));
    wasm_bindgen_futures::spawn_local(session.serve());
    let _ = scope().post_message(&Array::new());
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// `[json, ...attachments]` as a request.
fn read(data: &JsValue) -> Result<Request, String> {
    let parts: &Array = data.dyn_ref().ok_or("not an array")?;
    let json = parts.get(0).as_string().ok_or("no JSON in the first place")?;
    let command = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let attachments = parts.iter().skip(1).map(|part| match part.dyn_into::<web_sys::File>() {
        Ok(file) => Ok(Attachment::File(file)),
        Err(part) if part.is_instance_of::<ArrayBuffer>() || part.is_instance_of::<Uint8Array>() => {
            Ok(Attachment::Bytes(Uint8Array::new(&part).to_vec()))
        }
        Err(_) => Err("an attachment is neither a file nor bytes".to_owned()),
    });
    Ok(Request { command, attachments: attachments.collect::<Result<_, _>>()? })
}

/// Posts `[json]`, or `[json, buffer]` with the buffer handed over instead of copied.
fn post(event: &Event, bytes: Vec<u8>) {
    let Ok(json) = serde_json::to_string(event) else { return };
    let message = Array::of1(&json.into());
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
