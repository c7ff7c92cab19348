//! Byte pair encoding of one word, and the alphabet in which its vocabularies are written.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::tokenizer::NONE;

/// Two neighbouring tokens.
pub(super) type Pair = (u32, u32);

/// The merges of a vocabulary, first learned first.
#[derive(Debug, Clone, Default)]
pub(super) struct Merges {
    list: Vec<Pair>,
    /// The place in the list, and the token that the pair becomes.
    by_pair: FxHashMap<Pair, (u32, u32)>,
}

impl Merges {
    /// Each pair with the token that it becomes.
    pub fn new(learned: &[(Pair, u32)]) -> Self {
        let by_pair = learned.iter().zip(0..).map(|(&(pair, token), rank)| (pair, (rank, token))).collect();
        Self { list: learned.iter().map(|(pair, _)| *pair).collect(), by_pair }
    }

    /// One more, and the token that it makes.
    pub fn learn(&mut self, pair: Pair, token: u32) {
        self.by_pair.insert(pair, (self.list.len() as u32, token));
        self.list.push(pair);
    }

    pub fn pairs(&self) -> &[Pair] {
        &self.list
    }

    /// A pair by its place in the list, and the token that it becomes.
    pub fn get(&self, index: usize) -> Option<(Pair, u32)> {
        let pair = self.list.get(index)?;
        self.by_pair.get(pair).map(|(_, token)| (*pair, *token))
    }

    /// Those learned first, so many.
    pub fn first(&self, count: usize) -> Self {
        let by_pair = self.by_pair.iter().filter(|(_, (rank, _))| (*rank as usize) < count).map(|(pair, made)| (*pair, *made)).collect();
        Self { list: self.list[..count.min(self.list.len())].to_vec(), by_pair }
    }

    /// Merges the tokens of one word as long as any pair can be: the pair learned first goes first, and of
    /// equal pairs the leftmost (Sennrich, Haddow and Birch 2016, arXiv:1508.07909).
    pub fn apply(&self, word: &mut Vec<u32>) {
        let mut chain = Chain::new(word);
        let mut queue = BinaryHeap::new();
        let rank = |chain: &Chain, left: usize| {
            let pair = (*chain.tokens.get(left)?, *chain.tokens.get(chain.next(left))?);
            self.by_pair.get(&pair).copied()
        };
        queue.extend((0..chain.tokens.len()).filter_map(|left| Some(Reverse((rank(&chain, left)?.0, left)))));
        while let Some(Reverse((expected, left))) = queue.pop() {
            // Merges nearby may have changed the pair since it was queued.
            let Some((_, token)) = rank(&chain, left).filter(|(found, _)| *found == expected) else { continue };
            chain.merge(left, token);
            for changed in [chain.previous(left), left] {
                queue.extend(rank(&chain, changed).map(|(place, _)| Reverse((place, changed))));
            }
        }
        word.retain(|&token| token != NONE);
    }
}

/// A word's tokens, linked past those that were merged away and are [`NONE`].
struct Chain<'a> {
    tokens: &'a mut [u32],
    next: Vec<u32>,
    previous: Vec<u32>,
}

impl<'a> Chain<'a> {
    fn new(tokens: &'a mut [u32]) -> Self {
        let length = tokens.len() as u32;
        Self { tokens, next: (1..=length).collect(), previous: (0..length).map(|place| place.wrapping_sub(1)).collect() }
    }

    fn next(&self, place: usize) -> usize {
        self.next[place] as usize
    }

    fn previous(&self, place: usize) -> usize {
        self.previous[place] as usize
    }

    /// Puts `token` in place of the two at `left` and after it.
    fn merge(&mut self, left: usize, token: u32) {
        let right = self.next(left);
        self.tokens[left] = token;
        self.tokens[right] = NONE;
        self.next[left] = self.next[right];
        if let Some(previous) = self.previous.get_mut(self.next[right] as usize) {
            *previous = left as u32;
        }
    }
}

/// The character that stands for a byte in a vocabulary file: itself where it is printable, and else one
/// from U+0100 on (GPT-2's `bytes_to_unicode`).
pub(super) fn byte_char(byte: u8) -> char {
    let shifted = |place: u8| char::from_u32(0x100 + u32::from(place)).unwrap_or(char::REPLACEMENT_CHARACTER);
    match byte {
        0x00..=0x20 => shifted(byte),
        0x7F..=0xA0 => shifted(byte - 0x7F + 0x21),
        0xAD => shifted(0x43),
        _ => char::from(byte),
    }
}

/// All bytes in the order of their characters, which is the order of their ids.
pub(super) fn alphabet() -> Vec<u8> {
    let (themselves, shifted): (Vec<u8>, Vec<u8>) = (0..=255).partition(|&byte| byte_char(byte) == char::from(byte));
    [themselves, shifted].concat()
}
