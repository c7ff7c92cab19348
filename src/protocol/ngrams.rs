//! What the chapter on n-grams and its worker say to each other, in the same bytes as [`super::Command`] and [`super::Event`].
//!
//! A figure asks on a line of its own; a question on a line ends the one before it there. A question may be answered many times,
//! and ends with [`Event::Answered`] or [`Event::Refused`].

use serde::{Deserialize, Serialize};

use super::TextSummary;
use super::chapter::Source;

/// N of the longest n-grams: six tokens of context, and the one that follows.
pub const MOST_ORDER: u32 = 7;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// First of all. Answered by [`Event::Ready`]; nothing else is answered before it.
    Hello {
        version: String,
    },
    /// Reads a text, cuts and counts it. Answered by [`Event::Progress`]es, [`Event::Text`], [`Event::Built`] or a refusal on
    /// [`Line::Corpus`]; what stood before stands until then.
    Load {
        source: Source,
        setup: Setup,
    },
    /// Counts the text that stands anew. Answered as [`Command::Load`] is.
    Build {
        setup: Setup,
    },
    /// Gives up what [`Command::Load`] or [`Command::Build`] began.
    Cancel,
    Ask {
        line: Line,
        question: Question,
    },
    /// Ends the question on this line; it is not answered any more.
    Hush {
        line: Line,
    },
    /// Hands out the model as an ARPA file. Answered by [`Event::Exported`] or a refusal on [`Line::Export`].
    Export {
        order: u32,
        smoothing: Smoothing,
    },
    /// Takes an ARPA file, attached, as the model that all figures ask; answered as [`Command::Load`] is.
    Import {
        name: String,
    },
}

/// How a text is cut and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    pub unit: Unit,
    /// N of the longest n-grams, 1 to [`MOST_ORDER`].
    pub order: u32,
}

/// What counts as one step of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Words and punctuation marks.
    Word,
    /// Pieces of byte pair encoding.
    Piece,
    Character,
}

/// How probability is kept for what was never seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Smoothing {
    None,
    /// k is 0.1.
    AddK,
    JelinekMercer,
    Katz,
    WittenBell,
    KneserNey,
    ModifiedKneserNey,
}

impl Smoothing {
    /// In the order of the comparison.
    pub const ALL: [Self; 7] =
        [Self::None, Self::AddK, Self::JelinekMercer, Self::Katz, Self::WittenBell, Self::KneserNey, Self::ModifiedKneserNey];
}

/// A figure's line to the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Line {
    /// Not a figure's: reading and counting.
    Corpus,
    /// Not a figure's: handing out the model.
    Export,
    Table,
    Writing,
    Wall,
    Explosion,
    Unseen,
    Comparison,
    Hidden,
    Tagging,
    HiddenWriting,
    /// A sentence against another.
    Score,
    Rival,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// What follows `context`? One [`Answer::Followers`].
    Followers { context: String, order: u32, smoothing: Smoothing, most: u32 },
    /// Goes on from `prompt`. An [`Answer::Written`] a token, as fast as they come: the page sets the pace of what it shows.
    Write { prompt: String, order: u32, smoothing: Smoothing, temperature: f32, length: u32, seed: u32 },
    /// How often is the right one of two words likelier? An [`Answer::Wall`] for each N up to the setup's.
    Wall { smoothing: Smoothing },
    /// How contexts grow with the corpus. An [`Answer::Growth`] for each share of the text, ever larger.
    Explosion,
    /// What does each method give to `word` after `context`? One [`Answer::Unseen`].
    Unseen { context: String, word: String, order: u32 },
    /// Every method on the held-out text. An [`Answer::Compared`] for each.
    Compare { order: u32 },
    /// Trains a hidden Markov model. An [`Answer::Iteration`] and [`Answer::States`] after each pass: whoever hushes it keeps what
    /// was learned until then.
    Hidden { states: u32, iterations: u32, seed: u32 },
    /// The likeliest states of each sentence of `text`. One [`Answer::Tagged`].
    Tag { text: String },
    /// The hidden Markov model writes. An [`Answer::Written`] a token.
    HiddenWrite { length: u32, seed: u32 },
    /// How surprising is each token? One [`Answer::Scored`].
    Score { text: String, order: u32, smoothing: Smoothing },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    Ready {
        version: String,
    },
    /// Bytes read, words told or tokens counted: `done` from 0 to 1.
    Progress {
        what: String,
        done: f32,
    },
    Text(TextSummary),
    /// From now on questions are about this one. Those about the one before end.
    Built(Built),
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

