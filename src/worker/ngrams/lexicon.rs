//! From text to the tokens that a chain is made of, and back.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use seven_steps_markov::{BEGIN, END, UNKNOWN};

use super::pace::Pace;
use crate::protocol::ngrams::{Piece, Unit};
use crate::spec::Digits;
use crate::text::stretches::{Stretch, stretches};
use crate::text::words::{Joiner, is_word, words};
use crate::text::{BpeTrainer, CONTROL_TOKENS, StreamDecoder, Tokenizer};

/// The names of the first three tokens, as ARPA files have them.
const NAMES: [&str; 3] = ["<unk>", "<s>", "</s>"];
/// Pieces of byte pair encoding.
const PIECES: usize = 999;
/// Tokens before the pieces in their tokenizer, for which [`NAMES`] stand here.
const CONTROL: usize = CONTROL_TOKENS.len();

/// A vocabulary of V tokens, and the rule that cuts a line into them.
pub struct Lexicon {
    unit: Unit,
    /// By token; of pieces only the three names.
    texts: Vec<Rc<str>>,
    ids: FxHashMap<Rc<str>, u32>,
    tokenizer: Option<Tokenizer>,
    /// Whether words are whatever stands between spaces, as in the vocabulary of a file.
    is_spaced: bool,
}

/// A token of a text that was given.
pub struct Cut {
    pub id: u32,
    /// As it stands in the text.
    pub text: String,
}

impl Lexicon {
    /// The first token that is a word.
    pub const FIRST: u32 = NAMES.len() as u32;

