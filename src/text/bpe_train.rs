//! Learns a byte-level BPE vocabulary.
//!
//! The same merges in the same order, and the same ids, as Hugging Face `tokenizers` learns with
//! `BpeTrainer(vocab_size, min_frequency=2, special_tokens=[…], initial_alphabet=ByteLevel.alphabet())`
//! with [`CONTROL_TOKENS`], behind the pre-tokenizer that [`Tokenizer::to_json`] writes. The most frequent pair
//! is merged first, and of equally frequent ones that with the lowest ids. Counts are kept up to date word by
//! word, never counted anew.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::{ControlFlow, RangeInclusive};

use rustc_hash::FxHashMap;

use super::Refusal;
use super::bpe::{Merges, Pair, alphabet};
use super::pretokenize::{Digits, words};
use super::tokenizer::{CONTROL_TOKENS, Pieces, Tokenizer, TokenizerKind};

/// The sizes of vocabulary that can be asked for, the control tokens and the 256 bytes included. A text may be too small for the one asked for.
pub const VOCAB_SIZES: RangeInclusive<usize> = CONTROL_TOKENS.len() + 256..=16_384;

/// A pair that occurs less often is not worth a token.
const MIN_FREQUENCY: i64 = 2;

/// Trains without a pause; `progress` hears a fraction from 0 to 1 now and then, and may break, which gives
/// `None`.
pub fn train_bpe<S: AsRef<str>>(
    texts: &[S],
    vocab_size: usize,
    digits: Digits,
    mut progress: impl FnMut(f32) -> ControlFlow<()>,
) -> Result<Option<Tokenizer>, Refusal> {
    let mut trainer = BpeTrainer::new(texts, vocab_size, digits)?;
    while trainer.advance() {
        if progress(trainer.fraction()).is_break() {
            return Ok(None);
        }
    }
    Ok(Some(trainer.finish()))
}

/// A training in progress, so that a worker can report and be cancelled between slices.
pub struct BpeTrainer<'a> {
    vocab_size: usize,
    digits: Digits,
    phase: Phase,
    /// What is left to count words in, and the length of it all in bytes.
    texts: Vec<&'a str>,
    total: usize,
    left: usize,
    word_counts: FxHashMap<&'a str, u32>,
    words: Vec<Word>,
    /// The tokens of all words, each in a place of its own that it shrinks in.
    tokens: Vec<u32>,
    pair_counts: FxHashMap<Pair, i64>,
    /// Pairs formed by the latest merge, and the words they are in.
    formed: FxHashMap<Pair, Vec<u32>>,
    queue: BinaryHeap<Candidate>,
    pieces: Pieces,
    byte_ids: [u32; 256],
    merges: Vec<(Pair, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    CountWords,
    /// From the word with this index on.
    CountPairs(usize),
    Merge,
    Done,
}

/// A distinct word: its tokens' place, and how often it occurs.
struct Word {
    start: usize,
    length: usize,
    count: u32,
}

/// A pair to merge, by its count when it was queued, and the words it was then formed in. The greatest is
/// the most frequent and, among those, the one with the lowest ids.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    count: i64,
    pair: Reverse<Pair>,
    words: Vec<u32>,
}

impl<'a> BpeTrainer<'a> {
    /// Bytes of text read a slice, or tokens looked at for merging.
    const SLICE: usize = 1 << 18;

