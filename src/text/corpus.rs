//! From a visitor's files to documents, and from documents to a training and a validation part.
//!
//! Bytes are kept as they are, line ends of either kind included, since a model that is scored in
//! bits per byte is scored on the visitor's own bytes. What goes: a byte order mark, and, where a
//! file is cut into documents at [`SEPARATOR`], the line breaks around it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::Refusal;
use super::sniff::{self, read_text};
use super::tokenizer::SEPARATOR;
use crate::{platform, rng};

/// A file, a paste or a download.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file's name; its ending tells `.jsonl` from plain text.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Documents, none of them empty. One may come several times: how often is part of what a model learns.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    pub documents: Vec<String>,
    /// What a visitor should know about the text: sentences.
    pub notes: Vec<String>,
}

/// What a corpus amounts to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub documents: u64,
    pub bytes: u64,
    /// Unicode scalar values.
    pub characters: u64,
    /// Runs of characters other than white space.
    pub words: u64,
}

/// The two parts of a corpus; no stretch of text is in both, unless it came several times.
#[derive(Debug, Clone, Default)]
pub struct Split<'a> {
    pub train: Vec<&'a str>,
    pub validation: Vec<&'a str>,
}

impl Corpus {
    /// Reads every source into documents.
    ///
    /// A `.jsonl` (or `.ndjson`) file gives a document a line, from its "text" field; any other
    /// gives one, or several where it is divided by [`SEPARATOR`]. Refuses what is empty, not
    /// text, not UTF-8, or more than `max_bytes` in all.
    pub fn from_sources(sources: Vec<Source>, max_bytes: u64) -> Result<Self, Refusal> {
        let total = sources.iter().map(|source| source.bytes.len() as u64).sum();
        match sources.as_slice() {
            [] => return Err(Refusal("There is no text yet: paste some, or choose a file.".into())),
            [one] => check_size(&one.name, total, max_bytes)?,
            several => check_size(&format!("These {} files together", several.len()), total, max_bytes)?,
        }
        let mut corpus = Self::default();
        for Source { name, bytes } in sources {
            let text = read_text(&name, bytes)?;
            corpus.documents.append(&mut documents(&name, text, &mut corpus.notes)?);
        }
        let all = corpus.documents.len();
        let repeated = all - numbered(&corpus.documents).1;
        if repeated > 0 {
            let s = if repeated == 1 { "s" } else { "" };
            let note = format!("{repeated} of the {all} documents repeat{s} an earlier one word for word, and stay{s}: repetition counts.");
            corpus.notes.push(note);
        }
        Ok(corpus)
    }

    pub fn new(documents: Vec<String>) -> Self {
        Self { documents, notes: Vec::new() }
    }

    /// Counts what is in it; a pass over the whole text.
    pub fn counts(&self) -> Counts {
        self.documents.iter().fold(Counts::default(), |sum, text| Counts {
            documents: sum.documents + 1,
            bytes: sum.bytes + text.len() as u64,
            characters: sum.characters + text.chars().count() as u64,
            words: sum.words + text.split_whitespace().count() as u64,
        })
    }

    /// Holds out about the share `held_out` of the bytes for validation.
    ///
    /// Where there are many documents and none is large, whole documents are held out, drawn by
    /// `seed`; both parts keep the order of the corpus, and identical documents stay together as
    /// long as many others are different. Else the tail of each document is, from the start of a
    /// line if one is near.
    pub fn split(&self, held_out: f32, seed: u32) -> Split<'_> {
        let documents = || self.documents.iter().map(String::as_str);
        let total: usize = documents().map(str::len).sum();
        let target = (total as f64 * f64::from(held_out.clamp(0.0, 1.0))) as usize;
        let largest = documents().map(str::len).max().unwrap_or(0);
        if self.documents.len() >= FEW_DOCUMENTS && largest <= target {
            let chosen = draw(&self.documents, target, seed);
            let part = |held_out| documents().zip(&chosen).filter(move |(_, chosen)| **chosen == held_out).map(|(text, _)| text);
            return Split { train: part(false).collect(), validation: part(true).collect() };
        }
        let mut split = Split::default();
        for text in documents() {
            let (head, tail) = text.split_at(cut(text, held_out));
            split.train.extend(Some(head).filter(|part| !part.is_empty()));
            split.validation.extend(Some(tail).filter(|part| !part.is_empty()));
        }
        split
    }
}

/// Below this many documents, holding out whole ones says little about the others.
const FEW_DOCUMENTS: usize = 20;

