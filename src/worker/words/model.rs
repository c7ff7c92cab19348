//! A vocabulary and its vectors, which may still be in training.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use seven_steps_embeddings::cooccurrence::{count, ppmi};
use seven_steps_embeddings::svd::Svd;
use seven_steps_embeddings::train::{self, Settings, Softmax, Trainer};
use seven_steps_embeddings::vectors::Vectors;

use super::{checks, graphics};
use crate::platform::now;
use crate::protocol::words::{Built, Learnt, Method, OTHER, Relation, Setup};
use crate::spec::TextChoice;
use crate::stages::words::{Reader, Words};
use crate::text::stretches::stretches;
use crate::worker::pace::Pace;
use crate::worker::prepare::Text;
use crate::world::World;

/// Words that have a vector, at most.
pub const MOST_WORDS: usize = 50_000;
/// The same where neighbours are counted, whose table grows with their square.
const MOST_COUNTED: usize = 8_000;
/// Words on the map.
const SHOWN: usize = 5_000;
/// Pairs that make a relation worth asking about.
const PAIRS: usize = 8;
/// Words that are learnt at a stretch.
const SLICE: usize = 500;
/// Rounds in which the table of counts is squeezed.
const ROUNDS: u32 = 6;
/// Milliseconds between two words on how far the training is.
const BEAT: f64 = 200.0;

pub struct Model {
    pub built: Built,
    pub words: Words,
    learner: RefCell<Learner>,
    state: Cell<State>,
    /// That the training has taken.
    seconds: Cell<f32>,
    /// Those of the latest version that was asked for.
    vectors: RefCell<Option<(u32, Rc<Vectors>)>>,
}

enum Learner {
    Guessing(Box<Trainer>),
    /// [V, D].
    Numbers(Vec<f32>),
}

/// How far the training is.
#[derive(Clone, Copy)]
pub struct State {
    /// Grows with each change of the vectors.
    pub version: u32,
    pub done: f32,
    pub ended: bool,
}

impl Model {
    /// Reads a text; the vectors are random until [`Self::learn`].
    ///
    /// # Errors
    /// What is wrong with the text or the setup, as a sentence.
    pub async fn read(text: &Text, setup: Setup, world: &World, progress: &dyn Fn(&str, f32)) -> Result<Self, String> {
        checks::setup(&setup)?;
        let mut reader = Reader::default();
        let mut pace = Pace::new();
        let documents: Vec<&str> = text.corpus.documents.iter().map(String::as_str).collect();
        for stretch in stretches(&documents) {
            reader.read(stretch.text);
            if pace.breathe().await {
                progress("Reading its words", stretch.done);
            }
        }
        checks::vocabulary(&reader, &setup)?;
        let most = if setup.method == Method::Counting { MOST_COUNTED } else { MOST_WORDS };
        let left_out = reader.frequent(setup.least.into()) > most;
        let words = reader.finish(setup.least.into(), most);
        let learner = Learner::Guessing(Box::new(Trainer::new(settings(&setup), &words.counts)));
        let built = built(&words, setup, world);
        let note = left_out.then(|| format!("Only the {most} most frequent words have a place: more do not fit."));
        let world = text.summary.choice == TextChoice::Starter;
        Ok(Self::new(Built { world, note, ..built }, words, learner, false))
    }

    /// The vectors of a file, [V, D].
    pub fn imported(name: String, words: Words, numbers: Vec<f32>, note: Option<String>, world: &World) -> Self {
        let dimensions = (numbers.len() / words.names.len()) as u32;
        let built = built(&words, Setup { dimensions, ..Setup::USUAL }, world);
        Self::new(Built { imported: Some(name), note, ..built }, words, Learner::Numbers(numbers), true)
    }

    fn new(built: Built, words: Words, learner: Learner, ended: bool) -> Self {
        let state = Cell::new(State { version: 0, done: if ended { 1.0 } else { 0.0 }, ended });
        Self { built, words, learner: RefCell::new(learner), state, seconds: Cell::default(), vectors: RefCell::default() }
    }

    pub fn state(&self) -> State {
        self.state.get()
    }

    pub fn dimensions(&self) -> usize {
        self.built.setup.dimensions as usize
    }

    /// Those that are learnt now, of length 1.
    pub fn vectors(&self) -> Rc<Vectors> {
        let version = self.state().version;
        if let Some((_, vectors)) = self.vectors.borrow().as_ref().filter(|(of, _)| *of == version) {
            return Rc::clone(vectors);
        }
        let dimensions = self.dimensions();
        let vectors = Rc::new(match &*self.learner.borrow() {
            Learner::Guessing(trainer) => Vectors::new(trainer.inputs(), trainer.stride(), dimensions),
            Learner::Numbers(numbers) => Vectors::new(numbers, dimensions, dimensions),
        });
        *self.vectors.borrow_mut() = Some((version, Rc::clone(&vectors)));
        vectors
    }

    /// The numbers of a word as they were learnt.
    pub fn numbers(&self, word: usize) -> Vec<f32> {
        let of = |numbers: &[f32], stride: usize| numbers[word * stride..][..self.dimensions()].to_vec();
        match &*self.learner.borrow() {
            Learner::Guessing(trainer) => of(trainer.inputs(), trainer.stride()),
            Learner::Numbers(numbers) => of(numbers, self.dimensions()),
        }
    }

    /// Waits until the vectors are not those of `version` any more, or the training has ended. Whoever learns is a task beside this
    /// one, so that all are polled when it goes on.
    pub async fn changed(&self, version: u32) -> State {
        poll_fn(|_| {
            let state = self.state();
            if state.version != version || state.ended { Poll::Ready(state) } else { Poll::Pending }
        })
        .await
    }

