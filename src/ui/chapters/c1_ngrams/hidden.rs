//! A hidden Markov model: its states while they form, a sentence seen with their eyes, and what they write.

use leptos::prelude::*;

use super::{Replies, Standing, desk::Desk, states};
use crate::{
    protocol::ngrams::{Answer, Line, Question, States, Unit},
    ui::{
        controls::{Slider, live, nothing, press, refusal, text_of, typed, when, words},
        figures::{Labels, LineChart},
        format,
        lines::{Lines, Series},
        plot::Axis,
    },
};

const ITERATIONS: u32 = 60;
const LENGTH: u32 = 40;

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let count = RwSignal::new("8".to_string());
    let seed = RwSignal::new(1);
    let question = move || {
        let states = count.with(|count| count.parse().unwrap_or(8));
        near.get().then(|| Question::Hidden { states, iterations: ITERATIONS, seed: seed.get() })
    };
    let figure = Figure {
        desk,
        count,
        seed,
        training: desk.keep_asking(Line::Hidden, question),
        tagging: desk.line(Line::Tagging),
        writing: desk.line(Line::HiddenWriting),
        sentence: RwSignal::new(None),
        dice: RwSignal::new(1),
    };
    figure.keep_tagging();
    figure.keep_writing();
    let training = figure.training;
    view! {
        <div class="hmm" data-testid="hidden">
            {figure.controls()}
            {refusal("hidden-refusal", move || training.refusal())}
            {figure.learning()}
            {figure.reading()}
            {figure.written()}
        </div>
    }
    .into_any()
}

/// The states as they stand.
pub fn last(training: &Replies) -> Option<States> {
    training.last(|answer| match answer {
        Answer::States(states) => Some(states.clone()),
        _ => None,
    })
}

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    /// How many states, as the slider has it.
    count: RwSignal<String>,
    seed: RwSignal<u32>,
    training: Replies,
    tagging: Replies,
    writing: Replies,
    /// The visitor's sentence, if there is one.
    sentence: RwSignal<Option<String>>,
    dice: RwSignal<u32>,
}

impl Figure {
    fn controls(&self) -> AnyView {
        let Figure { desk, count, seed, training, .. } = *self;
        let figure = *self;
        let toggle = move || match training.is_asking() {
            true => desk.hush(Line::Hidden),
            false => seed.update(|seed| *seed += 1),
        };
        let label = move || if training.is_asking() { "Stop" } else { "Train anew" }.to_string();
        let say = |count: &str| count.parse().map_or(String::new(), |count| format::counted(count, "group"));
        view! {
            <div class="hmm-controls">
                <label for="hidden-states">"Groups"</label>
                <Slider id="hidden-states" range=["2", "32", "1"].map(String::from) value=text_of(count) set=Callback::new(move |text| count.set(text)) say=say/>
                <button type="button" data-testid="hidden-train" on:click=press(toggle)>{words(label)}</button>
                <p class="help" id="hidden-states-help">"Groups of words that nobody named. Each begins with all words mixed, and finds its own."</p>
                <p class="figure" data-testid="hidden-status">{words(move || figure.status())}</p>
            </div>
        }
        .into_any()
    }

    fn passes(&self) -> Vec<(f64, f64)> {
        let pass = |answer: &Answer| match answer {
            Answer::Iteration { iteration, bits_per_token } => Some((f64::from(*iteration), f64::from(*bits_per_token))),
            _ => None,
        };
        self.training.all(pass)
    }

    fn status(&self) -> String {
        let passes = self.passes().len() as u64;
        match self.training.standing.get() {
            // Until the first pass is done, those before it are another model's.
            Standing::Asking if passes == 0 || self.training.is_stale() => "Beginning …".into(),
            Standing::Asking => format!("Pass {passes} of {ITERATIONS}"),
            Standing::Done if passes < ITERATIONS.into() => format!("Stopped at pass {passes}"),
            Standing::Done => format!("Learned in {passes} passes over the text’s first 100,000 steps"),
            _ => String::new(),
        }
    }

    /// The curve, what follows what, and the states themselves, live.
    fn learning(&self) -> AnyView {
        let (figure, training) = (*self, self.training);
        let labels = Labels {
            name: "hidden",
            label: "Bits of surprise at each step of the text, after each pass",
            x: "passes over the text",
            y: "surprise at each step, in bits",
            values: |bits| format::fixed(bits, 3),
            empty: "The curve appears here with the first pass.",
        };
        let draw = move |picture: fn(&States, Unit) -> AnyView| {
            live(move || last(&training).map_or_else(nothing, |states| picture(&states, figure.desk.unit())))
        };
        view! {
            <div class="hmm-learning">
                <LineChart lines=Memo::new(move |_| figure.lines()) labels=labels/>
                <div class="hmm-matrix"><h3>"Which follows which"</h3>{draw(|states, _| states::transitions(states))}</div>
            </div>
            <p class="figure" data-testid="hidden-score">{words(move || figure.score())}</p>
            <ol class="states" aria-label="The groups" data-testid="hidden-states-cards">{draw(states::cards)}</ol>
        }
        .into_any()
    }

