//! Look back: what a token looks at in a head, before training and after; and, measured, how often that is the noun that decides.

use leptos::prelude::*;

use super::super::desk::{Desk, Replies};
use crate::{
    protocol::figures::{Answer, Attention, HeadRate, Heads, Line, Question},
    ui::{
        controls::{live, nothing, press, refusal, typed},
        figures::visible,
        format,
        proportion::wilson,
    },
};

/// Beginnings of sentences that a pronoun would follow; the noun that it means is the second word. The second stands in the field at
/// first.
const OFFERS: [&str; 3] = [
    "The queen in the garden lost",
    "The queen in the garden whom the dogs found under the tree lost",
    "The queen in the garden whom the dogs and the birds found under the tree by the river before breakfast lost",
];
/// Heads that were measured in advance.
const MEASURED: &str = "heads-base";
/// Of what a token looks at, so many are said with their shares.
const SAID: usize = 3;

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    replies: Replies,
    measured: Replies,
    /// The token that looks; else the last.
    at: RwSignal<Option<usize>>,
    /// The head that is shown, counted through all layers; else the one that was measured.
    head: RwSignal<Option<usize>>,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let text = RwSignal::new(OFFERS[1].to_string());
    let replies = desk.keep_asking(Line::Attention, move || {
        let (model, text) = (desk.model.get(), text.get());
        near.get().then_some(Question::Attention { model, text })
    });
    let measured = desk.keep_asking(Line::Heads, move || near.get().then(|| Question::Baked { name: MEASURED.into() }));
    let figure = Figure { desk, replies, measured, at: RwSignal::new(None), head: RwSignal::new(None) };
    let take = move |said: String| {
        figure.at.set(None);
        text.set(said);
    };
    let offers: Vec<AnyView> = OFFERS
        .map(|offer| {
            // From the noun to the pronoun, which comes next.
            let name = format::counted(offer.split(' ').count() as u64 - 1, "word") + " back";
            view! { <button type="button" class="chip" on:click=press(move || take(offer.into()))>{name}</button> }.into_any()
        })
        .into_iter()
        .collect();
    view! {
        <div class="looks" data-testid="attention">
            <label for="attention-text">"Read this"</label>
            <input id="attention-text" data-testid="attention-text" type="text" autocomplete="off" prop:value=text on:input=typed(take)/>
            <p class="row">"The noun is " {offers}</p>
            {refusal("attention-refusal", move || replies.refusal())}
            {live(move || figure.head_choice())}
            {live(move || figure.both())}
            <h3>"Does it find the noun in general?"</h3>
            {live(move || figure.rates())}
            {refusal("heads-refusal", move || figure.measured.refusal())}
        </div>
    }
    .into_any()
}

impl Figure {
    /// Before training, or after.
    fn weights(&self, trained: bool) -> Option<Attention> {
        self.replies.last(|answer| match answer {
            Answer::Attention(attention) if attention.trained == trained => Some(attention.clone()),
            _ => None,
        })
    }

    fn heads(&self, trained: bool) -> Option<Heads> {
        self.measured.last(|answer| match answer {
            Answer::Heads(heads) if heads.trained == trained => Some(heads.clone()),
            _ => None,
        })
    }

    /// The head that is shown, of so many a layer and layers.
    fn shown(&self, layers: u32, heads: u32) -> usize {
        let measured = self.heads(true).map_or(0, |best| (best.layer * heads + best.head) as usize);
        self.head.get().unwrap_or(measured).min((layers * heads).saturating_sub(1) as usize)
    }

    fn head_choice(&self) -> AnyView {
        let Some(Attention { layers, heads, .. }) = self.weights(true) else { return nothing() };
        let (figure, shown) = (*self, self.shown(layers, heads));
        let options: Vec<AnyView> = (0..(layers * heads) as usize)
            .map(|head| {
                let name = format!("layer {}, head {}", head / heads as usize + 1, head % heads as usize + 1);
                view! { <option value=head.to_string() selected=head == shown>{name}</option> }.into_any()
            })
            .collect();
        let choose = move |head: String| figure.head.set(head.parse().ok());
        view! {
            <p class="row">
                <label for="attention-head">"in"</label>
                <select id="attention-head" data-testid="attention-head" on:change=typed(choose)>{options}</select>
            </p>
        }
        .into_any()
    }