    /// The training is over, however far it is.
    pub fn end(&self) {
        self.state.set(State { ended: true, ..self.state() });
    }

    /// Takes back [`Self::end`], where the training can go on. Whether it can.
    pub fn resume(&self) -> bool {
        let can_go_on = self.learnt().can_go_on;
        if can_go_on {
            self.state.set(State { ended: false, ..self.state() });
        }
        can_go_on
    }

    /// How far the training is.
    pub fn learnt(&self) -> Learnt {
        let State { done, ended, .. } = self.state();
        // Numbers that were counted, or came from a graphics card, are learnt no further.
        let can_go_on = ended && done < 1.0 && matches!(*self.learner.borrow(), Learner::Guessing(_));
        Learnt { done, seconds: self.seconds.get(), speed: 0.0, ended, can_go_on }
    }

    /// Learns to the end; `say` hears how far it is, and `note` why no graphics card learns that was asked for.
    ///
    /// # Errors
    /// Why the graphics card cannot go on, as a sentence.
    pub async fn learn(&self, say: &dyn Fn(Learnt), note: &dyn Fn(String)) -> Result<(), String> {
        let (begun, before) = (now(), self.learnt());
        let mut said = begun;
        let mut tell = |now: f64| {
            let seconds = ((now - begun) / 1000.0) as f32;
            self.seconds.set(before.seconds + seconds);
            let learnt = self.learnt();
            if learnt.ended || now - said >= BEAT {
                said = now;
                let times = if self.counts() { 1.0 } else { self.built.setup.epochs as f32 };
                let read = self.built.tokens as f32 * times * (learnt.done - before.done);
                say(Learnt { speed: read / seconds.max(1e-3), ..learnt });
            }
        };
        let mut pace = Pace::new();
        if self.counts() {
            let matrix = ppmi(&count(&self.words.text, self.words.names.len(), self.built.setup.window as usize));
            let mut svd = Svd::new(self.words.names.len(), self.dimensions(), self.built.setup.seed);
            for round in 1..=ROUNDS {
                svd.iterate(&matrix);
                let (numbers, values) = svd.clone().finish(&matrix);
                *self.learner.borrow_mut() = Learner::Numbers(padded(numbers, values.len(), self.dimensions()));
                self.grow(round as f32 / ROUNDS as f32, round == ROUNDS);
                tell(now());
                pace.breathe().await;
            }
            return Ok(());
        }
        if self.built.setup.gpu && before.done == 0.0 {
            match graphics::Trainer::begin(&self.built.setup, &self.words.counts, &self.words.text).await {
                Ok(mut trainer) => {
                    while !self.state().ended {
                        let (done, numbers) = trainer.go_on().await?;
                        *self.learner.borrow_mut() = Learner::Numbers(numbers);
                        self.grow(done, done == 1.0);
                        tell(now());
                        pace.breathe().await;
                    }
                    return Ok(());
                }
                Err(reason) => note(format!("{reason} The main processor learns instead.")),
            }
        }
        loop {
            let (goes_on, done) = match &mut *self.learner.borrow_mut() {
                Learner::Guessing(trainer) => (trainer.advance(&self.words.text, SLICE), trainer.done(&self.words.text)),
                Learner::Numbers(_) => (false, 1.0),
            };
            self.grow(done, !goes_on);
            tell(now());
            if !goes_on {
                return Ok(());
            }
            pace.breathe().await;
        }
    }

    fn counts(&self) -> bool {
        self.built.setup.method == Method::Counting
    }

    fn grow(&self, done: f32, ended: bool) {
        self.state.set(State { version: self.state().version + 1, done, ended });
    }
}

/// What can be said of a vocabulary before anything is learnt.
fn built(words: &Words, setup: Setup, world: &World) -> Built {
    let shown = words.names.len().min(SHOWN);
    let mut groups = vec![OTHER; shown];
    for (word, group) in world.groups() {
        if let Some(place) = words.find(&word).and_then(|word| groups.get_mut(word as usize)).filter(|place| **place == OTHER) {
            *place = group;
        }
    }
    let relations = world.relations().into_iter().filter_map(|relation| {
        let find = |word: &str| words.find(word).filter(|word| (*word as usize) < shown);
        let pairs: Vec<[u32; 2]> = relation.pairs.iter().filter_map(|(a, b)| Some([find(a)?, find(b)?])).collect();
        (pairs.len() >= PAIRS).then(|| Relation { name: relation.name.into(), pairs })
    });
    Built {
        setup,
        imported: None,
        world: false,
        tokens: words.counts.iter().sum(),
        vocabulary: words.names.len() as u32,
        names: words.names[..shown].iter().map(|name| String::from(&**name)).collect(),
        groups,
        relations: relations.collect(),
        note: None,
    }
}

pub fn settings(setup: &Setup) -> Settings {
    Settings {
        method: if setup.method == Method::Cbow { train::Method::Cbow } else { train::Method::SkipGram },
        softmax: if setup.noise == 0 { Softmax::Hierarchical } else { Softmax::Negative(setup.noise) },
        dimensions: setup.dimensions as usize,
        window: setup.window,
        subsample: if setup.subsample { 1e-3 } else { 0.0 },
        // As word2vec.c, whose means of several words want larger steps.
        rates: if setup.method == Method::Cbow { [0.05, 0.0001] } else { [0.025, 0.0001] },
        epochs: setup.epochs,
        seed: setup.seed,
    }
}

/// Rows of `width` numbers, each with zeros up to `dimensions`: a small vocabulary has fewer singular values than were asked for.
fn padded(numbers: Vec<f32>, width: usize, dimensions: usize) -> Vec<f32> {
    if width == dimensions {
        return numbers;
    }
    numbers.chunks(width).flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(0.0, dimensions - width))).collect()
}
