//! Counting by sorting, without a comparison.
//!
//! The places where n-grams begin are kept sorted by these n-grams. Taken in this order and each moved one token to the left,
//! they fall into buckets by the token found there, and stand sorted by the n-grams that are one longer. Neighbours that share
//! their first n − 1 tokens and their last n − 1 are one n-gram. So every order takes two passes over the text, whatever it is.

use super::Counts;
use crate::trie::{BEGIN, END, Level, MOST_ORDER, Trie};

/// Places done in one [`Builder::advance`]: a few milliseconds.
const SLICE: usize = 1 << 17;

/// Counts in slices.
pub struct Builder {
    /// The text with `<s>` before each sentence.
    text: Vec<u32>,
    /// Where each sentence's `</s>` is.
    ends: Vec<u32>,
    /// How many n-grams of the order in work begin with each token.
    firsts: Vec<u32>,
    /// Where n-grams of the order before, and of the order in work, begin, sorted by these.
    shorter: Vec<u32>,
    sorted: Vec<u32>,
    /// Where the next place that begins with a token goes.
    cursors: Vec<u32>,
    /// The node of the n-gram of the order before, and of the order in work, that begins at each place.
    nodes: Vec<u32>,
    longer: Vec<u32>,
    most: usize,
    /// The order in work.
    order: usize,
    pass: Pass,
    at: usize,
    counts: Counts,
}

#[derive(Clone, Copy, PartialEq)]
enum Pass {
    Sort,
    Name,
    Done,
}

/// Bytes that a [`Builder`] and what it returns take at most, together, for `tokens` tokens in `sentences` sentences.
pub fn estimate_bytes(tokens: usize, sentences: usize, vocabulary: usize, order: usize) -> usize {
    let places = tokens + sentences;
    let building = 4 * (5 * places + sentences + 2 * vocabulary);
    let level = |order_of: usize| if order_of == order { 8 } else { 20 } * places;
    building + 20 * vocabulary + (2..=order).map(level).sum::<usize>()
}

impl Builder {
    /// Begins to count n-grams of orders 1 to `order` in `text`, whose sentences end in [`END`]. Tokens are below `vocabulary`,
    /// and none is [`BEGIN`].
    pub fn new(text: &[u32], vocabulary: usize, order: usize) -> Result<Self, String> {
        if text.is_empty() {
            return Err("The text has no words to count: give a longer one.".into());
        }
        if !(1..=MOST_ORDER).contains(&order) {
            return Err(format!("N-grams of order {order} cannot be counted: choose N from 1 to {MOST_ORDER}."));
        }
        if let Some(token) = text.iter().find(|&&token| token as usize >= vocabulary || token == BEGIN) {
            return Err(format!("The text has token {token}, which is no word of a vocabulary of {vocabulary}."));
        }
        let sentences = text.iter().filter(|&&token| token == END).count() + usize::from(text.last() != Some(&END));
        if text.len() + sentences + 1 >= u32::MAX as usize {
            return Err("The text has more than four billion words: give a shorter one.".into());
        }
        let mut builder = Self::empty(text.len(), sentences, vocabulary, order);
        builder.pad(text);
        Ok(builder)
    }

    fn empty(tokens: usize, sentences: usize, vocabulary: usize, most: usize) -> Self {
        let words = (0..vocabulary as u32).collect();
        let trie = Trie { levels: vec![Level { words, ..Level::default() }] };
        Self {
            text: Vec::with_capacity(tokens + sentences + 1),
            ends: Vec::with_capacity(sentences),
            firsts: vec![0; vocabulary],
            shorter: Vec::new(),
            sorted: Vec::new(),
            cursors: Vec::new(),
            nodes: Vec::new(),
            longer: Vec::new(),
            most,
            order: 1,
            pass: Pass::Done,
            at: 0,
            counts: Counts { trie, raw: Vec::new(), continuation: Vec::new(), tokens: 0, kinds: 0 },
        }
    }

    /// Takes the text in and counts its tokens, which are the n-grams of order 1.
    fn pad(&mut self, text: &[u32]) {
        for sentence in text.split_inclusive(|&token| token == END) {
            self.text.push(BEGIN);
            self.text.extend_from_slice(sentence);
            if sentence.last() != Some(&END) {
                self.text.push(END);
            }
            self.ends.push(self.text.len() as u32 - 1);
        }
        for &token in &self.text {
            self.firsts[token as usize] += 1;
        }
        self.counts.tokens = (self.text.len() - self.ends.len()) as u64;
        self.counts.kinds = self.firsts.iter().filter(|&&count| count > 0).count() - 1;
        self.counts.raw.push(self.firsts.clone());
        if self.most > 1 {
            self.nodes = self.text.clone();
            self.longer = vec![0; self.text.len()];
            self.shorter = (0..self.text.len() as u32).collect();
            self.begin_order();
        }
    }

    /// Does a part of the work; whether some is left.
    pub fn advance(&mut self) -> bool {
        match self.pass {
            Pass::Sort => self.sort(),
            Pass::Name => self.name(),
            Pass::Done => {}
        }
        self.pass != Pass::Done
    }

