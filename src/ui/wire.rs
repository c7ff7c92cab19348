//! The wire to a worker: starts it, carries bytes both ways, and says when it falls silent.

use std::{rc::Rc, time::Duration};

use js_sys::{Array, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::protocol::{BUILD, encode};

/// How long a worker may take to load and to look at the device.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// What a worker calls.
type Handler = Closure<dyn FnMut(JsValue)>;

struct End {
    /// The worker's name, as `www/worker_boot.js` takes it.
    name: &'static str,
    worker: Option<Worker>,
    /// Those that work for it, in the places that it gave them, and what hears them.
    members: Vec<Option<(Worker, Handler)>>,
    /// Kept alive as long as the worker may call them.
    handlers: Vec<Handler>,
    /// Whether the worker was already fetched past the cache.
    fresh: bool,
    answered: bool,
    hear: Rc<dyn Fn(News)>,
}

impl Wire {
    /// A wire without a worker yet: [`Wire::start`] brings one.
    pub fn new(name: &'static str) -> Self {
        Self(StoredValue::new_local(End {
            name,
            worker: None,
            members: vec![],
            handlers: vec![],
            fresh: false,
            answered: false,
            hear: Rc::new(drop),
        }))
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
        let heard = Closure::new(move |event: JsValue| wire.hear(&event.unchecked_into::<MessageEvent>().data()));
        let failed = Closure::new(move |event: JsValue| wire.fail(event.dyn_ref::<ErrorEvent>()));
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(failed.as_ref().unchecked_ref()));
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        let give_up = move || {
            if wire.0.try_with_value(|end| end.worker.is_some() && !end.answered) == Some(true) {
                wire.tell(News::Absent("The worker does not answer. Start it again, or reload the page."));
            }
        };
        set_timeout(give_up, PATIENCE);
        self.0.update_value(|end| {
            end.worker = Some(worker);
            end.handlers = vec![heard, failed];
            end.answered = false;
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
            return self.0.with_value(|end| end.worker.iter().for_each(|worker| pass(worker, &Array::of1(&place.into()), &JsValue::NULL)));
        };
        let heard = Closure::new(move |event: JsValue| {
            let event = event.unchecked_into::<MessageEvent>();
            // What is no message has no data, and would be a fault of the page otherwise.
            event.prevent_default();
            let words = event.data();
            wire.0.with_value(|end| end.worker.as_ref().map(|worker| pass(worker, &Array::of2(&place.into(), &words), &words)));
        });
        let handler = Some(heard.as_ref().unchecked_ref());
        member.set_onmessage(handler);
        member.set_onmessageerror(handler);
        member.set_onerror(handler);
        self.0.update_value(|end| {
            end.members.resize_with(end.members.len().max(place as usize + 1), || None);
            end.members[place as usize] = Some((member, heard));
        });
    }

    /// Sends `command` with `attachments` (files or bytes) beside it. Whether that was possible: what is attached may be too large.
    pub fn send(&self, command: &impl Serialize, attachments: &Array) -> bool {
        let message = Array::of1(&Uint8Array::from(&encode(command)[..])).concat(attachments);
        self.0.with_value(|end| end.worker.as_ref().is_none_or(|worker| worker.post_message(&message).is_ok()))
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
            end.worker.take().iter().for_each(quiet);
            end.members.drain(..).flatten().for_each(|(member, _)| quiet(&member));
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
        self.0.update_value(|end| end.answered = true);
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
                Some((worker, _)) if !words.is_null() => pass(worker, words, words),
                _ => member.take().iter().for_each(|(worker, _)| quiet(worker)),
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

/// Ends a worker, and hears no more of it.
fn quiet(worker: &Worker) {
    worker.set_onmessage(None);
    worker.set_onmessageerror(None);
    worker.set_onerror(None);
    worker.terminate();
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
