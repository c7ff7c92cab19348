//! The tokenizer: a fixed list of pieces, each a string of bytes, and the rule that cuts a text
//! into them.
//!
//! Every kind encodes any text without loss. `decode(encode(text)) == text` holds for each
//! `&str`, since what a vocabulary lacks is spelled in single bytes.

use rustc_hash::FxHashMap;

use super::bpe::{Merges, byte_char};
use super::pretokenize::{Digits, Words, words};
use crate::spec::Roles;
pub use crate::spec::TokenizerKind;

/// The separator between documents, as GPT-2 spells it. A file is cut there; in a text it is text.
pub const SEPARATOR: &str = "<|endoftext|>";

/// The names of the tokens that no text is encoded to: [`SEPARATOR`], and those of [`Roles`] in their order. They have the
/// ids 0 to 7 in every tokenizer made here.
pub const CONTROL_TOKENS: [&str; 8] =
    [SEPARATOR, "<|user|>", "<|assistant|>", "<|end|>", "<|reserved_0|>", "<|reserved_1|>", "<|reserved_2|>", "<|reserved_3|>"];

/// Marks a byte that has no piece of its own (only in [`TokenizerKind::Chars`]).
pub(super) const NONE: u32 = u32::MAX;

/// A vocabulary of V pieces with ids 0 to V − 1. Those made here begin with [`CONTROL_TOKENS`].
#[derive(Debug, Clone)]
pub struct Tokenizer {
    pub(super) kind: TokenizerKind,
    pub(super) pieces: Pieces,
    pub(super) separator: Option<u32>,
    pub(super) roles: Option<Roles>,
    /// How BPE cuts numbers; the other kinds never look.
    pub(super) digits: Digits,
    pub(super) byte_ids: [u32; 256],
    pub(super) char_ids: FxHashMap<char, u32>,
    pub(super) merges: Merges,
}

impl Tokenizer {
    /// The 256 bytes, byte b as id b + 8, after the control tokens: V is 264.
    pub fn bytes() -> Self {
        let mut pieces = Pieces::control();
        let byte_ids = std::array::from_fn(|byte| pieces.push(&[byte as u8]));
        Self::new(TokenizerKind::Bytes, pieces, byte_ids)
    }

    /// The control tokens, the characters of `texts` in the order of their code points, and then the
    /// bytes that spell every other character, in order.
    pub fn chars<S: AsRef<str>>(texts: &[S]) -> Self {
        let mut seen = vec![false; char::MAX as usize + 1];
        texts.iter().flat_map(|text| text.as_ref().chars()).for_each(|c| seen[c as usize] = true);
        let seen = (char::MIN..=char::MAX).filter(|&c| seen[c as usize]);
        let mut pieces = Pieces::control();
        let char_ids: FxHashMap<char, u32> = seen.map(|c| (c, pieces.push(c.encode_utf8(&mut [0; 4]).as_bytes()))).collect();
        let byte_ids = std::array::from_fn(|byte| match spells_a_rare_char(byte as u8, &char_ids) {
            true => pieces.push(&[byte as u8]),
            false => NONE,
        });
        Self { char_ids, ..Self::new(TokenizerKind::Chars, pieces, byte_ids) }
    }

    /// The control tokens, and then the tokens of a byte-level BPE by their names in GPT-2's alphabet, in the order in which they were
    /// learnt. None if some byte has no token, or one comes twice, or is not made of two that come before it.
    pub fn of_byte_pairs(names: &[String]) -> Option<Self> {
        let byte_of: FxHashMap<char, u8> = (0..=255).map(|byte| (byte_char(byte), byte)).collect();
        let mut pieces = Pieces::control();
        let mut byte_ids = [NONE; 256];
        let mut longer = Vec::new();
        for name in names {
            let bytes: Vec<u8> = name.chars().map(|character| byte_of.get(&character).copied()).collect::<Option<_>>()?;
            let id = pieces.push(&bytes);
            match bytes[..] {
                [byte] if byte_ids[byte as usize] == NONE => byte_ids[byte as usize] = id,
                [] | [_] => return None,
                _ => longer.push((id, bytes)),
            }
        }
        if byte_ids.contains(&NONE) {
            return None;
        }
        // In every text a token was made of what its bytes alone are cut into before it.
        let mut merges = Merges::default();
        for (id, bytes) in longer {
            let mut tokens: Vec<u32> = bytes.iter().map(|byte| byte_ids[*byte as usize]).collect();
            merges.apply(&mut tokens);
            let pair = <[u32; 2]>::try_from(tokens).ok()?;
            merges.learn((pair[0], pair[1]), id);
        }
        Some(Self { merges, ..Self::new(TokenizerKind::Bpe, pieces, byte_ids) })
    }

