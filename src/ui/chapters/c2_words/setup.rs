//! How the next training learns: the knobs, and the address that says them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::desk::Desk;
use crate::{
    protocol::words::{Method, NUMBERS, Number, Setup},
    ui::{
        address::{fragment, set_fragment},
        controls::{Choice, flag, press, refusal, ticked, typed, when, words},
        word_settings::{METHODS, from_fragment, method_name, method_named, read, to_fragment},
    },
};

/// What a visitor reads of each of [`NUMBERS`]: its name, and what it does.
const TOLD: [[&str; 2]; 6] = [
    ["Dimensions", "numbers for each word"],
    ["Window", "words to each side that count as company"],
    ["Pushed away", "words drawn by chance, for each that is pulled near; 0: none, and a tree of yes and no leads to each word instead"],
    ["Passes", "how often the text is read"],
    ["At least", "a rarer word gets no place"],
    ["Seed", "another number, other random beginnings"],
];

/// Those that matter where neighbours are only counted.
const COUNTED: [&str; 3] = ["dimensions", "window", "least"];

/// What the address says, and notes on what in it could not be followed.
pub fn from_address() -> (Setup, Vec<String>) {
    from_fragment(&fragment())
}

pub fn view(desk: Desk, open: RwSignal<bool>) -> AnyView {
    // The address says what the next visit would learn with. The name of a place stays until there is something else to say.
    Effect::new(move |_| {
        let wanted = to_fragment(&desk.setup.get());
        let says_a_place = wanted.is_empty() && !fragment().contains('=');
        if wanted != fragment() && !says_a_place {
            set_fragment(&wanted);
        }
    });
    let problem = RwSignal::new(None::<Problem>);
    // What was refused and not mended is gone when the panel is opened again.
    Effect::new(move |_| {
        if !open.get() {
            request_animation_frame(move || {
                problem.set(None);
                desk.setup.update(|_| {});
            });
        }
    });
    let choose = Callback::new(move |name: String| {
        if let Some(method) = method_named(&name) {
            problem.set(None);
            desk.setup.update(|setup| setup.method = method);
        }
    });
    let options = METHODS.map(|(method, name)| (name, told(method))).to_vec();
    let number = move |(number, told): (&'static Number, [&'static str; 2])| {
        let matters = move || desk.setup.with(|setup| setup.method != Method::Counting) || COUNTED.contains(&number.key);
        when(matters, move || field(desk, number, told, problem))
    };
    let numbers: Vec<AnyView> = NUMBERS.iter().zip(TOLD).map(number).collect();
    let checks = move || {
        view! {
            {check(desk, "subsample", "Skip most of the very frequent words", |setup| &mut setup.subsample)}
            {check(desk, "gpu", "Learn on the graphics card", |setup| &mut setup.gpu)}
        }
        .into_any()
    };
    let train = move || {
        // A number that is refused is to be mended first.
        let wrong = document().query_selector(".number [aria-invalid='true']").ok().flatten();
        if let Some(field) = wrong.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            let _ = field.focus();
            return;
        }
        open.set(false);
        desk.train();
    };
    view! {
        <h2 class="desk-title">"How it learns"</h2>
        <Choice name="method" label="What is learnt from" options value=words(move || method_name(desk.setup.get().method).into()) on_choose=choose/>
        <div class="numbers-of-setup">{numbers}</div>
        {refusal("setup-refusal", move || problem.get().map_or_else(String::new, |problem| problem.says))}
        {when(move || desk.setup.with(|setup| setup.method != Method::Counting), checks)}
        <p class="row"><button type="button" class="main" data-testid="train" on:click=press(train)>{words(move || anew(desk).into())}</button></p>
    }
    .into_any()
}

/// What the button says that begins.
pub fn anew(desk: Desk) -> &'static str {
    match desk.setup.with(|setup| setup.method) {
        Method::Counting => "Count anew",
        Method::SkipGram | Method::Cbow => "Learn again from random",
    }
}

/// The method, as a visitor reads it.
pub fn told(method: Method) -> &'static str {
    match method {
        Method::SkipGram => "Guess the company",
        Method::Cbow => "Guess the word",
        Method::Counting => "Only count",
    }
}

fn check(desk: Desk, name: &'static str, label: &'static str, place: fn(&mut Setup) -> &mut bool) -> AnyView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                data-testid=name
                prop:checked=flag(move || *place(&mut desk.setup.get()))
                on:change=ticked(move |on| desk.setup.update(|setup| *place(setup) = on))
            />
            {label}
        </label>
    }
    .into_any()
}

/// Why a number was refused.
#[derive(Clone)]
struct Problem {
    /// Its [`Number::key`].
    of: &'static str,
    says: String,
}

fn field(desk: Desk, number: &'static Number, [name, what]: [&'static str; 2], problem: RwSignal<Option<Problem>>) -> AnyView {
    let is_wrong = move || problem.with(|problem| problem.as_ref().is_some_and(|problem| problem.of == number.key));
    let value = words(move || (number.place)(&mut desk.setup.get()).to_string());
    let take = move |text: String| match read(number, &text) {
        Ok(value) => {
            if is_wrong() {
                problem.set(None);
            }
            desk.setup.update(|setup| *(number.place)(setup) = value);
        }
        Err(says) => problem.set(Some(Problem { of: number.key, says })),
    };
    view! {
        <label class="number">
            <span>{name}</span>
            <input type="text" inputmode="numeric" data-testid=number.key aria-invalid=words(move || is_wrong().to_string()) title=what prop:value=value on:change=typed(take)/>
            <span class="help">{what}</span>
        </label>
    }
    .into_any()
}