    /// Learns the vocabulary of `texts`, and gives their tokens, `</s>` after each line that is not empty. Words and characters are
    /// numbered by how often they occur, and all that occur are in the vocabulary. `progress` hears from 0 to 1.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub async fn learn(texts: &[&str], unit: Unit, progress: &dyn Fn(f32)) -> Result<(Self, Vec<u32>), String> {
        let mut lexicon = Self::new(unit, NAMES.map(Rc::from).to_vec());
        let mut pace = Pace::new();
        if unit == Unit::Piece {
            let mut trainer = BpeTrainer::new(texts, PIECES + CONTROL, Digits::Grouped).map_err(|refusal| refusal.0)?;
            while trainer.advance() {
                if pace.breathe().await {
                    progress(trainer.fraction() / 2.0);
                }
            }
            lexicon.tokenizer = Some(trainer.finish());
            let tokens = lexicon.encode(texts, &mut |_| (), &|done| progress((1.0 + done) / 2.0)).await;
            return Ok((lexicon, tokens));
        }
        let mut tokens = Vec::new();
        let mut counts = vec![0; NAMES.len()];
        for Stretch { text, ends, done } in stretches(texts) {
            parts(unit, text, &mut |part| {
                let id = lexicon.ids.get(part).copied().unwrap_or_else(|| {
                    counts.push(0);
                    lexicon.add(part.into())
                });
                counts[id as usize] += 1;
                tokens.push(id);
            });
            tokens.extend(ends.then_some(END));
            if pace.breathe().await {
                progress(done);
            }
        }
        lexicon.sort(&counts, &mut tokens);
        Ok((lexicon, tokens))
    }

    /// The vocabulary of a file, of which the first three are the ones that are the same everywhere.
    pub fn of_names(names: Vec<String>) -> Self {
        let own = &names[NAMES.len()..];
        if let Some(tokenizer) = Tokenizer::of_byte_pairs(own) {
            return Self { tokenizer: Some(tokenizer), ..Self::new(Unit::Piece, NAMES.map(Rc::from).to_vec()) };
        }
        let characters: Option<Vec<String>> = own.iter().map(|name| character(name).map(String::from)).collect();
        let (unit, own) = characters.map_or_else(|| (Unit::Word, own.to_vec()), |characters| (Unit::Character, characters));
        // Words with marks of their own among them were cut as our own texts are; any others were cut before, at spaces.
        let is_one = |word: &String| words(word).next().is_some_and(|first| first == word);
        let is_cut = unit == Unit::Character || own.iter().all(is_one) && own.iter().any(|word| !is_word(word));
        let texts = NAMES.map(Rc::from).into_iter().chain(own.into_iter().map(Rc::from));
        Self { is_spaced: !is_cut, ..Self::new(unit, texts.collect()) }
    }

    fn new(unit: Unit, texts: Vec<Rc<str>>) -> Self {
        let ids = texts.iter().cloned().zip(0..).skip(NAMES.len()).collect();
        Self { unit, texts, ids, tokenizer: None, is_spaced: false }
    }

    fn add(&mut self, text: Rc<str>) -> u32 {
        let id = self.texts.len() as u32;
        self.ids.insert(Rc::clone(&text), id);
        self.texts.push(text);
        id
    }

    /// Numbers the words by how often they occur; among equals, those that came first are first.
    fn sort(&mut self, counts: &[u32], tokens: &mut [u32]) {
        let first = Self::FIRST;
        let mut order: Vec<u64> = (first..counts.len() as u32).map(|id| u64::from(!counts[id as usize]) << 32 | u64::from(id)).collect();
        order.sort_unstable();
        let order = (0..first).chain(order.into_iter().map(|key| key as u32));
        let texts = std::mem::take(&mut self.texts);
        let mut renamed = vec![0; texts.len()];
        for (new, old) in order.enumerate() {
            renamed[old as usize] = new as u32;
            self.texts.push(Rc::clone(&texts[old as usize]));
        }
        self.ids.values_mut().for_each(|id| *id = renamed[*id as usize]);
        tokens.iter_mut().for_each(|id| *id = renamed[*id as usize]);
    }

    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// V.
    pub fn len(&self) -> usize {
        self.tokenizer.as_ref().map_or(self.texts.len(), |tokenizer| tokenizer.vocab_size() - CONTROL + NAMES.len())
    }

    /// The tokens of texts, `</s>` after each line that is not empty. `unknown` hears of each word that is not in the vocabulary.
    pub async fn encode(&self, texts: &[&str], unknown: &mut dyn FnMut(&str), progress: &dyn Fn(f32)) -> Vec<u32> {
        let mut pace = Pace::new();
        let mut tokens = Vec::new();
        let mut known = FxHashMap::default();
        for Stretch { text, ends, done } in stretches(texts) {
            match &self.tokenizer {
                // Most words come again, and cutting one into pieces is slow.
                Some(tokenizer) => tokenizer.words(text).for_each(|word| {
                    let pieces = known.entry(word).or_insert_with(|| tokenizer.encode(word));
                    tokens.extend(pieces.iter().map(|id| shifted(*id)));
                }),
                None => self.parts(text, &mut |part| {
                    let id = self.id(part);
                    if id == UNKNOWN {
                        unknown(part);
                    }
                    tokens.push(id);
                }),
            }
            tokens.extend(ends.then_some(END));
            if pace.breathe().await {
                progress(done);
            }
        }
        tokens
    }

    /// The tokens of a line, without `<s>` and `</s>`.
    pub fn cut(&self, line: &str) -> Vec<Cut> {
        let mut cuts = Vec::new();
        match &self.tokenizer {
            Some(tokenizer) => {
                cuts.extend(tokenizer.encode(line).into_iter().map(|id| Cut { id: shifted(id), text: tokenizer.token_text(id) }))
            }
            None => self.parts(line, &mut |part| cuts.push(Cut { id: self.id(part), text: part.to_owned() })),
        }
        cuts
    }

    /// The tokens of the last line of what a visitor typed: that is what is gone on from.
    pub fn cut_last(&self, text: &str) -> Vec<Cut> {
        let last = text.rsplit(['\n', '\r']).next().unwrap_or_default().trim_start();
        // A space at the end is a character to a chain of characters, and else an accident.
        self.cut(if self.unit == Unit::Character { last } else { last.trim_end() })
    }

    /// Cuts a line into words or characters.
    fn parts(&self, line: &str, take: &mut dyn FnMut(&str)) {
        if self.is_spaced { line.split_ascii_whitespace().for_each(take) } else { parts(self.unit, line, take) }
    }

    fn id(&self, part: &str) -> u32 {
        self.ids.get(part).copied().unwrap_or(UNKNOWN)
    }

    /// A token shown alone.
    pub fn text(&self, id: u32) -> String {
        match (&self.tokenizer, self.texts.get(id as usize)) {
            (Some(tokenizer), None) => tokenizer.token_text(unshifted(id)),
            (_, text) => text.map(|text| String::from(&**text)).unwrap_or_default(),
        }
    }

    /// The name of a token in a file: one word without white space, which no other token has.
    pub fn name(&self, id: u32) -> String {
        match (&self.tokenizer, self.unit) {
            (Some(tokenizer), _) if id >= Self::FIRST => tokenizer.byte_level(unshifted(id)),
            (_, Unit::Character) if id >= Self::FIRST => self.texts[id as usize].chars().map(name_of).collect(),
            _ => self.text(id),
        }
    }

    /// The bytes that a token stands for.
    pub fn bytes(&self, id: u32) -> &[u8] {
        match (&self.tokenizer, self.texts.get(id as usize)) {
            (Some(tokenizer), None) => tokenizer.token_bytes(unshifted(id)),
            (_, text) => text.map(|text| text.as_bytes()).unwrap_or_default(),
        }
    }
}

