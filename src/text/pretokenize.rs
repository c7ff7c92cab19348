//! Cuts a text into words before byte pair encoding, as GPT-2 does (Radford et al. 2019).
//!
//! The words are the matches of a pattern, one after another: a word takes the space before it along,
//! and no token ever spans two words. The pattern is scanned by hand, since a regex engine would
//! outweigh the rest of the page.

use super::unicode::{LETTERS, NUMBERS};
pub use crate::spec::Digits;

/// The pattern whose matches are the words.
pub const fn pattern(digits: Digits) -> &'static str {
    match digits {
        Digits::Single => r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        Digits::Grouped => r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    }
}

/// The words of `text`; concatenated they are `text`.
pub fn words(text: &str, digits: Digits) -> Words<'_> {
    Words { rest: text, digits }
}

/// Iterates over the words of a text. Any word's start is a place to start from anew.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    rest: &'a str,
    digits: Digits,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (word, rest) = self.rest.split_at(first_word(self.rest, self.digits)?);
        self.rest = rest;
        Some(word)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Number,
    Space,
    Other,
}

/// The length of the first word in bytes; none if the text is empty.
fn first_word(text: &str, digits: Digits) -> Option<usize> {
    let (first, length) = first_class(text)?;
    let stands_alone = |class| class == Class::Number && digits == Digits::Single;
    if let Some(length) = contraction(text.as_bytes()) {
        return Some(length);
    }
    if stands_alone(first) {
        return Some(length);
    }
    if first != Class::Space {
        return Some(run(text, first));
    }
    // Only U+0020 itself goes along with what follows it.
    match text.strip_prefix(' ').and_then(|rest| Some((rest, first_class(rest)?.0))) {
        Some((rest, class)) if class != Class::Space && !stands_alone(class) => Some(1 + run(rest, class)),
        _ => Some(white_space(text)),
    }
}

/// Matches `'s|'t|'re|'ve|'m|'ll|'d`.
fn contraction(text: &[u8]) -> Option<usize> {
    match text {
        [b'\'', b's' | b't' | b'm' | b'd', ..] => Some(2),
        [b'\'', b'r', b'e', ..] | [b'\'', b'v', b'e', ..] | [b'\'', b'l', b'l', ..] => Some(3),
        _ => None,
    }
}

/// Matches `\s+(?!\S)|\s+`: a run leaves its last character to the word that follows, if it has another.
fn white_space(text: &str) -> usize {
    let end = run(text, Class::Space);
    match text[..end].char_indices().next_back() {
        Some((last, _)) if last > 0 && end < text.len() => last,
        _ => end,
    }
}

/// The length in bytes of the characters of `class` at the start of `text`.
fn run(text: &str, class: Class) -> usize {
    let mut end = 0;
    while let Some((_, length)) = first_class(&text[end..]).filter(|(next, _)| *next == class) {
        end += length;
    }
    end
}

/// The class and the length in bytes of the first character.
fn first_class(text: &str) -> Option<(Class, usize)> {
    match text.as_bytes().first()? {
        b'a'..=b'z' | b'A'..=b'Z' => Some((Class::Letter, 1)),
        b' ' | b'\t'..=b'\r' => Some((Class::Space, 1)),
        b'0'..=b'9' => Some((Class::Number, 1)),
        0..=0x7F => Some((Class::Other, 1)),
        _ => text.chars().next().map(|first| (class(first), first.len_utf8())),
    }
}

fn class(character: char) -> Class {
    if is_in(&LETTERS, character) {
        Class::Letter
    } else if is_in(&NUMBERS, character) {
        Class::Number
    } else if character.is_whitespace() {
        Class::Space
    } else {
        Class::Other
    }
}

/// Whether a character is in one of the classes of Unicode.
pub(super) fn is_in(boundaries: &[u32], character: char) -> bool {
    boundaries.partition_point(|&boundary| boundary <= character as u32) % 2 == 1
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{Class as HirClass, HirKind};

    use super::super::unicode::MARKS;
    use super::*;

    /// Which code points are in a class, by the `regex-syntax` crate's tables, also of Unicode 16.
    fn members(pattern: &str) -> Vec<bool> {
        let hir = regex_syntax::parse(pattern).expect("a valid pattern");
        let HirKind::Class(HirClass::Unicode(class)) = hir.kind() else { panic!("{pattern} is a class") };
        let mut members = vec![false; 0x11_0000];
        class.ranges().iter().for_each(|range| members[range.start() as usize..=range.end() as usize].fill(true));
        members
    }

    #[test]
    fn classes_are_those_of_unicode() {
        let marks = members(r"\p{M}");
        assert!(('\0'..=char::MAX).all(|character| is_in(&MARKS, character) == marks[character as usize]));
        for (class, pattern) in [(Class::Letter, r"\p{L}"), (Class::Number, r"\p{N}"), (Class::Space, r"\s")] {
            let expected = members(pattern);
            for character in '\0'..=char::MAX {
                let (found, _) = first_class(character.encode_utf8(&mut [0; 4])).expect("not empty");
                assert_eq!(found == class, expected[character as usize], "{character:?}");
            }
        }
    }

    #[test]
    fn words_are_cut_as_the_pattern_says() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("It's  we'll, I'D", &["It", "'s", " ", " we", "'ll", ",", " I", "'", "D"]),
            ("a   b \n\n c\t\td  ", &["a", "  ", " b", " \n\n", " c", "\t", "\t", "d", "  "]),
            ("x=12+y2;", &["x", "=", "12", "+", "y", "2", ";"]),
            ("''s '' 's", &["''", "s", " ''", " '", "s"]),
            ("\u{A0}a\u{A0}\u{3000}b", &["\u{A0}", "a", "\u{A0}", "\u{3000}", "b"]),
            ("naïve café", &["naïve", " café"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text, Digits::Grouped).collect::<Vec<_>>(), *expected, "{text:?}");
        }
    }

    #[test]
    fn digits_stand_alone() {
        let cases: &[(&str, &[&str])] = &[
            ("x=12+y2;", &["x", "=", "1", "2", "+", "y", "2", ";"]),
            ("a 12  3\n4", &["a", " ", "1", "2", " ", " ", "3", "\n", "4"]),
            (" ٣½ '7's", &[" ", "٣", "½", " '", "7", "'s"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text, Digits::Single).collect::<Vec<_>>(), *expected, "{text:?}");
        }
    }
}
