//! Two texts held against each other: which does the model find likelier, and where is it surprised?

use leptos::prelude::*;

use super::Sheet;
use crate::{
    protocol::{Command, Score, Subject},
    ui::{
        controls::{Messages, flag, live, nothing, press, text_of, typed, when, words},
        figures::{Legend, SurpriseStrip},
        format,
        link::Link,
        state::{State, Topic},
    },
};

#[component]
pub fn Compare() -> AnyView {
    let state: State = expect_context();
    let link: Link = expect_context();
    let texts = [RwSignal::new("The cat sat on the mat".to_string()), RwSignal::new("The mat sat on the cat".to_string())];
    let score = move || {
        state.clear(Subject::Scoring);
        state.change(Topic::Scores, |facts| facts.scores = [None, None]);
        for (id, text) in (0..).zip(texts) {
            link.send(&Command::Score { id, text: text.get_untracked() });
        }
    };
    let side = move |i: usize, name: &'static str, id: &'static str| {
        let text = texts[i];
        view! {
            <div class="side">
                <label for=id>{name}</label>
                <textarea id=id data-testid=id rows="2" prop:value=text_of(text) on:input=typed(move |typed| text.set(typed))></textarea>
                <div data-testid=format!("{id}-result")>{live(move || state.see(Topic::Scores, |facts| facts.scores[i].clone()).map_or_else(nothing, result))}</div>
            </div>
        }
        .into_any()
    };
    view! {
        <Sheet id="compare" title="Compare" lead="Which of two texts does it find likelier, and where is it surprised?">
            <div class="sides">{side(0, "One text", "score-a")}{side(1, "Another", "score-b")}</div>
            <div class="row buttons">
                <button type="button" data-testid="score" disabled=flag(move || !state.has_model()) on:click=press(score)>"Compare"</button>
                <p class="verdict" role="status" data-testid="verdict">{words(move || state.see(Topic::Scores, |facts| verdict(&facts.scores)))}</p>
            </div>
            <Messages about=Subject::Scoring/>
            {when(move || state.see(Topic::Scores, |facts| facts.scores.iter().any(Option::is_some)), || view! { <Legend/> }.into_any())}
        </Sheet>
    }
    .into_any()
}

fn result(score: Score) -> AnyView {
    let bits = -f64::from(score.log_probability) / std::f64::consts::LN_2;
    let words = format!("{} bits in all, {} bits per byte", format::fixed(bits, 1), format::fixed(score.bits_per_byte.into(), 2));
    view! {
        <SurpriseStrip tokens=score.tokens/>
        <p class="figure">{words}</p>
    }
    .into_any()
}

fn verdict(scores: &[Option<Score>; 2]) -> String {
    let [Some(one), Some(other)] = scores else { return String::new() };
    let nats = f64::from(one.log_probability - other.log_probability);
    let times = match nats.abs() {
        n if n < 0.05 => return "It finds them equally likely.".into(),
        n => format::times(n),
    };
    let which = if nats > 0.0 { "first" } else { "second" };
    format!("It finds the {which} text {times} likelier.")
}