    /// Refuses a size outside [`VOCAB_SIZES`].
    pub fn new<S: AsRef<str>>(texts: &'a [S], vocab_size: usize, digits: Digits) -> Result<Self, Refusal> {
        if !VOCAB_SIZES.contains(&vocab_size) {
            return Err(Refusal(format!(
                "A BPE vocabulary of {vocab_size} tokens cannot be trained; choose a size from {} to {}.",
                VOCAB_SIZES.start(),
                VOCAB_SIZES.end()
            )));
        }
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).rev().collect();
        let total = texts.iter().map(|text| text.len()).sum();
        let mut pieces = Pieces::control();
        let mut byte_ids = [0; 256];
        for byte in alphabet() {
            byte_ids[byte as usize] = pieces.push(&[byte]);
        }
        Ok(Self {
            vocab_size,
            digits,
            phase: Phase::CountWords,
            texts,
            total,
            left: total,
            word_counts: FxHashMap::default(),
            words: Vec::new(),
            tokens: Vec::new(),
            pair_counts: FxHashMap::default(),
            formed: FxHashMap::default(),
            queue: BinaryHeap::new(),
            pieces,
            byte_ids,
            merges: Vec::new(),
        })
    }

    /// Does the next slice, some milliseconds of work; false when all is done.
    pub fn advance(&mut self) -> bool {
        match self.phase {
            Phase::CountWords => self.count_words(),
            Phase::CountPairs(first) => self.count_pairs(first),
            Phase::Merge => self.merge_for_a_while(),
            Phase::Done => return false,
        }
        true
    }

    /// From 0 to 1: reading the text is the first half, merging the second.
    pub fn fraction(&self) -> f32 {
        let read = 1.0 - self.left as f32 / self.total.max(1) as f32;
        let merged = self.merges.len() as f32 / (self.vocab_size - VOCAB_SIZES.start()).max(1) as f32;
        match self.phase {
            Phase::Done => 1.0,
            _ => (read + merged.min(1.0)) / 2.0,
        }
    }

    /// The vocabulary so far: all of it, once [`Self::advance`] has returned false.
    pub fn finish(self) -> Tokenizer {
        Tokenizer {
            digits: self.digits,
            merges: Merges::new(&self.merges),
            ..Tokenizer::new(TokenizerKind::Bpe, self.pieces, self.byte_ids)
        }
    }

    fn count_words(&mut self) {
        let mut budget = Self::SLICE;
        while let Some(text) = self.texts.last_mut() {
            let before = text.len();
            for word in words(text, self.digits) {
                *self.word_counts.entry(word).or_default() += 1;
                *text = &text[word.len()..];
                budget = budget.saturating_sub(word.len());
                if budget == 0 {
                    break;
                }
            }
            self.left -= before - text.len();
            if !text.is_empty() {
                return;
            }
            self.texts.pop();
        }
        for (word, count) in std::mem::take(&mut self.word_counts) {
            self.words.push(Word { start: self.tokens.len(), length: word.len(), count });
            self.tokens.extend(word.bytes().map(|byte| self.byte_ids[byte as usize]));
        }
        self.phase = Phase::CountPairs(0);
    }

    fn count_pairs(&mut self, first: usize) {
        let last = self.words.len().min(first + Self::SLICE / 8);
        for index in first..last {
            let word = &self.words[index];
            for pair in self.tokens[word.start..word.start + word.length].windows(2) {
                let pair = (pair[0], pair[1]);
                *self.pair_counts.entry(pair).or_default() += i64::from(word.count);
                note(self.formed.entry(pair).or_default(), index as u32);
            }
        }
        self.phase = Phase::CountPairs(last);
        if last == self.words.len() {
            self.queue_formed();
            self.phase = Phase::Merge;
        }
    }

    fn merge_for_a_while(&mut self) {
        let mut budget = Self::SLICE;
        while budget > 0 {
            match self.next_candidate() {
                Some(candidate) => budget = budget.saturating_sub(self.merge(candidate)),
                None => {
                    self.phase = Phase::Done;
                    return;
                }
            }
        }
    }

    /// The most frequent pair; none when the vocabulary is full or nothing frequent is left.
    fn next_candidate(&mut self) -> Option<Candidate> {
        while self.pieces.len() < self.vocab_size {
            let mut candidate = self.queue.pop()?;
            let count = self.pair_counts[&candidate.pair.0];
            if candidate.count == count {
                return Some(candidate).filter(|_| count >= MIN_FREQUENCY);
            }
            candidate.count = count;
            self.queue.push(candidate);
        }
        None
    }

    /// Merges a pair in its words; returns how many tokens it looked at.
    ///
    /// Its piece is always new: wherever a string of bytes begins and ends with a token, it is cut in the same
    /// way, so no two pairs make the same piece.
    fn merge(&mut self, Candidate { pair: Reverse(pair), words, .. }: Candidate) -> usize {
        let token = self.pieces.push(&[self.pieces.get(pair.0), self.pieces.get(pair.1)].concat());
        self.merges.push((pair, token));
        let mut looked_at = 0;
        for index in words {
            let word = &mut self.words[index as usize];
            looked_at += word.length;
            let tokens = &mut self.tokens[word.start..word.start + word.length];
            word.length = merge_word(tokens, pair, token, |changed, by| {
                *self.pair_counts.entry(changed).or_default() += by * i64::from(word.count);
                if by > 0 {
                    note(self.formed.entry(changed).or_default(), index);
                }
            });
        }
        self.queue_formed();
        looked_at
    }

    fn queue_formed(&mut self) {
        for (pair, words) in self.formed.drain() {
            let count = self.pair_counts[&pair];
            if count > 0 {
                self.queue.push(Candidate { count, pair: Reverse(pair), words });
            }
        }
    }
}

/// Adds a word to a list that is made in the order of the words.
fn note(words: &mut Vec<u32>, index: u32) {
    if words.last() != Some(&index) {
        words.push(index);
    }
}

/// Puts `token` for each `pair`, leftmost first; returns the new length, and tells `change` each neighbouring
/// pair that is lost (−1) or formed (+1).
fn merge_word(tokens: &mut [u32], pair: Pair, token: u32, mut change: impl FnMut(Pair, i64)) -> usize {
    let (mut read, mut written) = (0, 0);
    while read < tokens.len() {
        if tokens[read] == pair.0 && tokens.get(read + 1) == Some(&pair.1) {
            if written > 0 {
                change((tokens[written - 1], pair.0), -1);
                change((tokens[written - 1], token), 1);
            }
            if let Some(&next) = tokens.get(read + 2) {
                change((pair.1, next), -1);
                change((token, next), 1);
            }
            tokens[written] = token;
            read += 2;
        } else {
            tokens[written] = tokens[read];
            read += 1;
        }
        written += 1;
    }
    written
}
