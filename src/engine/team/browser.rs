//! Members in workers of their own, which this worker starts from its own files.

use futures::channel::mpsc::{self, UnboundedSender};
use js_sys::{Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{Member, serve};

/// Words that go to and fro.
pub type Words = Uint32Array;

/// The name by which a worker knows that it is a member of a team.
const NAME: &str = "member";
/// More workers gain little: all weights go to each of them for each pass.
const MOST: u32 = 8;

pub fn words(len: usize) -> Words {
    Words::new_with_length(len as u32)
}

pub fn len(words: &Words) -> usize {
    words.length() as usize
}

pub fn put(words: &mut Words, at: usize, from: &[u32]) {
    part(words, at, from.len()).copy_from(from);
}

pub fn take(words: &Words, at: usize, out: &mut [u32]) {
    part(words, at, out.len()).copy_to(out);
}

fn part(words: &Words, at: usize, len: usize) -> Words {
    words.subarray(at as u32, (at + len) as u32)
}

/// Workers that suit this device.
pub fn cores() -> u32 {
    (scope().navigator().hardware_concurrency() as u32).clamp(1, MOST)
}

/// Serves whoever started this worker, if that was another one, to work with it.
pub fn serves_a_team() -> bool {
    let is_member = scope().name() == NAME;
    if is_member {
        let (sender, orders) = mpsc::unbounded();
        let hears = listen(sender);
        scope().set_onmessage(Some(hears.as_ref().unchecked_ref()));
        hears.forget();
        // Fails only when whoever started it is gone.
        let answer = |words: Words| _ = scope().post_message_with_transfer(&words, &Array::of1(&words.buffer()));
        spawn_local(serve(orders, answer));
    }
    is_member
}

/// Starts another worker, which greets when it is there; none where the browser lets none start.
pub fn hire() -> Option<Member> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(NAME);
    let worker = Worker::new_with_options(&scope().location().href(), &options).ok()?;
    let (sender, answers) = mpsc::unbounded();
    let hears = listen(sender.clone());
    worker.set_onmessage(Some(hears.as_ref().unchecked_ref()));
    let gone = sender.clone();
    let fails = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        // It would be the fault of this worker otherwise, and end it.
        event.prevent_default();
        gone.close_channel();
    });
    worker.set_onmessageerror(Some(fails.as_ref().unchecked_ref()));
    worker.set_onerror(Some(fails.as_ref().unchecked_ref()));
    // A member lives as long as this worker.
    hears.forget();
    fails.forget();
    let post = move |order: Words| {
        if worker.post_message_with_transfer(&order, &Array::of1(&order.buffer())).is_err() {
            sender.close_channel();
        }
    };
    Some(Member::new(post, answers))
}

fn listen(sender: UnboundedSender<Words>) -> Closure<dyn FnMut(MessageEvent)> {
    Closure::new(move |event: MessageEvent| _ = sender.unbounded_send(event.data().unchecked_into()))
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
