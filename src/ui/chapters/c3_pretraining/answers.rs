//! A question to a model that has only learnt to continue: twelve continuations side by side.

use leptos::prelude::*;

use super::super::desk::Desk;
use crate::{
    protocol::figures::{Answer, Continuation, Line, Question},
    ui::controls::{flag, live, nothing, press, refusal, typed, words},
};

/// The first stands in the field at first.
const OFFERS: [&str; 4] =
    ["What is the capital of France?", "Please tell me a joke.", "How do I boil an egg?", "Which language is spoken in Japan?"];
const COUNT: u32 = 12;
/// Tokens of each at most.
const LENGTH: u32 = 48;
const TEMPERATURE: f32 = 0.8;

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let prompt = RwSignal::new(OFFERS[0].to_string());
    let seed = RwSignal::new(1_u32);
    let replies = desk.keep_asking(Line::Answers, move || {
        let (prompt, seed, model) = (prompt.get(), seed.get(), desk.model.get());
        let question = Question::Continue { model, prompt, count: COUNT, length: LENGTH, temperature: TEMPERATURE, seed };
        near.get().then_some(question)
    });
    let offers: Vec<AnyView> = OFFERS.map(|offer| offered(offer, prompt)).into_iter().collect();
    let written = move || replies.last(|answer| if let Answer::Continued(all) = answer { Some(all.clone()) } else { None });
    let cards = move || match written() {
        Some(all) => all.iter().map(card).collect::<Vec<_>>().into_any(),
        None if replies.is_asking() => view! { <li class="waiting">"Writing…"</li> }.into_any(),
        None => view! { <li class="waiting">{desk.waits()}</li> }.into_any(),
    };
    let verdict = move || match written().filter(|_| !replies.is_asking()) {
        Some(all) => told(&all),
        None => String::new(),
    };
    view! {
        <div class="answers" data-testid="answers">
            <label for="answers-prompt">"Ask it"</label>
            <div class="row">
                <input
                    id="answers-prompt"
                    data-testid="answers-prompt"
                    type="text"
                    autocomplete="off"
                    maxlength="300"
                    prop:value=prompt
                    on:input=typed(move |text| prompt.set(text))
                />
                <button type="button" data-testid="answers-again" disabled=flag(move || replies.is_asking()) on:click=press(move || seed.update(|seed| *seed += 1))>
                    "Once more"
                </button>
            </div>
            <p class="row">{offers}</p>
            {refusal("answers-refusal", move || replies.refusal())}
            <ul class="continuations" data-testid="answers-cards">{live(cards)}</ul>
            <p class="verdict" role="status" data-testid="answers-verdict">{words(verdict)}</p>
        </div>
    }
    .into_any()
}

fn offered(offer: &'static str, prompt: RwSignal<String>) -> AnyView {
    view! { <button type="button" class="chip" on:click=press(move || prompt.set(offer.into()))>{offer}</button> }.into_any()
}

fn card(Continuation { text, stopped }: &Continuation) -> AnyView {
    let end = if *stopped { view! { <span class="ended">"Here it ended the document."</span> }.into_any() } else { nothing() };
    view! { <li data-testid="answers-card"><p>"… "{text.trim().to_owned()}</p>{end}</li> }.into_any()
}

/// What can be counted without understanding any of it.
fn told(all: &[Continuation]) -> String {
    let asks = all.iter().filter(|continuation| continuation.text.contains('?')).count();
    let stops = all.iter().filter(|continuation| continuation.stopped).count();
    format!("Of {} continuations {asks} go on to ask something, and {stops} come to an end by themselves.", all.len())
}
