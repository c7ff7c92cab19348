//! The wall of step 1: how often the right one of two words is the likelier, by the distance to the word that decides.

use super::Figures;
use crate::protocol::figures::{Answer, WallOf};
use crate::protocol::models::{Wall, Which};
use crate::protocol::ngrams::Distance;
#[cfg(not(target_arch = "wasm32"))]
use crate::protocol::ngrams::{Setup, Smoothing, Unit};
use crate::text::Tokenizer;
#[cfg(not(target_arch = "wasm32"))]
use crate::worker::library::tell;
#[cfg(not(target_arch = "wasm32"))]
use crate::worker::ngrams::stand::Stand;
#[cfg(not(target_arch = "wasm32"))]
use crate::worker::ngrams::wall::wall as ngram_wall;
use crate::worker::ngrams::wall::{PAIRS, round};
use crate::world::{Agreement, FARTHEST, Probe};

/// Probes of a kind at each distance that are tried at most.
const MOST: u32 = 1000;

/// Tries a model on so many probes of a kind at each distance, the same as the n-grams', and says all of them now and then.
///
/// # Errors
/// What cannot be opened or computed, as a sentence.
pub async fn wall(figures: &Figures, which: &Which, probes: u32, say: &impl Fn(Answer)) -> Result<(), String> {
    let model = figures.opened(which).await?;
    let world = figures.world().await?;
    let mut reader = figures.reader(&model.card.config, &model.parameters).await?;
    let mut tallies = [[(0.0, 0); FARTHEST]; 2];
    for seed in seeds(probes)? {
        let probes = round(&world, seed);
        let pairs: Vec<Pair> = probes.iter().map(|probe| Pair::new(&model.tokenizer, probe, reader.config.context as usize)).collect();
        let sequences: Vec<Vec<u32>> = pairs.iter().flat_map(|pair| pair.words.clone()).collect();
        let losses = reader.losses(&sequences).await.map_err(|error| error.to_string())?;
        for ((probe, pair), [right, wrong]) in probes.iter().zip(&pairs).zip(losses.as_chunks().0) {
            let tally = &mut tallies[probe.kind as usize][probe.distance - 1];
            *tally = (tally.0 + pair.verdict(right, wrong), tally.1 + 1);
        }
        let distances = |kind: Agreement| {
            let told = tallies[kind as usize].iter().zip(1..).filter(|((_, of), _)| *of > 0);
            told.map(|(&(right, of), words)| Distance { words, right: right as f32, of }).collect()
        };
        let wall = Wall { verbs: distances(Agreement::Verb), pronouns: distances(Agreement::Reference) };
        say(Answer::Wall(WallOf { name: model.card.name.clone(), wall }));
    }
    Ok(())
}

/// Tries the n-grams of `order` words, counted in so many words of the built-in world.
///
/// # Errors
/// What cannot be counted, as a sentence.
#[cfg(not(target_arch = "wasm32"))]
pub async fn ngrams(figures: &Figures, order: u32, words: u32, probes: u32, say: &impl Fn(Answer)) -> Result<(), String> {
    let world = figures.world().await?;
    let text = std::rc::Rc::new(tell(&world, words, &|_| ()).await);
    let stand = Stand::count(text, Setup { unit: Unit::Word, order }, &|_, _| ()).await?;
    let probes: Vec<Probe> = seeds(probes)?.flat_map(|seed| round(&world, seed)).collect();
    let take = |measured: crate::protocol::ngrams::Wall| {
        if measured.order == order {
            let wall = Wall { verbs: measured.agreement, pronouns: measured.reference };
            say(Answer::Wall(WallOf { name: format!("{order}-gram"), wall }));
        }
    };
    ngram_wall(&stand, &probes, Smoothing::ModifiedKneserNey, &take).await
}

/// The rounds that give so many probes, or a few more.
pub fn seeds(probes: u32) -> Result<std::ops::RangeInclusive<u32>, String> {
    if !(1..=MOST).contains(&probes) {
        return Err(format!("From 1 to {MOST} probes of a kind can be tried at each distance: choose as many."));
    }
    // Each pair is two probes.
    Ok(1..=probes.div_ceil(2 * PAIRS as u32))
}

