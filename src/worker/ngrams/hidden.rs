//! Hidden Markov models: training, and the states behind a text.

use seven_steps_markov::hmm::{BaumWelch, Hmm, MAX_STATES};

use super::compare::held_out_hidden;
use super::lexicon::{Appender, Cut};
use super::pace::Pace;
use super::stand::{Data, Stand};
use super::{END, UNKNOWN};
use crate::protocol::ngrams::{Answer, Follower, States, Tagged};
use crate::rng;

/// Tokens of the training text that are trained on at most: more of them change the states little, and an iteration stays short.
const MOST_TOKENS: usize = 100_000;
/// Tokens that are told apart at most; rarer ones are unknown words.
const MOST_VOCABULARY: usize = 20_000;
/// Held-out tokens that it is measured on after each iteration, at most.
const MOST_HELD_OUT: usize = 20_000;
const MOST_ITERATIONS: u32 = 500;
/// Added to the expected count of each token in each state, so that none is impossible in the held-out text.
const PSEUDO_COUNT: f64 = 0.01;
/// Likeliest words of a state.
const WORDS: usize = 12;

/// Trains a model of `states` states. After each iteration it says how far it is, and hands the model over.
pub async fn train(
    stand: &Stand,
    data: &Data,
    [states, iterations, seed]: [u32; 3],
    keep: &dyn Fn(Hmm),
    say: &dyn Fn(Answer),
) -> Result<(), String> {
    if !(1..=MAX_STATES as u32).contains(&states) || !(1..=MOST_ITERATIONS).contains(&iterations) {
        return Err(format!(
            "A hidden Markov model here has 1 to {MAX_STATES} states and 1 to {MOST_ITERATIONS} iterations: choose within these."
        ));
    }
    let most = &data.train[..data.train.len().min(MOST_TOKENS)];
    let end = most.iter().rposition(|token| *token == END).map_or(most.len(), |end| end + 1);
    let vocabulary = stand.lexicon.len().min(MOST_VOCABULARY);
    let kept = |token: &u32| if (*token as usize) < vocabulary { *token } else { UNKNOWN };
    let tokens: Vec<u32> = most[..end].iter().map(kept).collect();
    let stream = rng::stream(seed, 0);
    let mut draws = 0;
    let mut draw = || {
        draws += 1;
        rng::uniform(stream, draws)
    };
    let hmm = Hmm::from_unigrams(states as usize, vocabulary, &tokens, &mut draw)?;
    let mut training = BaumWelch::new(hmm, tokens, PSEUDO_COUNT)?;
    let mut pace = Pace::new();
    for _ in 0..iterations {
        let iteration = loop {
            match training.advance(|| !pace.is_over()) {
                Some(iteration) => break iteration,
                None => pace.breathe().await,
            };
        };
        let bits_per_token = (-iteration.per_token() / std::f64::consts::LN_2) as f32;
        say(Answer::Iteration { iteration: iteration.number, bits_per_token });
        let hmm = training.hmm();
        keep(hmm.clone());
        let shares = hmm.shares();
        say(Answer::States(States {
            words: (0..states as usize).map(|state| words(stand, data, hmm, state, &shares)).collect(),
            shares: shares.iter().map(|share| *share as f32).collect(),
            transitions: hmm.transition().iter().map(|p| *p as f32).collect(),
            held_out: held_out_hidden(stand, data, hmm, MOST_HELD_OUT).await,
        }));
        pace.breathe().await;
    }
    Ok(())
}

/// The words that tell what a state stands for, with their probability in it.
fn words(stand: &Stand, data: &Data, hmm: &Hmm, state: usize, shares: &[f64]) -> Vec<Follower> {
    let best = hmm.top_words(state, WORDS, shares).into_iter().filter(|(token, _)| *token != UNKNOWN);
    best.map(|(token, p)| Follower { text: stand.lexicon.text(token), count: data.counts.count(&[token]), probability: p as f32 }).collect()
}

/// The likeliest states of each line of `text`.
pub fn tag(stand: &Stand, hmm: &Hmm, text: &str) -> Result<Vec<Tagged>, String> {
    let lexicon = &stand.lexicon;
    let mut appender = Appender::new(lexicon);
    let mut tagged = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let cuts = lexicon.cut(line);
        let ids: Vec<u32> = cuts.iter().map(|cut| cut.id).chain([END]).collect();
        let (states, _) = hmm.viterbi(&ids);
        let end = Cut { id: END, text: String::new() };
        let text = cuts.into_iter().chain([end]).map(|cut| appender.push(lexicon, cut.id, &cut.text));
        tagged.extend(text.zip(states).map(|(text, state)| Tagged { text, state }));
    }
    if tagged.is_empty() {
        return Err("There is no sentence to look at: type one.".into());
    }
    Ok(tagged)
}
