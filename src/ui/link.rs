//! The wire to the worker: commands out, events in, and what to do when it falls silent.

use std::time::Duration;

use js_sys::{Array, Date, Uint8Array};
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{
    controls::download,
    state::{Connection, Loading, State, Topic},
};
use crate::{
    protocol::{Command, Event, Phase, Subject, TextSource, decode, encode, version},
    spec::TextChoice,
};

/// How long a worker may take to load and to look at the device.
const PATIENCE: Duration = Duration::from_secs(60);

/// A handle to the worker, copied freely.
#[derive(Clone, Copy)]
pub struct Link {
    state: State,
    wire: StoredValue<Wire, LocalStorage>,
}

struct Wire {
    worker: Option<Worker>,
    /// Kept alive as long as the worker may call them.
    handlers: Vec<Closure<dyn FnMut(JsValue)>>,
    /// Whether the worker was already fetched past the cache.
    fresh: bool,
    /// The text asked for last, with its files: what a worker that begins to listen is asked for.
    asked: (TextSource, Array),
    /// The text that was read last, to which a crash goes back.
    text: (TextSource, Array),
}

impl Link {
    /// Starts the worker, feeds `state` with what it says, and tells it when the tab is hidden.
    pub fn connect(state: State) -> Self {
        let starter = (TextSource::Starter, Array::new());
        let wire = Wire { worker: None, handlers: vec![], fresh: false, asked: starter.clone(), text: starter };
        let link = Self { state, wire: StoredValue::new_local(wire) };
        link.spawn();
        link.keep_estimates();
        let _ = window_event_listener(ev::Custom::<web_sys::Event>::new("visibilitychange"), move |_| {
            link.send(&Command::Visibility { hidden: document().hidden() });
        });
        link
    }

    pub fn send(&self, command: &Command) {
        self.send_with(command, &Array::new());
    }

    /// Sends `command` with `attachments` (files or bytes) beside it.
    pub fn send_with(&self, command: &Command, attachments: &Array) {
        let message = Array::of1(&Uint8Array::from(&encode(command)[..])).concat(attachments);
        let sent = self.wire.with_value(|wire| wire.worker.as_ref().map(|worker| worker.post_message(&message)));
        if let Some(Err(_)) = sent {
            let message = "This file is too large to be handed over: choose a smaller one.".into();
            self.state.apply(Event::Refused { about: Subject::Storage, message });
        }
    }

    /// Asks for a text; `files` go beside it.
    pub fn load(&self, source: TextSource, files: Array) {
        self.state.clear(Subject::Text);
        self.state.change(Topic::Loading, |facts| facts.loading = Some(Loading::default()));
        self.send_with(&Command::LoadText(source.clone()), &files);
        self.wire.update_value(|wire| wire.asked = (source, files));
    }

    /// Gives up the text under way.
    pub fn cancel_load(&self) {
        self.send(&Command::CancelLoad);
        self.state.change(Topic::Loading, |facts| facts.loading = None);
    }

    /// A new worker after a broken one.
    pub fn restart(&self) {
        self.state.change(Topic::Messages, |facts| facts.messages = vec![]);
        self.state.change(Topic::Text, |facts| facts.text = None);
        self.spawn();
    }

