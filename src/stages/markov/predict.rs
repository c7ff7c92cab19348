//! What every n-gram model answers, and its measure on held-out text.

use crate::trie::{BEGIN, END, Node, ROOT, State, Trie, UNKNOWN};

/// What a model gives to a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    pub probability: f64,
    /// The order of the longest n-gram seen that ends in the token: 0 if not even the token was.
    pub order: usize,
}

/// A model that gives each token a probability after the tokens before it. What it saw of these is its [`State`], which it takes
/// from token to token.
pub trait Predictor {
    /// N: N − 1 tokens are looked at.
    fn order(&self) -> usize;

    #[doc(hidden)]
    fn trie(&self) -> &Trie;

    /// Whether a context tells anything of what comes after it.
    #[doc(hidden)]
    fn tells(&self, context: Node) -> bool {
        !self.trie().followers(context).is_empty()
    }

    /// What it gives to `token`, and the state after it.
    fn score(&self, state: State, token: u32) -> (Score, State);

    /// [V], of all tokens; they sum to 1, unless the model knows nothing of the context (maximum likelihood): then all are 0.
    fn distribution_in(&self, state: State) -> Vec<f64>;

    /// The state at the beginning of a sentence.
    fn start(&self) -> State {
        self.state(&[BEGIN])
    }

    /// The state after `context`, which begins with [`BEGIN`] if a sentence does there.
    fn state(&self, context: &[u32]) -> State {
        let seen = &context[context.len().saturating_sub(self.order() - 1)..];
        seen.iter().fold(State { node: ROOT, window: 0 }, |state, &token| self.push(state, token))
    }

    /// The state after one more token.
    fn push(&self, state: State, token: u32) -> State {
        self.trie().push(state, token, self.order(), |context| self.tells(context))
    }

    fn probability(&self, context: &[u32], token: u32) -> f64 {
        self.score(self.state(context), token).0.probability
    }

    fn distribution(&self, context: &[u32]) -> Vec<f64> {
        self.distribution_in(self.state(context))
    }
}

/// A model's measure on text, taken in slices.
///
/// How much a model keeps for `<unk>` is an accident of its method where all words of the text are in the vocabulary. So all
/// are given the same share for it, [`Counts::unknown_share`], and what they say of other tokens is scaled to the rest.
///
/// [`Counts::unknown_share`]: crate::Counts::unknown_share
#[derive(Clone, Debug)]
pub struct Evaluation {
    state: State,
    at: usize,
    unknown_share: f64,
    /// Tokens read, ends of sentences among them.
    pub tokens: u64,
    /// How many of them got no probability at all.
    pub impossible: u64,
    /// −log2 of the probability of all others together.
    pub bits: f64,
}

impl Evaluation {
    pub fn new(model: &(impl Predictor + ?Sized), unknown_share: f64) -> Self {
        Self { state: model.start(), at: 0, unknown_share, tokens: 0, impossible: 0, bits: 0.0 }
    }

    /// Reads up to `most` more tokens of `text`, whose sentences end in [`END`]; whether some are left.
    pub fn advance(&mut self, model: &(impl Predictor + ?Sized), text: &[u32], most: usize) -> bool {
        let to = text.len().min(self.at.saturating_add(most));
        for &token in &text[self.at..to] {
            let (score, next) = model.score(self.state, token);
            let probability = if model.trie().known(token) == UNKNOWN {
                self.unknown_share
            } else {
                let unknown = model.score(self.state, UNKNOWN).0.probability;
                score.probability * (1.0 - self.unknown_share) / (1.0 - unknown).max(f64::MIN_POSITIVE)
            };
            self.tokens += 1;
            if probability > 0.0 {
                self.bits -= probability.log2();
            } else {
                self.impossible += 1;
            }
            self.state = if token == END { model.start() } else { next };
        }
        self.at = to;
        to < text.len()
    }

    /// 2 to the power of the bits a token; infinite if a token got no probability, or if there is none.
    pub fn perplexity(&self) -> f64 {
        if self.impossible > 0 || self.tokens == 0 { f64::INFINITY } else { (self.bits / self.tokens as f64).exp2() }
    }
}
