//! What all figures share, at hand wherever one reads: the text, how far its words are learnt, and the panel behind it.

use js_sys::Array;
use leptos::{html::Button, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    super::{
        place::alone,
        source::{choice_of_text, summary},
    },
    desk::{Desk, WORDS},
    frame::{Connection, open_file, trouble},
    setup,
};
use crate::{
    protocol::{
        TextSource,
        chapter::Source,
        words::{Built, Form, Method},
    },
    ui::{
        controls::{Give, flag, live, noted, nothing, press, when, words},
        format,
    },
};

/// `notes` are what the address said that could not be followed.
pub fn view(desk: Desk, notes: Vec<String>) -> AnyView {
    let notes = RwSignal::new(notes);
    let panel = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    // A panel that closes would take the focus with it.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = panel.get();
        if let Some(button) = button.get_untracked().filter(|_| was_open == Some(true) && !is_open) {
            let _ = button.focus();
        }
        is_open
    });
    // What was given and refused can be mended there.
    Effect::new(move |_| {
        if desk.problem.with(Option::is_some) && desk.is_refused() {
            panel.set(true);
        }
    });
    let hold = RwSignal::new(false);
    keep_focus(desk, hold, button);
    let go_on = move || {
        hold.set(true);
        desk.go_on();
    };
    view! {
        <div class="desk-bar unfolded words-bar" data-testid="corpus" on:keydown=move |event| if event.key() == "Escape" && !event.is_composing() { panel.set(false) }>
            <div class="words-line">
                <button
                    type="button"
                    class="desk-text"
                    node_ref=button
                    data-testid="corpus-open"
                    aria-expanded=words(move || panel.get().to_string())
                    aria-controls="desk-panel"
                    on:click=press(move || panel.update(|open| *open = !*open))
                >
                    <span class="hidden">"Text and settings: "</span>
                    <span class="desk-name" data-testid="text-name">{words(move || name(desk))}</span>
                    <span class="words-more" aria-hidden="true">"· settings"</span>
                </button>
                <p class="desk-status" data-testid="corpus-status">
                    {status(desk, hold)}
                    <span role="status">{live(move || stands(desk))}</span>
                    {when(
                        move || desk.can_go_on(),
                        move || view! { <button type="button" id="corpus-go-on" class="quiet" data-testid="corpus-go-on" on:click=press(go_on)>"Go on"</button> }.into_any(),
                    )}
                </p>
            </div>
            <div class="desk-panel" id="desk-panel" hidden=flag(move || !panel.get())>{inside(desk, panel)}</div>
            {live(move || trouble(desk.connection.get(), desk.problem.get(), move || desk.start(), move || desk.settle()))}
            {live(move || noted(notes.get(), move || notes.set(vec![])))}
            {live(move || note(desk))}
        </div>
    }
    .into_any()
}

/// The button that was pressed goes when it has done its work, and the one that undoes it comes: the focus goes there, or else to the
/// bar's first button. `hold` says that one was pressed.
fn keep_focus(desk: Desk, hold: RwSignal<bool>, first: NodeRef<Button>) {
    let shown = Memo::new(move |_| [is_doing(desk), desk.can_go_on()]);
    Effect::new(move |_| {
        shown.get();
        if !hold.get_untracked() {
            return;
        }
        request_animation_frame(move || {
            // Whoever has gone elsewhere meanwhile stays there.
            let is_lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
            let next = ["corpus-stop", "corpus-go-on"].into_iter().find_map(|id| document().get_element_by_id(id));
            let next =
                next.and_then(|next| next.dyn_into::<HtmlElement>().ok()).or_else(|| first.get_untracked().map(|first| first.into()));
            if let Some(next) = next.filter(|_| is_lost) {
                hold.set(false);
                let _ = next.focus();
            }
        });
    });
}

/// Whether a text is read or words are learnt.
fn is_doing(desk: Desk) -> bool {
    desk.progress.with(Option::is_some) || desk.is_learning()
}

/// Of the file of vectors, or of the text.
fn name(desk: Desk) -> String {
    let imported = desk.built.with(|built| built.as_ref().and_then(|built| built.imported.clone()));
    imported.or_else(|| desk.text.with(|text| text.as_ref().map(|text| text.name.clone()))).unwrap_or_else(|| "The text".into())
}

/// What is being done, if anything is.
fn status(desk: Desk, hold: RwSignal<bool>) -> AnyView {
    // Drawn once for all of the work, so that the button keeps the focus.
    let is_doing = Memo::new(move |_| is_doing(desk));
    let stop = move || {
        hold.set(true);
        desk.stop();
    };
    live(move || {
        if desk.connection.with(|connection| *connection == Connection::Starting) {
            return view! { <span>"Starting…"</span> }.into_any();
        }
        if !is_doing.get() {
            return nothing();
        }
        let doing = move || match desk.progress.get() {
            Some((what, done)) => (what, done),
            None => ("Learning".into(), desk.learnt.get().map_or(0.0, |learnt| learnt.done)),
        };
        let what = words(move || doing().0);
        let done = words(move || ((doing().1.clamp(0.0, 1.0) * 100.0) as u32).to_string());
        view! {
            <span class="desk-doing">
                <span>{what}</span>
                <progress max="100" value=done aria-label=what></progress>
                <span data-testid="speed">{words(move || speed(desk))}</span>
                <button type="button" id="corpus-stop" class="quiet" data-testid="corpus-stop" on:click=press(stop)>"Stop"</button>
            </span>
        }
        .into_any()
    })
}

