//! Training: expectation maximisation after Baum, Petrie, Soules & Weiss (1970).

use std::ops::Range;

use super::matrix::{Matrix, padded_length};
use super::trellis::Trellis;
use super::{Hmm, normalize, sentence_from};
use crate::BEGIN;

/// Tokens of a sentence that are held in memory at once. Longer ones go forward twice.
const BLOCK: usize = 1024;

/// Parameters below it become zero, before their products are too small for fast arithmetic.
const LEAST: f64 = 1e-100;

/// A whole pass over the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iteration {
    /// From 1.
    pub number: u32,
    /// Tokens of the text that states emit: all but `<s>`.
    pub tokens: u64,
    /// ln p(text) under the model as it was before this iteration changed it.
    pub log_likelihood: f64,
}

impl Iteration {
    /// In nats.
    pub fn per_token(&self) -> f64 {
        self.log_likelihood / self.tokens as f64
    }
}

/// Trains a model on a text, a slice of time after the other.
pub struct BaumWelch<Text> {
    hmm: Hmm,
    text: Text,
    pseudo_count: f64,
    forward: Matrix,
    backward: Matrix,
    trellis: Trellis,
    /// Expected numbers of tokens: [K] at the start of a sentence, [V, K] by what they are.
    starts: Vec<f64>,
    emissions: Vec<f64>,
    /// [K, K] padded: expected numbers of steps, but for the factor that is the step's probability.
    steps: Vec<f64>,
    log_likelihood: f64,
    number: u32,
    tokens: u64,
    sentence: Range<usize>,
    /// The belief before each block of the sentence, up to the current one.
    before: Vec<Vec<f64>>,
    /// What the trellis told of the block after the current one, once the way back has begun.
    after: Option<Vec<f64>>,
}

impl<Text: AsRef<[u32]>> BaumWelch<Text> {
    /// `pseudo_count` is added to the expected count of every token in every state, so that none becomes impossible
    /// (the mode under a Dirichlet prior); 0 is the maximum of likelihood. Refuses a text without tokens.
    pub fn new(hmm: Hmm, text: Text, pseudo_count: f64) -> Result<Self, String> {
        let tokens = text.as_ref().iter().filter(|&&token| token != BEGIN).count() as u64;
        let Some(sentence) = sentence_from(text.as_ref(), 0) else {
            return Err("The text has no word to train a hidden Markov model on: give more text.".into());
        };
        let (forward, backward) = hmm.matrices();
        Ok(Self {
            pseudo_count: pseudo_count.max(0.0),
            trellis: Trellis::new(hmm.states),
            starts: vec![0.0; hmm.states],
            emissions: vec![0.0; hmm.emission.len()],
            steps: vec![0.0; padded_length(hmm.states).pow(2)],
            log_likelihood: 0.0,
            number: 0,
            tokens,
            sentence,
            before: vec![forward.padded(&hmm.start)],
            after: None,
            hmm,
            text,
            forward,
            backward,
        })
    }

    /// Goes on until `go_on`, asked after every thousand tokens or so, says no, or to the end of an iteration.
    pub fn advance(&mut self, mut go_on: impl FnMut() -> bool) -> Option<Iteration> {
        let mut done = 0;
        loop {
            done += self.advance_block();
            if self.before.is_empty() {
                match sentence_from(self.text.as_ref(), self.sentence.end) {
                    Some(sentence) => self.begin(sentence),
                    None => return Some(self.maximize()),
                }
            }
            if done >= BLOCK {
                if !go_on() {
                    return None;
                }
                done = 0;
            }
        }
    }

    /// Share of the current iteration that is done.
    pub fn progress(&self) -> f64 {
        self.sentence.start as f64 / self.text.as_ref().len() as f64
    }

    /// The model after the last whole iteration.
    pub fn hmm(&self) -> &Hmm {
        &self.hmm
    }

    pub fn into_hmm(self) -> Hmm {
        self.hmm
    }

    fn begin(&mut self, sentence: Range<usize>) {
        self.sentence = sentence;
        self.before.push(self.forward.padded(&self.hmm.start));
        self.after = None;
    }

    /// Takes a block of the sentence forward, or backward, or both if it is the last, and returns its tokens.
    fn advance_block(&mut self) -> usize {
        let Some(mut belief) = self.before.pop() else { return 0 };
        let first = self.sentence.start + self.before.len() * BLOCK;
        let end = self.sentence.end.min(first + BLOCK);
        let tokens = &self.text.as_ref()[first..end];
        let kept = belief.clone();
        let log_likelihood = self.trellis.forward(&self.hmm, &self.forward, tokens, &mut belief);
        if self.after.is_none() {
            self.log_likelihood += log_likelihood;
            if end < self.sentence.end {
                self.before.extend([kept, belief]);
                return tokens.len();
            }
        }
        let states = self.hmm.states;
        let (starts, emissions) = (&mut self.starts, &mut self.emissions);
        let is_start = self.before.is_empty();
        let after = self.trellis.backward(&self.hmm, &self.backward, tokens, self.after.as_deref(), |index, given| {
            let row = super::known(tokens[index], self.hmm.vocab) * states;
            add(&mut emissions[row..][..states], given);
            if is_start && index == 0 {
                add(starts, given);
            }
        });
        self.after = Some(after.to_vec());
        self.trellis.add_transitions(tokens.len(), &mut self.steps);
        tokens.len()
    }

    /// Makes the expected counts the model's parameters. A distribution without any count stays as it is.
    fn maximize(&mut self) -> Iteration {
        let (states, length) = (self.hmm.states, padded_length(self.hmm.states));
        replace(&mut self.hmm.start, &self.starts);
        for (row, steps) in self.hmm.transition.chunks_exact_mut(states).zip(self.steps.chunks_exact(length)) {
            let counts: Vec<f64> = row.iter().zip(steps).map(|(p, steps)| p * steps).collect();
            replace(row, &counts);
        }
        let mut sums = vec![0.0; states];
        for (token, counts) in self.emissions.chunks_exact_mut(states).enumerate() {
            if token != BEGIN as usize {
                counts.iter_mut().for_each(|count| *count += self.pseudo_count);
            }
            add(&mut sums, counts);
        }
        for (row, counts) in self.hmm.emission.chunks_exact_mut(states).zip(self.emissions.chunks_exact(states)) {
            for ((p, count), sum) in row.iter_mut().zip(counts).zip(&sums) {
                if *sum > 0.0 {
                    *p = without_dust(count / sum);
                }
            }
        }
        self.number += 1;
        let iteration = Iteration { number: self.number, tokens: self.tokens, log_likelihood: self.log_likelihood };
        self.starts.fill(0.0);
        self.emissions.fill(0.0);
        self.steps.fill(0.0);
        self.log_likelihood = 0.0;
        (self.forward, self.backward) = self.hmm.matrices();
        if let Some(sentence) = sentence_from(self.text.as_ref(), 0) {
            self.begin(sentence);
        }
        iteration
    }
}

fn add(sums: &mut [f64], values: &[f64]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

fn replace(row: &mut [f64], counts: &[f64]) {
    if counts.iter().sum::<f64>() > 0.0 {
        row.copy_from_slice(counts);
        normalize(row);
        row.iter_mut().for_each(|p| *p = without_dust(*p));
    }
}

fn without_dust(p: f64) -> f64 {
    if p < LEAST { 0.0 } else { p }
}
