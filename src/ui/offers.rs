//! What a figure on words offers to fill its fields with, and what fields hold.

use crate::platform::lower_case;

/// Examples: a text for each field.
#[derive(Clone, Copy)]
pub struct Offers {
    /// In words of the built-in world.
    pub usual: &'static [&'static [&'static str]],
    /// The same of any three words, where a text has none of those.
    pub of: fn([&str; 3]) -> Vec<String>,
    pub label: fn(&[String]) -> String,
}

/// Words of a text that are offered, three an offer. Shorter ones say little, and so do the most frequent.
const OFFERED: usize = 9;
const LETTERS: usize = 4;
const FREQUENT: usize = 50;

impl Offers {
    pub fn usual(&self) -> Vec<Vec<String>> {
        self.usual.iter().map(|texts| texts.iter().map(|text| (*text).into()).collect()).collect()
    }

    /// Those of which all words are among `names`, which begin with the most frequent; or others, of these.
    pub fn among(&self, names: &[String]) -> Vec<Vec<String>> {
        let is_known = |text: &String| text.split(' ').all(|word| names.iter().any(|name| name == word));
        let mut known = self.usual();
        known.retain(|offer| offer.iter().all(is_known));
        if !known.is_empty() {
            return known;
        }
        let mut words: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.chars().count() >= LETTERS).collect();
        if words.len() < OFFERED {
            words = names.iter().map(String::as_str).collect();
        }
        let rarer = &words[FREQUENT.min(words.len().saturating_sub(OFFERED))..];
        rarer[..OFFERED.min(rarer.len())].as_chunks().0.iter().map(|words| (self.of)(*words)).collect()
    }
}

/// Whether all words of these texts are among `names`.
pub fn are_known(texts: &[String], names: &[String]) -> bool {
    let is_name = |word: &String| names.iter().any(|name| lower_case(name) == lower_case(word));
    texts.iter().flat_map(|text| different(text)).all(|word| is_name(&word))
}

/// What may stand around a word.
const MARKS: [char; 8] = ['.', '!', '?', ':', '"', '\'', '(', ')'];

/// The words of a text, each once, however it is written.
pub fn different(text: &str) -> Vec<String> {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split([' ', ',', ';']).map(|word| word.trim_matches(MARKS)).filter(|word| !word.is_empty()) {
        if words.iter().all(|other| lower_case(other) != lower_case(word)) {
            words.push(word);
        }
    }
    words.into_iter().map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: Offers = Offers {
        usual: &[&["cat", "dog"], &["king", "queen"]],
        of: |[a, b, _]| vec![a.into(), b.into()],
        label: |words| words.join(" and "),
    };

    fn offered(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).into()).collect();
        PAIRS.among(&names).iter().map(|offer| (PAIRS.label)(offer)).collect()
    }

    #[test]
    fn only_what_a_text_knows_is_offered() {
        assert_eq!(offered(&["the", "queen", "king", "cat"]), ["king and queen"]);
        assert_eq!(offered(&["the", "barn", "hen", "fence", "spade", "a"]), ["the and barn", "fence and spade"]);
        assert_eq!(offered(&["鶏", "犬", "猫"]), ["鶏 and 犬"]);
        assert_eq!(offered(&["one", "two"]), [""; 0]);
    }

    #[test]
    fn of_a_large_text_neither_short_words_nor_the_most_frequent_are_offered() {
        let names: Vec<String> = (0..200).flat_map(|i| [format!("word{i}"), "abc".into()]).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(offered(&names), ["word50 and word51", "word53 and word54", "word56 and word57"]);
    }

    #[test]
    fn a_text_has_what_was_typed_however_it_was_written() {
        let names = ["king", "Queen"].map(String::from);
        assert!(are_known(&["king".into(), "Queen, KING".into()], &names));
        assert!(!are_known(&["king".into(), "a queen".into()], &names));
    }

    #[test]
    fn a_word_counts_once_and_is_kept_as_it_was_typed() {
        assert_eq!(different(" Paris, paris;Rome!  PARIS 'rome' o'clock 3.50"), ["Paris", "Rome", "o'clock", "3.50"]);
        assert_eq!(different(" , "), [""; 0]);
    }
}