fn speed(desk: Desk) -> String {
    match desk.learnt.get().filter(|learnt| desk.progress.with(Option::is_none) && learnt.speed > 0.0) {
        Some(learnt) => format!("{} words/s", format::integer(learnt.speed as u64)),
        None => String::new(),
    }
}

/// What was learnt, said aloud when that is over.
fn stands(desk: Desk) -> AnyView {
    if is_doing(desk) {
        return nothing();
    }
    desk.built.with(|built| {
        let Some(built) = built else { return nothing() };
        let kinds = format::integer(built.vocabulary.into());
        let said = match (&built.imported, desk.learnt.get()) {
            (None, Some(learnt)) => {
                let (read, seconds) = (format::amount(built.tokens), format::fixed(learnt.seconds.into(), 0));
                let how = if built.setup.method == Method::Counting { "counted" } else { "learnt" };
                if learnt.done < 1.0 {
                    format!("{kinds} words, stopped after {} of the training on {read}", format::percent(learnt.done.into()))
                } else {
                    format!("{kinds} words, {how} from {read} in {seconds}\u{a0}s")
                }
            }
            _ => format!("{kinds} words of {} dimensions from a file", built.setup.dimensions),
        };
        view! { <span data-testid="learnt">{said}</span> }.into_any()
    })
}

fn inside(desk: Desk, open: RwSignal<bool>) -> AnyView {
    let give = Give::new(move |(text, files): (TextSource, Array)| {
        open.set(false);
        desk.give(text, &files);
    });
    let take_world = Callback::new(move |words: u32| {
        open.set(false);
        desk.load(Source::World { words }, &Array::new());
    });
    let is_own = flag(move || desk.built.with(|built| built.as_ref().is_some_and(|built| !built.world && built.imported.is_none())));
    let opening = move || match desk.built.with(|built| built.as_ref().is_some_and(|built| built.imported.is_some())) {
        true => nothing(),
        false => desk.text.get().map_or_else(nothing, summary),
    };
    view! {
        <div class="desk-own">
            {choice_of_text(is_own, &[WORDS, 5_000_000], take_world, give)}
            {live(opening)}
        </div>
        <div class="desk-away">
            {setup::view(desk, open)}
            {files(desk, open)}
        </div>
    }
    .into_any()
}

/// The vectors as the files that other tools of the field read.
fn files(desk: Desk, open: RwSignal<bool>) -> AnyView {
    let take = Callback::new(move |(name, file): (String, Array)| {
        open.set(false);
        desk.import(name, &file);
    });
    let save = move |form: Form, id: &'static str, label: &'static str| {
        view! {
            <button type="button" data-testid=id disabled=flag(move || !desk.can_export()) on:click=press(move || desk.export(form))>{label}</button>
        }
        .into_any()
    };
    view! {
        <h2 class="desk-title">"Take it away"</h2>
        <div class="row">
            {save(Form::Text, "export-text", "Save as text")}
            {save(Form::Binary, "export-binary", "Save as binary")}
            {open_file("Open vectors", ".txt,.vec,.bin,.gz", take)}
        </div>
        <p class="help">"The files of word2vec, which gensim and most tools of the field read and write."</p>
    }
    .into_any()
}

/// Words of a text that are hardly enough.
const FEW: u64 = 5_000;

/// What is to be said where there was little to learn from.
fn few(built: &Built) -> Option<String> {
    let read = format::integer(built.tokens);
    let says = format!("Only {read} words occur often enough to learn from: where they lie is still half by chance.");
    (built.imported.is_none() && built.tokens < FEW).then_some(says)
}

/// What is to be said among the chapter's words where a visitor's text or vectors stand.
fn own(built: &Built) -> Option<String> {
    let says = "The figures are of what you brought; the words between them still speak of the built-in text.";
    (!built.world && alone().is_none()).then(|| says.into())
}

/// What is to be said of what stands.
fn note(desk: Desk) -> AnyView {
    let notes = |built: &Built| [built.note.clone().or_else(|| few(built)), own(built)].into_iter().flatten().collect::<Vec<_>>();
    let said = desk.built.with(|built| built.as_ref().map_or_else(Vec::new, notes)).join(" ");
    if said.is_empty() {
        return nothing();
    }
    view! { <p class="message note" role="status" data-testid="corpus-note">{said}</p> }.into_any()
}