    /// A token in GPT-2's alphabet, which has a printable character for each byte.
    pub fn byte_level(&self, id: u32) -> String {
        self.token_bytes(id).iter().map(|&byte| byte_char(byte)).collect()
    }

    /// A vocabulary that begins with [`CONTROL_TOKENS`].
    pub(super) fn new(kind: TokenizerKind, pieces: Pieces, byte_ids: [u32; 256]) -> Self {
        Self {
            kind,
            pieces,
            separator: Some(0),
            roles: Some(Roles::from_ids([1, 2, 3, 4, 5, 6, 7])),
            digits: Digits::Grouped,
            byte_ids,
            char_ids: FxHashMap::default(),
            merges: Merges::default(),
        }
    }

    pub fn kind(&self) -> TokenizerKind {
        self.kind
    }

    /// V, the number of ids.
    pub fn vocab_size(&self) -> usize {
        self.pieces.len()
    }

    /// Merges that were learnt; the kinds without merges have none.
    pub fn merges(&self) -> usize {
        self.merges.pairs().len()
    }

    /// The two tokens that merge number `index`, from 0, joins, and the one that they become.
    pub fn merge(&self, index: usize) -> Option<([u32; 2], u32)> {
        self.merges.get(index).map(|((left, right), token)| ([left, right], token))
    }

    /// This tokenizer as it was after its first `merges` merges. Each id means the same; those of later merges never come.
    pub fn after(&self, merges: usize) -> Self {
        Self { merges: self.merges.first(merges), ..self.clone() }
    }

    /// The id that stands between documents; an imported vocabulary may have none.
    pub fn separator(&self) -> Option<u32> {
        self.separator
    }

    /// The ids of the role tokens; a vocabulary from elsewhere, or saved before there were any, has none.
    pub fn roles(&self) -> Option<Roles> {
        self.roles
    }

    /// Whether `id` is the separator's or a role token's.
    pub fn is_control(&self, id: u32) -> bool {
        self.separator == Some(id) || self.roles.is_some_and(|roles| roles.ids().contains(&id))
    }

    /// The stretches of `text` that no token spans; those of [`TokenizerKind::Bpe`].
    pub fn words<'a>(&self, text: &'a str) -> Words<'a> {
        words(text, self.digits)
    }

    /// The bytes of a token, of a control token those of its name; none for an id outside the vocabulary.
    pub fn token_bytes(&self, id: u32) -> &[u8] {
        self.pieces.get(id)
    }

    /// A token for display: its text, or, where it is only part of a character, its bytes in
    /// hexadecimal such as `\xE2\x80`.
    pub fn token_text(&self, id: u32) -> String {
        self.token_bytes(id).utf8_chunks().fold(String::new(), |mut text, chunk| {
            text.push_str(chunk.valid());
            chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
            text
        })
    }

    /// The ids of `text`, T of them. What looks like a control token is text like any other.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let texts = [text];
        let mut encoding = self.encoding(&texts);
        while encoding.advance() {}
        encoding.finish()
    }

    /// Starts to encode documents in slices, with the separator between each two.
    pub fn encoding<'a, S: AsRef<str>>(&'a self, texts: &'a [S]) -> Encoding<'a> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let total = texts.iter().map(|text| text.len()).sum();
        Encoding { tokenizer: self, texts, text: 0, offset: 0, done: 0, total, ids: Vec::new(), seen: FxHashMap::default() }
    }

    /// The bytes of a sequence of tokens.
    pub fn decode_bytes(&self, ids: &[u32]) -> Vec<u8> {
        ids.iter().flat_map(|&id| self.token_bytes(id)).copied().collect()
    }

    /// The text of a sequence of tokens; bytes that are not UTF-8 (a model may write such) show
    /// as U+FFFD.
    pub fn decode(&self, ids: &[u32]) -> String {
        String::from_utf8_lossy(&self.decode_bytes(ids)).into_owned()
    }

    /// The same without the control tokens, whose names are no part of a text.
    pub fn decode_text(&self, ids: &[u32]) -> String {
        self.decode(&ids.iter().copied().filter(|id| !self.is_control(*id)).collect::<Vec<_>>())
    }

    /// Appends the ids of a character to `ids`.
    fn push_char(&self, c: char, ids: &mut Vec<u32>) {
        match self.char_ids.get(&c) {
            Some(&id) => ids.push(id),
            None => self.push_bytes(c.encode_utf8(&mut [0; 4]).as_bytes(), ids),
        }
    }

    fn push_bytes(&self, bytes: &[u8], ids: &mut Vec<u32>) {
        ids.extend(bytes.iter().map(|&byte| self.byte_ids[byte as usize]));
    }
}

