//! Smoothing: what each method gives to what was never seen, and which of them is least surprised by a new text.

use leptos::prelude::*;

use super::{Replies, desk::Desk};
use crate::{
    protocol::ngrams::{Answer, Compared, Line, Question, Share, Smoothing, States},
    ui::{
        controls::{live, nothing, press, refusal, typed, words},
        format,
    },
};

/// Words of the built-in world that make sense together and never stand there.
const TRIES: [(&str, &str); 3] = [("The quick brown", "cat"), ("The capital of", "bread"), ("The lazy dog", "sings")];

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let chosen = RwSignal::new(None::<(String, String)>);
    let pair = Memo::new(move |_| chosen.get().or_else(|| tries(desk).into_iter().next()).unwrap_or_default());
    let order = move || desk.chosen().0;
    let unseen = move || {
        let (context, word) = pair.get();
        near.get().then(|| Question::Unseen { context, word, order: order() })
    };
    let figure = Figure {
        desk,
        chosen,
        pair,
        unseen: desk.keep_asking(Line::Unseen, unseen),
        compared: desk.keep_asking(Line::Comparison, move || near.get().then(|| Question::Compare { order: order() })),
    };
    view! {
        <div class="smoothing" data-testid="methods">
            {figure.gifts()}
            {figure.comparison()}
        </div>
    }
    .into_any()
}

/// A method in plain words, as the chapter's settings have it, what it does, and the name of it in the field.
pub fn told(method: Smoothing) -> [&'static str; 3] {
    match method {
        Smoothing::None => ["Leave it at zero", "what was not counted cannot be", "none"],
        Smoothing::AddK => ["A bit to each", "pretend that everything was seen a little more often", "add‑k"],
        Smoothing::JelinekMercer => ["Blend in shorter", "mix what longer and shorter contexts say", "Jelinek–Mercer"],
        Smoothing::Katz => ["Fall back if unseen", "ask a shorter context when the longer one has no answer", "Katz"],
        Smoothing::WittenBell => ["More where varied", "expect news where there was often news", "Witten–Bell"],
        Smoothing::KneserNey => ["By company kept", "ask in how many different places a word was seen", "Kneser–Ney"],
        Smoothing::ModifiedKneserNey => {
            ["By company, finer", "the same, with a finer hand for what was seen once or twice", "modified Kneser–Ney"]
        }
    }
}

/// Pairs to try: in a text of the visitor's, a frequent context and the end of another.
fn tries(desk: Desk) -> Vec<(String, String)> {
    desk.built.with(|built| match built {
        Some(built) if !built.world => {
            let ends = built.contexts.iter().skip(1).filter_map(|other| other.split_whitespace().last());
            built.contexts.iter().zip(ends).take(TRIES.len()).map(|(context, word)| (context.clone(), word.into())).collect()
        }
        _ => TRIES.map(|(context, word)| (context.into(), word.into())).into(),
    })
}

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    /// The context and the word that the visitor wants, if any.
    chosen: RwSignal<Option<(String, String)>>,
    pair: Memo<(String, String)>,
    unseen: Replies,
    compared: Replies,
}

