//! The built-in text: short stories for children, told from a small grammar: `starter/plots.txt` says how, and
//! `starter/words.txt` of whom and what.
//!
//! Any amount of it, with no download, and the same on every platform for the same seed. A story's causes have
//! their effects: what the wind takes hangs in a tree, and a helper who climbs gets it down.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::rng;

/// At least `bytes` bytes of stories, one a document.
pub fn starter(seed: u32, bytes: usize) -> Vec<String> {
    let grammar = grammar();
    let mut stories = Vec::new();
    let mut left = bytes;
    while left > 0 {
        let story = Teller::new(&grammar, rng::stream(seed, stories.len() as u64)).tell();
        left = left.saturating_sub(story.len());
        stories.push(story);
    }
    stories
}

/// The rules by name; the heads of the two files explain how they are written.
type Grammar = FxHashMap<&'static str, Rule>;

#[derive(Default)]
struct Rule {
    ways: Vec<String>,
    /// The names of a datum's fields.
    fields: Vec<&'static str>,
}

macro_rules! grammar_file {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/starter/", $name, ".txt"))
    };
}

fn grammar() -> Grammar {
    let mut grammar = Grammar::default();
    let mut rule = &mut Rule::default();
    let lines = [grammar_file!("plots"), grammar_file!("words")].map(str::lines).into_iter().flatten();
    for line in lines {
        match (line.strip_prefix("    "), line.strip_prefix("  "), rule.ways.last_mut()) {
            (Some(paragraph), _, Some(way)) => *way += &["\n", paragraph].concat(),
            (None, Some(ways), _) => rule.ways.extend(ways.split(" / ").map(String::from)),
            _ => {
                let mut words = line.split(' ');
                rule = grammar.entry(words.next().unwrap_or_default()).or_default();
                rule.fields.extend(words);
            }
        }
    }
    grammar
}

/// Tells one story.
struct Teller<'a> {
    grammar: &'a Grammar,
    stream: u64,
    drawn: u64,
    /// Fields of the data drawn so far, such as "h.name".
    fields: FxHashMap<String, &'a str>,
    /// Data drawn so far.
    taken: FxHashSet<&'a str>,
    text: String,
}

impl<'a> Teller<'a> {
    fn new(grammar: &'a Grammar, stream: u64) -> Self {
        Self { grammar, stream, drawn: 0, fields: FxHashMap::default(), taken: FxHashSet::default(), text: String::new() }
    }

    fn tell(mut self) -> String {
        self.name("story");
        self.text.push('\n');
        mended(&self.text)
    }

    /// Appends what `way` says.
    fn say(&mut self, way: &str) {
        let mut rest = way;
        while let Some(place) = rest.find(['{', '[', '<', '\n']) {
            self.text.push_str(&rest[..place]);
            let end = place + matching(&rest[place..]);
            let inside = rest.get(place + 1..end - 1).unwrap_or_default();
            match rest.as_bytes()[place] {
                b'{' => {
                    let choices = choices(inside);
                    let choice = self.pick(choices.len());
                    self.say(choices[choice]);
                }
                b'[' => {
                    let name = self.apart(inside);
                    self.name(&name);
                }
                b'<' => {
                    let drawn = self.apart(inside);
                    self.draw(&drawn);
                }
                _ => self.text.push_str("\n\n"),
            }
            rest = &rest[end..];
        }
        self.text.push_str(rest);
    }

    /// What `way` says, not appended.
    fn apart(&mut self, way: &str) -> String {
        let before = std::mem::take(&mut self.text);
        self.say(way);
        std::mem::replace(&mut self.text, before)
    }

    /// Says a field or a rule, with a capital if its name has one.
    fn name(&mut self, name: &str) {
        let start = self.text.len();
        let lower = name.to_ascii_lowercase();
        let field = self.fields.get(&lower).or_else(|| self.fields.get(&format!("{lower}.name"))).copied();
        let grammar = self.grammar;
        match (field, grammar.get(lower.as_str())) {
            (Some(value), _) => self.say(value),
            (None, Some(rule)) => {
                let way = self.pick(rule.ways.len());
                self.say(&rule.ways[way]);
            }
            (None, None) => self.text.push_str(name),
        }
        if lower != name
            && let Some(first) = self.text.get_mut(start..start + 1)
        {
            first.make_ascii_uppercase();
        }
    }

    /// Draws a datum, given as `who:rule`, and keeps its fields.
    fn draw(&mut self, drawn: &str) {
        let grammar = self.grammar;
        let (who, name) = drawn.split_once(':').unwrap_or_default();
        let Some(rule) = grammar.get(name) else { return };
        let mut free: Vec<&str> = rule.ways.iter().map(String::as_str).filter(|way| !self.taken.contains(way)).collect();
        if free.is_empty() {
            free = rule.ways.iter().map(String::as_str).collect();
        }
        let datum = free[self.pick(free.len())];
        self.taken.insert(datum);
        for (field, value) in rule.fields.iter().zip(datum.split(';')) {
            self.fields.insert(format!("{who}.{field}"), value);
        }
    }

    /// A number below `count`, all equally likely.
    fn pick(&mut self, count: usize) -> usize {
        self.drawn += 1;
        rng::below(self.stream, self.drawn, count as u64) as usize
    }
}

/// The length of the bracketed text that `text` starts with, or of its first character.
fn matching(text: &str) -> usize {
    let mut depth = 0;
    for (place, character) in text.char_indices() {
        match character {
            '{' | '[' | '<' => depth += 1,
            '}' | ']' | '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + character.len_utf8();
        }
    }
    text.len()
}

/// Divides `a|{b|c}|d` into its three choices.
fn choices(text: &str) -> Vec<&str> {
    let mut depth = 0;
    text.split(|character| {
        depth += i32::from(character == '{') - i32::from(character == '}');
        depth == 0 && character == '|'
    })
    .collect()
}

/// Writes "an" where a vowel follows, and one space where something optional was left out.
fn mended(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut is_after_article = false;
    for word in text.split_inclusive([' ', '\n']).filter(|word| *word != " ") {
        if is_after_article && word.starts_with(['a', 'e', 'i', 'o', 'u']) {
            written.insert(written.len() - 1, 'n');
        }
        written.push_str(word);
        is_after_article = matches!(word.trim_start_matches('"'), "a " | "A ");
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_grammar_is_known() {
        let text = starter(3, 2_000_000).concat();
        let left = text.split_whitespace().find(|word| word.contains(['[', ']', '{', '}', '<', '>', '|', ';']));
        assert_eq!(left, None);
        let dotted = text.split_whitespace().find(|word| word.trim_matches(['.', '"', '?', '!']).contains('.'));
        assert_eq!(dotted, None, "a field that nothing drew");
        assert!(!text.contains("  ") && !text.contains(" ."), "a choice left out leaves its space behind");
    }

    #[test]
    fn the_same_seed_tells_the_same() {
        let stories = starter(1, 1_000_000);
        let bytes: usize = stories.iter().map(String::len).sum();
        assert!((1_000_000..1_005_000).contains(&bytes));
        assert_eq!(starter(1, 100_000), stories[..starter(1, 100_000).len()]);
        assert_ne!(starter(2, 1_000), stories[..starter(2, 1_000).len()]);
        let different: FxHashSet<&String> = stories.iter().collect();
        assert!(different.len() * 100 > stories.len() * 99, "{} of {}", different.len(), stories.len());
    }

    #[test]
    fn articles_fit() {
        assert_eq!(mended("A owl saw a  old \"a ant\" a\nape and a bee.\n"), "An owl saw an old \"an ant\" a\nape and a bee.\n");
    }
}