    /// The share of the work that is done.
    pub fn fraction(&self) -> f32 {
        if self.pass == Pass::Done {
            return 1.0;
        }
        let passes = (2 * self.most - 1) as f32;
        let of_pass = self.at as f32 / self.text.len() as f32;
        let before = if self.order == 1 { 0 } else { 2 * self.order - 3 + usize::from(self.pass == Pass::Name) };
        (before as f32 + of_pass) / passes
    }

    /// Does what is left and returns the counts.
    pub fn finish(mut self) -> Counts {
        while self.advance() {}
        self.counts
    }

    /// Bytes held while building.
    pub fn bytes(&self) -> usize {
        let own = [&self.text, &self.ends, &self.firsts, &self.shorter, &self.sorted, &self.cursors, &self.nodes, &self.longer];
        self.counts.bytes() + 4 * own.iter().map(|part| part.capacity()).sum::<usize>()
    }

    /// Makes room for the places of the order in work, bucket after bucket.
    fn begin_order(&mut self) {
        self.cursors.clear();
        let mut start = 0;
        for &count in &self.firsts {
            self.cursors.push(start);
            start += count;
        }
        self.sorted.resize(start as usize, 0);
        self.pass = Pass::Sort;
        self.at = 0;
    }

    fn sort(&mut self) {
        let to = self.shorter.len().min(self.at + SLICE);
        // Places come sorted by what begins there; of order 1, by nothing yet, and they stay where they are.
        let left = u32::from(self.order > 1);
        for &place in &self.shorter[self.at..to] {
            if left == 1 && self.text[place as usize] == BEGIN {
                continue;
            }
            let cursor = &mut self.cursors[self.text[(place - left) as usize] as usize];
            self.sorted[*cursor as usize] = place - left;
            *cursor += 1;
        }
        self.at = to;
        if to == self.shorter.len() {
            if self.order == 1 {
                self.end_order();
            } else {
                self.begin_names();
            }
        }
    }

    fn begin_names(&mut self) {
        self.counts.trie.levels.push(Level::default());
        self.counts.raw.push(Vec::new());
        self.counts.continuation.push(vec![0; self.counts.trie.levels[self.order - 2].words.len()]);
        self.pass = Pass::Name;
        self.at = 0;
    }

    /// Gives each different n-gram its node, and tells its places of it.
    fn name(&mut self) {
        let to = self.sorted.len().min(self.at + SLICE);
        let order = self.order;
        let last = order == self.most;
        let (before, level) = self.counts.trie.levels.split_at_mut(order - 1);
        let (parents, level) = (&mut before[order - 2].children, &mut level[0]);
        let (raw, ways) = (&mut self.counts.raw[order - 1], &mut self.counts.continuation[order - 2]);
        let key = |place: usize| (self.nodes[place], self.nodes[place + 1]);
        let mut previous = if self.at > 0 { key(self.sorted[self.at - 1] as usize) } else { (u32::MAX, u32::MAX) };
        for &place in &self.sorted[self.at..to] {
            let place = place as usize;
            let (parent, suffix) = key(place);
            if (parent, suffix) != previous {
                previous = (parent, suffix);
                parents.resize(parents.len().max(parent as usize + 1), raw.len() as u32);
                level.words.push(self.text[place + order - 1]);
                ways[suffix as usize] += 1;
                raw.push(0);
                if !last {
                    level.suffixes.push(suffix);
                }
            }
            let node = raw.len() - 1;
            raw[node] += 1;
            if !last {
                self.longer[place] = node as u32;
            }
        }
        self.at = to;
        if to == self.sorted.len() {
            self.end_names();
            self.end_order();
        }
    }

    fn end_names(&mut self) {
        let order = self.order;
        let total = self.counts.raw[order - 1].len() as u32;
        let before = &mut self.counts.trie.levels[order - 2];
        before.children.resize(before.words.len() + 1, total);
        before.children.shrink_to_fit();
        let level = &mut self.counts.trie.levels[order - 1];
        level.words.shrink_to_fit();
        level.suffixes.shrink_to_fit();
        self.counts.raw[order - 1].shrink_to_fit();
        if order > 2 {
            let begun = self.begun(order - 1);
            self.counts.continuation[order - 2][begun.clone()].copy_from_slice(&self.counts.raw[order - 2][begun]);
        }
        std::mem::swap(&mut self.nodes, &mut self.longer);
    }

    /// The n-grams of this order that begin with `<s>`.
    fn begun(&self, order: usize) -> std::ops::Range<usize> {
        let begin = BEGIN as usize..BEGIN as usize + 1;
        self.counts.trie.levels[..order - 1]
            .iter()
            .fold(begin, |range, level| level.children[range.start] as usize..level.children[range.end] as usize)
    }

    /// Goes over to n-grams one longer: of each sentence that is long enough, one place less.
    fn end_order(&mut self) {
        if self.order == self.most {
            self.pass = Pass::Done;
            let built = [&mut self.text, &mut self.shorter, &mut self.sorted, &mut self.nodes, &mut self.longer];
            built.into_iter().for_each(|part| *part = Vec::new());
            return;
        }
        std::mem::swap(&mut self.shorter, &mut self.sorted);
        let mut start = 0;
        for &end in &self.ends {
            if let Some(place) = (end + 1).checked_sub(self.order as u32).filter(|&place| place >= start) {
                self.firsts[self.text[place as usize] as usize] -= 1;
            }
            start = end + 1;
        }
        self.order += 1;
        self.begin_order();
    }
}