impl Figure {
    /// A context, a word, and what each method gives to it.
    fn gifts(&self) -> AnyView {
        let Figure { pair, chosen, unseen, .. } = *self;
        let figure = *self;
        let change = move |change: fn(&mut (String, String), String)| {
            typed(move |text| {
                let mut changed = pair.get_untracked();
                change(&mut changed, text);
                chosen.set(Some(changed));
            })
        };
        let attempt = move |attempt: (String, String)| {
            let (label, wanted) = (format!("{} {}", attempt.0, attempt.1), attempt.clone());
            let pressed = words(move || pair.with(|pair| *pair == attempt).to_string());
            let choose = press(move || chosen.set(Some(wanted.clone())));
            view! { <button type="button" class="chip" aria-pressed=pressed data-testid="unseen-try" on:click=choose>{label}</button> }
                .into_any()
        };
        let attempts = move || tries(figure.desk).into_iter().map(attempt).collect::<Vec<_>>().into_any();
        view! {
            <div class="gifts" role="group" aria-label="What each method gives to words that never met">
                <h3>"Two that never met"</h3>
                <div class="pair">
                    <label>"After"<input type="text" autocomplete="off" spellcheck="false" maxlength="2000" data-testid="unseen-context"
                        prop:value=words(move || pair.get().0) on:input=change(|pair, text| pair.0 = text)/></label>
                    <label>"how likely is"<input type="text" autocomplete="off" spellcheck="false" maxlength="200" data-testid="unseen-word"
                        prop:value=words(move || pair.get().1) on:input=change(|pair, text| pair.1 = text)/></label>
                </div>
                <div class="chips" role="group" aria-label="Pairs to try">{live(attempts)}</div>
                <p class="figure" aria-live="polite" data-testid="unseen-count">{words(move || figure.count())}</p>
                {refusal("unseen-refusal", move || unseen.refusal())}
                <ol class="methods" data-testid="unseen-shares">{live(move || figure.bars())}</ol>
                <p class="help">"To give much is not yet to be right: what is given here is taken from what was seen. A new text decides."</p>
            </div>
        }
        .into_any()
    }

    fn shares(&self) -> Vec<Share> {
        let shares = |answer: &Answer| match answer {
            Answer::Unseen(shares) => Some(shares.clone()),
            _ => None,
        };
        if self.unseen.refusal().is_empty() { self.unseen.last(shares).unwrap_or_default() } else { vec![] }
    }

    fn count(&self) -> String {
        match self.shares().first() {
            Some(Share { count: 0, .. }) => "Never seen together. Each method gives it this much all the same:".into(),
            Some(Share { count, .. }) => {
                format!("Seen together {}. Here every method has something to go by:", format::counted(*count, "time"))
            }
            None if self.unseen.is_asking() => "Asking every method …".into(),
            None => String::new(),
        }
    }

    fn bars(&self) -> AnyView {
        let shares = self.shares();
        let top = shares.iter().map(|share| share.probability).fold(f32::MIN_POSITIVE, f32::max);
        let bar = |Share { smoothing, probability, .. }: Share| {
            let [plain, what, name] = told(smoothing);
            let p = f64::from(probability);
            let length = format!("--length:{}%", format::fixed(f64::from(probability / top) * 100.0, 2));
            let given = if p > 0.0 { format::odds(p) } else { "impossible".into() };
            let class = if p > 0.0 { "method" } else { "method none" };
            view! {
                <li class=class style=length data-testid="unseen-share">
                    <p class="method-name"><b>{plain}</b>" "<small>{name}</small></p>
                    <p class="method-given">{given}</p>
                    <span class="method-bar" aria-hidden="true"></span>
                    <p class="method-what">{what}</p>
                </li>
            }
            .into_any()
        };
        shares.into_iter().map(bar).collect::<Vec<_>>().into_any()
    }

    /// Every method on the held-out text, a row as its answer comes.
    fn comparison(&self) -> AnyView {
        let (figure, compared) = (*self, self.compared);
        let n = move || format!("N = {}", figure.desk.chosen().0);
        view! {
            <div class="comparison" role="group" aria-label="Every method on a new text">
                <h3>"On a text that none of them has read"</h3>
                <p class="verdict" aria-live="polite" data-testid="compare-verdict">{words(move || figure.verdict())}</p>
                {refusal("compare-refusal", move || compared.refusal())}
                <table data-testid="compare-table">
                    <caption class="help">"Less is better. Perplexity: as unsure as if it had to guess among so many equally likely ones."</caption>
                    <thead><tr>
                        <th scope="col">{words(n)}</th>
                        <th scope="col">"perplexity"</th>
                        <th scope="col">"bits per byte"</th>
                    </tr></thead>
                    <tbody>{live(move || figure.rows())}</tbody>
                </table>
                <p class="help" data-testid="compare-impossible">{words(move || figure.impossible())}</p>
            </div>
        }
        .into_any()
    }

