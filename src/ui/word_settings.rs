//! How word vectors are learnt, as the fragment of the chapter's address says it: `dimensions=50&method=counting`. A fragment without
//! `=` is the name of a place in the page.

use crate::{
    protocol::words::{Method, NUMBERS, Number, Setup},
    url::shorten,
};

/// The names of the methods in an address.
pub const METHODS: [(Method, &str); 3] = [(Method::SkipGram, "skip-gram"), (Method::Cbow, "cbow"), (Method::Counting, "counting")];

/// The number that `text` says.
///
/// # Errors
/// A sentence, where it says none that is allowed.
pub fn read(number: &Number, text: &str) -> Result<u32, String> {
    let in_range = |value: &u32| (number.least..=number.most).contains(value);
    let range = || format!("{} must be a whole number from {} to {}.", number.called, number.least, number.most);
    text.trim().parse().ok().filter(in_range).ok_or_else(range)
}

/// What differs from the usual setup, without the `#`; empty if nothing does.
pub fn to_fragment(setup: &Setup) -> String {
    let mut pairs = Vec::new();
    if setup.method != Setup::USUAL.method {
        pairs.push(["method=", method_name(setup.method)].concat());
    }
    for Number { key, place, .. } in &NUMBERS {
        let value = *place(&mut setup.clone());
        if value != *place(&mut Setup::USUAL.clone()) {
            pairs.push(format!("{key}={value}"));
        }
    }
    if !setup.subsample {
        pairs.push("subsample=0".into());
    }
    if setup.gpu {
        pairs.push("gpu=1".into());
    }
    pairs.join("&")
}

/// The setup that `fragment` (with or without its `#`) describes, and a sentence for everything in it that could not be followed.
pub fn from_fragment(fragment: &str) -> (Setup, Vec<String>) {
    let (mut setup, mut notes) = (Setup::USUAL, Vec::new());
    let fragment = fragment.trim_start_matches('#');
    if !fragment.contains('=') {
        return (setup, notes);
    }
    for pair in fragment.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let followed = match key {
            "method" => method_named(value).map(|method| setup.method = method).ok_or_else(|| {
                let names = METHODS.map(|(_, name)| name).join(", ");
                format!("The method must be one of {names}.")
            }),
            "subsample" => yes_or_no(value, &mut setup.subsample),
            "gpu" => yes_or_no(value, &mut setup.gpu),
            _ => match NUMBERS.iter().find(|number| number.key == key) {
                Some(number) => read(number, value).map(|value| *(number.place)(&mut setup) = value),
                None => {
                    notes.push(format!("The address names a setting “{}”, which does not exist: it is left out.", shorten(key)));
                    continue;
                }
            },
        };
        if let Err(problem) = followed {
            notes.push(format!("The address says {key}={}. {problem} It is left as usual.", shorten(value)));
        }
    }
    (setup, notes)
}

fn yes_or_no(value: &str, place: &mut bool) -> Result<(), String> {
    match value {
        "0" | "1" => {
            *place = value == "1";
            Ok(())
        }
        _ => Err("It must be 0 or 1.".into()),
    }
}

pub fn method_name(method: Method) -> &'static str {
    METHODS.iter().find(|(known, _)| *known == method).map_or("", |(_, name)| name)
}

pub fn method_named(name: &str) -> Option<Method> {
    METHODS.iter().find(|(_, known)| *known == name).map(|(method, _)| *method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setup_comes_back_from_what_differs() {
        assert_eq!(to_fragment(&Setup::USUAL), "");
        assert_eq!(from_fragment("#map"), (Setup::USUAL, vec![]));
        for (method, _) in METHODS {
            for Number { least, most, place, .. } in &NUMBERS {
                for value in [*least, *most] {
                    let mut setup = Setup { method, subsample: false, gpu: true, ..Setup::USUAL };
                    *place(&mut setup) = value;
                    assert_eq!(from_fragment(&to_fragment(&setup)), (setup, vec![]));
                }
            }
        }
        assert_eq!(to_fragment(&Setup { method: Method::Cbow, window: 3, ..Setup::USUAL }), "method=cbow&window=3");
    }

    #[test]
    fn what_is_bad_is_left_as_usual_with_a_note() {
        let (setup, notes) = from_fragment("#dimensions=1&method=magic&colour=red&passes=2");
        assert_eq!(setup, Setup { epochs: 2, ..Setup::USUAL });
        assert_eq!(
            notes,
            [
                "The address says dimensions=1. The number of dimensions must be a whole number from 2 to 300. It is left as usual.",
                "The address says method=magic. The method must be one of skip-gram, cbow, counting. It is left as usual.",
                "The address names a setting “colour”, which does not exist: it is left out.",
            ]
        );
    }
}