impl Cut {
    pub fn piece(self) -> Piece {
        Piece { known: self.id != UNKNOWN, text: self.text }
    }

    /// The beginning of a line.
    pub fn begin() -> Self {
        Self { id: BEGIN, text: NAMES[BEGIN as usize].into() }
    }
}

/// Puts tokens together to text as they come.
pub enum Appender {
    Words(Joiner),
    Pieces(StreamDecoder),
    Characters,
}

impl Appender {
    pub fn new(lexicon: &Lexicon) -> Self {
        match lexicon.unit {
            Unit::Word => Self::Words(Joiner::default()),
            Unit::Piece => Self::Pieces(StreamDecoder::default()),
            Unit::Character => Self::Characters,
        }
    }

    /// What to append for a token, which stands as `text` in the text: a line break for `</s>`.
    pub fn push(&mut self, lexicon: &Lexicon, id: u32, text: &str) -> String {
        match self {
            Self::Words(joiner) if id != END => joiner.push(text),
            Self::Pieces(decoder) if id != END => decoder.push(lexicon.bytes(id)),
            Self::Characters if id != END => text.to_owned(),
            _ => {
                *self = Self::new(lexicon);
                "\n".into()
            }
        }
    }
}

/// Stands for a space in a file, as in those of SentencePiece.
const SPACE: char = '▁';

/// The name of a character in a file.
fn name_of(character: char) -> String {
    match character {
        ' ' => SPACE.into(),
        SPACE => escaped(character),
        _ if character.is_whitespace() || character.is_control() => escaped(character),
        _ => character.into(),
    }
}

fn escaped(character: char) -> String {
    format!("<U+{:04X}>", u32::from(character))
}

/// The character that [`name_of`] gave this name.
fn character(name: &str) -> Option<char> {
    let mut characters = name.chars();
    match (characters.next()?, characters.next()) {
        (SPACE, None) => Some(' '),
        (character, None) => Some(character),
        _ => char::from_u32(u32::from_str_radix(name.strip_prefix("<U+")?.strip_suffix('>')?, 16).ok()?),
    }
}

/// The number here of a piece in its tokenizer.
fn shifted(id: u32) -> u32 {
    id - CONTROL as u32 + Lexicon::FIRST
}

fn unshifted(id: u32) -> u32 {
    id - Lexicon::FIRST + CONTROL as u32
}

fn parts(unit: Unit, line: &str, take: &mut dyn FnMut(&str)) {
    match unit {
        Unit::Word => words(line).for_each(take),
        _ => line.char_indices().for_each(|(at, character)| take(&line[at..at + character.len_utf8()])),
    }
}
