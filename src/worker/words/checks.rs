//! Refusals of what words cannot be learnt from: what is wrong, and what to do.

use crate::protocol::words::{NUMBERS, Number, Setup};
use crate::stages::words::Reader;

/// Words that must have a vector, so that there is something to be near to and far from.
const FEWEST: usize = 10;

pub fn setup(setup: &Setup) -> Result<(), String> {
    for Number { least, most, place, called, .. } in &NUMBERS {
        let value = *place(&mut setup.clone());
        if !(least..=most).contains(&&value) {
            return Err(format!("{called} is from {least} to {most}, not {value}: choose one of these."));
        }
    }
    Ok(())
}

/// Refuses a text in which too few words occur often enough.
pub fn vocabulary(reader: &Reader, setup: &Setup) -> Result<(), String> {
    let frequent = reader.frequent(setup.least.into());
    if frequent >= FEWEST {
        return Ok(());
    }
    let words = match frequent {
        0 => "No word".into(),
        1 => "1 word".into(),
        count => format!("{count} different words"),
    };
    let occur = if frequent <= 1 { "occurs" } else { "occur" };
    let begun = match setup.least {
        1 => format!("{words} {occur} in this text, and {FEWEST} are needed"),
        least => format!("{words} {occur} {least} times or more in this text, and {FEWEST} are needed"),
    };
    let rarer = (1..setup.least).rev().find(|&least| reader.frequent(least.into()) >= FEWEST);
    Err(match rarer {
        Some(1) => format!("{begun}: take a longer text, or set “At least” to 1, so that words count that occur only once."),
        Some(rarer) => {
            format!("{begun}: take a longer text, or set “At least” to {rarer}, so that words count that occur only {rarer} times.")
        }
        None => format!("{begun}: take a longer text."),
    })
}
