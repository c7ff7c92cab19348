//! Models over counts: how each method of smoothing shares probability out.
//!
//! With h a context, h' the context without its first token, c a count and c(h•) the total of what follows h:
//!
//! | method | p(w given h) |
//! |---|---|
//! | maximum likelihood | c(hw) / c(h•) |
//! | add-k | (c(hw) + k) / (c(h•) + k·V) |
//! | Jelinek & Mercer 1980 | λ(h)·c(hw) / c(h•) + (1 − λ(h))·p(w given h') |
//! | Katz 1987 | d(c(hw))·c(hw) / c(h•) if hw was seen, else α(h)·p(w given h') |
//! | Witten & Bell 1991 | (c(hw) + N1+(h•)·p(w given h')) / (c(h•) + N1+(h•)) |
//! | Kneser & Ney 1995 | (a(hw) − D(a(hw)) + Σ D(a(h•))·p(w given h')) / a(h•) |
//!
//! The last in the interpolated form of Chen & Goodman 1999; a is c at the model's own order and N1+(•w) below, and D is one
//! number an order, or three for counts of 1, 2 and more (modified). All but the first two end in the uniform distribution over
//! the V tokens that can be predicted: all but `<s>`.

use std::sync::Arc;

use crate::counts::Counts;
use crate::predict::{Predictor, Score};
use crate::trie::{BEGIN, MOST_ORDER, Node, State, Trie};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Smoothing {
    MaximumLikelihood,
    AddK(f64),
    JelinekMercer,
    Katz,
    WittenBell,
    KneserNey,
    ModifiedKneserNey,
}

/// A model of order N over counts of order M ≥ N; made by [`crate::fit::Fit`].
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) counts: Arc<Counts>,
    pub(crate) order: usize,
    pub(crate) smoothing: Smoothing,
    pub(crate) parameters: Parameters,
}

/// What was fitted, each for n-grams of orders 1 to N, or for contexts of orders 0 to N − 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    /// D of a count of 1, of 2 and of more (Kneser & Ney).
    pub discounts: Vec<[f64; 3]>,
    /// d of counts from 0 up (Katz); those not listed are 1.
    pub ratios: Vec<[f64; GOOD_TURING + 1]>,
    /// λ by the size of c(h•) in bits (Jelinek & Mercer).
    pub weights: Vec<[f64; SIZES]>,
    /// What each context leaves to the shorter one (Kneser & Ney, Katz).
    pub left: Vec<Vec<f32>>,
    /// What each context divides by (Kneser & Ney below the highest order, Katz).
    pub totals: Vec<Vec<f32>>,
}

/// The highest count that Katz discounts.
pub(crate) const GOOD_TURING: usize = 5;
/// Contexts of Jelinek & Mercer share a weight if c(h•) has as many bits.
pub(crate) const SIZES: usize = 33;

/// The size in bits of the count of a context.
pub(crate) fn size_of(count: u64) -> usize {
    (64 - count.leading_zeros() as usize).min(SIZES - 1)
}

impl Model {
    pub fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    pub fn smoothing(&self) -> Smoothing {
        self.smoothing
    }

    /// Memory held besides the counts.
    pub fn bytes(&self) -> usize {
        let parts = self.parameters.left.iter().chain(&self.parameters.totals);
        4 * parts.map(Vec::capacity).sum::<usize>()
    }

    /// The n-gram's own part of p(w given h): of `node`, which follows `context`.
    pub(crate) fn own(&self, context: Node, node: Node) -> f64 {
        if node.order == 1 && node.index == BEGIN as usize {
            return 0.0;
        }
        let level = node.order - 1;
        let count = f64::from(self.counts.raw[level][node.index]);
        let total = || self.counts.occurrences(context) as f64;
        match self.smoothing {
            Smoothing::MaximumLikelihood => count / total(),
            Smoothing::AddK(k) => count / (total() + k * self.uniform_over()),
            Smoothing::JelinekMercer => self.parameters.weights[level][size_of(self.counts.occurrences(context))] * count / total(),
            Smoothing::WittenBell => count / (total() + self.counts.kinds(context) as f64),
            Smoothing::Katz => {
                let ratio = self.parameters.ratios[level].get(count as usize).unwrap_or(&1.0);
                ratio * count / f64::from(self.parameters.totals[level][context.index])
            }
            Smoothing::KneserNey | Smoothing::ModifiedKneserNey => {
                let count = self.counts.adjusted(node.order, self.order)[node.index];
                if count == 0 {
                    return 0.0;
                }
                let total = self.parameters.totals.get(level).map_or_else(total, |totals| f64::from(totals[context.index]));
                (f64::from(count) - self.parameters.discounts[level][count.min(3) as usize - 1]) / total
            }
        }
    }

