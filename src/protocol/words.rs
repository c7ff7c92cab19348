//! What the chapter on word vectors and its worker say to each other, as [`super::ngrams`] does: a figure asks on a line of its own.

use serde::{Deserialize, Serialize};

use super::TextSummary;
use super::chapter::Source;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// First of all. Answered by [`Event::Ready`]; nothing else is answered before it.
    Hello {
        version: String,
    },
    /// Reads a text, and trains on it from random vectors. Answered by [`Event::Progress`]es, [`Event::Text`], [`Event::Built`] and
    /// [`Event::Learnt`]s, or by a refusal on [`Line::Corpus`]; what stood before stands until then.
    Load {
        source: Source,
        setup: Setup,
    },
    /// Trains anew on the text that stands. Answered as [`Command::Load`] is.
    Train {
        setup: Setup,
    },
    /// Gives up what [`Command::Load`], [`Command::Train`] or [`Command::Import`] began to read.
    Cancel,
    /// Ends the training: what was learnt until then stands.
    Stop,
    /// Goes on with a training that was stopped, if it [`Learnt::can_go_on`]. Answered by [`Event::Learnt`]s.
    GoOn,
    Ask {
        line: Line,
        question: Question,
    },
    /// Hands out the vectors as a file. Answered by [`Event::Exported`] or a refusal on [`Line::Export`].
    Export {
        form: Form,
    },
    /// Takes a file of word2vec, attached, as the vectors that all figures ask; answered as [`Command::Load`] is.
    Import {
        name: String,
    },
}

/// How vectors are learnt; [`NUMBERS`] has the ranges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    pub method: Method,
    /// D.
    pub dimensions: u32,
    /// Words to each side that count as company.
    pub window: u32,
    /// Words of noise for each word of company; 0 for the turns of a Huffman tree instead.
    pub noise: u32,
    /// How often the text is read.
    pub epochs: u32,
    /// Words that occur less often have no vector.
    pub least: u32,
    /// Whether the most frequent words are often skipped.
    pub subsample: bool,
    /// Whether the graphics card learns, many examples at once; counting needs none.
    pub gpu: bool,
    pub seed: u32,
}

pub const MOST_DIMENSIONS: u32 = 300;

/// A number of the setup: its name in an address, its least and most, where it stands, and what it is called in a sentence.
pub struct Number {
    pub key: &'static str,
    pub least: u32,
    pub most: u32,
    pub place: fn(&mut Setup) -> &mut u32,
    pub called: &'static str,
}

pub const NUMBERS: [Number; 6] = [
    Number { key: "dimensions", least: 2, most: MOST_DIMENSIONS, place: |setup| &mut setup.dimensions, called: "The number of dimensions" },
    Number { key: "window", least: 1, most: 20, place: |setup| &mut setup.window, called: "The window" },
    Number { key: "noise", least: 0, most: 20, place: |setup| &mut setup.noise, called: "The number of words pushed away" },
    Number { key: "passes", least: 1, most: 50, place: |setup| &mut setup.epochs, called: "The number of passes" },
    Number { key: "least", least: 1, most: 1000, place: |setup| &mut setup.least, called: "How often a word must occur" },
    Number { key: "seed", least: 0, most: u32::MAX, place: |setup| &mut setup.seed, called: "The seed" },
];

impl Setup {
    /// The numbers of word2vec.c and gensim, with the method that learns more from little text.
    pub const USUAL: Self =
        Self { method: Method::SkipGram, dimensions: 100, window: 5, noise: 5, epochs: 5, least: 5, subsample: true, gpu: false, seed: 1 };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// A word guesses each word near it.
    SkipGram,
    /// The words near it guess a word.
    Cbow,
    /// Nothing is guessed: neighbours are counted, and the table is squeezed into few dimensions.
    Counting,
}

/// A file of word2vec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    Text,
    Binary,
}

/// A figure's line to the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Line {
    /// Not a figure's: reading.
    Corpus,
    /// Not a figure's: why a training ended early, or goes on elsewhere than was asked for.
    Training,
    /// Not a figure's: handing out the vectors.
    Export,
    OneHot,
    Company,
    Map,
    /// The word under the pointer.
    Near,
    Arithmetic,
    Test,
    Senses,
    Order,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// How alike are these words? One [`Answer::Alike`].
    Alike { words: Vec<String> },
    /// Which words stand near these two? One [`Answer::Company`].
    Company { words: [String; 2] },
    /// Where does each word lie? An [`Answer::Map`] as often as it moves, until the training has ended.
    Map { view: View },
    /// One [`Answer::Near`].
    Near { word: String },
    /// What is a − b + c? One [`Answer::Sum`].
    Sum { words: [String; 3] },
    /// Which of the questions "a is to b as c is to what?" are answered right? An [`Answer::Tested`] now and then, until the
    /// training has ended.
    Test,
    /// A word that can mean what either of two others do: where does it stand in their company, and where does that leave it? One
    /// [`Answer::Senses`].
    Senses { word: String, cues: [String; 2] },
    /// Two sentences as sums of their words' vectors. One [`Answer::Order`].
    Order { sentences: [String; 2] },
}

