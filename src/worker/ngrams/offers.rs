//! What a figure offers to begin with, from the text itself.

use seven_steps_markov::{Counts, END, Predictor};

use super::lexicon::{Appender, Lexicon};
use super::table::best;
use crate::protocol::ngrams::Unit;

/// Beginnings that are offered if the text has them.
const FAMOUS: [&str; 2] = ["The quick brown", "The capital of"];
/// Contexts offered besides.
const CONTEXTS: usize = 6;

/// Contexts to click on: famous ones, and of the frequent pairs of words those that go on in most ways.
pub fn contexts(lexicon: &Lexicon, counts: &Counts) -> Vec<String> {
    const FREQUENT: usize = 150;
    let is_word = |id: &u32| {
        *id >= Lexicon::FIRST && lexicon.bytes(*id).iter().all(|byte| *byte == b' ' || byte.is_ascii_alphabetic() || *byte >= 0x80)
    };
    let mut found: Vec<String> = Vec::new();
    if lexicon.unit() == Unit::Word {
        let ids = |text: &str| lexicon.cut(text).into_iter().map(|cut| cut.id).collect::<Vec<u32>>();
        found.extend(FAMOUS.iter().filter(|text| counts.count(&ids(text)) > 0).map(|text| (*text).to_owned()));
    }
    // Sorted as single numbers: of the ways to go on, and of the tokens.
    let mut pairs = Vec::new();
    for first in (Lexicon::FIRST..lexicon.len().min(FREQUENT) as u32).filter(is_word) {
        let mut seconds: Vec<u64> = counts.followers(&[first]).map(|(id, count)| count << 32 | u64::from(id)).collect();
        seconds.sort_unstable();
        for second in seconds.into_iter().rev().map(|key| key as u32).filter(is_word).take(3) {
            pairs.push((counts.followers(&[first, second]).len() as u64) << 40 | u64::from(first) << 32 | u64::from(second));
        }
    }
    pairs.sort_unstable();
    let mut used = Vec::new();
    for [first, second] in pairs.into_iter().rev().map(|key| [(key >> 32) as u32 & 0xFF, key as u32]) {
        // Each word once, for variety.
        if found.len() < CONTEXTS + FAMOUS.len() && !used.contains(&first) && !used.contains(&second) {
            used.extend([first, second]);
            let mut appender = Appender::new(lexicon);
            found.push([first, second].into_iter().map(|id| appender.push(lexicon, id, &lexicon.text(id))).collect());
        }
    }
    found
}

/// Contexts of a model without counts: how its sentences are likeliest to begin.
pub fn likely(lexicon: &Lexicon, model: &dyn Predictor) -> Vec<String> {
    let first = best(&model.distribution_in(model.start()), CONTEXTS);
    let begun = first.into_iter().filter(|id| *id != END).map(|first| {
        let second = best(&model.distribution_in(model.push(model.start(), first)), 1);
        let mut appender = Appender::new(lexicon);
        let ids = [first].into_iter().chain(second).filter(|id| *id != END);
        ids.map(|id| appender.push(lexicon, id, &lexicon.text(id))).collect()
    });
    begun.collect()
}

/// A held-out line of some words, to score.
pub fn sentence(texts: &[&str]) -> String {
    let lines = || texts.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty());
    let is_fit = |line: &&str| {
        (6..=16).contains(&line.split_whitespace().count()) && line.ends_with('.') && !line.contains(|letter: char| letter.is_ascii_digit())
    };
    let found = lines().find(is_fit).or_else(|| lines().next()).unwrap_or_default();
    found[..found.floor_char_boundary(200)].to_owned()
}
