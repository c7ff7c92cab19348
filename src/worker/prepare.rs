//! From a text to a tokenizer and tokens.

use std::cell::OnceCell;
use std::rc::Rc;

use super::checkpoint::CRC;
use super::message::{Problem, Sink};
use crate::platform::yield_now;
use crate::protocol::{self, Event, Phase, TextSummary};
use crate::spec::{Digits, Mixture, RunSpec, TextChoice, TokenizerKind};
use crate::stages::pretrain::{Data, Documents, Pretrain};
use crate::text::{BpeTrainer, Corpus, Tokenizer, check_length};
use crate::world::World;

/// Decides which whole documents are held out. The same for every run, so that runs on one text can be compared.
const SPLIT_SEED: u32 = 0;
/// Bytes of the opening shown with a text.
const OPENING: usize = 400;
/// Of the endless world: seeds of what the tokenizer learns from, of what is held out, and of what is read, with the run's own.
const SAMPLE_SEED: u32 = 3;
const HELD_OUT_SEED: u32 = 2;
const READING_SEED: u32 = 0x7265_6164;
/// Bytes of each of the first two, and of what says how many bytes a token of the mixture has.
const SAMPLE_BYTES: usize = 2_000_000;
const HELD_OUT_BYTES: usize = 400_000;
const MEASURED_BYTES: usize = 200_000;

/// A text that was read.
pub struct Text {
    pub summary: TextSummary,
    pub corpus: Corpus,
    /// The built-in world, if that is told without end; `corpus` is then only what the tokenizer learns from.
    world: Option<Rc<World>>,
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
            notes: corpus.notes.clone(),
        };
        Self { summary, corpus, world: None, checksum: OnceCell::new() }
    }

    /// The built-in world without end.
    pub fn endless(world: Rc<World>) -> Self {
        let sample = told(&world, Mixture::FACTS, SAMPLE_SEED, SAMPLE_BYTES);
        Self { world: Some(world), ..Self::new(TextChoice::World, "Built-in world, without end".into(), Corpus::new(sample)) }
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
    pub tokenizer: Rc<Tokenizer>,
    pub data: Rc<Data>,
    /// What is read without end, and in which mixture.
    documents: Option<Documents>,
    mixture: Mixture,
    seed: u32,
    /// What it was made for: the tokenizer's kind, what is asked of BPE, the share held out.
    made_for: (TokenizerKind, Option<(u32, Digits)>, f32),
    /// Whether the tokenizer was brought, not trained.
    pub brought: bool,
}

impl Prepared {
    /// Whether it serves a run of `spec` on `text`.
    pub fn serves(&self, text: &Rc<Text>, spec: &RunSpec) -> bool {
        let is_told = self.documents.is_none() || (self.mixture, self.seed) == (spec.mixture, spec.seed);
        !self.brought && Rc::ptr_eq(&self.text, text) && self.made_for == made_for(spec) && is_told
    }

    /// The stage that a run of `spec` is.
    pub fn pretraining(&self, spec: &RunSpec, context: u32) -> Pretrain {
        Pretrain::new(spec.clone(), context, Rc::clone(&self.data), Rc::clone(&self.tokenizer), self.documents.clone())
    }

    /// Different tokens that a run of `spec` trains on: those of the text, or all that it reads.
    pub fn train_tokens(&self, spec: &RunSpec) -> u64 {
        if self.documents.is_some() { u64::from(spec.steps) * spec.tokens_per_step() } else { self.data.train.len() as u64 }
    }

    /// What a text begins after: the separator, if the model has seen it, else a line break.
    pub fn start_of_document(&self) -> Vec<u32> {
        let separator = self.tokenizer.separator().filter(|_| self.text.corpus.documents.len() > 1);
        separator.map_or_else(|| self.tokenizer.encode("\n"), |separator| vec![separator])
    }

    /// # Errors
    /// When a part of the text is shorter than one context.
    pub fn check_length(&self, context: u32) -> Result<(), Problem> {
        if self.documents.is_none() {
            check_length("training", self.data.train.len(), context as usize)?;
        }
        // A short window is enough to validate on.
        check_length("held-out", self.data.validation.len(), 1)?;
        Ok(())
    }
}

/// Trains the tokenizer, unless one is brought, and encodes the text; says how far it is, and lets the event loop run.
pub async fn prepare(text: Rc<Text>, spec: &RunSpec, brought: Option<Tokenizer>, sink: &Sink) -> Result<Prepared, Problem> {
    let split = text.corpus.split(spec.held_out, SPLIT_SEED);
    let is_brought = brought.is_some();
    let (mut train, mut validation) = (split.train, split.validation);
    let tokenizer = match brought {
        Some(tokenizer) => tokenizer,
        None if text.world.is_some() => learn_tokens(&text.corpus.documents, spec, sink).await?,
        None => learn_tokens(&train, spec, sink).await?,
    };
    let told = text.world.as_ref().map(|world| [told(world, spec.mixture, SAMPLE_SEED, MEASURED_BYTES), held_out(world)]);
    if let Some([measured, held_out]) = &told {
        [train, validation] = [measured, held_out].map(|texts| texts.iter().map(String::as_str).collect());
    }
    let train = encode(&tokenizer, &train, "Cutting the text into tokens", sink).await;
    let validation = encode(&tokenizer, &validation, "Cutting the held-out text into tokens", sink).await;
    let data = Rc::new(Data::new(&tokenizer, train, validation));
    let documents = text.world.clone().map(|world| -> Documents {
        let (Mixture(shares), seed) = (spec.mixture, spec.seed ^ READING_SEED);
        Rc::new(move |index| world.document(&shares, seed, index).text)
    });
    let (mixture, seed, made_for) = (spec.mixture, spec.seed, made_for(spec));
    Ok(Prepared { text, tokenizer: Rc::new(tokenizer), data, documents, mixture, seed, made_for, brought: is_brought })
}

/// What every run on the endless world is validated on, whatever it reads.
pub fn held_out(world: &World) -> Vec<String> {
    told(world, Mixture::GENERAL, HELD_OUT_SEED, HELD_OUT_BYTES)
}

/// The first documents of the world in this mixture with at least `bytes` bytes.
fn told(world: &World, Mixture(shares): Mixture, seed: u32, bytes: usize) -> Vec<String> {
    let mut left = bytes;
    let mut documents = Vec::new();
    for index in 0.. {
        if left == 0 {
            break;
        }
        let text = world.document(&shares, seed, index).text;
        left = left.saturating_sub(text.len());
        documents.push(text);
    }
    documents
}

fn made_for(spec: &RunSpec) -> (TokenizerKind, Option<(u32, Digits)>, f32) {
    (spec.tokenizer, (spec.tokenizer == TokenizerKind::Bpe).then_some((spec.vocab, spec.digits)), spec.held_out)
}

async fn learn_tokens<S: AsRef<str>>(texts: &[S], spec: &RunSpec, sink: &Sink) -> Result<Tokenizer, Problem> {
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
