//! How often every n-gram of orders 1 to M occurs, and in how many ways it was come by.
//!
//! One structure serves models of all orders up to M. Sentences are bounded as `lmplz` does (Heafield et al. 2013): one `<s>`
//! before each, so that an n-gram begins in `<s>` or nowhere crosses it.

mod build;
mod table;

pub use build::{Builder, estimate_bytes};

use crate::trie::{BEGIN, Node, State, Trie};

#[derive(Clone, Debug)]
pub struct Counts {
    pub(crate) trie: Trie,
    /// Occurrences of the n-grams of each order.
    pub(crate) raw: Vec<Vec<u32>>,
    /// Different tokens before each n-gram, N1+(•w), of orders 1 to M − 1. Nothing comes before an n-gram that begins with `<s>`,
    /// so its occurrences stand here; the lone `<s>` has none, since it is never predicted.
    pub(crate) continuation: Vec<Vec<u32>>,
    tokens: u64,
    kinds: usize,
}

impl Counts {
    /// M, the order of the longest n-grams counted.
    pub fn order(&self) -> usize {
        self.trie.order()
    }

    /// V: every token is below.
    pub fn vocabulary(&self) -> usize {
        self.trie.vocabulary()
    }

    /// Tokens counted, ends of sentences among them, `<s>` not.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    pub fn sentences(&self) -> u64 {
        u64::from(self.raw[0][BEGIN as usize])
    }

    /// The share of tokens that are new words, after Good and Turing: that of the words seen once (Good 1953).
    pub fn unknown_share(&self) -> f64 {
        let once = self.raw[0].iter().filter(|count| **count == 1).count();
        once.max(1) as f64 / (self.tokens + 1) as f64
    }

    /// Different n-grams of this order, 1 to M; of order 1, the tokens that occur.
    pub fn ngrams(&self, order: usize) -> usize {
        if order == 1 { self.kinds } else { self.raw[order - 1].len() }
    }

    /// Different sequences of n − 1 tokens that something follows, for n-grams of order n from 1 to M.
    pub fn contexts(&self, order: usize) -> usize {
        if order == 1 {
            return 1;
        }
        self.trie.levels[order - 2].children.windows(2).filter(|ends| ends[0] < ends[1]).count()
    }

    /// How often this n-gram occurs: 0 if it does not or is longer than M; the empty one as often as there are tokens.
    pub fn count(&self, ngram: &[u32]) -> u64 {
        self.trie.find(ngram).map_or(0, |node| self.occurrences(node))
    }

    /// In how many ways this n-gram of order 1 to M − 1 was come by: the number of different tokens before it.
    pub fn continuations(&self, ngram: &[u32]) -> u64 {
        let node = self.trie.find(ngram).filter(|node| (1..self.order()).contains(&node.order));
        node.map_or(0, |node| u64::from(self.continuation[node.order - 1][node.index]))
    }

    /// What follows the whole of `context`, of at most M − 1 tokens, and how often, in the order of the tokens.
    pub fn followers(&self, context: &[u32]) -> impl ExactSizeIterator<Item = (u32, u64)> {
        let found = self.trie.find(context).filter(|node| node.order < self.order());
        self.followers_of(found)
    }

    /// The same for what a model saw of the context.
    pub fn followers_in(&self, state: State) -> impl ExactSizeIterator<Item = (u32, u64)> {
        self.followers_of(Some(state.node))
    }

    fn followers_of(&self, node: Option<Node>) -> impl ExactSizeIterator<Item = (u32, u64)> {
        let range = node.map_or(0..0, |node| self.trie.followers(node));
        let level = node.map_or(0, |node| node.order);
        let (words, raw) = (&self.trie.levels[level].words, &self.raw[level]);
        range.map(move |index| (words[index], if words[index] == BEGIN { 0 } else { u64::from(raw[index]) }))
    }

    /// How often the part of the context that a model saw occurs.
    pub fn seen(&self, state: State) -> u64 {
        self.occurrences(state.node)
    }

    /// Memory held.
    pub fn bytes(&self) -> usize {
        let counts = self.raw.iter().chain(&self.continuation).map(Vec::capacity).sum::<usize>();
        self.trie.bytes() + 4 * counts
    }

    /// Occurrences of a node, which are those of all that follows it unless it ends in `</s>`.
    pub(crate) fn occurrences(&self, node: Node) -> u64 {
        if node.order == 0 { self.tokens } else { u64::from(self.raw[node.order - 1][node.index]) }
    }

    /// Different tokens that follow.
    pub(crate) fn kinds(&self, node: Node) -> usize {
        if node.order == 0 { self.kinds } else { self.trie.followers(node).len() }
    }

    /// The counts of order `order` that Kneser–Ney estimates a model of order `most` from.
    pub(crate) fn adjusted(&self, order: usize, most: usize) -> &[u32] {
        if order == most { &self.raw[order - 1] } else { &self.continuation[order - 1] }
    }
}