    fn spawn(&self) {
        self.hang_up();
        self.state.change(Topic::Connection, |facts| facts.connection = Connection::Starting);
        let fresh = self.wire.with_value(|wire| wire.fresh);
        let address = if fresh { format!("./worker_boot.js?{}", Date::now() as u64) } else { "./worker_boot.js".into() };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options(&address, &options) else {
            self.state
                .lose_worker("This browser does not let the page start its worker. Try a recent Chrome, Edge, Firefox or Safari.".into());
            return;
        };
        let link = *self;
        let heard = Closure::new(move |event: JsValue| link.hear(&event.unchecked_into::<MessageEvent>().data()));
        let failed = Closure::new(move |event: JsValue| link.fail(event.dyn_ref::<ErrorEvent>()));
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(failed.as_ref().unchecked_ref()));
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        let state = self.state;
        let give_up = move || {
            if state.peek(|facts| facts.connection == Connection::Starting) {
                state.lose_worker("The worker does not answer. Start it again, or reload the page.".into());
            }
        };
        set_timeout(give_up, PATIENCE);
        self.wire.update_value(|wire| {
            wire.worker = Some(worker);
            wire.handlers = vec![heard, failed];
        });
    }

    fn hang_up(&self) {
        self.wire.update_value(|wire| {
            if let Some(worker) = wire.worker.take() {
                worker.set_onmessage(None);
                worker.set_onmessageerror(None);
                worker.set_onerror(None);
                worker.terminate();
            }
        });
    }

    fn hear(&self, data: &JsValue) {
        let message = Array::from(data);
        if message.length() == 0 {
            return self.send(&Command::Hello { version: version() });
        }
        let event = decode(&Uint8Array::from(message.get(0)).to_vec()).ok();
        match event {
            Some(Event::Ready { version: theirs, .. }) if theirs != version() => self.disagree(),
            Some(ready @ Event::Ready { .. }) => self.greet(ready),
            Some(Event::Exported { name, mime }) => download(&name, &mime, &message.get(1)),
            Some(event) => {
                self.follow(&event);
                self.state.apply(event);
            }
            None => self.disagree(),
        }
    }

    fn greet(&self, ready: Event) {
        self.state.apply(ready);
        let (source, files) = self.wire.with_value(|wire| wire.asked.clone());
        self.load(source, files);
    }

    /// What an event asks of the page beyond showing it.
    fn follow(&self, event: &Event) {
        if let Event::TextReady(_) = event {
            if self.state.peek(|facts| facts.loading.is_some()) {
                self.wire.update_value(|wire| wire.text = wire.asked.clone());
                let own = self.wire.with_value(|wire| !matches!(wire.text.0, TextSource::Starter));
                let text = if own { TextChoice::Own } else { TextChoice::Starter };
                if own {
                    self.state.settle_address();
                }
                if self.state.peek(|facts| facts.spec.text != text) {
                    self.state.change(Topic::Spec, |facts| facts.spec.text = text);
                }
            }
            if self.state.peek(|facts| facts.estimates.is_empty()) {
                self.estimate();
            }
        }
    }

    fn estimate(&self) {
        self.send(&Command::Estimate { spec: self.state.peek(|facts| facts.spec.clone()) });
    }

    /// What the presets cost follows the executor and the tokens, as long as nothing else computes.
    fn keep_estimates(&self) {
        let link = *self;
        let wanted = Memo::new(move |_| link.state.see(Topic::Spec, |facts| (facts.spec.executor as u8, facts.spec.tokenizer as u8)));
        Effect::new(move |before: Option<()>| {
            wanted.get();
            let busy = link.state.peek(|facts| matches!(facts.phase, Phase::Preparing { .. } | Phase::Training));
            if before.is_some() && !busy && link.state.peek(|facts| facts.text.is_some()) {
                link.estimate();
            }
        });
    }

    /// Page and worker are of different builds: most likely one of them came from a cache.
    fn disagree(&self) {
        let link = *self;
        // Later, since a closure of the old worker is running now and must not be dropped under its own feet.
        spawn_local(async move {
            link.hang_up();
            if link.wire.with_value(|wire| wire.fresh) {
                link.state.lose_worker(
                    "The page and its worker are of different versions. Reload the page; if that does not help, delete this site's cached files.".into(),
                );
            } else {
                link.wire.update_value(|wire| wire.fresh = true);
                link.spawn();
            }
        });
    }

    fn fail(&self, error: Option<&ErrorEvent>) {
        let link = *self;
        let what = error.map(ErrorEvent::message).filter(|message| !message.is_empty());
        spawn_local(async move {
            link.hang_up();
            link.wire.update_value(|wire| wire.asked = wire.text.clone());
            link.state.lose_worker(match what {
                Some(what) => {
                    format!("The worker stopped ({what}). What was kept is safe: start it again and go on from the last checkpoint.")
                }
                None => "The worker could not be loaded, or stopped. Check the connection, then start it again.".into(),
            });
        });
    }
}