    fn lines(&self) -> Lines {
        let points = self.passes();
        let fold = |start: f64, pick: fn(f64, f64) -> f64| points.iter().map(|(_, bits)| *bits).fold(start, pick);
        let [low, high] = [fold(f64::MAX, f64::min), fold(0.0, f64::max)];
        let from = if low > high { 0.0 } else { (low * 10.0).floor() / 10.0 };
        let y = Axis { from, to: ((high * 10.0).ceil() / 10.0).max(from + 0.1), log: false };
        let name = points.last().map_or(String::new(), |(_, bits)| format::fixed(*bits, 2));
        Lines {
            series: vec![Series { name, points }],
            lit: Some(0),
            x: Axis { from: 1.0, to: ITERATIONS.into(), log: false },
            y,
            x_ticks: [1, 20, 40, 60].map(|x: u32| (x.into(), x.to_string())).into(),
            y_ticks: y.ticks(4).into_iter().map(|tick| (tick, format::significant(tick, 3))).collect(),
            chance: None,
            fall: None,
            stops: vec![],
        }
    }

    /// How it does on the held-out text, against the best that counts.
    fn score(&self) -> String {
        let Some(States { held_out, .. }) = last(&self.training) else { return String::new() };
        let hidden = format::significant(held_out.perplexity, 3);
        let counted = self.desk.replies(Line::Comparison).map_or(vec![], |compared| compared.answers.get());
        let perplexities = counted.iter().filter_map(|answer| match answer {
            Answer::Compared(compared) if compared.smoothing.is_some() => Some(compared.perplexity),
            _ => None,
        });
        let best = perplexities.filter(|perplexity| perplexity.is_finite()).min_by(f64::total_cmp);
        let beside = best.map_or(String::new(), |best| format!(" The best table of n-grams: {}.", format::significant(best, 3)));
        format!(
            "On the first 20,000 steps of a text that it has not read, it is as unsure as among {hidden} equally likely words (perplexity).{beside}"
        )
    }

    /// While new groups are learned, what asked the old ones is no fault.
    fn refusal(&self, replies: Replies) -> String {
        if self.training.is_asking() { String::new() } else { replies.refusal() }
    }

    fn sentence(&self) -> String {
        self.sentence.get().or_else(|| self.desk.built.with(|built| Some(built.as_ref()?.sentence.clone()))).unwrap_or_default()
    }

    /// Tags anew when the sentence or the states change.
    fn keep_tagging(&self) {
        let figure = *self;
        Effect::new(move |_| {
            let text = figure.sentence();
            if last(&figure.training).is_some() && !figure.training.is_stale() && !text.is_empty() {
                figure.desk.ask(Line::Tagging, Question::Tag { text });
            }
        });
    }

    /// Writes when the states have settled, and when the dice are rolled again.
    fn keep_writing(&self) {
        let figure = *self;
        let settled = Memo::new(move |_| {
            let Figure { training, .. } = figure;
            training.standing.get() == Standing::Done && last(&training).is_some() && !training.is_stale()
        });
        Effect::new(move |_| {
            let seed = figure.dice.get();
            if settled.get() {
                figure.desk.ask(Line::HiddenWriting, Question::HiddenWrite { length: LENGTH, seed });
            }
        });
    }

    /// A sentence and its likeliest states.
    fn reading(&self) -> AnyView {
        let (figure, tagging) = (*self, self.tagging);
        let tagged = move || {
            let tagged = tagging.last(|answer| match answer {
                Answer::Tagged(tagged) => Some(tagged.clone()),
                _ => None,
            });
            states::strip(tagged.unwrap_or_default().into_iter().map(|token| (token.text, token.state as usize)), figure.desk.unit())
        };
        view! {
            <div class="hmm-part">
                <h3><label for="hidden-sentence">"A sentence, as the groups see it"</label></h3>
                <input type="text" id="hidden-sentence" autocomplete="off" spellcheck="false" maxlength="2000" data-testid="hidden-sentence"
                    prop:value=words(move || figure.sentence()) on:input=typed(move |text| figure.sentence.set(Some(text)))/>
                {refusal("tagging-refusal", move || figure.refusal(tagging))}
                <p class="tagged-text" data-testid="hidden-tagged">{live(tagged)}</p>
            </div>
        }
        .into_any()
    }

    fn written(&self) -> AnyView {
        let (figure, Self { desk, dice, writing, .. }) = (*self, *self);
        let written = move || {
            let token = |answer: &Answer| match answer {
                Answer::Written(written) => Some((written.token.clone(), written.state? as usize)),
                _ => None,
            };
            let tokens: Vec<(String, usize)> = writing.all(token);
            states::strip(tokens.into_iter(), desk.unit())
        };
        let is_there = move || writing.answers.with(|answers| !answers.is_empty());
        let roll = move || dice.update(|dice| *dice += 1);
        let part = move || {
            view! {
                <div class="hmm-part">
                    <div class="row">
                        <h3>"What they write"</h3>
                        <button type="button" class="quiet" data-testid="hidden-write" on:click=press(roll)>"Write something else"</button>
                    </div>
                    <p class="tagged-text" data-testid="hidden-written">{live(written)}</p>
                    <p class="help">"First the dice choose a group that may follow, then a word of that group. Nothing else is remembered."</p>
                </div>
            }
            .into_any()
        };
        view! { {when(is_there, part)} {refusal("hidden-writing-refusal", move || figure.refusal(writing))} }.into_any()
    }
}
