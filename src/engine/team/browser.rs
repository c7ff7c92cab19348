//! Members in workers of their own, of the same files as this one.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

use super::{ANSWER, Mailbox, Member, Server};
use crate::protocol::BUILD;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setInterval)]
    fn set_interval(then: &Closure<dyn FnMut()>, milliseconds: f64) -> JsValue;
}

/// Words that go to and fro, as bytes.
pub type Words = Uint8Array;

/// More workers gain little: all weights go to each of them for each pass.
const MOST: u32 = 8;

pub fn words(len: usize) -> Words {
    Words::new_with_length(4 * len as u32)
}

pub fn len(words: &Words) -> usize {
    words.length() as usize / 4
}

pub fn put(words: &mut Words, at: usize, from: &[u32]) {
    part(words, at, from.len()).copy_from(bytemuck::cast_slice(from));
}

pub fn take(words: &Words, at: usize, out: &mut [u32]) {
    part(words, at, out.len()).copy_to(bytemuck::cast_slice_mut(out));
}

fn part(words: &Words, at: usize, len: usize) -> Words {
    words.subarray(4 * at as u32, 4 * (at + len) as u32)
}

/// Workers that suit this device.
pub fn cores() -> u32 {
    (scope().navigator().hardware_concurrency() as u32).clamp(1, MOST)
}

/// Serves another worker, if this one was started for its team: the first message is a port to it.
pub fn serves_a_team() -> bool {
    let is_member = scope().name() == name();
    if is_member {
        let taken = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| serve(event.data().unchecked_into()));
        scope().set_onmessage(Some(taken.as_ref().unchecked_ref()));
        taken.forget();
        let _ = scope().post_message(&JsValue::NULL);
    }
    is_member
}

fn serve(port: MessagePort) {
    let mut server = Server::default();
    let end = port.clone();
    let hears = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let mut order: Words = event.data().unchecked_into();
        server.serve(&mut order);
        post(&end, &order);
    });
    port.set_onmessage(Some(hears.as_ref().unchecked_ref()));
    hears.forget();
    let mut greeting = words(ANSWER);
    put(&mut greeting, 1, &[1]);
    post(&port, &greeting);
    // Whatever breaks this worker, the other hears of it.
    let fails = Closure::<dyn FnMut()>::new(move || _ = port.post_message(&JsValue::NULL));
    scope().set_onerror(Some(fails.as_ref().unchecked_ref()));
    fails.forget();
}

/// Has the page start another worker, which greets when it is there. This worker could start it too, but in Firefox it then
/// sometimes hangs for ever, within the very call.
pub fn hire() -> Option<Member> {
    let channel = MessageChannel::new().ok()?;
    let port = channel.port2();
    scope().post_message_with_transfer(&Array::of2(&port, &name().into()), &Array::of1(&port)).ok()?;
    let mailbox = Rc::new(Mailbox::default());
    let [heard, passed] = [(); 2].map(|()| Rc::clone(&mailbox));
    let hears = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| match event.data().dyn_into() {
        Ok(words) => heard.put(words),
        Err(_) => heard.close(),
    });
    let ticks = Closure::<dyn FnMut()>::new(move || passed.tick());
    let end = channel.port1();
    end.set_onmessage(Some(hears.as_ref().unchecked_ref()));
    set_interval(&ticks, 1000.0);
    // A member lives as long as this worker.
    hears.forget();
    ticks.forget();
    Some(Member::new(move |order| post(&end, &order), mailbox))
}

/// By which a worker knows that it is a member of a team, of the same build as the others.
fn name() -> String {
    format!("member {BUILD}")
}

/// Hands words over. Where that fails, no answer comes in time.
fn post(port: &MessagePort, words: &Words) {
    let _ = port.post_message_with_transferable(words, &Array::of1(&words.buffer()));
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
