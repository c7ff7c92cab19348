//! Two sentences on the scales: how surprised is the model by each of their words?

use leptos::prelude::*;

use super::{
    Replies,
    desk::Desk,
    token::{is_mark, shown},
};
use crate::{
    protocol::ngrams::{Answer, Line, Question, Scored, Surprise, Unit},
    ui::{
        controls::{live, nothing, refusal, typed, words},
        figures::level,
        format,
    },
};

/// Bits of the highest bar at least, so that small surprises look small.
const LEAST_TOP: f32 = 12.0;

#[derive(Clone, Copy)]
struct Side {
    name: &'static str,
    id: &'static str,
    text: RwSignal<String>,
    replies: Replies,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let side = move |line: Line, name: &'static str, id: &'static str, first: &str| {
        let text = RwSignal::new(first.to_string());
        let replies = desk.keep_asking(line, move || {
            let (order, smoothing) = desk.chosen();
            let text = text.get();
            (near.get() && !text.trim().is_empty()).then_some(Question::Score { text, order, smoothing })
        });
        Side { name, id, text, replies }
    };
    let sides = [
        side(Line::Score, "One sentence", "score-first", "The cat sat on the mat ."),
        side(Line::Rival, "Another", "score-second", "The mat sat on the cat ."),
    ];
    // One scale for both.
    let top = Memo::new(move |_| {
        let bits = sides.iter().filter_map(Side::scored).flat_map(|scored| scored.tokens);
        bits.map(|token| token.bits).filter(|bits| bits.is_finite()).fold(LEAST_TOP, f32::max)
    });
    let drawn: Vec<AnyView> = sides.iter().map(|side| draw(desk, *side, top)).collect();
    view! {
        <div class="scales" data-testid="score">
            <div class="sides">{drawn}</div>
            <p class="verdict" role="status" data-testid="verdict">{words(move || verdict(sides.map(|side| side.scored().map(|scored| scored.bits))))}</p>
            <p class="help">"A word’s surprise is in bits: one bit is as surprising as a tossed coin, ten bits as ten coins that all show heads."</p>
        </div>
    }
    .into_any()
}

impl Side {
    fn scored(&self) -> Option<Scored> {
        let understand = |answer: &Answer| match answer {
            Answer::Scored(scored) => Some(scored.clone()),
            _ => None,
        };
        // An emptied field has no result.
        if self.text.with(|text| text.trim().is_empty()) { None } else { self.replies.last(understand) }
    }
}

fn draw(desk: Desk, side: Side, top: Memo<f32>) -> AnyView {
    let Side { name, id, text, replies } = side;
    let result = move || match side.scored() {
        Some(scored) => chips(&scored, top.get(), untrack(|| desk.unit())),
        None if text.with(|text| text.trim().is_empty()) => nothing(),
        None => view! { <p class="waiting">{if replies.is_asking() { "Weighing…" } else { desk.waits() }}</p> }.into_any(),
    };
    view! {
        <div class="side">
            <label for=id>{name}</label>
            <textarea id=id data-testid=id rows="2" maxlength="2000" spellcheck="false" prop:value=text on:input=typed(move |typed| text.set(typed))></textarea>
            {refusal("score-refusal", move || replies.refusal())}
            <div data-testid=format!("{id}-result")>{live(result)}</div>
        </div>
    }
    .into_any()
}

fn chips(Scored { tokens, bits, perplexity }: &Scored, top: f32, unit: Unit) -> AnyView {
    let chip = |Surprise { text, known, bits, .. }: &Surprise| {
        let height = format!("--height:{}", format::fixed(f64::from((bits / top).clamp(0.0, 1.0)) * 100.0, 1));
        let tint = level(f64::from(*bits)).to_string();
        let number = if bits.is_finite() { format::fixed(f64::from(bits.max(0.0)), 1) } else { "∞".into() };
        let unknown = (!known && !is_mark(text)).then(|| view! { <em>"unknown"</em> }.into_any());
        let word = if is_mark(text) { "glyphs special" } else { "glyphs" };
        view! {
            <li>
                <span class="bits">{number}</span>
                <span class="column" style=height data-level=tint></span>
                <span class=word>{shown(text, unit)}</span>
                {unknown}
            </li>
        }
        .into_any()
    };
    let chips: Vec<AnyView> = tokens.iter().map(chip).collect();
    let total = match bits.is_finite() {
        true => {
            let [bits, perplexity] = [format::fixed(f64::from(*bits), 1), format::significant(*perplexity, 3)];
            format!("{bits} bits in all: like guessing among {perplexity} at every step")
        }
        false => "Impossible: at least one word got no probability at all".into(),
    };
    view! {
        <ol class="surprises" aria-label="Surprise of each, in bits">{chips}</ol>
        <p class="figure">{total}</p>
    }
    .into_any()
}

fn verdict(bits: [Option<f32>; 2]) -> String {
    let [Some(one), Some(other)] = bits else { return String::new() };
    let (which, less) = if one < other { ("first", one) } else { ("second", other) };
    if !less.is_finite() {
        return "It holds neither of them possible.".into();
    }
    if !one.is_finite() || !other.is_finite() {
        return format!("It holds only the {which} possible.");
    }
    match f64::from((one - other).abs()) * std::f64::consts::LN_2 {
        nats if nats < 0.05 => "It finds them equally likely.".into(),
        nats => format!("The {which} is {} likelier.", format::times(nats)),
    }
}
