//! The settings of the chapter on n-grams as the fragment of its address: `n=5&unit=char&smoothing=katz`. A fragment without `=` is
//! the name of a place in the page and says nothing about settings.

use crate::{
    protocol::ngrams::{MOST_ORDER, Smoothing, Unit},
    url::shorten,
};

/// What the visitor sets for the whole chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub unit: Unit,
    /// N: the model looks at the N − 1 tokens before.
    pub order: u32,
    pub smoothing: Smoothing,
}

impl Settings {
    pub const USUAL: Self = Self { unit: Unit::Word, order: 3, smoothing: Smoothing::ModifiedKneserNey };
}

const UNITS: [(Unit, &str); 3] = [(Unit::Word, "word"), (Unit::Piece, "piece"), (Unit::Character, "char")];
const METHODS: [(Smoothing, &str); 7] = [
    (Smoothing::None, "none"),
    (Smoothing::AddK, "add-k"),
    (Smoothing::JelinekMercer, "jelinek-mercer"),
    (Smoothing::Katz, "katz"),
    (Smoothing::WittenBell, "witten-bell"),
    (Smoothing::KneserNey, "kneser-ney"),
    (Smoothing::ModifiedKneserNey, "modified-kneser-ney"),
];

/// The settings that differ from the usual ones, without the `#`; empty if none does.
pub fn to_fragment(settings: &Settings) -> String {
    let usual = Settings::USUAL;
    let mut pairs = Vec::new();
    if settings.order != usual.order {
        pairs.push(format!("n={}", settings.order));
    }
    if settings.unit != usual.unit {
        pairs.push(["unit=", unit_name(settings.unit)].concat());
    }
    if settings.smoothing != usual.smoothing {
        pairs.push(["smoothing=", method_name(settings.smoothing)].concat());
    }
    pairs.join("&")
}

/// The settings that `fragment` (with or without its `#`) describes, and a sentence for everything in it that could not be followed.
/// `None` if it describes none: it is empty, or names a place in the page.
pub fn from_fragment(fragment: &str) -> Option<(Settings, Vec<String>)> {
    let fragment = fragment.trim_start_matches('#');
    if !fragment.contains('=') {
        return None;
    }
    let mut settings = Settings::USUAL;
    let mut notes = Vec::new();
    for pair in fragment.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let problem = match key {
            "n" => match value.parse().ok().filter(|order| (1..=MOST_ORDER).contains(order)) {
                Some(order) => {
                    settings.order = order;
                    continue;
                }
                None => format!("N must be a whole number from 1 to {MOST_ORDER}."),
            },
            "unit" => match unit_named(value) {
                Some(unit) => {
                    settings.unit = unit;
                    continue;
                }
                None => one_of("The unit", &UNITS.map(|(_, name)| name)),
            },
            "smoothing" => match method_named(value) {
                Some(smoothing) => {
                    settings.smoothing = smoothing;
                    continue;
                }
                None => one_of("The smoothing", &METHODS.map(|(_, name)| name)),
            },
            _ => {
                notes.push(format!("The address names a setting “{}”, which does not exist: it is left out.", shorten(key)));
                continue;
            }
        };
        notes.push(format!("The address says {key}={}. {problem} It is left as usual.", shorten(value)));
    }
    Some((settings, notes))
}

/// The name of a unit in an address.
pub fn unit_name(unit: Unit) -> &'static str {
    UNITS.iter().find(|(known, _)| *known == unit).map_or("", |(_, name)| name)
}

pub fn unit_named(name: &str) -> Option<Unit> {
    UNITS.iter().find(|(_, known)| *known == name).map(|(unit, _)| *unit)
}

/// The name of a method in an address.
pub fn method_name(smoothing: Smoothing) -> &'static str {
    METHODS.iter().find(|(known, _)| *known == smoothing).map_or("", |(_, name)| name)
}

pub fn method_named(name: &str) -> Option<Smoothing> {
    METHODS.iter().find(|(_, known)| *known == name).map(|(smoothing, _)| *smoothing)
}

fn one_of(what: &str, names: &[&str]) -> String {
    format!("{what} must be one of {}.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_says_only_what_differs() {
        assert_eq!(to_fragment(&Settings::USUAL), "");
        let settings = Settings { unit: Unit::Character, order: 5, smoothing: Smoothing::Katz };
        assert_eq!(to_fragment(&settings), "n=5&unit=char&smoothing=katz");
    }

    #[test]
    fn every_setting_comes_back() {
        for order in 1..=MOST_ORDER {
            for (unit, _) in UNITS {
                for smoothing in Smoothing::ALL {
                    let settings = Settings { unit, order, smoothing };
                    let fragment = to_fragment(&settings);
                    assert_eq!(from_fragment(&fragment), (settings != Settings::USUAL).then_some((settings, vec![])), "{fragment}");
                }
            }
        }
    }

    #[test]
    fn a_place_in_the_page_is_no_setting() {
        assert_eq!(from_fragment("#table"), None);
        assert_eq!(from_fragment(""), None);
    }

    #[test]
    fn what_is_bad_is_left_as_usual_with_a_note() {
        let (settings, notes) = from_fragment("#n=9&unit=syllable&smoothing=katz&colour=red").expect("it describes settings");
        assert_eq!(settings, Settings { smoothing: Smoothing::Katz, ..Settings::USUAL });
        assert_eq!(
            notes,
            [
                "The address says n=9. N must be a whole number from 1 to 7. It is left as usual.",
                "The address says unit=syllable. The unit must be one of word, piece, char. It is left as usual.",
                "The address names a setting “colour”, which does not exist: it is left out.",
            ]
        );
    }
}
