//! Tells texts from the grammar, by the dice.

use super::english::{inflected, mend};
use super::grammar::{Filter, Grammar, INFLECTIONS, Mark, Meaning, NAME, Piece, Rule, Table, Way, at, total, uncapitalised};
use crate::rng;

/// Tells one text after the other. What was drawn for one is forgotten before the next.
pub(super) struct Teller<'a> {
    grammar: &'a Grammar,
    stream: u64,
    drawn: u64,
    /// By [`Grammar::cell`].
    values: Vec<(u32, Value<'a>)>,
    /// The text for which a row was last drawn, by [`super::grammar::Row::id`].
    taken: Vec<u32>,
    /// Counts the texts; what another text left is not cleared but seen to be old.
    telling: u32,
    depth: usize,
    /// The slot whose coin falls the other way than the dice say.
    flipped: Option<usize>,
    marks: Vec<(Mark, usize)>,
    text: String,
}

#[derive(Clone)]
enum Value<'a> {
    Way(&'a Way),
    Text(String),
}

/// Rules within rules: deeper than any of ours, so that one that says itself comes to an end.
const DEEPEST: usize = 100;
/// Unlucky draws before the next free datum is taken.
const DRAWS: usize = 8;

impl<'a> Teller<'a> {
    pub fn new(grammar: &'a Grammar) -> Self {
        let values = vec![(0, Value::Text(String::new())); grammar.cells()];
        let taken = vec![0; grammar.rows];
        Self { grammar, stream: 0, drawn: 0, values, taken, telling: 0, depth: 0, flipped: None, marks: vec![], text: String::new() }
    }

    /// Begins another text, with dice of its own.
    pub fn begin(&mut self, stream: u64, flipped: Option<usize>) {
        (self.stream, self.drawn, self.flipped) = (stream, 0, flipped);
        self.telling += 1;
        self.marks.clear();
        self.text.clear();
    }

    /// The text before the decided word of the only agreement in the text, the text from it on, and the number of words from
    /// the deciding word to the decided.
    pub fn agreement(&self) -> Option<(String, &str, usize)> {
        let [(Mark::Deciding, from), (Mark::Decided, to)] = *self.marks.as_slice() else { return None };
        let mut prefix = String::new();
        mend(&self.text[..to], &mut prefix);
        Some((prefix, &self.text[to..], self.text[from..to].split_whitespace().count()))
    }

    /// A number below `count`, all equally likely.
    pub fn below(&mut self, count: u32) -> u32 {
        self.drawn += 1;
        rng::below(self.stream, self.drawn, count.into()) as u32
    }

    /// A number between two, both possible.
    pub fn between(&mut self, [low, high]: [u32; 2]) -> u32 {
        low + self.below(high - low + 1)
    }

    /// From now on, `[slot.field]` says `text`.
    pub fn set(&mut self, slot: &str, field: &str, text: String) {
        if let (Some(slot), Some(field)) = (self.grammar.slot(slot), self.grammar.field(field)) {
            self.put(slot, field, Value::Text(text));
        }
    }

    pub fn set_number(&mut self, slot: &str, field: &str, number: u32) {
        self.set(slot, field, number.to_string());
    }

    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Bytes said so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// What was said from a byte on, mended.
    pub fn since(&self, start: usize) -> String {
        let mut written = String::with_capacity(self.text.len() - start + 16);
        mend(self.text[start..].trim_end(), &mut written);
        written
    }

    pub fn rule(&mut self, rule: usize) {
        let grammar = self.grammar;
        let rule = &grammar.rules[rule];
        let row = self.row(rule);
        if self.depth < DEEPEST {
            self.depth += 1;
            self.say(&rule.rows[row].cells[0]);
            self.depth -= 1;
        }
    }

    fn say(&mut self, way: &'a [Piece]) {
        for piece in way {
            match piece {
                Piece::Text(text) => self.text.push_str(text),
                Piece::Choice(ways, odds) => {
                    let number = self.below(total(odds, ways.len()));
                    self.say(&ways[at(odds, number)]);
                }
                Piece::Rule { rule, is_capital } => self.capitalised(*is_capital, |teller| teller.rule(*rule)),
                Piece::Field { slot, field, is_capital } => self.capitalised(*is_capital, |teller| teller.field(*slot, *field)),
                Piece::Composed { name } => {
                    let composed = self.apart(name);
                    self.name(&composed);
                }
                Piece::Draw { slot, table, filter } => self.draw(*slot, table, filter.as_ref()),
                Piece::Mark(mark) => self.marks.push((*mark, self.text.len())),
            }
        }
    }

    /// What `way` says, not appended.
    fn apart(&mut self, way: &'a [Piece]) -> String {
        let start = self.text.len();
        self.say(way);
        self.text.split_off(start)
    }

