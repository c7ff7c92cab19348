//! Refusals of what cannot be counted: what is wrong, and what to do.

use seven_steps_markov::{END, estimate_bytes};

use super::lexicon::Lexicon;
use crate::protocol::ngrams::{MOST_ORDER, Setup, Unit};

/// Bytes that counting may take: a browser's worker has 4 GB at most, and the last model may still stand.
const MOST_MEMORY: u64 = 2_500_000_000;

const _: () = assert!(MOST_ORDER as usize == seven_steps_markov::MOST_ORDER);

/// Refuses a text that says nothing to a chain of this kind.
pub fn check(lexicon: &Lexicon, tokens: &[u32], setup: Setup, bytes: u64) -> Result<(), String> {
    if !(1..=MOST_ORDER).contains(&setup.order) {
        return Err(format!("N is from 1 to {MOST_ORDER}, not {}: choose one of these.", setup.order));
    }
    let (unit, units) = match setup.unit {
        Unit::Word => ("word", "words"),
        Unit::Piece => ("piece", "pieces"),
        Unit::Character => ("character", "characters"),
    };
    let said = tokens.iter().filter(|token| **token != END).count() as u64;
    // Words of languages have a handful of letters.
    if setup.unit == Unit::Word && bytes > 200 && bytes > 60 * said.max(1) {
        return Err(format!("This text has hardly any spaces: {said} words in {bytes} bytes. Choose pieces or characters as the unit."));
    }
    if said < 10 {
        let [word, are] = if said == 1 { [unit, "is"] } else { [units, "are"] };
        return Err(format!("The text is too short: after a tenth is held out, {said} {word} to count {are} left. Add a few sentences."));
    }
    let first = tokens[0];
    if tokens.iter().all(|token| *token == first || *token == END) {
        let text = lexicon.text(first);
        let shown: String = text.chars().take(40).collect();
        return Err(format!(
            "The text is one {unit}, “{shown}”, over and over, so there is nothing to guess: take a text with different {units}."
        ));
    }
    let sentences = tokens.iter().filter(|token| **token == END).count();
    let memory = estimate_bytes(tokens.len(), sentences, lexicon.len(), setup.order as usize) + 2 * bytes;
    if memory > MOST_MEMORY {
        let instead = if setup.unit == Unit::Word { "" } else { "words as the unit, " };
        return Err(format!(
            "To count up to {} {units} at a time in this text would take {} of memory, and there are {}: choose a smaller N, {instead}or a \
             part of the text.",
            setup.order,
            gigabytes(memory),
            gigabytes(MOST_MEMORY)
        ));
    }
    let longest = tokens.split(|token| *token == END).map(<[u32]>::len).max().unwrap_or(0) + 2;
    if longest < setup.order as usize {
        return Err(format!(
            "N is {}, but the longest line of the text has {}, so there is no such n-gram: choose an N up to {longest}.",
            setup.order,
            if longest == 3 { format!("1 {unit}") } else { format!("{} {units}", longest - 2) }
        ));
    }
    Ok(())
}

fn gigabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000_000);
    format!("{}.{} GB", tenths / 10, tenths % 10)
}