    /// The methods, and the hidden Markov model as it stands, if one was trained.
    fn ranking(&self) -> Vec<Compared> {
        let compared = |answer: &Answer| match answer {
            Answer::Compared(compared) => Some(*compared),
            _ => None,
        };
        let mut ranking = self.compared.all(compared);
        if let Some(States { held_out, .. }) =
            self.desk.replies(Line::Hidden).and_then(|hidden| super::hidden::last(&hidden).filter(|_| !hidden.is_stale()))
        {
            ranking.retain(|compared| compared.smoothing.is_some());
            ranking.push(held_out);
        }
        ranking
    }

    fn rows(&self) -> AnyView {
        let ranking = self.ranking();
        let most = ranking.iter().map(|c| c.bits_per_byte).filter(|bits| bits.is_finite()).fold(0.1, f64::max);
        let best = best(&ranking).map(|best| best.smoothing);
        let row = |compared: &Compared| {
            let Compared { smoothing, perplexity, bits_per_byte, .. } = *compared;
            let is_best = best == Some(smoothing);
            // Three digits, zeros too, so that the column is even.
            let decimals = if perplexity < 10.0 { 2 } else { u32::from(perplexity < 100.0) };
            let class = if is_best { "best" } else { "" };
            let length = if bits_per_byte.is_finite() { bits_per_byte / most } else { 0.0 };
            let style = format!("--length:{}%", format::fixed(length * 100.0, 1));
            let sign = if is_best { view! { <span class="sign best-sign">"best"</span> }.into_any() } else { nothing() };
            view! {
                <tr class=class data-testid="compare-row">
                    <th scope="row">{name(smoothing)}" "{sign}</th>
                    <td>{format::fixed(perplexity, decimals)}</td>
                    <td><span class="bits-bar" style=style>{format::fixed(bits_per_byte, 2)}</span></td>
                </tr>
            }
            .into_any()
        };
        ranking.iter().map(row).collect::<Vec<_>>().into_any()
    }

    fn verdict(&self) -> String {
        let ranking = self.ranking();
        if self.compared.is_asking() && ranking.iter().filter(|c| c.smoothing.is_some()).count() < Smoothing::ALL.len() {
            return "Reading the held-out text with every method …".into();
        }
        let Some(best) = best(&ranking) else { return String::new() };
        let others = ranking.iter().filter(|other| other.smoothing != best.smoothing && other.perplexity.is_finite());
        let others: Vec<&Compared> = others.collect();
        let by = |other: &&Compared| {
            let less = format::percent(1.0 - best.perplexity / other.perplexity);
            format!("{less} below that of {}", name(other.smoothing))
        };
        let next = others.iter().min_by(|a, b| a.perplexity.total_cmp(&b.perplexity)).map(by);
        let plain = others.iter().find(|other| other.smoothing == Some(Smoothing::AddK)).map(by);
        let mut verdict = format!("Best: {}.", name(best.smoothing));
        if let Some(next) = &next {
            verdict += &format!(" Its perplexity is {next}");
            if let Some(plain) = plain.filter(|plain| plain != next) {
                verdict += &format!(", and {plain}");
            }
            verdict += ".";
        }
        verdict
    }

    fn impossible(&self) -> String {
        let none = self.ranking().into_iter().find(|compared| compared.smoothing == Some(Smoothing::None));
        match none {
            Some(Compared { impossible, tokens, .. }) if impossible > 0 => {
                let share = format::percent(impossible as f64 / tokens.max(1) as f64);
                let [impossible, tokens] = [impossible, tokens].map(format::integer);
                format!(
                    "∞: without smoothing, {impossible} of the {tokens} held-out steps ({share}) came out as impossible. \
                     One of them is enough, and the whole text is."
                )
            }
            _ => String::new(),
        }
    }
}

fn name(smoothing: Option<Smoothing>) -> &'static str {
    smoothing.map_or("hidden Markov model", |smoothing| told(smoothing)[2])
}

/// What is least surprised, of those that could read it all.
fn best(ranking: &[Compared]) -> Option<Compared> {
    let finite = ranking.iter().filter(|compared| compared.perplexity.is_finite());
    finite.min_by(|a, b| a.perplexity.total_cmp(&b.perplexity)).copied()
}