    fn both(&self) -> AnyView {
        match (self.weights(false), self.weights(true)) {
            (Some(before), Some(after)) => {
                [self.row("Before training", &before), self.row("After training", &after)].into_iter().collect::<Vec<_>>().into_any()
            }
            _ => view! { <p class="help">{self.desk.waits()}</p> }.into_any(),
        }
    }

    /// The tokens, tinted by what the chosen one gives to each.
    fn row(&self, title: &'static str, Attention { tokens, layers, heads, weights, trained }: &Attention) -> AnyView {
        let count = tokens.len();
        let (at, chosen) = (self.at, self.at.get().unwrap_or(count - 1).min(count - 1));
        let from = (self.shown(*layers, *heads) * count + chosen) * count;
        let shares = &weights[from..from + count];
        let buttons: Vec<AnyView> = tokens
            .iter()
            .enumerate()
            .map(|(place, token)| {
                let share = shares[place];
                // With more of the tint a word has too little contrast in the dark theme.
                let style = format!("--share:{}%", format::fixed(f64::from(share * 45.0), 0));
                let name = format!("{}: {}", visible(token), format::percent(f64::from(share)));
                let said = if place == 0 { "(start)".to_owned() } else { token.clone() };
                view! {
                    <button
                        type="button"
                        style=style
                        data-share=share.to_string()
                        aria-label=name
                        aria-pressed=(place == chosen).to_string()
                        on:click=press(move || at.set(Some(place)))
                    >
                        {said}
                    </button>
                }
                .into_any()
            })
            .collect();
        let mut most: Vec<usize> = (0..=chosen).collect();
        most.sort_unstable_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        let name = |place: usize| if place == 0 { "the start".to_owned() } else { ["“", tokens[place].trim(), "”"].concat() };
        let said: Vec<String> = most
            .into_iter()
            .take(SAID)
            .map(|place| [format::percent(f64::from(shares[place])), " ".into(), name(place)].concat())
            .collect();
        let id = if *trained { "attention-after" } else { "attention-before" };
        view! {
            <p class="knob-label">{title}</p>
            <p class="tinted" data-testid=id>{buttons}</p>
            <p class="help">{format!("{} looks at {}.", name(chosen), said.join(", "))}</p>
        }
        .into_any()
    }

    /// How often the noun that decides gets the most attention of all nouns, by distance.
    fn rates(&self) -> AnyView {
        let (Some(before), Some(after)) = (self.heads(false), self.heads(true)) else { return nothing() };
        let rows: Vec<AnyView> = [2, 5, 10, 15, 20, 25]
            .into_iter()
            .filter_map(|distance| {
                let at = |heads: &Heads| heads.rates.iter().find(|rate| rate.distance == distance).copied();
                let (old, new) = (at(&before)?, at(&after)?);
                let cells = [format::counted(distance.into(), "word"), rate(&new), rate(&old), format::percent(f64::from(new.chance))];
                Some(view! { <tr>{cells.map(|cell| view! { <td>{cell}</td> }.into_any()).into_iter().collect::<Vec<_>>()}</tr> }.into_any())
            })
            .collect();
        let made = self.measured.last(|answer| if let Answer::Baked(baked) = answer { Some(baked.made.clone()) } else { None });
        let told = format!(
            "Of all nouns before the place where a pronoun will stand, how often the one that it means gets the most attention, in layer {}, \
             head {} of “Base”. It is the only person among them, the others are animals and things. The head was chosen on other sentences. \
             Measured in advance on {}, with 95 % intervals (Wilson's).",
            after.layer + 1,
            after.head + 1,
            made.unwrap_or_default()
        );
        view! {
            <div class="scrolls" tabindex="0" role="group" aria-label="How often the noun gets the most attention">
                <table class="counts" data-testid="attention-rates">
                    <thead><tr><th scope="col">"the noun is back"</th><th scope="col">"after training"</th><th scope="col">"before"</th><th scope="col">"by chance"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="help">{told}</p>
        }
        .into_any()
    }
}

/// `91 % (88–93 %)`: a rate and its interval.
fn rate(HeadRate { hits, of, .. }: &HeadRate) -> String {
    let [low, high] = wilson(*hits, *of).map(|bound| format::fixed(100.0 * bound, 0));
    format!("{} ({low}–{high} %)", format::percent(f64::from(*hits) / f64::from((*of).max(1))))
}
