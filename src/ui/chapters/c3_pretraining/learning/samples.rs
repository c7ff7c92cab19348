//! What the runs wrote after 0, 10, 100 … steps, side by side.

use leptos::prelude::*;

use super::Figure;
use crate::{protocol::Sample, ui::controls::nothing, ui::format};

pub fn view(figure: Figure) -> AnyView {
    let baked = figure.baked(|learnt| (learnt.name.clone(), learnt.history.samples.clone()));
    let own = if figure.has_own() { figure.desk.history.with(|history| history.samples.clone()) } else { vec![] };
    let rows = [baked.map_or_else(nothing, |(name, samples)| row(name, samples)), row("Yours".into(), own)];
    view! { <div class="written" data-testid="samples">{rows.into_iter().collect::<Vec<_>>()}</div> }.into_any()
}

fn row(name: String, samples: Vec<Sample>) -> AnyView {
    if samples.is_empty() {
        return nothing();
    }
    let card = |Sample { step, text }: Sample| {
        let text = if text.trim().is_empty() { view! { <em>"(it ended the text at once)"</em> }.into_any() } else { text.into_any() };
        view! {
            <li>
                <span class="figure">{format::counted(step.into(), "step")}</span>
                <blockquote>{text}</blockquote>
            </li>
        }
        .into_any()
    };
    let cards: Vec<AnyView> = samples.into_iter().map(card).collect();
    // It scrolls, and so it has to be reached by the keyboard.
    view! {
        <p class="knob-label">{name.clone()}</p>
        <ul tabindex="0" aria-label=format!("What it wrote after each number of steps: {name}")>{cards}</ul>
    }
    .into_any()
}
