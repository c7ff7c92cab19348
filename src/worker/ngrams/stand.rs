//! A text, cut and counted, and the models of it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use seven_steps_markov::{Builder, Counts, Fit, Model, Predictor, Smoothing as Method, State};

use super::checks::check;
use super::lexicon::Lexicon;
use super::offers;
use super::pace::Pace;
use super::spelling::Spelling;
use crate::platform::now;
use crate::protocol::ngrams::{Built, Setup, Smoothing};
use crate::spec::TextChoice;
use crate::text::stretches::lines;
use crate::worker::prepare::Text;

/// The share of the text that is held out, its bytes at most, and what decides which.
const HELD_OUT: f32 = 0.1;
const MOST_HELD_OUT: f32 = 2e6;
const SPLIT_SEED: u32 = 0;
/// The share of the held-out text that weights are fitted on. Models are compared on the rest.
const TUNING: f32 = 0.25;
/// k of [`Smoothing::AddK`].
const K: f64 = 0.1;
/// Bytes of models that are kept beside the counts.
const MOST_KEPT: usize = 500_000_000;

/// What is asked.
pub struct Stand {
    pub lexicon: Lexicon,
    pub built: Built,
    source: Source,
    /// Models asked so far, the last ones last; some take a pass over the counts to make.
    models: RefCell<Vec<(Way, Rc<Model>)>>,
}

enum Source {
    Text(Box<Data>),
    /// A model without a text.
    Imported(Rc<dyn Predictor>),
}

/// The tokens of a text, `</s>` after each line, and their counts.
pub struct Data {
    pub train: Vec<u32>,
    pub counts: Arc<Counts>,
    tuning: Vec<u32>,
    pub held_out: Vec<u32>,
    /// Bytes of the held-out lines, and of one line break for each.
    pub held_out_bytes: u64,
    pub spelling: Spelling,
    /// Bits that the held-out words outside of the vocabulary cost in letters.
    pub unknown_bits: f64,
}

/// Which model is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub order: usize,
    pub smoothing: Smoothing,
}

/// What followed the part of a context that was seen.
#[derive(Default)]
pub struct Seen {
    /// How often the part was.
    pub total: u64,
    /// In the order of the tokens.
    pub followers: Vec<(u32, u64)>,
}

impl Seen {
    pub fn count(&self, id: u32) -> u64 {
        self.followers.binary_search_by_key(&id, |(id, _)| *id).map_or(0, |at| self.followers[at].1)
    }
}

impl Stand {
    /// Cuts and counts a text.
    ///
    /// # Errors
    /// What is wrong with the text for this setup.
    pub async fn count(text: Rc<Text>, setup: Setup, progress: &dyn Fn(&str, f32)) -> Result<Self, String> {
        let begun = now();
        let held_out = HELD_OUT.min(MOST_HELD_OUT / text.summary.bytes as f32);
        let split = text.corpus.split(held_out, SPLIT_SEED);
        let (lexicon, train) = Lexicon::learn(&split.train, setup.unit, &|done| progress("Cutting the text", done)).await?;
        check(&lexicon, &train, setup, text.summary.bytes)?;
        let (tuning, rest) = divide(&split.validation);
        let spelling = Spelling::new(&lexicon, &train);
        let mut unknown_bits = 0.0;
        let unknown = &mut |word: &str| unknown_bits += spelling.cost(word.as_bytes());
        let held_out = lexicon.encode(&rest, unknown, &|done| progress("Cutting the held-out text", done)).await;
        let tuning = lexicon.encode(&tuning, &mut |_| (), &|_| ()).await;
        if held_out.is_empty() {
            return Err("The text is too short to hold a tenth of it out for comparisons: add text.".into());
        }
        let counts = count(&train, lexicon.len(), setup.order as usize, &|done| progress("Counting", done)).await?;
        let built = Built {
            setup,
            imported: None,
            world: text.summary.choice == TextChoice::Starter,
            tokens: train.len() as u64,
            held_out_tokens: held_out.len() as u64,
            vocabulary: lexicon.len() as u32,
            ngrams: (1..=counts.order()).map(|order| counts.ngrams(order) as u64).collect(),
            memory: counts.bytes() as u64,
            seconds: ((now() - begun) / 1000.0) as f32,
            contexts: offers::contexts(&lexicon, &counts),
            sentence: offers::sentence(&rest),
        };
        let held_out_bytes = lines(&rest).map(|line| line.len() as u64 + 1).sum();
        let data = Data { train, counts: Arc::new(counts), tuning, held_out, held_out_bytes, spelling, unknown_bits };
        Ok(Self { lexicon, built, source: Source::Text(Box::new(data)), models: RefCell::default() })
    }

