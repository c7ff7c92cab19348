//! N-grams of orders 1 to M as a trie in sorted arrays: an n-gram's node hangs below its first n − 1 tokens, and a link leads
//! from it to its last n − 1.

use std::ops::Range;

/// What stands for every token outside the vocabulary.
pub const UNKNOWN: u32 = 0;
/// `<s>`: what a sentence's first tokens follow. It is given, never predicted.
pub const BEGIN: u32 = 1;
/// `</s>`: the end of a sentence, predicted as any token is.
pub const END: u32 = 2;

/// The longest n-grams.
pub const MOST_ORDER: usize = 7;

/// The n-grams of one order, sorted by their tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// The last token of each; of order 1, node t is token t.
    pub words: Vec<u32>,
    /// Where the n-grams that go on from each begin in the next level, and where the last one's end; none in the last level.
    pub children: Vec<u32>,
    /// The n-gram without its first token, or [`NONE`] where the level before lacks it; not kept in the first and last level.
    pub suffixes: Vec<u32>,
}

/// No such n-gram.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
pub struct Trie {
    pub(crate) levels: Vec<Level>,
}

/// An n-gram of the trie; the empty one, of order 0, is the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub(crate) order: usize,
    pub(crate) index: usize,
}

pub(crate) const ROOT: Node = Node { order: 0, index: 0 };

/// What a model sees of the tokens before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The longest end of the context that tells anything of what comes after it.
    pub(crate) node: Node,
    /// Tokens that the model would look at, had it seen them: back to `<s>`, and at most N − 1.
    pub(crate) window: usize,
}

impl State {
    /// Tokens of the context that were seen together, and followed by something.
    pub fn matched(&self) -> usize {
        self.node.order
    }

    /// Tokens of the context within the model's sight: N − 1, or fewer after `<s>`.
    pub fn window(&self) -> usize {
        self.window
    }
}

impl Trie {
    pub(crate) fn order(&self) -> usize {
        self.levels.len()
    }

    pub(crate) fn vocabulary(&self) -> usize {
        self.levels[0].words.len()
    }

    /// Where the n-grams that go on from `node` stand in the next level.
    pub(crate) fn followers(&self, node: Node) -> Range<usize> {
        if node.order == 0 {
            return 0..self.vocabulary();
        }
        match self.levels[node.order - 1].children.get(node.index..node.index + 2) {
            Some(ends) => ends[0] as usize..ends[1] as usize,
            None => 0..0,
        }
    }

    pub(crate) fn child(&self, node: Node, token: u32) -> Option<Node> {
        if node.order == 0 {
            return Some(Node { order: 1, index: token as usize });
        }
        let range = self.followers(node);
        let words = &self.levels.get(node.order)?.words[range.clone()];
        let at = words.binary_search(&token).ok()?;
        Some(Node { order: node.order + 1, index: range.start + at })
    }

    /// The longest end of `node` without its first token; below the last level.
    pub(crate) fn suffix(&self, node: Node) -> Node {
        if node.order <= 1 {
            return ROOT;
        }
        match self.levels[node.order - 1].suffixes[node.index] {
            NONE => self.longest(&self.tokens(node)[1..]),
            index => Node { order: node.order - 1, index: index as usize },
        }
    }

    /// The n-gram `child` = (`parent`, `token`) without its first token: kept, or looked up.
    pub(crate) fn suffix_of_child(&self, parent: Node, child: Node, token: u32) -> Option<Node> {
        if child.order == 1 {
            return None;
        }
        match self.levels[child.order - 1].suffixes.get(child.index) {
            Some(&NONE) => None,
            Some(&index) => Some(Node { order: child.order - 1, index: index as usize }),
            None => {
                let shorter = self.suffix(parent);
                (shorter.order + 1 == parent.order).then(|| self.child(shorter, token)).flatten()
            }
        }
    }

    /// The node of the longest end of `tokens` that the trie has.
    fn longest(&self, tokens: &[u32]) -> Node {
        (0..tokens.len()).find_map(|first| self.find(&tokens[first..])).unwrap_or(ROOT)
    }

    /// The node of exactly these tokens.
    pub(crate) fn find(&self, tokens: &[u32]) -> Option<Node> {
        let known = |&token: &u32| (token as usize) < self.vocabulary();
        tokens.iter().try_fold(ROOT, |node, token| known(token).then(|| self.child(node, *token)).flatten())
    }

    /// The tokens of a node, from the first.
    fn tokens(&self, node: Node) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(node.order);
        let mut index = node.index;
        for order in (1..=node.order).rev() {
            tokens.push(self.levels[order - 1].words[index]);
            if order > 1 {
                index = self.levels[order - 2].children.partition_point(|&start| start as usize <= index) - 1;
            }
        }
        tokens.reverse();
        tokens
    }

    /// The state after one more token, in which contexts count that `tells` says tell anything.
    pub(crate) fn push(&self, state: State, token: u32, order: usize, tells: impl Fn(Node) -> bool) -> State {
        let token = self.known(token);
        let mut context = state.node;
        loop {
            if let Some(found) = self.child(context, token) {
                return self.after(state, context, found, token, order, tells);
            }
            context = self.suffix(context);
        }
    }

    /// The state after `token`, of which `found` = (`context`, `token`) is the longest n-gram seen.
    pub(crate) fn after(&self, state: State, context: Node, found: Node, token: u32, order: usize, tells: impl Fn(Node) -> bool) -> State {
        let mut node = found;
        if node.order == order {
            node = self.suffix_of_child(context, found, token).unwrap_or_else(|| self.end_of(context, token));
        }
        while node.order > 0 && !tells(node) {
            node = self.suffix(node);
        }
        let window = if token == BEGIN { 1 } else { state.window + 1 };
        State { node, window: window.min(order - 1) }
    }

    /// The longest n-gram that ends in `token` and begins within `context` after its first token.
    fn end_of(&self, context: Node, token: u32) -> Node {
        let mut context = context;
        while context.order > 0 {
            context = self.suffix(context);
            if let Some(found) = self.child(context, token) {
                return found;
            }
        }
        ROOT
    }

    /// The token itself, or `<unk>` if it is outside the vocabulary.
    pub(crate) fn known(&self, token: u32) -> u32 {
        if (token as usize) < self.vocabulary() { token } else { UNKNOWN }
    }

    pub(crate) fn bytes(&self) -> usize {
        let words = |level: &Level| level.words.capacity() + level.children.capacity() + level.suffixes.capacity();
        4 * self.levels.iter().map(words).sum::<usize>()
    }
}