    /// Says what a composed name means.
    fn name(&mut self, composed: &str) {
        let (name, is_capital) = uncapitalised(composed);
        match self.grammar.meaning(&name) {
            Some(Meaning::Rule(rule)) => self.capitalised(is_capital, |teller| teller.rule(rule)),
            Some(Meaning::Field(slot, field)) => self.capitalised(is_capital, |teller| teller.field(slot, field)),
            None => self.unknown(composed),
        }
    }

    /// A slip in the texts, which a test then finds.
    fn unknown(&mut self, name: &str) {
        self.text.push('[');
        self.text.push_str(name);
        self.text.push(']');
    }

    fn field(&mut self, slot: usize, field: usize) {
        let cell = self.grammar.cell(slot, field);
        let telling = self.telling;
        match &self.values[cell] {
            (set, Value::Way(way)) if *set == telling => {
                let way: &'a Way = way;
                self.say(way);
            }
            (set, Value::Text(text)) if *set == telling => self.text.push_str(text),
            _ if field < NAME && self.values[self.grammar.cell(slot, NAME)].0 == telling => {
                let start = self.text.len();
                self.field(slot, NAME);
                let word = self.text.split_off(start);
                self.text.push_str(&inflected(&word, field));
            }
            _ => self.unknown("?"),
        }
    }

    /// Says something, and gives its first letter a capital if wanted.
    fn capitalised(&mut self, is_capital: bool, say: impl FnOnce(&mut Self)) {
        let start = self.text.len();
        say(self);
        if is_capital
            && let Some(place) = self.text[start..].find(|letter: char| letter.is_alphanumeric()).map(|place| start + place)
            && let Some(first) = self.text.get_mut(place..=place)
        {
            first.make_ascii_uppercase();
        }
    }

    fn draw(&mut self, slot: usize, table: &'a Table, filter: Option<&'a Filter>) {
        let rule = match table {
            Table::Range(low, high) => {
                let number = self.between([*low, *high]);
                return self.put(slot, NAME, Value::Text(number.to_string()));
            }
            Table::Rule(rule) => *rule,
            Table::Composed(way) => {
                let name = self.apart(way);
                match self.grammar.rule(&name) {
                    Some(rule) => rule,
                    None => return self.unknown(&name),
                }
            }
        };
        let grammar = self.grammar;
        let rule = &grammar.rules[rule];
        let row = match filter {
            None => self.free_row(slot, rule),
            Some(filter) => {
                let value = self.apart(&filter.value);
                let fits = |row: &usize| (rule.plain(*row, filter.field) == Some(value.as_str())) == filter.is_equal;
                let fitting: Vec<usize> = (0..rule.rows.len()).filter(fits).collect();
                let free: Vec<usize> = fitting.iter().copied().filter(|row| self.is_free(rule, *row)).collect();
                match if free.is_empty() { fitting } else { free }.as_slice() {
                    [] => return self.unknown(&value),
                    rows => rows[self.below(rows.len() as u32) as usize],
                }
            }
        };
        self.taken[rule.rows[row].id] = self.telling;
        for (field, way) in rule.fields.iter().zip(&rule.rows[row].cells) {
            if *field == NAME {
                self.put(slot, NAME, Value::Way(way));
            }
        }
        for (field, way) in rule.fields.iter().zip(&rule.rows[row].cells) {
            if *field != NAME && (*field > NAME || !way.is_empty()) {
                self.put(slot, *field, Value::Way(way));
            }
        }
    }

    /// Draws a row that is not taken, if one is left; but a table of two rows is a coin, which remembers nothing.
    fn free_row(&mut self, slot: usize, rule: &Rule) -> usize {
        let mut row = self.row(rule);
        if rule.rows.len() == 2 {
            return if self.flipped == Some(slot) { 1 - row } else { row };
        }
        for _ in 0..DRAWS {
            if self.is_free(rule, row) {
                return row;
            }
            row = self.row(rule);
        }
        let count = rule.rows.len();
        (row..row + count).map(|row| row % count).find(|row| self.is_free(rule, *row)).unwrap_or(row)
    }

    fn is_free(&self, rule: &Rule, row: usize) -> bool {
        self.taken[rule.rows[row].id] != self.telling
    }

    fn row(&mut self, rule: &Rule) -> usize {
        let number = self.below(rule.total());
        rule.at(number)
    }

    fn put(&mut self, slot: usize, field: usize, value: Value<'a>) {
        if field == NAME {
            // Another word has other forms.
            for form in 0..INFLECTIONS.len() {
                self.values[self.grammar.cell(slot, form)].0 = 0;
            }
        }
        self.values[self.grammar.cell(slot, field)] = (self.telling, value);
    }
}