    /// A model without a text.
    pub fn imported(model: Rc<dyn Predictor>, lexicon: Lexicon, built: Built) -> Self {
        Self { lexicon, built, source: Source::Imported(model), models: RefCell::default() }
    }

    /// An imported model is what it is, whatever is asked for.
    ///
    /// # Errors
    /// An N that was not counted.
    pub fn way(&self, order: u32, smoothing: Smoothing) -> Result<Way, String> {
        let most = self.built.setup.order;
        if (1..=most).contains(&order) || self.built.imported.is_some() {
            return Ok(Way { order: order as usize, smoothing });
        }
        Err(format!("There are n-grams of 1 to {most} tokens, so N cannot be {order}: choose a smaller N, or count longer ones."))
    }

    /// The text's tokens.
    ///
    /// # Errors
    /// That an imported model has none.
    pub fn data(&self) -> Result<&Data, String> {
        match &self.source {
            Source::Text(data) => Ok(data),
            Source::Imported(_) => Err("This needs the text, and an imported model comes without its own: choose a text.".into()),
        }
    }

    /// The model, made when it is asked first.
    pub async fn model(&self, way: Way) -> Result<Rc<dyn Predictor>, String> {
        let data = match &self.source {
            Source::Text(data) => data,
            Source::Imported(model) => return Ok(Rc::clone(model)),
        };
        let made = self.models.borrow().iter().find(|(made, _)| *made == way).map(|(_, model)| Rc::clone(model));
        if let Some(model) = made {
            return Ok(model);
        }
        let mut fit = data.fit(way)?;
        let mut pace = Pace::new();
        while fit.advance() {
            pace.breathe().await;
        }
        let model = Rc::new(fit.finish());
        let mut models = self.models.borrow_mut();
        models.push((way, Rc::clone(&model)));
        while models.len() > 1 && models.iter().map(|(_, model)| model.bytes()).sum::<usize>() > MOST_KEPT {
            models.remove(0);
        }
        Ok(model)
    }

    /// What followed the part of a context that the model saw; nothing of an imported model, which has no counts.
    pub fn seen(&self, state: State) -> Seen {
        let Ok(data) = self.data() else { return Seen::default() };
        let followers = data.counts.followers_in(state).filter(|(_, count)| *count > 0).collect();
        Seen { total: data.counts.seen(state), followers }
    }
}

impl Data {
    /// Begins to make a model.
    ///
    /// # Errors
    /// What the counts do not serve for.
    pub fn fit(&self, way: Way) -> Result<Fit<'_>, String> {
        let method = match way.smoothing {
            Smoothing::None => Method::MaximumLikelihood,
            Smoothing::AddK => Method::AddK(K),
            Smoothing::JelinekMercer => Method::JelinekMercer,
            Smoothing::Katz => Method::Katz,
            Smoothing::WittenBell => Method::WittenBell,
            Smoothing::KneserNey => Method::KneserNey,
            Smoothing::ModifiedKneserNey => Method::ModifiedKneserNey,
        };
        Fit::new(Arc::clone(&self.counts), way.order, method, &self.tuning)
    }
}

/// Counts n-grams up to `order`.
///
/// # Errors
/// What cannot be counted.
pub async fn count(tokens: &[u32], vocabulary: usize, order: usize, progress: &dyn Fn(f32)) -> Result<Counts, String> {
    let mut builder = Builder::new(tokens, vocabulary, order)?;
    let mut pace = Pace::new();
    while builder.advance() {
        if pace.breathe().await {
            progress(builder.fraction());
        }
    }
    Ok(builder.finish())
}

/// The held-out text in two: to fit weights on, and to compare on. The cut is at a line's end.
fn divide<'a>(texts: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let total: usize = texts.iter().map(|text| text.len()).sum();
    let mut room = (total as f32 * TUNING) as usize;
    let (mut tuning, mut rest) = (Vec::new(), Vec::new());
    for text in texts {
        let within = text.floor_char_boundary(room);
        let cut = if within == text.len() { within } else { text[..within].rfind('\n').map_or(0, |line| line + 1) };
        let (before, after) = text.split_at(cut);
        room = if after.is_empty() { room - cut } else { 0 };
        tuning.push(before);
        rest.push(after);
    }
    (tuning, rest)
}
