//! What several figures are made of: fields for words, and words with how near they are.

use leptos::prelude::*;

use super::{canvas::Place, desk::Desk};
use crate::{
    protocol::words::{GROUPS, Near, OTHER},
    ui::{
        controls::{live, press, typed},
        format,
    },
};

/// A field for a word or a few.
pub fn field(id: &'static str, label: &'static str, text: RwSignal<String>) -> AnyView {
    view! {
        <span class="word-field">
            <label for=id>{label}</label>
            <input
                id=id
                data-testid=id
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength="200"
                prop:value=text
                on:input=typed(move |typed| text.set(typed))
            />
        </span>
    }
    .into_any()
}

/// What a figure offers to fill its fields with: a text for each.
#[derive(Clone, Copy)]
pub struct Offers {
    /// In words of the built-in world.
    pub usual: &'static [&'static [&'static str]],
    /// The same of any three words, where a text has none of those.
    pub of: fn([&str; 3]) -> Vec<String>,
    pub label: fn(&[String]) -> String,
}

/// Words of a text that are offered, so many at most; shorter ones say little.
const OFFERED: usize = 9;
const LETTERS: usize = 4;

impl Offers {
    fn usual(&self) -> Vec<Vec<String>> {
        self.usual.iter().map(|texts| texts.iter().map(|text| (*text).into()).collect()).collect()
    }

    /// Those of which all words are on the map.
    fn among(&self, names: &[String]) -> Vec<Vec<String>> {
        let is_known = |text: &String| text.split(' ').all(|word| names.iter().any(|name| name == word));
        let mut known = self.usual();
        known.retain(|offer| offer.iter().all(is_known));
        if !known.is_empty() {
            return known;
        }
        let long = names.iter().map(String::as_str).filter(|name| name.chars().count() >= LETTERS).take(OFFERED);
        long.collect::<Vec<_>>().as_chunks().0.iter().map(|words| (self.of)(*words)).collect()
    }
}

/// Fields that begin with the first offer.
pub fn first<const N: usize>(offers: &Offers) -> [RwSignal<String>; N] {
    std::array::from_fn(|field| RwSignal::new(offers.usual[0][field].into()))
}

/// Buttons that fill fields. What a visitor typed stays when another text is read, an offer that it cannot keep does not.
pub fn chips(desk: Desk, name: &'static str, offers: Offers, fields: &[RwSignal<String>]) -> AnyView {
    let fields = StoredValue::new(fields.to_vec());
    let fill =
        move |offer: &[String]| fields.with_value(|fields| fields.iter().zip(offer).for_each(|(field, text)| field.set(text.clone())));
    let offered =
        Memo::new(move |_| desk.built.with(|built| built.as_ref().map_or_else(|| offers.usual(), |built| offers.among(&built.names))));
    Effect::new(move |before: Option<Vec<Vec<String>>>| {
        let offered = offered.get();
        let now: Vec<String> = fields.with_value(|fields| fields.iter().map(|field| field.get_untracked()).collect());
        if let Some(first) = offered.first().filter(|_| before.is_some_and(|before| before.contains(&now)) && !offered.contains(&now)) {
            fill(first);
        }
        offered
    });
    let chip = move |offer: Vec<String>| {
        let label = (offers.label)(&offer);
        let fill = press(move || fill(&offer));
        view! { <button type="button" class="chip" data-testid=format!("{name}-chip") on:click=fill>{label}</button> }.into_any()
    };
    let chips = live(move || offered.get().into_iter().map(chip).collect::<Vec<_>>().into_any());
    view! { <div class="chips">{chips}</div> }.into_any()
}

/// Where names are written beside points, each where it covers none that was written before it, if there is such a place: the
/// middles of their base lines. The type is 15 pixels high.
pub fn beside(points: &[Place], names: &[String], [width, height]: Place) -> Vec<Place> {
    const UP: f64 = 13.0;
    const DOWN: f64 = 4.0;
    let mut taken: Vec<[f64; 4]> = points.iter().map(|[x, y]| [x - 4.0, y - 4.0, x + 4.0, y + 4.0]).collect();
    let place = |([x, y], name): (&Place, &String)| {
        let half = name.chars().count() as f64 * 4.7;
        let around = [[0.0, -9.0], [0.0, 18.0], [half + 8.0, 5.0], [-half - 8.0, 5.0], [0.0, -25.0], [0.0, 34.0]];
        let cover = |[x, y]: Place| [x - half, y - UP, x + half, y + DOWN];
        let tries = around.map(|[right, down]| [(x + right).clamp(half, width - half), (y + down).clamp(UP, height - DOWN)]);
        let is_free = |at: &&Place| {
            let [left, top, right, bottom] = cover(**at);
            taken.iter().all(|[l, t, r, b]| right <= *l || *r <= left || bottom <= *t || *b <= top)
        };
        let found = *tries.iter().find(is_free).unwrap_or(&tries[0]);
        taken.push(cover(found));
        found
    };
    points.iter().zip(names).map(place).collect()
}

/// Words, the nearest first, each with a bar.
pub fn nearest(label: &'static str, found: &[Near]) -> AnyView {
    let row = |near: &Near| {
        let length = format!("--length:{}%", format::fixed(f64::from(near.cosine.clamp(0.0, 1.0)) * 100.0, 1));
        let (word, cosine) = (near.word.clone(), format::fixed(near.cosine.into(), 2));
        view! {
            <li class="bar" style=length data-testid="near">
                <span class="glyphs">{dot(near.group)}{word}</span>
                <span class="share">{cosine}</span>
            </li>
        }
        .into_any()
    };
    view! { <ol class="distribution" aria-label=label>{found.iter().map(row).collect::<Vec<_>>()}</ol> }.into_any()
}

/// The colour of a kind of words.
pub fn dot(group: u8) -> AnyView {
    view! { <i class="dot" data-group=group.to_string() title=group_name(group)></i> }.into_any()
}

pub fn group_name(group: u8) -> &'static str {
    if group == OTHER { "other words" } else { GROUPS.get(usize::from(group)).copied().unwrap_or_default() }
}

/// What a figure says while it has no answer.
pub fn waiting(desk: Desk) -> AnyView {
    live(move || view! { <p class="waiting">{desk.waits()}</p> }.into_any())
}
