//! The page as a whole.

use leptos::{ev, prelude::*};

use super::{
    address::{self, fragment},
    controls::{AddressNotes, DropZone, Give, ThemeSwitch, broken, live, nothing, words},
    link::Link,
    model_settings::to_fragment,
    sections::{Compare, Dock, Generate, Keep, Model, Text, Train, Welcome},
    state::{Connection, State, Topic},
};
use crate::{protocol::ExecutorKind, spec::RunSpec};

/// Puts the page into the document, in the place of what said that it loads.
pub fn mount() {
    if let Some(placeholder) = document().get_element_by_id("loading") {
        placeholder.remove();
    }
    mount_to_body(App);
}

#[component]
fn App() -> AnyView {
    let state = State::new();
    let model = state.follow_address(&fragment());
    let link = Link::connect(state, state.first_text(&fragment(), address::is_ours()), model);
    provide_context(state);
    provide_context(link);
    keep_address(state, link);
    view! {
        <div class="page" data-testid="page" data-phase=words(move || state.see(Topic::Phase, |facts| facts.phase.name().into())) data-connection=words(move || state.see(Topic::Connection, |facts| connection_name(&facts.connection).into()))>
            <a class="skip" href="#train" on:click=jump>"Skip to training"</a>
            <Head/>
            <main data-testid="drop-zone">
                <Broken/>
                <AddressNotes/>
                <Welcome/>
                <div class="columns">
                    <div class="column"><Text/><Model/></div>
                    <div class="column"><Train/></div>
                    <div class="column"><Generate/><Compare/><Keep/></div>
                </div>
            </main>
            <Dock/>
            <DropZone give=Give::new(move |(source, files)| link.load(source, files))/>
        </div>
    }
    .into_any()
}

#[component]
fn Head() -> AnyView {
    let state: State = expect_context();
    let device = words(move || {
        let auto = state.see(Topic::Connection, |facts| facts.device.as_ref().map(|device| device.auto));
        match auto {
            Some(ExecutorKind::Gpu) => "This device trains on its graphics processor".into(),
            Some(ExecutorKind::Cpu) => "This device trains on its main processor".into(),
            None => String::new(),
        }
    });
    let why = words(move || state.see(Topic::Connection, |facts| facts.device.as_ref().map_or(String::new(), |device| device.why.clone())));
    view! {
        <header class="head">
            <svg class="mark" viewBox="0 0 56 32" aria-hidden="true">
                <path d="M0 28h6v4H0zM8 24h6v8H8zM16 20h6v12h-6zM24 15h6v17h-6zM32 10h6v22h-6zM40 5h6v27h-6zM48 0h6v32h-6z"/>
            </svg>
            <div>
                <p class="figure"><a href="./">"Seven Steps"</a></p>
                <h1>"The workshop"</h1>
                <p class="tagline">"Train a small language model, here in this tab, and watch it learn to write."</p>
            </div>
            <p class="device" data-testid="device" title=why>{device}</p>
            <ThemeSwitch/>
        </header>
    }
    .into_any()
}

/// The worker is gone: why, and a way back.
#[component]
fn Broken() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let banner = move || {
        let Connection::Broken(sentence) = state.see(Topic::Connection, |facts| facts.connection.clone()) else { return nothing() };
        broken(sentence, move || link.restart())
    };
    live(banner)
}

/// The address follows the settings and the model that is opened, and they follow the address.
fn keep_address(state: State, link: Link) {
    Effect::new(move |_| {
        let opened = state.see(Topic::Models, |facts| facts.opened.as_ref().map(|(which, _)| which.clone()));
        let wanted = state.see(Topic::Spec, |facts| to_fragment(opened.as_ref(), &facts.spec, &RunSpec::default()));
        if wanted != fragment() {
            address::set_fragment(&wanted);
        }
    });
    let _ = window_event_listener(ev::hashchange, move |_| {
        if let Some(model) = state.follow_address(&fragment()) {
            link.open(model);
        }
    });
}

/// The fragment holds the settings, so jumps within the page must not touch it.
fn jump(event: ev::MouseEvent) {
    event.prevent_default();
    if let Some(train) = document().get_element_by_id("train") {
        let _ = train.set_attribute("tabindex", "-1");
        let _ = wasm_bindgen::JsCast::unchecked_ref::<web_sys::HtmlElement>(&train).focus();
    }
}

fn connection_name(connection: &Connection) -> &'static str {
    match connection {
        Connection::Starting => "starting",
        Connection::Ready => "ready",
        Connection::Broken(_) => "broken",
    }
}