/// A text, cut and counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Built {
    pub setup: Setup,
    /// The model's name if it was imported: then there is no text to compare on, and only this model.
    pub imported: Option<String>,
    /// Whether the text is the built-in world's.
    pub world: bool,
    /// Tokens counted, ends of sentences included.
    pub tokens: u64,
    /// A tenth of the text, at most two million bytes, was held out; of these, a quarter for fitting weights. This is the rest.
    pub held_out_tokens: u64,
    /// V, with `<unk>`, `<s>` and `</s>`.
    pub vocabulary: u32,
    /// Different n-grams of each order from 1 up.
    pub ngrams: Vec<u64>,
    /// Bytes of the counts.
    pub memory: u64,
    /// Cutting and counting.
    pub seconds: f32,
    /// Contexts of two tokens that occur often and go on in many ways, to click on.
    pub contexts: Vec<String>,
    /// A sentence of the held-out text.
    pub sentence: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Followers(Followers),
    Written(Written),
    Wall(Wall),
    Growth(Growth),
    Unseen(Vec<Share>),
    Compared(Compared),
    Iteration { iteration: u32, bits_per_token: f32 },
    States(States),
    Tagged(Vec<Tagged>),
    Scored(Scored),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followers {
    /// The context as the model reads it; the last `window` of it are within its sight.
    pub context: Vec<Piece>,
    pub window: u32,
    /// How many of these were seen together, in this order, in the text.
    pub matched: u32,
    /// How often they were.
    pub seen: u64,
    /// Different tokens that followed them.
    pub kinds: u32,
    /// Likeliest first.
    pub rows: Vec<Follower>,
    /// Probability of all that are not among the rows.
    pub rest: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// As it is shown alone.
    pub text: String,
    /// Whether it is in the vocabulary.
    pub known: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Follower {
    pub text: String,
    /// How often it followed the part of the context that was seen.
    pub count: u64,
    pub probability: f32,
}

/// A token that was drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// What to append to the text: with the space before it, if one belongs there; a line break for the end of a sentence.
    pub text: String,
    /// The token shown alone.
    pub token: String,
    /// Tokens before it that the model looked at.
    pub window: u32,
    /// How many of these were seen together in the text.
    pub matched: u32,
    /// What the dice showed, from 0 to 1, on the scale on which the options stand one after the other.
    pub dice: f32,
    /// The likeliest at this temperature, best first, and the drawn one wherever it is.
    pub options: Vec<Follower>,
    /// Which of the options was drawn.
    pub drawn: u32,
    /// Probability of all that are not among the options; they stand after them.
    pub rest: f32,
    /// The state that wrote it, of a hidden Markov model.
    pub state: Option<u32>,
}

/// The probe set's verdict on one N.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wall {
    pub order: u32,
    pub agreement: Vec<Distance>,
    pub reference: Vec<Distance>,
    /// A pair of each kind at each of some distances, with what this N gave to either word.
    pub examples: Vec<Pair>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// Words from the one that decides to the one decided: 1 for neighbours.
    pub words: u32,
    /// Pairs of which the right one was likelier; a tie counts half.
    pub right: f32,
    pub of: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Whether it is of those in [`Wall::reference`].
    pub reference: bool,
    pub distance: u32,
    pub prefix: String,
    pub right: String,
    pub wrong: String,
    /// Probabilities.
    pub given: [f32; 2],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Tokens of the text counted so far, and different ones among them.
    pub tokens: u64,
    pub vocabulary: u64,
    /// For each N from 1 up.
    pub orders: Vec<Contexts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contexts {
    /// V^(N−1).
    pub possible: f64,
    pub seen: u64,
    /// Share of the held-out contexts that were never seen.
    pub unseen_held_out: f32,
}

/// What a method gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub smoothing: Smoothing,
    pub probability: f32,
    /// How often the n-gram was seen.
    pub count: u64,
}

/// A method on the held-out text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// `None` for the hidden Markov model that was trained last.
    pub smoothing: Option<Smoothing>,
    /// Infinite where a token got no probability at all.
    pub perplexity: f64,
    /// An unknown word also costs the bits to spell it, so that words, pieces and characters compare.
    pub bits_per_byte: f64,
    /// Held-out tokens that got none.
    pub impossible: u64,
    pub tokens: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct States {
    /// The likeliest words of each state, best first.
    pub words: Vec<Vec<Follower>>,
    /// Share of the tokens that each state wrote.
    pub shares: Vec<f32>,
    /// [K, K], from state to state.
    pub transitions: Vec<f32>,
    /// On the first 20,000 held-out tokens.
    pub held_out: Compared,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tagged {
    /// With the space before it, if one belongs there.
    pub text: String,
    pub state: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    pub tokens: Vec<Surprise>,
    pub bits: f32,
    /// May be beyond any f32.
    pub perplexity: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surprise {
    /// With the space before it, if one belongs there.
    pub text: String,
    pub known: bool,
    /// −log2 of the probability; infinite where there was none.
    pub bits: f32,
    /// Tokens before it that were seen together with it.
    pub matched: u32,
}
