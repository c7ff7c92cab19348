//! Members in workers of their own, which this worker starts from its own files.

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedSender};
use js_sys::{Array, Uint32Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{Member, Message, serve};

/// The name by which a worker knows that it is a member of a team.
const NAME: &str = "member";
/// More of them gain little: each pass moves all weights to each of them.
const MOST: u32 = 8;

/// Serves whoever started this worker, if that was another one, to train with it.
pub fn is_member(spawn: impl FnOnce(std::pin::Pin<Box<dyn Future<Output = ()>>>)) -> bool {
    let is_member = scope().name() == NAME;
    if is_member {
        let (sender, orders) = mpsc::unbounded();
        let hears = listen(sender);
        scope().set_onmessage(Some(hears.as_ref().unchecked_ref()));
        hears.forget();
        let reply = |learnt: Option<Vec<u32>>| _ = scope().post_message(&message(learnt.as_deref().as_slice()));
        spawn(Box::pin(serve(orders, reply)));
        let _ = scope().post_message(&Array::new());
    }
    is_member
}

/// Threads that may work at a time here.
pub fn cores() -> u32 {
    (scope().navigator().hardware_concurrency() as u32).clamp(1, MOST)
}

/// Starts another worker; none where the browser lets none start.
pub async fn hire() -> Option<Member> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(NAME);
    let worker = Worker::new_with_options(&scope().location().href(), &options).ok()?;
    let (sender, mut replies) = mpsc::unbounded();
    let handle = Handle { hears: listen(sender.clone()), worker };
    // An error has no data, and so it says nothing, as a member does that could not do what it was asked.
    let hears = Some(handle.hears.as_ref().unchecked_ref());
    handle.worker.set_onmessage(hears);
    handle.worker.set_onmessageerror(hears);
    handle.worker.set_onerror(hears);
    // Its greeting. An error in its place is followed by no answer but errors.
    replies.next().await?;
    let orders = move |parts: &[&[u32]]| {
        let message = message(parts);
        let buffers: Array = message.iter().map(|part| part.unchecked_into::<Uint32Array>().buffer()).collect();
        if handle.worker.post_message_with_transfer(&message, &buffers).is_err() {
            _ = sender.unbounded_send(Message::new());
        }
    };
    Some(Member::new(orders, replies))
}

/// A worker that ends with its handle.
struct Handle {
    worker: Worker,
    hears: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn message(parts: &[&[u32]]) -> Array {
    parts.iter().map(|part| Uint32Array::from(*part)).collect()
}

fn listen(sender: UnboundedSender<Message>) -> Closure<dyn FnMut(MessageEvent)> {
    Closure::new(move |event: MessageEvent| {
        let parts = event.data().dyn_into::<Array>().unwrap_or_default();
        _ = sender.unbounded_send(parts.iter().map(|part| Uint32Array::new(&part).to_vec()).collect());
    })
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
