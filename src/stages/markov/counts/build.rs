//! Counting by walking through the text once an order, left to right.
//!
//! Each place in the text knows the n-gram that begins there by a number. With the token that comes after it, the number is the
//! key under which a hash table knows the n-gram that is one longer; the n-gram without its first token is known to the next
//! place. What occurred once occurs once when it is longer, and need not be looked up. Then the n-grams, not the places, are
//! sorted: into buckets by what they go on from, and by their last token inside.

use super::Counts;
use super::table::Table;
use crate::trie::{BEGIN, END, Level, MOST_ORDER, NONE, Trie};

/// Places or n-grams done in one [`Builder::advance`]: a few milliseconds.
const SLICE: usize = 1 << 15;

/// Counts in slices.
pub struct Builder {
    /// The text with `<s>` before each sentence.
    text: Vec<u32>,
    /// The number of the n-gram that begins at each place, in order of appearance; [`NONE`] behind a sentence's last.
    numbers: Vec<u32>,
    /// How often each n-gram of the order before occurs, and where it stands among the sorted, by its number.
    seen: Vec<u32>,
    ranks: Vec<u32>,
    /// The n-grams of the order in work by their numbers, and a way to find them.
    found: Vec<Found>,
    table: Table,
    /// The same in the buckets of what they go on from.
    grouped: Vec<u32>,
    /// Where they stand among the sorted.
    next_ranks: Vec<u32>,
    most: usize,
    /// The order in work.
    order: usize,
    pass: Pass,
    at: usize,
    counts: Counts,
}

/// An n-gram by the numbers of its first n − 1 tokens and of its last n − 1.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub parent: u32,
    pub token: u32,
    suffix: u32,
    count: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Pass {
    Find,
    Count,
    Sum,
    Group,
    Sort,
    Done,
}

/// Passes of an order.
const PASSES: usize = Pass::Done as usize;

/// Bytes that a [`Builder`] and what it returns take at most, together, for `tokens` tokens in `sentences` sentences: as many as if
/// no two words stood together twice. A text in which many do takes a part of it.
///
/// In 64 bits, since it may be more than a machine of 32 can address.
pub fn estimate_bytes(tokens: usize, sentences: usize, vocabulary: usize, order: usize) -> u64 {
    let places = tokens as u64 + sentences as u64;
    let level = |of: usize| if of == order { 8 } else { 20 } * places;
    let in_work = (size_of::<Found>() * 5 / 4 + Table::BYTES + 4 * 4) as u64;
    28 * vocabulary as u64 + (8 + in_work) * places + (2..=order).map(level).sum::<u64>()
}