/// Refuses `bytes` over `max_bytes`. `what` is a file's name; ask before reading the file.
pub fn check_size(what: &str, bytes: u64, max_bytes: u64) -> Result<(), Refusal> {
    if bytes <= max_bytes {
        return Ok(());
    }
    Err(Refusal(format!("{what}: {} is more than the {} that fit here; use a part of it.", megabytes(bytes), megabytes(max_bytes))))
}

/// Refuses a text of fewer tokens than one training sequence, which is `context` tokens and the
/// one that follows.
///
/// `part` names the text in the sentence, for instance "training" or "validation".
pub fn check_length(part: &str, tokens: usize, context: usize) -> Result<(), Refusal> {
    if tokens > context {
        return Ok(());
    }
    Err(Refusal(format!(
        "The text is too short: its {part} part has {tokens} {}, and a context of {context} needs at least {}; \
         add text or choose a shorter context.",
        if tokens == 1 { "token" } else { "tokens" },
        context + 1
    )))
}

fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    if tenths.is_multiple_of(10) { format!("{} MB", tenths / 10) } else { format!("{}.{} MB", tenths / 10, tenths % 10) }
}

/// Cuts the text of one source into documents.
fn documents(name: &str, text: String, notes: &mut Vec<String>) -> Result<Vec<String>, Refusal> {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if ending == "jsonl" || ending == "ndjson" {
        return json_lines(name, &text);
    }
    if let Some(kind) = sniff::known_text(&text) {
        notes.push(format!("{name} looks like {kind}, not running text. It is taken all the same, markup and all."));
    }
    if !text.contains(SEPARATOR) {
        return Ok(vec![text]);
    }
    let line_breaks = ['\r', '\n'];
    let parts = text.split(SEPARATOR).map(|part| part.trim_matches(line_breaks));
    let documents: Vec<String> = parts.filter(|part| !part.trim().is_empty()).map(String::from).collect();
    if documents.is_empty() {
        return Err(sniff::nothing_in(name));
    }
    Ok(documents)
}

/// One document a line; other fields than "text" are ignored.
fn json_lines(name: &str, text: &str) -> Result<Vec<String>, Refusal> {
    let mut documents = Vec::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let text = match platform::json_string(line, "text") {
            Some(Some(text)) => text,
            Some(None) => {
                return Err(Refusal(format!(
                    "{name}, line {number}: there is no \"text\" field with a string in it; \
                     write each line as {{\"text\": \"…\"}}."
                )));
            }
            None => {
                return Err(Refusal(format!(
                    "{name}, line {number} is not JSON; a .jsonl file has one object a line, such as \
                     {{\"text\": \"…\"}}, or rename the file to .txt to take it as it is."
                )));
            }
        };
        documents.extend(Some(text).filter(|text| !text.trim().is_empty()));
    }
    if documents.is_empty() {
        return Err(sniff::nothing_in(name));
    }
    Ok(documents)
}

/// Where the last `share` of `text` begins: the start of a line, if one follows soon.
fn cut(text: &str, share: f32) -> usize {
    const SOON: usize = 200;
    let held_out = (text.len() as f64 * f64::from(share.clamp(0.0, 1.0))) as usize;
    let at = text.floor_char_boundary(text.len() - held_out);
    let near = &text[at..text.ceil_char_boundary((at + SOON).min(at + held_out / 2))];
    near.find('\n').map_or(at, |offset| at + offset + 1)
}

/// Marks documents, in an order drawn by `seed`, as long as they fit into `target` bytes: all that are identical or none of them,
/// unless there are only a few different ones.
fn draw(documents: &[String], target: usize, seed: u32) -> Vec<bool> {
    let (mut kind_of, mut kinds) = numbered(documents);
    if kinds < FEW_DOCUMENTS {
        (kind_of, kinds) = ((0..documents.len()).collect(), documents.len());
    }
    let mut bytes = vec![0; kinds];
    documents.iter().zip(&kind_of).for_each(|(text, kind)| bytes[*kind] += text.len());
    let stream = rng::stream(seed, 0);
    let mut order: BinaryHeap<_> = (0..kinds).map(|kind| Reverse((rng::bits(stream, kind as u64), kind))).collect();
    let mut chosen = vec![false; kinds];
    let mut room = target;
    while let Some(Reverse((_, kind))) = order.pop() {
        if bytes[kind] <= room {
            room -= bytes[kind];
            chosen[kind] = true;
        }
    }
    kind_of.into_iter().map(|kind| chosen[kind]).collect()
}

/// For each document the number of its text, from 0 in the order in which texts come first, and how many texts there are.
fn numbered(documents: &[String]) -> (Vec<usize>, usize) {
    let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
    let number_of = documents.iter().map(|text| {
        let next = numbers.len();
        *numbers.entry(text).or_insert(next)
    });
    let number_of = number_of.collect();
    (number_of, numbers.len())
}
