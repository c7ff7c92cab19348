//! The wire to a worker: starts it, carries bytes both ways, and says when it falls silent.

use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use js_sys::{Array, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::protocol::{BUILD, encode};

/// How long a worker may take to load and to look at the device, in milliseconds.
const PATIENCE: u32 = 60_000;

/// What comes over the wire.
pub enum News {
    /// It listens, and wants to be greeted.
    Listens,
    /// A message's bytes, and what is attached.
    Said(Vec<u8>, JsValue),
    /// It is gone, by a fault of its own that may have a name.
    Stopped(Option<String>),
    /// It never came: why, and what to do.
    Absent(&'static str),
}

/// A handle to a worker, copied freely.
#[derive(Clone, Copy)]
pub struct Wire(StoredValue<End, LocalStorage>);

/// All that a worker may fire besides its messages.
const FAULTS: [&str; 2] = ["messageerror", "error"];

struct End {
    /// The worker's name, as `www/worker_boot.js` takes it.
    name: &'static str,
    worker: Option<Heard>,
    /// Those that work for it, in the places that it gave them.
    members: Vec<Option<Heard>>,
    /// Whether the worker was already fetched past the cache.
    fresh: bool,
    /// Runs until this worker says something.
    patience: Option<Timeout>,
    hear: Rc<dyn Fn(News)>,
}

/// A worker that is listened to; ended, and not heard any more, once this is dropped.
struct Heard {
    worker: Worker,
    _listeners: Vec<EventListener>,
}

impl Heard {
    /// `hear` gets its messages, `fail` whatever else it fires.
    fn new(worker: Worker, hear: impl FnMut(&Event) + 'static, fail: impl FnMut(&Event) + Clone + 'static) -> Self {
        let mut listeners = vec![EventListener::new(&worker, "message", hear)];
        // A fault that is dealt with is none of the page.
        let options = EventListenerOptions::enable_prevent_default();
        listeners.extend(FAULTS.map(|fault| EventListener::new_with_options(&worker, fault, options, fail.clone())));
        Self { worker, _listeners: listeners }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Wire {
    /// A wire without a worker yet: [`Wire::start`] brings one.
    pub fn new(name: &'static str) -> Self {
        Self(StoredValue::new_local(End { name, worker: None, members: vec![], fresh: false, patience: None, hear: Rc::new(drop) }))
    }

    /// Hands all that comes to `hear`.
    pub fn listen(&self, hear: impl Fn(News) + 'static) {
        self.0.update_value(|end| end.hear = Rc::new(hear));
    }

    /// Starts the worker, in the place of the one before.
    pub fn start(&self) {
        self.hang_up();
        let Some(worker) = self.launch("", "") else {
            return self
                .tell(News::Absent("This browser does not let the page start its worker. Try a recent Chrome, Edge, Firefox or Safari."));
        };
        let wire = *self;
        let heard = move |event: &Event| wire.hear(&event.unchecked_ref::<MessageEvent>().data());
        let failed = move |event: &Event| wire.fail(event.dyn_ref::<ErrorEvent>());
        let give_up = move || wire.tell(News::Absent("The worker does not answer. Start it again, or reload the page."));
        self.0.update_value(|end| {
            end.worker = Some(Heard::new(worker, heard, failed));
            end.patience = Some(Timeout::new(PATIENCE, give_up));
        });
    }

    /// Another worker of this module, or without one of the page's, under a name of its own.
    fn launch(&self, own_name: &str, module: &str) -> Option<Worker> {
        let (name, fresh) = self.0.with_value(|end| (end.name, end.fresh));
        let name = if module.is_empty() { name } else { module };
        let past = if fresh { "&again" } else { "" };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(own_name);
        Worker::new_with_options(&format!("./worker_boot.js?{BUILD}{past}#{name}"), &options).ok()
    }

    /// Starts a worker for the worker, and passes on what it says, or that it broke down.
    fn bring(&self, place: u32, name: &str, module: &str) {
        let wire = *self;
        let Some(member) = self.launch(name, module) else {
            return self.pass(&Array::of1(&place.into()), &JsValue::NULL);
        };
        let heard = move |event: &Event| {
            let words = event.unchecked_ref::<MessageEvent>().data();
            wire.pass(&Array::of2(&place.into(), &words), &words);
        };
        let failed = move |event: &Event| {
            event.prevent_default();
            wire.pass(&Array::of1(&place.into()), &JsValue::NULL);
        };
        self.0.update_value(|end| {
            end.members.resize_with(end.members.len().max(place as usize + 1), || None);
            end.members[place as usize] = Some(Heard::new(member, heard, failed));
        });
    }

    /// Hands the worker a message of one of its own, with the words in it.
    fn pass(&self, message: &JsValue, words: &JsValue) {
        self.0.with_value(|end| end.worker.iter().for_each(|heard| pass(&heard.worker, message, words)));
    }

    /// Sends `command` with `attachments` (files or bytes) beside it. Whether that was possible: what is attached may be too large.
    pub fn send(&self, command: &impl Serialize, attachments: &Array) -> bool {
        let message = Array::of1(&Uint8Array::from(&encode(command)[..])).concat(attachments);
        self.0.with_value(|end| end.worker.as_ref().is_none_or(|heard| heard.worker.post_message(&message).is_ok()))
    }

    /// Page and worker are of different builds, most likely since one of them came from a cache: once more past it, then no more.
    pub fn disagree(&self) {
        let wire = *self;
        // Later, since a closure of the old worker is running now and must not be dropped under its own feet.
        spawn_local(async move {
            wire.hang_up();
            if wire.0.with_value(|end| end.fresh) {
                wire.tell(News::Absent(
                    "The page and its worker are of different versions. Reload the page; if that does not help, delete this site's cached files.",
                ));
            } else {
                wire.0.update_value(|end| end.fresh = true);
                wire.start();
            }
        });
    }

    fn hang_up(&self) {
        self.0.update_value(|end| {
            (end.worker, end.patience) = (None, None);
            end.members.clear();
        });
    }

    fn hear(&self, data: &JsValue) {
        let message = Array::from(data);
        if message.length() == 0 {
            return self.tell(News::Listens);
        }
        if let Some(place) = message.get(0).as_f64() {
            return self.relay(place as u32, &message.get(1), &message.get(2));
        }
        self.0.update_value(|end| end.patience = None);
        self.tell(News::Said(Uint8Array::from(message.get(0)).to_vec(), message.get(1)));
    }

    /// Does with a worker of the worker's what that wants: a name and perhaps a module start one, words go to it, and null ends it.
    fn relay(&self, place: u32, words: &JsValue, module: &JsValue) {
        if let Some(name) = words.as_string() {
            return self.bring(place, &name, &module.as_string().unwrap_or_default());
        }
        self.0.update_value(|end| {
            let Some(member) = end.members.get_mut(place as usize) else { return };
            match member {
                Some(heard) if !words.is_null() => pass(&heard.worker, words, words),
                _ => *member = None,
            }
        });
    }

    fn fail(&self, error: Option<&ErrorEvent>) {
        let wire = *self;
        let what = error.map(ErrorEvent::message).filter(|message| !message.is_empty());
        spawn_local(async move {
            wire.hang_up();
            wire.tell(News::Stopped(what));
        });
    }

    fn tell(&self, news: News) {
        let hear = self.0.with_value(|end| Rc::clone(&end.hear));
        hear(news);
    }
}

/// Hands a message on, and the words in it if there are any.
fn pass(worker: &Worker, message: &JsValue, words: &JsValue) {
    let buffers = Array::new();
    if let Some(words) = words.dyn_ref::<Uint8Array>() {
        buffers.push(&words.buffer());
    }
    // Whoever waits for it waits with a limit.
    let _ = worker.post_message_with_transfer(message, &buffers);
}