impl Builder {
    /// Begins to count n-grams of orders 1 to `order` in `text`, whose sentences end in [`END`]. Tokens are below `vocabulary`,
    /// and none is [`BEGIN`].
    ///
    /// # Errors
    /// An empty text, one that breaks these rules, and an order that cannot be counted.
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
        if text.len() + sentences >= NONE as usize {
            return Err("The text has more than four billion words: give a shorter one.".into());
        }
        let mut padded = Vec::with_capacity(text.len() + sentences + 1);
        for sentence in text.split_inclusive(|&token| token == END) {
            padded.push(BEGIN);
            padded.extend_from_slice(sentence);
        }
        if padded.last() != Some(&END) {
            padded.push(END);
        }
        let mut seen = vec![0; vocabulary];
        padded.iter().for_each(|&token| seen[token as usize] += 1);
        let words = (0..vocabulary as u32).collect();
        let counts = Counts {
            trie: Trie { levels: vec![Level { words, ..Level::default() }] },
            tokens: (padded.len() - sentences) as u64,
            kinds: seen.iter().filter(|&&count| count > 0).count() - 1,
            raw: vec![seen.clone()],
            continuation: Vec::new(),
        };
        let mut builder = Self {
            numbers: if order > 1 { padded.clone() } else { Vec::new() },
            text: padded,
            seen,
            ranks: (0..vocabulary as u32).collect(),
            found: Vec::new(),
            table: Table::default(),
            grouped: Vec::new(),
            next_ranks: Vec::new(),
            most: order,
            order: 1,
            pass: Pass::Done,
            at: 0,
            counts,
        };
        builder.begin_order();
        Ok(builder)
    }

    /// Does a part of the work; whether some is left.
    pub fn advance(&mut self) -> bool {
        let all = match self.pass {
            Pass::Find => self.text.len(),
            Pass::Count | Pass::Group => self.found.len(),
            Pass::Sum | Pass::Sort => self.seen.len(),
            Pass::Done => return false,
        };
        let (from, to) = (self.at, all.min(self.at + SLICE));
        match self.pass {
            Pass::Find => self.find(from, to),
            Pass::Count => self.count(from, to),
            Pass::Sum => self.sum(from, to),
            Pass::Group => self.group(from, to),
            _ => self.sort(from, to),
        }
        self.at = to;
        if to == all {
            self.end_pass();
        }
        self.pass != Pass::Done
    }

    /// The share of the work that is done.
    pub fn fraction(&self) -> f32 {
        let all = match self.pass {
            Pass::Find => self.text.len(),
            Pass::Count | Pass::Group => self.found.len(),
            Pass::Sum | Pass::Sort => self.seen.len(),
            Pass::Done => return 1.0,
        };
        let pass = self.pass as usize as f32 + self.at as f32 / all.max(1) as f32;
        ((self.order - 2) as f32 + pass / PASSES as f32) / (self.most - 1) as f32
    }

    /// Does what is left and returns the counts.
    pub fn finish(mut self) -> Counts {
        while self.advance() {}
        self.counts
    }

    /// Bytes held while building.
    pub fn bytes(&self) -> usize {
        let own = [&self.text, &self.numbers, &self.seen, &self.ranks, &self.grouped, &self.next_ranks];
        let found = size_of::<Found>() * self.found.capacity();
        self.counts.bytes() + found + self.table.bytes() + 4 * own.iter().map(|part| part.capacity()).sum::<usize>()
    }

    /// Goes on to n-grams one longer, or comes to the end.
    fn begin_order(&mut self) {
        if self.order == self.most {
            self.pass = Pass::Done;
            self.found = Vec::new();
            self.table = Table::default();
            let built = [&mut self.text, &mut self.numbers, &mut self.seen, &mut self.ranks, &mut self.grouped, &mut self.next_ranks];
            built.into_iter().for_each(|part| *part = Vec::new());
            return;
        }
        self.order += 1;
        self.pass = Pass::Find;
        self.at = 0;
        self.table.clear(self.seen.len());
        self.found.clear();
        self.counts.trie.levels.push(Level::default());
        self.counts.raw.push(Vec::new());
        self.counts.continuation.push(vec![0; self.seen.len()]);
    }

    fn end_pass(&mut self) {
        self.at = 0;
        let last = self.order == self.most;
        self.pass = match self.pass {
            Pass::Find => {
                // From now on n-grams begin behind the places' own bucket: see [`Self::sum`].
                self.counts.trie.levels[self.order - 2].children = vec![0; self.seen.len() + 2];
                Pass::Count
            }
            Pass::Count => Pass::Sum,
            Pass::Sum => {
                self.grouped.clear();
                self.grouped.resize(self.found.len(), 0);
                Pass::Group
            }
            Pass::Group => {
                self.counts.trie.levels[self.order - 2].children.pop();
                let level = &mut self.counts.trie.levels[self.order - 1];
                level.words.reserve_exact(self.found.len());
                self.counts.raw[self.order - 1].reserve_exact(self.found.len());
                if !last {
                    level.suffixes.reserve_exact(self.found.len());
                    self.next_ranks.clear();
                    self.next_ranks.resize(self.found.len(), 0);
                }
                Pass::Sort
            }
            Pass::Sort | Pass::Done => {
                self.end_order();
                return;
            }
        };
    }

    /// Gives each different n-gram a number, and tells its places of it.
    fn find(&mut self, from: usize, to: usize) {
        for place in from..to {
            let parent = self.numbers[place];
            if parent == NONE {
                continue;
            }
            if self.text[place + self.order - 2] == END {
                self.numbers[place] = NONE;
                continue;
            }
            let token = self.text[place + self.order - 1];
            let once = self.seen[parent as usize] == 1;
            let new = self.found.len() as u32;
            let number = if once { new } else { self.table.find_or_add(&self.found, &self.seen, parent, token) };
            if number == new {
                if self.found.len() == self.found.capacity() {
                    self.found.reserve_exact(self.found.len() / 4 + 1024);
                }
                self.found.push(Found { parent, token, suffix: self.numbers[place + 1], count: 0 });
            }
            self.found[number as usize].count += 1;
            self.numbers[place] = number;
        }
    }

    /// Counts how many different n-grams go on from each that is one shorter, two places behind its own.
    fn count(&mut self, from: usize, to: usize) {
        let children = &mut self.counts.trie.levels[self.order - 2].children;
        for found in &self.found[from..to] {
            children[self.ranks[found.parent as usize] as usize + 2] += 1;
        }
    }

    /// Adds these up, so that where each one's bucket begins stands one place behind.
    fn sum(&mut self, from: usize, to: usize) {
        let children = &mut self.counts.trie.levels[self.order - 2].children;
        for at in from..to {
            children[at + 2] += children[at + 1];
        }
    }

    /// Puts the n-grams into the buckets; then where each bucket ends, and the next one begins, stands one place behind its own.
    fn group(&mut self, from: usize, to: usize) {
        let children = &mut self.counts.trie.levels[self.order - 2].children;
        for (number, found) in (from as u32..).zip(&self.found[from..to]) {
            let cursor = &mut children[self.ranks[found.parent as usize] as usize + 1];
            self.grouped[*cursor as usize] = number;
            *cursor += 1;
        }
    }

    /// Sorts some of the buckets and writes them down.
    fn sort(&mut self, from: usize, to: usize) {
        let (before, level) = self.counts.trie.levels.split_at_mut(self.order - 1);
        let (children, level) = (&before[self.order - 2].children, &mut level[0]);
        let (raw, ways) = (&mut self.counts.raw[self.order - 1], &mut self.counts.continuation[self.order - 2]);
        let last = self.order == self.most;
        let mut bucket = Vec::new();
        for ends in children[from..=to].windows(2) {
            let numbers = &self.grouped[ends[0] as usize..ends[1] as usize];
            bucket.clear();
            bucket.extend(numbers.iter().map(|&number| u64::from(self.found[number as usize].token) << 32 | u64::from(number)));
            if bucket.len() > 1 {
                bucket.sort_unstable();
            }
            for &key in &bucket {
                let number = key as u32 as usize;
                let Found { token, suffix, count, .. } = self.found[number];
                let suffix = self.ranks[suffix as usize];
                ways[suffix as usize] += 1;
                if !last {
                    self.next_ranks[number] = raw.len() as u32;
                    level.suffixes.push(suffix);
                }
                level.words.push(token);
                raw.push(count);
            }
        }
    }

    fn end_order(&mut self) {
        let order = self.order;
        if order > 2 {
            let begun = self.begun(order - 1);
            self.counts.continuation[order - 2][begun.clone()].copy_from_slice(&self.counts.raw[order - 2][begun]);
        }
        std::mem::swap(&mut self.ranks, &mut self.next_ranks);
        self.seen.clear();
        self.seen.extend(self.found.iter().map(|found| found.count));
        self.begin_order();
    }

    /// The n-grams of this order that begin with `<s>`.
    fn begun(&self, order: usize) -> std::ops::Range<usize> {
        let begin = BEGIN as usize..BEGIN as usize + 1;
        self.counts.trie.levels[..order - 1]
            .iter()
            .fold(begin, |range, level| level.children[range.start] as usize..level.children[range.end] as usize)
    }
}
