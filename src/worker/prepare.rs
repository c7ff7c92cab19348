//! From a text to a tokenizer and tokens.

use std::cell::OnceCell;
use std::rc::Rc;

use super::checkpoint::CRC;
use super::message::{Problem, Sink};
use crate::platform::yield_now;
use crate::protocol::{self, Event, Phase, TextSummary};
use crate::spec::{Digits, RunSpec, TextChoice, TokenizerKind};
use crate::stages::pretrain::Data;
use crate::text::{BpeTrainer, Corpus, Tokenizer, check_length};

/// Decides which whole documents are held out. The same for every run, so that runs on one text can be compared.
const SPLIT_SEED: u32 = 0;
/// Bytes of the opening shown with a text.
const OPENING: usize = 400;

/// A text that was read.
pub struct Text {
    pub summary: TextSummary,
    pub corpus: Corpus,
    checksum: OnceCell<u32>,
}

impl Text {
    pub fn new(choice: TextChoice, name: String, corpus: Corpus) -> Self {
        let counts = corpus.counts();
        let first = corpus.documents.first().map_or("", String::as_str);
        let opening = first[..first.floor_char_boundary(OPENING)].to_owned();
        let summary = TextSummary {
            choice,
            name,
            documents: counts.documents as u32,
            bytes: counts.bytes,
            characters: counts.characters,
            words: counts.words,
            opening,
        };
        Self { summary, corpus, checksum: OnceCell::new() }
    }

    /// The form in which it is kept beside a run's checkpoints.
    pub fn to_bytes(&self) -> Vec<u8> {
        protocol::encode(&(self.summary.choice, &self.summary.name, &self.corpus.documents))
    }

    /// # Errors
    /// What is wrong, as the rest of a sentence.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (choice, name, documents) = protocol::decode(bytes).map_err(|reason| format!("its text cannot be read ({reason})"))?;
        Ok(Self::new(choice, name, Corpus::new(documents)))
    }

    /// The CRC-32 of [`Self::to_bytes`].
    pub fn checksum(&self) -> u32 {
        *self.checksum.get_or_init(|| CRC.checksum(&self.to_bytes()))
    }
}

/// A text as a model reads it.
pub struct Prepared {
    pub text: Rc<Text>,
    pub tokenizer: Tokenizer,
    pub data: Data,
    /// What it was made for: the tokenizer's kind, what is asked of BPE, the share held out.
    made_for: (TokenizerKind, Option<(u32, Digits)>, f32),
    /// Whether the tokenizer was brought, not trained.
    pub brought: bool,
}

impl Prepared {
    /// Whether it serves a run of `spec` on `text`.
    pub fn serves(&self, text: &Rc<Text>, spec: &RunSpec) -> bool {
        !self.brought && Rc::ptr_eq(&self.text, text) && self.made_for == made_for(spec)
    }

    /// # Errors
    /// When a part of the text is shorter than one context.
    pub fn check_length(&self, context: u32) -> Result<(), Problem> {
        check_length("training", self.data.train.len(), context as usize)?;
        // A short window is enough to validate on.
        check_length("held-out", self.data.validation.len(), 1)?;
        Ok(())
    }
}

/// Trains the tokenizer, unless one is brought, and encodes the text; says how far it is, and lets the event loop run.
pub async fn prepare(text: Rc<Text>, spec: &RunSpec, brought: Option<Tokenizer>, sink: &Sink) -> Result<Prepared, Problem> {
    let split = text.corpus.split(spec.held_out, SPLIT_SEED);
    let is_brought = brought.is_some();
    let tokenizer = match brought {
        Some(tokenizer) => tokenizer,
        None => train(&split.train, spec, sink).await?,
    };
    let train = encode(&tokenizer, &split.train, "Cutting the text into tokens", sink).await;
    let validation = encode(&tokenizer, &split.validation, "Cutting the held-out text into tokens", sink).await;
    let data = Data::new(&tokenizer, train, validation);
    Ok(Prepared { text, tokenizer, data, made_for: made_for(spec), brought: is_brought })
}

fn made_for(spec: &RunSpec) -> (TokenizerKind, Option<(u32, Digits)>, f32) {
    (spec.tokenizer, (spec.tokenizer == TokenizerKind::Bpe).then_some((spec.vocab, spec.digits)), spec.held_out)
}

async fn train(texts: &[&str], spec: &RunSpec, sink: &Sink) -> Result<Tokenizer, Problem> {
    let mut trainer = match spec.tokenizer {
        TokenizerKind::Bytes => return Ok(Tokenizer::bytes()),
        TokenizerKind::Chars => return Ok(Tokenizer::chars(texts)),
        TokenizerKind::Bpe => BpeTrainer::new(texts, spec.vocab as usize, spec.digits)?,
    };
    while trainer.advance() {
        report("Learning which pieces of words to use as tokens", trainer.fraction(), sink).await;
    }
    Ok(trainer.finish())
}

async fn encode(tokenizer: &Tokenizer, texts: &[&str], what: &str, sink: &Sink) -> Vec<u32> {
    let mut encoding = tokenizer.encoding(texts);
    while encoding.advance() {
        report(what, encoding.fraction(), sink).await;
    }
    encoding.finish()
}

async fn report(what: &str, done: f32, sink: &Sink) {
    sink.send(Event::Phase(Phase::Preparing { what: what.into(), done }));
    yield_now().await;
}
