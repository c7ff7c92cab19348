//! A text as words are learnt from it: in lower case, without punctuation, sentence by sentence.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use seven_steps_embeddings::END;

use crate::platform::lower_case;
use crate::text::words::{is_word, words};

/// The words of a text, the most frequent first, and the text as their numbers, with [`END`] after each sentence.
pub struct Words {
    pub names: Vec<Rc<str>>,
    pub counts: Vec<u64>,
    pub text: Vec<u32>,
    ids: FxHashMap<Rc<str>, u32>,
}

impl Words {
    /// Those of a file, which has no text.
    pub fn of_names(names: Vec<Rc<str>>) -> Self {
        let ids = names.iter().cloned().zip(0..).collect();
        Self { counts: vec![0; names.len()], names, text: Vec::new(), ids }
    }

    /// The number of a word, which may be written with capitals.
    pub fn find(&self, word: &str) -> Option<u32> {
        self.ids.get(word).or_else(|| self.ids.get(&*lower_case(word))).copied()
    }
}

/// Marks that do not end a sentence.
const INSIDE: [&str; 32] = [
    ",", "\"", "“", "”", "'", "(", ")", "-", "–", "—", "%", "،", "、", "，", "‘", "’", "„", "«", "»", "‹", "›", "「", "」", "『", "』",
    "（", "）", "[", "]", "{", "}", "־",
];

/// Reads a text line by line.
#[derive(Default)]
pub struct Reader {
    names: Vec<Rc<str>>,
    counts: Vec<u64>,
    ids: FxHashMap<Rc<str>, u32>,
    text: Vec<u32>,
}

impl Reader {
    /// A sentence ends with its line, and at any mark but a comma, a quotation mark, a bracket or a dash.
    pub fn read(&mut self, line: &str) {
        for word in words(&lower_case(line)) {
            match is_word(word) {
                true => self.push(word),
                false if INSIDE.contains(&word) => {}
                false => self.end(),
            }
        }
        self.end();
    }

    fn push(&mut self, word: &str) {
        let id = self.ids.get(word).copied().unwrap_or_else(|| {
            let name: Rc<str> = word.into();
            self.names.push(Rc::clone(&name));
            self.counts.push(0);
            self.ids.insert(name, self.names.len() as u32 - 1);
            self.names.len() as u32 - 1
        });
        self.counts[id as usize] += 1;
        self.text.push(id);
    }

    fn end(&mut self) {
        if self.text.last().is_some_and(|last| *last != END) {
            self.text.push(END);
        }
    }

    /// How many words occur `least` times or more.
    pub fn frequent(&self, least: u64) -> usize {
        self.counts.iter().filter(|&&count| count >= least).count()
    }

    /// The words that occur `least` times, `most` of them at most; the others are left out of the text.
    pub fn finish(self, least: u64, most: usize) -> Words {
        let Self { names, counts, text, .. } = self;
        let order: Vec<u32> = (0..names.len() as u32).filter(|&id| counts[id as usize] >= least).collect();
        // Among equals the earlier first, so that the same text gives the same numbers.
        let mut order: Vec<u64> = order.into_iter().map(|id| !counts[id as usize] << 32 | u64::from(id)).collect();
        order.sort_unstable();
        order.truncate(most);
        let order: Vec<u32> = order.into_iter().map(|key| key as u32).collect();
        let mut renamed = vec![None; names.len()];
        order.iter().zip(0..).for_each(|(&old, new)| renamed[old as usize] = Some(new));
        let text = text.into_iter().filter_map(|id| if id == END { Some(END) } else { renamed[id as usize] }).collect();
        let names: Vec<Rc<str>> = order.iter().map(|&id| Rc::clone(&names[id as usize])).collect();
        let ids = names.iter().cloned().zip(0..).collect();
        Words { counts: order.iter().map(|&id| counts[id as usize]).collect(), names, text, ids }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_by_frequency_and_sentences_kept_apart() {
        let mut reader = Reader::default();
        reader.read("The dog, a big dog, barked. \"The cat?\" Well-known!");
        reader.read("the Dog");
        let words = reader.finish(2, 10);
        let names: Vec<&str> = words.names.iter().map(|name| &**name).collect();
        assert_eq!((names, &words.counts[..]), (vec!["the", "dog"], &[3, 3][..]));
        assert_eq!(words.text, [0, 1, 1, END, 0, END, END, 0, 1, END]);
        assert_eq!((words.find("Dog"), words.find("cat")), (Some(1), None));
    }
}