/// Whether `byte` can occur in the UTF-8 of a character that has no id.
pub(super) fn spells_a_rare_char(byte: u8, char_ids: &FxHashMap<char, u32>) -> bool {
    match byte {
        0..=0x7F => !char_ids.contains_key(&(byte as char)),
        0x80..=0xBF | 0xC2..=0xF4 => true,
        _ => false, // Never a byte of UTF-8.
    }
}

/// An encoding in progress, so that a worker can report and be cancelled between slices.
pub struct Encoding<'a> {
    tokenizer: &'a Tokenizer,
    texts: Vec<&'a str>,
    text: usize,
    offset: usize,
    done: usize,
    total: usize,
    ids: Vec<u32>,
    /// Where in `ids` a word stands that was encoded before.
    seen: FxHashMap<&'a str, (usize, usize)>,
}

impl<'a> Encoding<'a> {
    /// Encodes about this many bytes a slice: some milliseconds.
    const SLICE: usize = 1 << 16;

    /// Encodes the next slice; false when nothing is left.
    pub fn advance(&mut self) -> bool {
        let mut budget = Self::SLICE;
        while budget > 0 {
            let Some(&text) = self.texts.get(self.text) else { return false };
            let consumed = self.encode_some(&text[self.offset..], budget);
            self.offset += consumed;
            self.done += consumed;
            budget = budget.saturating_sub(consumed + 1);
            if self.offset == text.len() {
                self.text += 1;
                self.offset = 0;
                if self.text < self.texts.len() {
                    self.ids.extend(self.tokenizer.separator);
                }
            }
        }
        true
    }

    /// From 0 to 1.
    pub fn fraction(&self) -> f32 {
        self.done as f32 / self.total.max(1) as f32
    }

    /// The ids so far: all of them, once [`Self::advance`] has returned false.
    pub fn finish(self) -> Vec<u32> {
        self.ids
    }

    /// Encodes about `budget` bytes from the start of `text`, at least a character; returns how many.
    fn encode_some(&mut self, text: &'a str, budget: usize) -> usize {
        let slice = &text[..text.ceil_char_boundary(budget)];
        match self.tokenizer.kind {
            TokenizerKind::Bytes => self.tokenizer.push_bytes(slice.as_bytes(), &mut self.ids),
            TokenizerKind::Chars => slice.chars().for_each(|c| self.tokenizer.push_char(c, &mut self.ids)),
            TokenizerKind::Bpe => return self.encode_words(text, budget),
        }
        slice.len()
    }

    fn encode_words(&mut self, text: &'a str, budget: usize) -> usize {
        let mut consumed = 0;
        for word in self.tokenizer.words(text) {
            let start = self.ids.len();
            if let Some(&(from, to)) = self.seen.get(word) {
                self.ids.extend_from_within(from..to);
            } else {
                let mut tokens = Vec::with_capacity(word.len());
                self.tokenizer.push_bytes(word.as_bytes(), &mut tokens);
                self.tokenizer.merges.apply(&mut tokens);
                self.ids.append(&mut tokens);
                self.seen.insert(word, (start, self.ids.len()));
            }
            consumed += word.len();
            if consumed >= budget {
                break;
            }
        }
        consumed
    }
}

/// Turns tokens into text as they come, and holds back the bytes of a character that is not
/// complete yet.
#[derive(Debug, Clone, Default)]
pub struct StreamDecoder {
    pending: Vec<u8>,
}

impl StreamDecoder {
    /// Takes the bytes of the next token and returns what can be shown now.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        let mut shown = 0;
        for chunk in self.pending.utf8_chunks() {
            text.push_str(chunk.valid());
            shown += chunk.valid().len();
            let invalid = chunk.invalid();
            let is_last = shown + invalid.len() == self.pending.len();
            if invalid.is_empty() || is_last && is_incomplete(invalid) {
                break;
            }
            text.push(char::REPLACEMENT_CHARACTER);
            shown += invalid.len();
        }
        self.pending.drain(..shown);
        text
    }

    /// What is left at the end: U+FFFD for a character that never became complete.
    pub fn finish(self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

/// Whether `bytes` may become a character when more follow.
fn is_incomplete(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// Strings of bytes, numbered from 0, in one allocation.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Pieces {
    /// Those of [`CONTROL_TOKENS`].
    pub fn control() -> Self {
        let mut pieces = Self::default();
        CONTROL_TOKENS.iter().for_each(|name| _ = pieces.push(name.as_bytes()));
        pieces
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Appends a piece and returns its id.
    pub fn push(&mut self, piece: &[u8]) -> u32 {
        self.bytes.extend_from_slice(piece);
        self.ends.push(self.bytes.len() as u32);
        self.ends.len() as u32 - 1
    }

    pub fn get(&self, id: u32) -> &[u8] {
        let Some(&end) = self.ends.get(id as usize) else { return &[] };
        let start = if id == 0 { 0 } else { self.ends[id as usize - 1] };
        &self.bytes[start as usize..end as usize]
    }
}
