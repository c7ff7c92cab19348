//! Members in workers of their own, which this worker starts from its own files.

use std::rc::Rc;

use js_sys::{Array, Uint32Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{ANSWER, Mailbox, Member, Server};
use crate::protocol::BUILD;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setInterval)]
    fn set_interval(then: &Closure<dyn FnMut()>, milliseconds: f64) -> JsValue;
}

/// Words that go to and fro.
pub type Words = Uint32Array;

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
    let is_member = scope().name() == name();
    if is_member {
        let mut server = Server::default();
        let hears = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let mut order: Words = event.data().unchecked_into();
            server.serve(&mut order);
            answer(&order);
        });
        scope().set_onmessage(Some(hears.as_ref().unchecked_ref()));
        hears.forget();
        let mut greeting = words(ANSWER);
        put(&mut greeting, 1, &[1]);
        answer(&greeting);
    }
    is_member
}

/// Starts another worker, which greets when it is there; none where the browser lets none start.
pub fn hire() -> Option<Member> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(&name());
    let worker = Worker::new_with_options(&scope().location().href(), &options).ok()?;
    let mailbox = Rc::new(Mailbox::default());
    let [heard, failed, passed] = [(); 3].map(|()| Rc::clone(&mailbox));
    // One of another build does not know the name, and says something else.
    let hears = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| match event.data().dyn_into() {
        Ok(words) => heard.put(words),
        Err(_) => heard.close(),
    });
    let fails = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        // It would be a fault of this worker otherwise, and end it.
        event.prevent_default();
        failed.close();
    });
    let ticks = Closure::<dyn FnMut()>::new(move || passed.tick());
    worker.set_onmessage(Some(hears.as_ref().unchecked_ref()));
    worker.set_onmessageerror(Some(fails.as_ref().unchecked_ref()));
    worker.set_onerror(Some(fails.as_ref().unchecked_ref()));
    set_interval(&ticks, 1000.0);
    // A member lives as long as this worker.
    hears.forget();
    fails.forget();
    ticks.forget();
    let orders = Rc::clone(&mailbox);
    let post = move |order: Words| {
        if worker.post_message_with_transfer(&order, &Array::of1(&order.buffer())).is_err() {
            orders.close();
        }
    };
    Some(Member::new(post, mailbox))
}

/// By which a worker knows that it is a member of a team, of the same build as the others.
fn name() -> String {
    format!("member {BUILD}")
}

/// Fails only when whoever started this worker is gone.
fn answer(words: &Words) {
    let _ = scope().post_message_with_transfer(words, &Array::of1(&words.buffer()));
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
