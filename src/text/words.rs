//! From a line of text to words and punctuation marks, and back to text that reads well.

use super::pretokenize::is_in;
use super::unicode::MARKS;

/// The words and punctuation marks of `line`.
///
/// A word is a run of letters, of the marks that combine with them, and of digits, with apostrophes and hyphens inside it ("don't",
/// "well-known") and points, commas and colons between digits ("3.50", "10,000"). Any other visible character is one of its own,
/// with what combines with it, and so is each character of Chinese and Japanese. Thai and other scripts without spaces are cut where
/// the text has some.
pub fn words(line: &str) -> Words<'_> {
    Words { rest: line }
}

/// Iterates over the words of a line.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.rest.find(is_visible)?;
        let rest = &self.rest[start..];
        let (word, rest) = rest.split_at(first_word(rest));
        self.rest = rest;
        Some(word)
    }
}

/// The length in bytes of the word at the start of `text`, which begins with a visible character.
fn first_word(text: &str) -> usize {
    let mut characters = text.chars().peekable();
    let Some(mut last) = characters.next() else { return 0 };
    let mut end = last.len_utf8();
    if !is_joined(last) {
        let combines = |character: &char| is_mark(*character) || *character == '\u{200D}';
        return end + characters.take_while(combines).map(char::len_utf8).sum::<usize>();
    }
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().filter(|next| is_joined(*next));
        let is_inside = is_joined(character)
            || match character {
                '\'' | '’' | '-' | '‐' | '\u{2011}' | '·' | '\u{5F3}' | '\u{5F4}' | '\u{AD}' | '\u{200C}' | '\u{200D}' | '\u{2060}' => {
                    next.is_some()
                }
                '.' | ',' | ':' => last.is_ascii_digit() && next.is_some_and(|next| next.is_ascii_digit()),
                _ => false,
            };
        if !is_inside {
            break;
        }
        end += character.len_utf8();
        last = character;
    }
    end
}

fn is_visible(character: char) -> bool {
    let is_format = matches!(character, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    !character.is_whitespace() && !character.is_control() && !is_format
}

/// Whether a word, as [`words`] cuts them, is one of letters or digits, and not a mark of punctuation.
pub fn is_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphanumeric() || is_mark(first))
}

/// Whether a character forms words with its neighbours.
fn is_joined(character: char) -> bool {
    (character.is_alphanumeric() && !is_wide(character)) || is_mark(character)
}

/// Whether a character combines with the one before: accents, vowel signs, tone marks, viramas. General category M.
fn is_mark(character: char) -> bool {
    character >= '\u{300}' && is_in(&MARKS, character)
}

/// The scripts that are written without spaces, and their punctuation.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{2E80}'..='\u{312F}' | '\u{31A0}'..='\u{A4CF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}'
        | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Puts words together to text as they come: a space before a word, none before a comma, and straight quotation marks that open
/// and close by turns.
#[derive(Debug, Clone, Default)]
pub struct Joiner {
    last: Option<char>,
    /// Whether the next word stands close to the last.
    is_close: bool,
    /// Whether a " and a ' are open.
    open: [bool; 2],
}

impl Joiner {
    /// The text to append for `word`: itself, after a space if one belongs there.
    pub fn push(&mut self, word: &str) -> String {
        let (Some(first), Some(last)) = (word.chars().next(), word.chars().next_back()) else { return String::new() };
        let (before, after) = match first {
            '"' => self.turn(0),
            '\'' if word.len() == 1 => self.turn(1),
            ',' | '.' | '!' | '?' | ';' | ':' | ')' | ']' | '}' | '…' | '%' | '”' | '’' | '»' | '°' => (false, true),
            '(' | '[' | '{' | '“' | '‘' | '«' | '¿' | '¡' | '#' | '$' | '£' | '€' | '@' => (true, false),
            '/' | '_' => (false, false),
            '-' | '*' | '=' => (self.last != Some(first), true),
            _ => (!is_wide(first), true),
        };
        let has_space = before && !self.is_close && self.last.is_some_and(|last| !is_wide(last));
        self.is_close = !after;
        self.last = Some(last);
        if has_space { [" ", word].concat() } else { word.to_owned() }
    }

    /// Whether spaces stand before and after a straight quotation mark.
    fn turn(&mut self, mark: usize) -> (bool, bool) {
        self.open[mark] = !self.open[mark];
        (self.open[mark], !self.open[mark])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(line: &str) -> String {
        let mut joiner = Joiner::default();
        words(line).map(|word| joiner.push(word)).collect()
    }

    #[test]
    fn a_line_is_cut_into_words_and_marks() {
        let cut = |line| words(line).collect::<Vec<_>>();
        assert_eq!(cut("Don't go, well-known fox!"), ["Don't", "go", ",", "well-known", "fox", "!"]);
        assert_eq!(cut("At 7:30 it cost 10,000.50, 'twas -5"), ["At", "7:30", "it", "cost", "10,000.50", ",", "'", "twas", "-", "5"]);
        assert_eq!(cut("  \u{FEFF}naïve\u{200B} cafe\u{301}…  "), ["naïve", "cafe\u{301}", "…"]);
        assert_eq!(cut("我爱 你。Привет"), ["我", "爱", "你", "。", "Привет"]);
        assert_eq!(cut("हिन्दी ज़रा क्‍ष می‌خواهم"), ["हिन्दी", "ज़रा", "क्‍ष", "می‌خواهم"]);
        // The scripts of Thailand, Laos, Burma, Cambodia and Tibet, Arabic and Hebrew with vowels, Syriac, N'Ko, Thaana, Adlam.
        for text in ["ผู้ใหญ่ น้ำ ที่", "ຜູ້ໃຫຍ່ ນ້ຳ", "မြန်မာ ကျွန်ုပ်", "ស្រ្តី ខ្ញུំ", "བཀྲ་ཤིས", "كِتَابٌ مُدَرِّسَة", "שָׁלוֹם בְּרֵאשִׁית", "ܫܠܳܡܳܐ", "ߒߞߏ߫", "ދިވެހި", "𞤆𞤵𞤤𞤢𞤪"]
        {
            assert_eq!(cut(text).concat(), text.replace(' ', ""));
            assert!(cut(text).len() == text.split(' ').count() || text.contains('་'), "{text}: {:?}", cut(text));
            assert!(cut(text).iter().all(|word| is_word(word) || *word == "་"), "{text}");
        }
        assert_eq!(cut("צה״ל col·laboració co\u{AD}operate \u{2067}abc\u{2069}"), ["צה״ל", "col·laboració", "co\u{AD}operate", "abc"]);
        assert_eq!(cut("I ❤️ it 1️⃣ ½\u{338}≠=\u{338}"), ["I", "❤️", "it", "1️⃣", "½\u{338}", "≠", "=\u{338}"]);
        assert_eq!(cut("Say--it- -"), ["Say", "-", "-", "it", "-", "-"]);
        assert_eq!(cut(" \t "), [""; 0]);
    }

    #[test]
    fn text_that_is_set_as_usual_comes_back() {
        for line in [
            "The old fox, who didn't see (or hear) the well-known dog, said: \"Good day!\"",
            "“How much is 3.50?” asked Lily. ‘Ten % of $35…’",
            "\"No.\" \"Yes!\" 'Well'; 12 + 5 = 17 and 1/2",
            "我爱你。",
            "Thanks -- see you @home",
        ] {
            assert_eq!(joined(line), line.replace("Ten %", "Ten%"));
        }
    }
}
