//! Writing, one word at a time: the window, the dice, and the word they chose.

use std::time::Duration;

use gloo_timers::callback::Timeout;
use leptos::{
    ev::KeyboardEvent,
    html::{Div, Input},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use super::{Replies, desk::Desk, dice};
use crate::{
    platform,
    protocol::ngrams::{Answer, Line, Question, Unit, Written},
    ui::{
        controls::{Slider, flag, live, nothing, press, refusal, typed, words},
        format,
    },
};

/// Tokens asked for; the worker writes ahead of what is shown.
const LENGTH: u32 = 400;
/// Shown before anyone has rolled.
const FIRST: usize = 9;
/// After so many, there is something to have been forgotten.
const FORGETS: usize = 60;

#[derive(Clone, Copy)]
struct Writing {
    desk: Desk,
    replies: Replies,
    prompt: RwSignal<String>,
    seed: RwSignal<u32>,
    temperature: RwSignal<String>,
    /// Tokens a second.
    speed: RwSignal<String>,
    /// How many tokens should be shown.
    wanted: RwSignal<usize>,
    /// Those that are.
    written: Memo<Vec<Written>>,
    is_running: RwSignal<bool>,
    /// Throws the dice again while it runs.
    next: StoredValue<Option<Timeout>, LocalStorage>,
    /// The token that is looked into.
    looked: RwSignal<Option<usize>>,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let writing = Writing::new(desk, near);
    view! {
        <div class="writing" data-testid="writing" style=words(move || format!("--beat:{}s", format::fixed(writing.pause().as_secs_f64().min(0.7), 2)))>
            {passage(writing)}
            {refusal("writing-refusal", move || writing.replies.refusal())}
            {buttons(writing)}
            <div class="throwing">{live(move || thrown(writing))}</div>
            {live(move || forgotten(writing))}
            {wishes(writing)}
        </div>
    }
    .into_any()
}

impl Writing {
    fn new(desk: Desk, near: Signal<bool>) -> Self {
        let [prompt, temperature, speed] = ["The", "1", "3"].map(|text| RwSignal::new(text.to_string()));
        let (seed, wanted) = (RwSignal::new(1), RwSignal::new(FIRST));
        let replies = desk.keep_asking(Line::Writing, move || {
            let (order, smoothing) = desk.chosen();
            let temperature = platform::number(&temperature.get()).unwrap_or(1.0);
            let (prompt, seed) = (prompt.get(), seed.get());
            near.get().then_some(Question::Write { prompt, order, smoothing, temperature, length: LENGTH, seed })
        });
        let written = Memo::new(move |before: Option<&Vec<Written>>| {
            let (wanted, is_asking) = (wanted.get(), replies.is_asking());
            replies.answers.with(|answers| match before {
                // Another text takes the place of the one that is shown all at once.
                Some(before) if replies.is_stale() || (is_asking && answers.len() < wanted) => before.clone(),
                _ => answers.iter().take(wanted).filter_map(understood).cloned().collect(),
            })
        });
        let (is_running, looked, next) = (RwSignal::new(false), RwSignal::new(None), StoredValue::new_local(None));
        Self { desk, replies, prompt, seed, temperature, speed, wanted, written, is_running, next, looked }
    }

    /// Throws the dice once, if the text goes on.
    fn roll(&self) {
        self.looked.set(None);
        let ready = self.replies.answers.with_untracked(Vec::len);
        match self.wanted.get_untracked() {
            wanted if wanted < ready => self.wanted.set(wanted + 1),
            _ if self.replies.is_asking() => {}
            _ => self.is_running.set(false),
        }
    }

    fn start_or_pause(&self) {
        self.is_running.update(|running| *running = !*running);
        self.tick();
    }

    fn tick(&self) {
        if !self.is_running.get_untracked() {
            return;
        }
        self.roll();
        let writing = *self;
        let pause = untrack(|| self.pause()).as_millis() as u32;
        // One of an earlier run ends here.
        self.next.set_value(Some(Timeout::new(pause, move || writing.tick())));
    }

    fn pause(&self) -> Duration {
        let speed = platform::number(&self.speed.get()).unwrap_or(3.0).max(0.5);
        Duration::from_secs_f32(1.0 / speed)
    }

    /// From the beginning, with other dice.
    fn again(&self) {
        self.looked.set(None);
        self.wanted.set(1);
        self.seed.update(|seed| *seed = seed.wrapping_add(1));
    }

    /// The token that is looked into, or the last one.
    fn focus(&self) -> Option<usize> {
        let last = self.written.with(Vec::len).checked_sub(1)?;
        Some(self.looked.get().unwrap_or(last).min(last))
    }
}

fn understood(answer: &Answer) -> Option<&Written> {
    match answer {
        Answer::Written(written) => Some(written),
        _ => None,
    }
}

/// The text so far: what the model cannot see any more, its window, and the word that was drawn from there.
fn passage(writing: Writing) -> AnyView {
    let node = NodeRef::<Div>::new();
    let text = move || {
        let Some(focus) = writing.focus() else {
            return view! { <span class="waiting">"Soon a text will write itself here…"</span> }.into_any();
        };
        let begun = begun(&writing.prompt.get_untracked(), untrack(|| writing.desk.unit()));
        let window = writing.written.with(|written| written.get(focus).map_or(0, |written| written.window as usize));
        let end = begun.len() + focus;
        let start = end.saturating_sub(window);
        let part = move |place: usize| match place {
            place if place < start => "gone",
            place if place == start && place + 1 == end => "seen from to",
            place if place == start && place < end => "seen from",
            place if place + 1 == end => "seen to",
            place if place < end => "seen",
            place if place == end => "drawn",
            _ => "later",
        };
        let last = begun.len() + writing.written.with(Vec::len) - 1;
        let fresh = move |place: usize| if place == last && place == end { " fresh" } else { "" };
        let from = begun.len();
        let prompt = begun.into_iter().enumerate().map(|(place, text)| view! { <span class=part(place)>{text}</span> }.into_any());
        let mut parts: Vec<AnyView> = prompt.collect();
        let token = |(index, written): (usize, &Written)| {
            let place = from + index;
            let text = written.text.replace('\n', "↵\n");
            view! {
                <span
                    class=[part(place), fresh(place)].concat()
                    id=format!("written-{index}")
                    data-place=index.to_string()
                    data-testid="written"
                    role="option"
                    aria-selected=(index == focus).to_string()
                >
                    {text}
                </span>
            }
            .into_any()
        };
        writing.written.with(|written| parts.extend(written.iter().enumerate().map(token)));
        parts.into_any()
    };
    // What is written last stays in sight, or what is looked into.
    Effect::new(move |_| {
        writing.written.track();
        let is_looking = writing.looked.get().is_some();
        if let Some(passage) = node.get() {
            request_animation_frame(move || match is_looking {
                true => reveal(&passage),
                false => passage.set_scroll_top(passage.scroll_height()),
            });
        }
    });
    let chosen = words(move || writing.focus().map_or(String::new(), |focus| format!("written-{focus}")));
    // A list needs something in it.
    let role = words(move || if writing.written.with(Vec::is_empty) { "group" } else { "listbox" }.into());
    view! {
        <div
            class="passage"
            class:long=flag(move || writing.written.with(Vec::len) >= FORGETS)
            node_ref=node
            role=role
            tabindex="0"
            aria-label="Written text. Arrow keys look into a word."
            aria-activedescendant=chosen
            data-testid="passage"
            on:click=move |event| if let Some(place) = place_of(&event) { writing.looked.set(Some(place)) }
            on:keydown=move |event| look(writing, &event)
        >
            {live(text)}
        </div>
    }
    .into_any()
}

/// What the text was begun with, cut as near to the model's way as can be seen here.
fn begun(prompt: &str, unit: Unit) -> Vec<String> {
    let line = prompt.rsplit('\n').next().unwrap_or_default();
    match unit {
        Unit::Character => line.chars().map(String::from).collect(),
        _ => {
            let words = line.split_whitespace().enumerate();
            words.map(|(place, word)| if place == 0 { word.into() } else { [" ", word].concat() }).collect()
        }
    }
}

fn look(writing: Writing, event: &KeyboardEvent) {
    let Some(focus) = untrack(|| writing.focus()) else { return };
    let last = writing.written.with_untracked(Vec::len).saturating_sub(1);
    let place = match event.key().as_str() {
        "ArrowLeft" | "ArrowUp" => Some(focus.saturating_sub(1)),
        "ArrowRight" | "ArrowDown" => Some((focus + 1).min(last)),
        "Home" => Some(0),
        "End" | "Escape" => None,
        _ => return,
    };
    event.prevent_default();
    writing.looked.set(place);
}

/// Scrolls the passage, and not the page, as little as shows the token that was drawn.
fn reveal(passage: &HtmlElement) {
    let Ok(Some(token)) = passage.query_selector(".drawn") else { return };
    let [frame, token] = [passage.get_bounding_client_rect(), token.get_bounding_client_rect()];
    let by = (token.top() - frame.top()).min(0.0) + (token.bottom() - frame.bottom()).max(0.0);
    passage.set_scroll_top(passage.scroll_top() + by as i32);
}

fn place_of(event: &impl AsRef<Event>) -> Option<usize> {
    let token = event.as_ref().target()?.dyn_into::<Element>().ok()?.closest("[data-place]").ok()??;
    token.dyn_into::<HtmlElement>().ok()?.dataset().get("place")?.parse().ok()
}

fn thrown(writing: Writing) -> AnyView {
    let Some(place) = writing.focus() else { return nothing() };
    let unit = untrack(|| writing.desk.unit());
    let Some(written) = writing.written.with(|written| written.get(place).cloned()) else { return nothing() };
    // Said aloud when it comes one at a time.
    let role = if untrack(|| writing.is_running.get()) { "presentation" } else { "status" };
    let said = dice::says(&written, unit);
    view! {
        {dice::view(&written, unit, place)}
        <p class="figure" role=role data-testid="dice-says">{said}</p>
    }
    .into_any()
}

fn buttons(writing: Writing) -> AnyView {
    let cannot = flag(move || writing.written.with(Vec::is_empty));
    let over = flag(move || writing.written.with(Vec::len) >= LENGTH as usize || writing.written.with(Vec::is_empty));
    let run_on = words(move || if writing.is_running.get() { "Pause" } else { "Run on" }.into());
    view! {
        <div class="row">
            <button type="button" class="main" data-testid="roll" disabled=over on:click=press(move || writing.roll())>"Roll"</button>
            <button type="button" data-testid="run-on" disabled=over on:click=press(move || writing.start_or_pause())>{run_on}</button>
            <button type="button" data-testid="write-again" disabled=cannot on:click=press(move || writing.again())>"Again"</button>
        </div>
    }
    .into_any()
}

fn forgotten(writing: Writing) -> AnyView {
    let long = Memo::new(move |_| writing.written.with(Vec::len) >= FORGETS);
    let hint = move || {
        match long.get() {
        true => view! {
            <p class="message note" role="status" data-testid="forgotten">
                "Read it back from the start. Where did it forget what it was about? All that is grey has left its window: for the model it never was."
            </p>
        }
        .into_any(),
        false => nothing(),
    }
    };
    live(hint)
}

fn wishes(writing: Writing) -> AnyView {
    let Writing { prompt, seed, temperature, speed, .. } = writing;
    let slider =
        |id: &'static str, label: &'static str, help: &'static str, range: [&str; 3], value: RwSignal<String>, say: fn(&str) -> String| {
            view! {
                <div class="knob">
                    <label class="knob-label" for=id>{label}</label>
                    <Slider id range=range.map(String::from) value=value.into() set=Callback::new(move |text| value.set(text)) say/>
                    <p class="help" id=format!("{id}-help")>{help}</p>
                </div>
            }
            .into_any()
        };
    let warm = |text: &str| format::fixed(f64::from(platform::number(text).unwrap_or(1.0)), 1);
    let pace = |text: &str| format::significant(f64::from(platform::number(text).unwrap_or(3.0)), 2) + " a second";
    let node = NodeRef::<Input>::new();
    let other = move |text: String| {
        if let Ok(number) = text.trim().parse() {
            seed.set(number);
        }
        // What is no number goes.
        if let Some(input) = node.get_untracked() {
            input.set_value(&seed.get_untracked().to_string());
        }
    };
    view! {
        <div class="wishes">
            {slider("ngram-temperature", "Temperature", "Low plays safe, high takes risks, 0 always takes the likeliest.", ["0", "2", "0.1"], temperature, warm)}
            {slider("ngram-speed", "Pace", "How fast it runs on.", ["1", "20", "1"], speed, pace)}
            <label class="wish">
                <span class="knob-label">"Begins with"</span>
                <input type="text" data-testid="writing-prompt" maxlength="2000" autocomplete="off" spellcheck="false" prop:value=prompt on:input=typed(move |text| prompt.set(text))/>
            </label>
            <label class="wish dice-number">
                <span class="knob-label">"Dice number"</span>
                <input
                    type="text"
                    node_ref=node
                    inputmode="numeric"
                    autocomplete="off"
                    data-testid="writing-seed"
                    prop:value=words(move || seed.get().to_string())
                    on:change=typed(other)
                />
            </label>
        </div>
    }
    .into_any()
}
