//! The built-in world: endless English text about a small world whose truth is known, told from a grammar.
//!
//! `text/` holds what is told and `README.md` how it is written. The same seed tells the same on every platform, and the
//! document number `i` follows from the seed and `i` alone. A page fetches the texts beside itself; a native program holds them.

mod analogies;
#[cfg(target_arch = "wasm32")]
mod browser;
mod english;
mod grammar;
mod groups;
#[cfg(not(target_arch = "wasm32"))]
pub mod measure;
mod nouns;
mod probes;
mod sums;
mod teller;

use std::borrow::Cow;

pub use analogies::Relation;
use english::inflected;
use grammar::{Grammar, NAME};
pub use probes::{Agreement, FARTHEST, Probe};
pub use sums::{Course, Sum};
use teller::Teller;

use crate::rng;

/// The files in `text/`.
macro_rules! files {
    ($($name:literal),*) => {
        /// The names of the texts; the page finds each at `world/NAME.txt`.
        pub const FILES: &[&str] = &[$($name),*];

        #[cfg(not(target_arch = "wasm32"))]
        const TEXTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("text/", $name, ".txt")))),*];
    };
}

files![
    "stories",
    "words",
    "sentences",
    "sums",
    "tales",
    "countries",
    "people",
    "creatures",
    "things",
    "facts",
    "entries",
    "forum",
    "recipes",
    "letters",
    "chats",
    "usage"
];

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Genre {
    Story,
    /// Descriptions, with agreement over a distance.
    Sentences,
    /// Worked sums.
    Sums,
    /// Entries of an encyclopedia.
    Entry,
    /// Questions about the world, and answers.
    Quiz,
    /// A thread of a forum.
    Thread,
    Recipe,
    Letter,
    Chat,
    /// Tenses, plurals, opposites, riddles and days.
    Usage,
}

/// Each genre, the rule that tells it, and how many documents are of it, against the others.
pub const GENRES: [(Genre, &str, u32); 10] = [
    (Genre::Story, "story", 30),
    (Genre::Sentences, "sentences", 12),
    (Genre::Sums, "sums", 10),
    (Genre::Entry, "entry", 10),
    (Genre::Quiz, "quiz", 8),
    (Genre::Thread, "forum", 7),
    (Genre::Recipe, "recipe", 5),
    (Genre::Letter, "mail", 7),
    (Genre::Chat, "chat", 8),
    (Genre::Usage, "usage", 9),
];

/// The shares of [`GENRES`].
const SHARES: [u32; GENRES.len()] = {
    let mut shares = [0; GENRES.len()];
    let mut genre = 0;
    while genre < shares.len() {
        shares[genre] = GENRES[genre].2;
        genre += 1;
    }
    shares
};

/// The grammar, read and checked.
pub struct World {
    grammar: Grammar,
    /// The rules of [`GENRES`].
    tops: Vec<usize>,
}

/// A text of the world, with a line break at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub genre: Genre,
    pub text: String,
    /// The sums in it, in order.
    pub sums: Vec<Sum>,
}

impl World {
    /// Reads the texts, given as names and contents.
    ///
    /// # Errors
    /// Where a text does not follow the syntax, or which rule is missing.
    pub fn parse(texts: &[(&str, &str)]) -> Result<Self, String> {
        let grammar = Grammar::parse(texts)?;
        let top = |(_, rule, _): &(Genre, &str, u32)| {
            grammar.rule(rule).ok_or_else(|| format!("The built-in texts lack the rule \"{rule}\": reload the page."))
        };
        let tops = GENRES.iter().map(top).collect::<Result<_, _>>()?;
        Ok(Self { grammar, tops })
    }

    /// The world that a native program holds.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn built_in() -> Self {
        Self::parse(TEXTS).expect("a test reads the texts")
    }

    /// The built-in world.
    ///
    /// # Errors
    /// In a browser: which text could not be fetched, as a sentence.
    pub async fn load() -> Result<Self, String> {
        #[cfg(target_arch = "wasm32")]
        return browser::load().await;
        #[cfg(not(target_arch = "wasm32"))]
        Ok(Self::built_in())
    }

    /// Documents without end.
    pub fn documents(&self, seed: u32) -> impl Iterator<Item = Document> + '_ {
        let mut teller = Teller::new(&self.grammar);
        (0..).map(move |index| self.tell(&mut teller, &SHARES, rng::stream(seed, index)))
    }

    /// Document number `index` of an endless text with so many documents of each of [`GENRES`], against the others.
    pub fn document(&self, shares: &[u8; GENRES.len()], seed: u32, index: u64) -> Document {
        self.tell(&mut Teller::new(&self.grammar), &shares.map(u32::from), rng::stream(seed, index))
    }

    /// The first documents with at least `bytes` bytes in all.
    pub fn text(&self, seed: u32, bytes: usize) -> Vec<String> {
        let mut left = bytes;
        let enough = |document: &Document| {
            let is_wanted = left > 0;
            left = left.saturating_sub(document.text.len());
            is_wanted
        };
        self.documents(seed).take_while(enough).map(|document| document.text).collect()
    }

    /// The rows of a table, such as "countries"; none if there is no such table.
    pub fn facts(&self, table: &str) -> Vec<Fact<'_>> {
        let rule = self.grammar.rule(table);
        rule.into_iter().flat_map(|rule| (0..self.grammar.rules[rule].rows.len()).map(move |row| Fact { world: self, rule, row })).collect()
    }

    fn tell(&self, teller: &mut Teller, shares: &[u32; GENRES.len()], stream: u64) -> Document {
        teller.begin(stream, None);
        let mut number = teller.below(shares.iter().sum());
        let which = shares.iter().take_while(|share| number.checked_sub(**share).map(|rest| number = rest).is_some()).count();
        teller.rule(self.tops[which]);
        let genre = GENRES[which].0;
        let sums = if genre == Genre::Sums { sums::tell(&self.grammar, teller) } else { Vec::new() };
        Document { genre, text: teller.since(0) + "\n", sums }
    }
}

/// A row of a table.
#[derive(Clone, Copy)]
pub struct Fact<'a> {
    world: &'a World,
    rule: usize,
    row: usize,
}

impl<'a> Fact<'a> {
    /// The text of a field, such as "capital"; none if there is no such field, or its text has choices in it. Where a cell is empty
    /// for a form that follows by the rules of English, such as "many", that form.
    pub fn get(&self, field: &str) -> Option<Cow<'a, str>> {
        let grammar = &self.world.grammar;
        let (rule, field) = (&grammar.rules[self.rule], grammar.field(field)?);
        match rule.plain(self.row, field)? {
            "" if field < NAME => Some(inflected(rule.plain(self.row, NAME)?, field).into()),
            text => Some(text.into()),
        }
    }
}
