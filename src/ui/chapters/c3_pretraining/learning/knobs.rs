//! How the visitor's run learns: its size, its steps, and what it reads.

use leptos::prelude::*;

use super::{
    super::plan::{no_sentences, with_depth, with_steps},
    Figure,
};
use crate::{
    catalog::GENRES,
    spec::{Mixture, RunSpec, TextChoice},
    ui::{
        controls::{Choice, Slider, flag, press, when, words},
        format,
    },
};

const MIXTURES: [(&str, &str); 3] = [("facts", "facts"), ("general", "general"), ("no-sentences", "no sentences")];

pub fn view(figure: Figure) -> AnyView {
    let spec = figure.plan.spec;
    let size = words(move || spec.with(|spec| format::amount(spec.model(spec.expected_vocab()).parameters()) + " parameters"));
    let depth = Callback::new(move |text: String| {
        if let Ok(depth) = text.parse() {
            spec.update(|spec| *spec = with_depth(spec, depth));
        }
    });
    let steps = Callback::new(move |text: String| {
        if let Ok(steps) = text.parse() {
            spec.update(|spec| *spec = with_steps(spec, steps));
        }
    });
    let has_text = flag(move || figure.desk.text.with(|text| text.as_ref().is_some_and(|text| text.choice == TextChoice::Own)));
    let choose = Callback::new(move |name: String| {
        spec.update(|spec| spec.text = if name == "own" { TextChoice::Own } else { TextChoice::World });
    });
    let is_own = move || spec.with(|spec| spec.text == TextChoice::Own);
    let text = move || {
        view! {
            <Choice
                name="learning-text"
                label="What it reads"
                options=vec![("world", "the built-in world"), ("own", "your text")]
                value=words(move || if is_own() { "own" } else { "world" }.into())
                on_choose=choose
            />
        }
        .into_any()
    };
    let layers = |text: &str| text.parse().map_or(String::new(), |n| format::counted(n, "layer"));
    let counted = |text: &str| text.parse().map_or(String::new(), |n| format::counted(n, "step"));
    view! {
        <div class="learning-knobs">
            <div class="knob">
                <label class="knob-label" for="learning-depth">"Size"</label>
                <Slider id="learning-depth" range=["1", "6", "1"].map(String::from) value=words(move || spec.with(|spec| spec.depth.to_string())) set=depth say=layers/>
                <p class="help" id="learning-depth-help">{size}</p>
            </div>
            <div class="knob">
                <label class="knob-label" for="learning-steps">"Steps"</label>
                <Slider id="learning-steps" range=["100", "5000", "100"].map(String::from) value=words(move || spec.with(|spec| spec.steps.to_string())) set=steps say=counted/>
                <p class="help" id="learning-steps-help">{words(move || spec.with(tokens))}</p>
            </div>
            {when(move || has_text.get() || is_own(), text)}
            {when(move || !is_own(), move || mixture(spec))}
        </div>
    }
    .into_any()
}

fn tokens(spec: &RunSpec) -> String {
    format!("reads {} tokens", format::amount(u64::from(spec.steps) * spec.tokens_per_step()))
}

/// What is not in the text is not in the model.
fn mixture(spec: RwSignal<RunSpec>) -> AnyView {
    let named = |name: &str| match name {
        "general" => Mixture::GENERAL,
        "no-sentences" => no_sentences(),
        _ => Mixture::FACTS,
    };
    let chosen = words(move || {
        let mixture = spec.with(|spec| spec.mixture);
        MIXTURES.iter().find(|(name, _)| named(name) == mixture).map_or(String::new(), |(name, _)| (*name).into())
    });
    let choose = Callback::new(move |name: String| spec.update(|spec| spec.mixture = named(&name)));
    let slider = move |(at, genre): (usize, &'static &'static str)| {
        let share = move |spec: &RunSpec| spec.mixture.0[at];
        let set = Callback::new(move |text: String| {
            if let Ok(share) = text.parse::<u8>() {
                spec.update(|spec| {
                    let before = spec.mixture.0[at];
                    spec.mixture.0[at] = share.min(99);
                    // Something has to be read.
                    if spec.mixture.0.iter().all(|share| *share == 0) {
                        spec.mixture.0[at] = before.max(1);
                    }
                });
            }
        });
        let said = words(move || {
            spec.with(|spec| {
                let all: u32 = spec.mixture.0.iter().map(|share| u32::from(*share)).sum();
                format::percent(f64::from(share(spec)) / f64::from(all.max(1))) + " of the documents"
            })
        });
        let id = format!("genre-{genre}");
        view! {
            <div class="knob">
                <label class="knob-label" for=id.clone()>{*genre}</label>
                <Slider id=id.clone() range=["0", "99", "1"].map(String::from) value=words(move || spec.with(|spec| share(spec).to_string())) set say=str::to_owned/>
                <p class="help" id=format!("{id}-help")>{said}</p>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="mixture">
            <div class="row">
                <span class="knob-label">"What it reads"</span>
                <Choice name="mixture" label="What it reads" options=MIXTURES.to_vec() value=chosen on_choose=choose/>
            </div>
            <details data-testid="genres">
                <summary>"How much of each kind"</summary>
                <div class="genres">{GENRES.iter().enumerate().map(slider).collect::<Vec<_>>()}</div>
                <button type="button" class="quiet" data-testid="mixture-reset" on:click=press(move || spec.update(|spec| spec.mixture = Mixture::FACTS))>"As it was"</button>
            </details>
        </div>
    }
    .into_any()
}
