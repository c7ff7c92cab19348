//! Members in workers of their own.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Interval;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::{ANSWER, Mailbox, Member, Server};
use crate::protocol::BUILD;

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

/// Serves another worker as a CPU executor, if this one was started for its team.
pub fn serves_a_team() -> bool {
    let mut server = Server::default();
    serve_as(MEMBER, move |mut order| {
        server.serve(&mut order);
        answer(&order);
    })
}

/// Takes the orders of another worker, if this one was started for it under this name; all that they say to each other goes by way of
/// the page. The first [`answer`] of all, a greeting, is given here.
pub fn serve_as(name: &str, mut take: impl FnMut(Words) + 'static) -> bool {
    let is_meant = scope().name() == own_name(name);
    if is_meant {
        let hears = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| take(event.data().unchecked_into()));
        scope().set_onmessage(Some(hears.as_ref().unchecked_ref()));
        hears.forget();
        let mut greeting = words(ANSWER);
        put(&mut greeting, 1, &[1]);
        answer(&greeting);
    }
    is_meant
}

/// Hands an order back as its answer.
pub fn answer(order: &Words) {
    say(order, order);
}

thread_local! {
    /// Those of the workers that this one asked for, in their order.
    static MAILBOXES: RefCell<Vec<Weak<Mailbox>>> = const { RefCell::new(Vec::new()) };
}

/// A worker that the page started for this one. When this is dropped the page ends it, whatever it does.
struct Hired {
    place: u32,
    /// Tells its mailbox of the seconds.
    _ticks: Interval,
}

impl Hired {
    fn order(&self, order: &Words) {
        say(&Array::of2(&self.place.into(), order), order);
    }
}

impl Drop for Hired {
    fn drop(&mut self) {
        let _ = scope().post_message(&Array::of2(&self.place.into(), &JsValue::NULL));
    }
}

/// Has the page start another worker of a team, of the same files as this one.
pub fn hire_member() -> Option<Member> {
    hire(MEMBER, "")
}

/// Has the page start another worker under this name, of this module or, without one, of the same as this one; it greets when it is
/// there. This worker could start it too, but in Firefox it then sometimes hangs for ever, within the very call; and a port to it,
/// past the page, takes Firefox thirty milliseconds a message.
pub fn hire(name: &str, module: &str) -> Option<Member> {
    let mailbox = Rc::new(Mailbox::default());
    let place = MAILBOXES.with_borrow_mut(|mailboxes| {
        mailboxes.push(Rc::downgrade(&mailbox));
        mailboxes.len() as u32 - 1
    });
    scope().post_message(&Array::of3(&place.into(), &own_name(name).into(), &module.into())).ok()?;
    let passed = Rc::clone(&mailbox);
    let hired = Hired { place, _ticks: Interval::new(1000, move || passed.tick()) };
    Some(Member::new(move |order| hired.order(&order), mailbox))
}

/// Takes what a member says, by way of the page: `[place, words]`, with no words when it broke down. Whether it was that.
pub fn heard_from_a_member(message: &Array) -> bool {
    let Some(place) = message.get(0).as_f64() else { return false };
    MAILBOXES.with_borrow(|mailboxes| {
        if let Some(mailbox) = mailboxes.get(place as usize).and_then(Weak::upgrade) {
            match message.get(1).dyn_into() {
                Ok(words) => mailbox.put(words),
                Err(_) => mailbox.close(),
            }
        }
    });
    true
}

/// What the members of a team are called.
const MEMBER: &str = "member";

/// By which a worker knows what it was started for, and that it is of the same build as who asked for it.
fn own_name(name: &str) -> String {
    format!("{name} {BUILD}")
}

/// Says something in which words are handed over. That fails only when the page is gone.
fn say(message: &JsValue, words: &Words) {
    let _ = scope().post_message_with_transfer(message, &Array::of1(&words.buffer()));
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