/// A probe's beginning with either word, in tokens.
struct Pair {
    /// With the right word, and with the wrong one.
    words: [Vec<u32>; 2],
    /// Tokens that both begin with.
    shared: usize,
}

impl Pair {
    /// What is longer than the context and the token after it begins later.
    fn new(tokenizer: &Tokenizer, probe: &Probe, context: usize) -> Self {
        let mut words = [&probe.right, &probe.wrong].map(|word| {
            let mut tokens: Vec<u32> = tokenizer.separator().into_iter().collect();
            tokens.extend(tokenizer.encode(&[&probe.prefix, word.as_str()].concat()));
            tokens
        });
        // Both at the same place, so that they begin alike.
        let longest = words.each_ref().map(Vec::len).into_iter().max().unwrap_or(0);
        for tokens in &mut words {
            tokens.drain(..longest.saturating_sub(context + 1));
        }
        let shared = words[0].iter().zip(&words[1]).take_while(|(right, wrong)| right == wrong).count();
        Self { words, shared }
    }

    /// 1 if the right word is the likelier, 0 if the wrong one is, a half if they are equal, by the losses of each token after the
    /// first. Where one word is the beginning of the other ("run", "runs"), the question is whether its ending follows: it is
    /// likelier if that is more probable than not.
    fn verdict(&self, right: &[f32], wrong: &[f32]) -> f64 {
        let given = |losses: &[f32]| {
            let rest = &losses[(self.shared - 1).min(losses.len())..];
            (!rest.is_empty()).then(|| (-rest.iter().copied().map(f64::from).sum::<f64>()).exp())
        };
        let (right, wrong) = match (given(right), given(wrong)) {
            (Some(right), Some(wrong)) => (right, wrong),
            (Some(right), None) => (right, 1.0 - right),
            (None, Some(wrong)) => (1.0 - wrong, wrong),
            (None, None) => (0.5, 0.5),
        };
        match right.total_cmp(&wrong) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(right: &str, wrong: &str) -> Pair {
        let probe = Probe { kind: Agreement::Verb, distance: 1, prefix: "The fox ".into(), right: right.into(), wrong: wrong.into() };
        Pair::new(&Tokenizer::bytes(), &probe, 128)
    }

    #[test]
    fn only_what_differs_decides() {
        let pair = pair("is", "are");
        assert_eq!(pair.shared, 1 + "The fox ".len());
        let losses = |word: &[f32]| [&[9.0; 8][..], word].concat();
        assert_eq!(pair.verdict(&losses(&[0.1, 0.1]), &losses(&[2.0, 0.0, 0.0])), 1.0);
        assert_eq!(pair.verdict(&losses(&[2.0, 0.1]), &losses(&[0.1, 0.1, 0.1])), 0.0);
        assert_eq!(pair.verdict(&losses(&[1.0, 1.0]), &losses(&[0.5, 0.5, 1.0])), 0.5);
    }

    #[test]
    fn beyond_the_context_both_begin_alike() {
        let probe = Probe { kind: Agreement::Verb, distance: 1, prefix: "The foxes ".into(), right: "were".into(), wrong: "is".into() };
        let pair = Pair::new(&Tokenizer::bytes(), &probe, 7);
        let shown = pair.words.each_ref().map(|tokens| Tokenizer::bytes().decode(tokens));
        assert_eq!((shown, pair.shared), (["xes were", "xes is"].map(String::from), 4));
    }

    #[test]
    fn an_ending_is_right_if_it_is_likelier_than_none() {
        let pair = pair("runs", "run");
        let losses = |ending: &[f32]| [&[1.0; 11][..], ending].concat();
        assert_eq!(pair.verdict(&losses(&[0.5]), &losses(&[])), 1.0);
        assert_eq!(pair.verdict(&losses(&[1.5]), &losses(&[])), 0.0);
    }
}