    /// The weight of the shorter context's probabilities in `context`'s.
    pub(crate) fn left(&self, context: Node) -> f64 {
        match self.smoothing {
            Smoothing::MaximumLikelihood => 0.0,
            Smoothing::AddK(k) => k * self.uniform_over() / (self.counts.occurrences(context) as f64 + k * self.uniform_over()),
            Smoothing::JelinekMercer => 1.0 - self.parameters.weights[context.order][size_of(self.counts.occurrences(context))],
            Smoothing::WittenBell => {
                let kinds = self.counts.kinds(context) as f64;
                kinds / (self.counts.occurrences(context) as f64 + kinds)
            }
            _ => f64::from(self.parameters.left[context.order][context.index]),
        }
    }

    /// Whether a context leaves only to what it has not seen (Katz), instead of to all.
    pub(crate) fn backs_off(&self) -> bool {
        self.smoothing == Smoothing::Katz
    }

    /// Whether only the whole context counts.
    fn undivided(&self) -> bool {
        matches!(self.smoothing, Smoothing::MaximumLikelihood | Smoothing::AddK(_))
    }

    /// V, of the uniform distribution: `<s>` is not predicted.
    fn uniform_over(&self) -> f64 {
        (self.counts.vocabulary() - 1) as f64
    }

    /// The contexts that a prediction takes part of, from the one seen down to the root, or as many as count.
    fn contexts(&self, state: State) -> ([Node; MOST_ORDER], usize) {
        let mut contexts = [state.node; MOST_ORDER];
        if self.undivided() {
            return (contexts, usize::from(state.node.order == state.window));
        }
        let many = state.node.order + 1;
        for at in 1..many {
            contexts[at] = self.counts.trie.suffix(contexts[at - 1]);
        }
        (contexts, many)
    }

    /// What is left to the uniform distribution if no context at all was seen.
    fn floor(&self) -> f64 {
        if self.smoothing == Smoothing::MaximumLikelihood { 0.0 } else { 1.0 / self.uniform_over() }
    }
}

impl Predictor for Model {
    fn order(&self) -> usize {
        self.order
    }

    fn trie(&self) -> &Trie {
        &self.counts.trie
    }

    fn score(&self, state: State, token: u32) -> (Score, State) {
        let trie = &self.counts.trie;
        let token = trie.known(token);
        let (contexts, many) = self.contexts(state);
        // The longest n-gram seen, among the contexts' or, if only the whole one counts, below it.
        let mut context = state.node;
        let mut found = trie.child(context, token);
        while found.is_none() && context.order > 0 {
            context = trie.suffix(context);
            found = trie.child(context, token);
        }
        let longest = found.unwrap_or(Node { order: 1, index: token as usize });
        let next = trie.after(state, context, longest, token, self.order, |context| self.tells(context));
        let mut nodes = [None; MOST_ORDER + 1];
        let (mut node, mut from) = (Some(longest), context);
        while let Some(known) = node.filter(|node| node.order > 0) {
            nodes[known.order] = node;
            node = trie.suffix_of_child(from, known, token);
            from = trie.suffix(from);
        }
        let mut probability = self.floor();
        for &context in contexts[..many].iter().rev() {
            let own = nodes[context.order + 1].map_or(0.0, |node| self.own(context, node));
            probability = if self.backs_off() && own > 0.0 { own } else { own + self.left(context) * probability };
        }
        let probability = if token == BEGIN { 0.0 } else { probability };
        let order = if longest.order == 1 && self.counts.raw[0][longest.index] == 0 { 0 } else { longest.order };
        (Score { probability, order }, next)
    }

    fn distribution_in(&self, state: State) -> Vec<f64> {
        let (contexts, many) = self.contexts(state);
        let mut probabilities = vec![self.floor(); self.counts.vocabulary()];
        for &context in contexts[..many].iter().rev() {
            let left = self.left(context);
            probabilities.iter_mut().for_each(|probability| *probability *= left);
            let words = &self.counts.trie.levels[context.order].words;
            for index in self.counts.trie.followers(context) {
                let own = self.own(context, Node { order: context.order + 1, index });
                let probability = &mut probabilities[words[index] as usize];
                *probability = if self.backs_off() && own > 0.0 { own } else { own + *probability };
            }
        }
        probabilities[BEGIN as usize] = 0.0;
        probabilities
    }
}
