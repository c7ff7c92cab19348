//! Demonstrations to look at, with the tokens that count in colour, and the visitor's own.

use js_sys::{Array, JSON, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::{super::frame::open_file, lesson::Lesson};
use crate::{
    protocol::{
        models::Which,
        post_training::{Answer, Line, Question},
        tuning::{Demonstration, Kind, Pair, Shares, TuneSpec},
    },
    ui::{
        controls::{download, flag, live, press, refusal, typed, when, words},
        format,
    },
};

/// Demonstrations that are shown at a time.
const SHOWN: u32 = 5;
/// Tokens are cut as this model reads them.
const READER: &str = "base";

#[derive(Clone, Copy)]
struct Figure {
    lesson: Lesson,
    /// A kind by its place; else all.
    kind: RwSignal<Option<usize>>,
    from: RwSignal<u32>,
    prompt: RwSignal<String>,
    completion: RwSignal<String>,
    /// When the visitor began to write, and the milliseconds that their pairs took.
    begun: StoredValue<Option<f64>>,
    took: RwSignal<f64>,
}

pub fn view(lesson: Lesson, near: Signal<bool>) -> AnyView {
    let figure = Figure {
        lesson,
        kind: RwSignal::new(None),
        from: RwSignal::new(0),
        prompt: RwSignal::default(),
        completion: RwSignal::default(),
        begun: StoredValue::new(None),
        took: RwSignal::new(0.0),
    };
    let Figure { kind, from, .. } = figure;
    let shown = lesson.desk.keep_asking(Line::Demonstrations, move || {
        let mut spec = TuneSpec { own: lesson.own.get(), ..lesson.spec.get() };
        if let Some(kind) = kind.get() {
            spec.shares = Shares([0; Kind::ALL.len()]);
            spec.shares.0[kind] = 1;
        }
        let question =
            Question::Demonstrations { model: Which::Baked(READER.into()), spec: Box::new(spec), from: from.get(), count: SHOWN };
        near.get().then_some(question)
    });
    let pairs = lesson.desk.line(Line::Pairs);
    Effect::new(move |_| {
        if let Some(pairs) = pairs.last(|answer| if let Answer::Pairs(pairs) = answer { Some(pairs.clone()) } else { None }) {
            lesson.own.update(|own| own.extend(pairs));
        }
    });
    let options: Vec<AnyView> = (0..)
        .zip(Kind::ALL)
        .map(|(at, kind): (usize, Kind)| view! { <option value=at.to_string()>{said(kind)}</option> }.into_any())
        .collect();
    let cards = move || {
        let all = shown.last(|answer| if let Answer::Demonstrations(all) = answer { Some(all.clone()) } else { None });
        match all {
            Some(all) => all.iter().map(|one| figure.card(one)).collect::<Vec<_>>().into_any(),
            None => view! { <li class="waiting">{lesson.desk.waits()}</li> }.into_any(),
        }
    };
    let choose = move |at: String| {
        from.set(0);
        kind.set(at.parse().ok());
    };
    view! {
        <div class="tuning" data-testid="demonstrations">
            <div class="row">
                <label for="demonstrations-kind">"Show"</label>
                <select id="demonstrations-kind" data-testid="demonstrations-kind" on:change=typed(choose)>
                    <option value="all">"all kinds"</option>
                    {options}
                </select>
                <button type="button" data-testid="demonstrations-next" on:click=press(move || from.update(|from| *from += SHOWN))>"Other ones"</button>
            </div>
            <p class="help"><span class="counts-here">"Coloured"</span>" tokens count: these the model learns to say. The others it only reads."</p>
            {refusal("demonstrations-refusal", move || shown.refusal())}
            <ul class="pairs" data-testid="demonstrations-cards">{live(cards)}</ul>
            <h3>"Write one yourself"</h3>
            <div class="own-pair">
                <label for="own-prompt">"Somebody asks"</label>
                <input id="own-prompt" data-testid="own-prompt" type="text" autocomplete="off" maxlength="300" prop:value=figure.prompt on:input=typed(move |text| figure.write(figure.prompt, text))/>
                <label for="own-answer">"A good answer"</label>
                <input id="own-answer" data-testid="own-answer" type="text" autocomplete="off" maxlength="300" prop:value=figure.completion on:input=typed(move |text| figure.write(figure.completion, text))/>
                <div class="row">
                    <button type="button" class="main" data-testid="own-add" disabled=flag(move || !figure.is_whole()) on:click=press(move || figure.add())>"Add it"</button>
                    {open_file("Open JSONL", ".jsonl,.json,.txt", Callback::new(move |(_, files)| read(lesson, files)))}
                    {when(move || lesson.own.with(|own| !own.is_empty()), move || view! {
                        <button type="button" class="quiet" data-testid="own-save" on:click=press(move || save(&lesson.own.get_untracked()))>"Download yours"</button>
                        <button type="button" class="quiet" data-testid="own-clear" on:click=press(move || lesson.own.set(vec![]))>"Remove yours"</button>
                    }.into_any())}
                </div>
            </div>
            {refusal("own-refusal", move || pairs.refusal())}
            <p class="verdict" role="status" data-testid="own-count">{words(move || figure.count())}</p>
        </div>
    }
    .into_any()
}

impl Figure {
    fn card(self, Demonstration { kind, pair, tokens }: &Demonstration) -> AnyView {
        let text: Vec<AnyView> = tokens
            .iter()
            .map(|(token, counts)| {
                let class = if *counts { "token counts-here" } else { "token" };
                view! { <span class=class>{token.clone()}</span> }.into_any()
            })
            .collect();
        let (pair, name) = (pair.clone(), kind.map_or("yours", said));
        let edit = move || {
            self.prompt.set(pair.prompt.clone());
            self.completion.set(pair.completion.clone());
        };
        view! {
            <li>
                <p class="pair-tokens">{text}</p>
                <p class="row"><span class="help">{name}</span><button type="button" class="quiet" on:click=press(edit)>"Change it"</button></p>
            </li>
        }
        .into_any()
    }

    fn write(self, field: RwSignal<String>, text: String) {
        if self.begun.get_value().is_none() {
            self.begun.set_value(Some(js_sys::Date::now()));
        }
        field.set(text);
    }

    fn is_whole(self) -> bool {
        let is_there = |field: RwSignal<String>| field.with(|text| !text.trim().is_empty());
        is_there(self.prompt) && is_there(self.completion)
    }

    fn add(self) {
        let pair = Pair { prompt: self.prompt.get_untracked(), completion: self.completion.get_untracked() };
        self.lesson.own.update(|own| own.push(pair));
        if let Some(begun) = self.begun.get_value() {
            self.took.update(|took| *took += js_sys::Date::now() - begun);
        }
        self.begun.set_value(None);
        self.prompt.set(String::new());
        self.completion.set(String::new());
    }

    /// How long the visitor's pairs took, and how long all would.
    fn count(self) -> String {
        let (own, took) = (self.lesson.own.with(Vec::len), self.took.get() / 1000.0);
        if own == 0 {
            return "None of them is yours yet. Write ten, and see how long that takes.".into();
        }
        let counted = format::counted(own as u64, "pair");
        if took == 0.0 {
            return format!("{counted} of your own: the next run reads them, too, each ten times.");
        }
        let pairs = self.lesson.spec.with(|spec| spec.pairs.max(1));
        let all = took / own as f64 * f64::from(pairs);
        format!(
            "{counted} of your own in {}. At this pace the {} built-in ones would take you {}.",
            format::duration(took),
            format::integer(pairs.into()),
            format::duration(all)
        )
    }
}

/// What a kind of prompt is called.
fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Capital => "capitals",
        Kind::Language => "languages",
        Kind::Continent => "continents",
        Kind::River => "rivers",
        Kind::Dish => "dishes",
        Kind::Greeting => "greetings abroad",
        Kind::Class => "kinds of animals",
        Kind::Food => "what animals eat",
        Kind::Plural => "plurals",
        Kind::Opposite => "opposites",
        Kind::Past => "past tenses",
        Kind::Sum => "sums, worked",
        Kind::Advice => "short advice",
        Kind::Polite => "kind words",
        Kind::Describe => "tell me about …",
        Kind::Harm => "to be refused",
        Kind::LookAlike => "harmless, though it looks harmful",
    }
}

/// Reads a file that the visitor chose.
fn read(lesson: Lesson, files: Array) {
    let Some(chosen) = files.get(0).dyn_into::<File>().ok() else { return };
    spawn_local(async move {
        let text = JsFuture::from(chosen.text()).await.ok().and_then(|text| text.as_string());
        lesson.desk.ask(Line::Pairs, Question::ReadPairs { text: text.unwrap_or_default() });
    });
}

/// Hands the pairs to the visitor, as TRL reads them.
fn save(pairs: &[Pair]) {
    let quoted = |text: &str| JSON::stringify(&JsValue::from_str(text)).ok().and_then(|text| text.as_string()).unwrap_or_default();
    let line =
        |Pair { prompt, completion }: &Pair| ["{\"prompt\": ", &quoted(prompt), ", \"completion\": ", &quoted(completion), "}\n"].concat();
    let text: String = pairs.iter().map(line).collect();
    download("pairs.jsonl", "application/jsonl", &Uint8Array::from(text.as_bytes()).into());
}