/// How words are laid out on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// In the plane in which words differ most: those of known kinds, where [`are_many_known`].
    All,
    /// In that of the pairs of a relation, one of [`Built::relations`].
    Relation(u32),
    /// By t-SNE, the same words; the others have no place.
    Unfolded,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    Ready {
        version: String,
    },
    /// What is done before the training, and how far, from 0 to 1.
    Progress {
        what: String,
        done: f32,
    },
    Text(TextSummary),
    /// From now on questions are about this one. Those about the one before end.
    Built(Built),
    /// The training goes on.
    Learnt(Learnt),
    Answer {
        line: Line,
        answer: Answer,
    },
    /// A question on this line has ended: each does once, by this or by a refusal.
    Answered {
        line: Line,
    },
    /// What was wrong and what to do.
    Refused {
        line: Line,
        message: String,
    },
    /// The bytes are attached.
    Exported {
        name: String,
        mime: String,
    },
}

/// A vocabulary with vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Built {
    pub setup: Setup,
    /// The file's name if it was imported: then there is no text, and nothing to train.
    pub imported: Option<String>,
    /// Whether the text is the built-in world's.
    pub world: bool,
    /// Running words of the text that have a vector.
    pub tokens: u64,
    /// V.
    pub vocabulary: u32,
    /// The words on the map, the most frequent first.
    pub names: Vec<String>,
    /// Which of [`GROUPS`] each belongs to; [`OTHER`] for none.
    pub groups: Vec<u8>,
    /// Pairs of words on the map that stand in the same relation, if there are enough.
    pub relations: Vec<Relation>,
    /// What is to be said of it: that a file's last words were left out.
    pub note: Option<String>,
}

/// Kinds of words that the built-in world knows, by which the map is coloured.
pub const GROUPS: [&str; 9] = ["people", "names", "animals", "countries", "capitals", "food and plants", "things", "actions", "qualities"];
/// No kind that is known.
pub const OTHER: u8 = GROUPS.len() as u8;
/// Of so few words those of known kinds are no map by themselves.
const FEW_WORDS: usize = 200;

/// Whether those of known kinds are a map by themselves among words of these kinds.
pub fn are_many_known(groups: &[u8]) -> bool {
    let known = groups.iter().filter(|group| **group != OTHER).count();
    groups.len() > FEW_WORDS && known > groups.len() / 4
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    pub name: String,
    /// Indices into [`Built::names`].
    pub pairs: Vec<[u32; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// From 0 to 1.
    pub done: f32,
    /// Of the training.
    pub seconds: f32,
    /// Running words a second.
    pub speed: f32,
    /// Whether nothing more comes.
    pub ended: bool,
    /// Whether it was stopped where [`Command::GoOn`] goes on.
    pub can_go_on: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Alike(Alike),
    Company(Company),
    Map(Map),
    Near(Neighbours),
    Sum(Sum),
    Tested(Tested),
    Senses(Senses),
    Order(Order),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alike {
    /// Each word as the model reads it, and its place in the vocabulary, if it has one.
    pub words: Vec<(String, Option<u32>)>,
    /// [n, n]: cosines of their vectors, 0 where there is none.
    pub cosines: Vec<f32>,
    /// V.
    pub vocabulary: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Company {
    pub words: [String; 2],
    /// How often each occurs.
    pub counts: [u64; 2],
    /// The words that stand near either of the two far more often than chance would have it.
    pub rows: Vec<Companion>,
    /// How much the company of one is that of the other, from 0 to 1: the cosine of their rows of positive pointwise mutual
    /// information.
    pub overlap: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Companion {
    pub word: String,
    /// How many times as often as by chance it stands near either word.
    pub times: [f32; 2],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// How much of the training was done, from 0 to 1.
    pub done: f32,
    /// Of each of [`Built::names`], about the middle of what is to be seen; not a number for those that have none.
    pub places: Vec<[f32; 2]>,
    /// How far what is to be seen reaches from there to each side, and up and down; the larger of the two is 1.
    pub reach: [f32; 2],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    pub word: String,
    /// The nearest first.
    pub near: Vec<Near>,
}

/// A word and the cosine of its vector and what was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Near {
    pub word: String,
    pub cosine: f32,
    /// See [`Built::groups`].
    pub group: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    /// a, b and c.
    pub words: [String; 3],
    /// The words nearest to a − b + c, those three left out.
    pub found: Vec<Near>,
    /// Where a, b, c, a − b + c and the nearest word lie in the plane of the first three.
    pub places: [[f32; 2]; 5],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// How much of the training was done, from 0 to 1.
    pub done: f32,
    /// Questions of each of [`Built::relations`] that were answered right, and that were asked.
    pub right: Vec<[u32; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Senses {
    pub word: String,
    pub count: u64,
    pub near: Vec<Near>,
    /// For each of the two others, the place in the text whose company is most like it, against the other.
    pub uses: [Use; 2],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Use {
    /// The other word, and how near the word is to it.
    pub cue: String,
    pub cosine: f32,
    pub before: String,
    pub after: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The words of each sentence, and where the sum of their vectors has got to after each, in the plane in which the words differ
    /// most. Words without a vector add nothing.
    pub paths: [Vec<Step>; 2],
    /// Of the two sums.
    pub cosine: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub word: String,
    pub known: bool,
    pub place: [f32; 2],
}
