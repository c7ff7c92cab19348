//! `headless world`: the built-in text to the terminal, what it amounts to, or questions about it.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};

use crate::world::measure::{LAST_RANK, Report};
use crate::world::{GENRES, Relation, World};

/// Words that are told, or measured, if nobody says how many.
const WORDS: usize = 1_000_000;

/// Does what the arguments after `world` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(parser: &mut lexopt::Parser) -> Result<(), String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let (mut seed, mut words, mut genre, mut is_report, mut are_questions) = (1, WORDS, None, false, false);
    while let Some(argument) = parser.next().map_err(hint)? {
        match argument {
            Long("seed") => seed = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("words") => words = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("genre") => genre = Some(parser.value().map_err(hint)?),
            Long("report") => is_report = true,
            Long("questions") => are_questions = true,
            other => return Err(hint(other.unexpected())),
        }
    }
    let told = if are_questions {
        ask().map_err(Stop::Write)
    } else if is_report {
        report(seed, words).map_err(Stop::Write)
    } else {
        tell(seed, words, genre)
    };
    match told {
        // Whoever read it had enough.
        Ok(()) => Ok(()),
        Err(Stop::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Stop::Write(error)) => Err(format!("The text cannot be written: {error}.")),
        Err(Stop::Genre(sentence)) => Err(sentence),
    }
}

enum Stop {
    Write(io::Error),
    Genre(String),
}

/// Prints documents, divided by empty lines, until they have so many words.
fn tell(seed: u32, words: usize, genre: Option<OsString>) -> Result<(), Stop> {
    let only = match genre {
        None => None,
        Some(name) => Some(GENRES.iter().find(|(_, rule, _)| *rule == name).ok_or_else(|| {
            let known: Vec<&str> = GENRES.iter().map(|(_, rule, _)| *rule).collect();
            Stop::Genre(format!("“{}” is not a genre; there are {}.", name.display(), known.join(", ")))
        })?),
    };
    let world = World::built_in();
    let wanted = world.documents(seed).filter(|document| only.is_none_or(|(genre, ..)| *genre == document.genre));
    let mut out = BufWriter::new(io::stdout().lock());
    let mut told = 0;
    for (number, document) in wanted.enumerate() {
        if told >= words {
            break;
        }
        let gap = if number == 0 { "" } else { "\n" };
        write!(out, "{gap}{}", document.text).map_err(Stop::Write)?;
        told += document.text.split_whitespace().count();
    }
    out.flush().map_err(Stop::Write)
}

/// Prints the questions of all relations, “a is to b as c is to d” a line, as word2vec's `questions-words.txt` has them.
fn ask() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for Relation { name, pairs } in World::built_in().relations() {
        // word2vec's own reader takes one word for the name.
        writeln!(out, ": {}", name.replace(' ', "-"))?;
        for (i, (a, b)) in pairs.iter().enumerate() {
            let others = pairs.iter().enumerate().filter(|&(j, _)| j != i);
            others.map(|(_, pair)| pair).try_for_each(|(c, d)| writeln!(out, "{a} {b} {c} {d}"))?;
        }
    }
    out.flush()
}

fn report(seed: u32, words: usize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let report = Report::of(World::built_in().documents(seed), words);
    let Report { words, types, once, zipf, by_genre } = &report;
    writeln!(out, "{words} words, {types} types, {once} of them once")?;
    writeln!(out, "Zipf: slope {:.3}, R² {:.4}, over the ranks to {}", zipf.slope, zipf.r2, LAST_RANK.min(*types))?;
    writeln!(out, "{:<12} {:>10} {:>10} {:>7} {:>10}", "genre", "documents", "words", "share", "duplicates")?;
    for share in by_genre {
        let percent = 100.0 * share.words as f64 / *words as f64;
        let name = format!("{:?}", share.genre).to_lowercase();
        writeln!(out, "{name:<12} {:>10} {:>10} {percent:>6.1}% {:>10}", share.documents, share.words, share.duplicates)?;
    }
    out.flush()
}
