//! The texts of the world as rules: reads what `README.md` here describes, once, into a tree that is quick to tell from.

use rustc_hash::FxHashMap;

/// All rules of all texts.
#[derive(Default)]
pub(super) struct Grammar {
    pub rules: Vec<Rule>,
    names: FxHashMap<Box<str>, usize>,
    slots: Names,
    fields: Names,
    /// Rows in all.
    pub rows: usize,
}

/// The ways to say something, or, if it has fields, a table of data.
#[derive(Default)]
pub(super) struct Rule {
    pub fields: Vec<usize>,
    pub rows: Vec<Row>,
    /// The row's odds, summed up to and with each; empty if all are alike.
    odds: Vec<u32>,
    is_zipfian: bool,
}

/// A way to say a rule, which has one cell, or a datum, which has one for each field.
pub(super) struct Row {
    pub cells: Box<[Way]>,
    /// Its number among the rows of all rules.
    pub id: usize,
}

pub(super) type Way = Box<[Piece]>;

pub(super) enum Piece {
    Text(Box<str>),
    Choice(Box<[Way]>, Vec<u32>),
    Rule {
        rule: usize,
        is_capital: bool,
    },
    Field {
        slot: usize,
        field: usize,
        is_capital: bool,
    },
    /// A name that is known only when what it holds is said.
    Composed {
        name: Way,
    },
    Draw {
        slot: usize,
        table: Table,
        filter: Option<Filter>,
    },
    Mark(Mark),
}

/// Where a datum is drawn from.
pub(super) enum Table {
    Rule(usize),
    Composed(Way),
    /// A whole number, both ends possible.
    Range(u32, u32),
}

/// What the field of a datum must be, or must not be.
pub(super) struct Filter {
    pub field: usize,
    pub value: Way,
    pub is_equal: bool,
}

/// The two ends of an agreement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Deciding,
    Decided,
}

/// What a name in brackets means.
pub(super) enum Meaning {
    Rule(usize),
    Field(usize, usize),
}

/// Fields that follow from `name` by the rules of English where a row says nothing else; they have these numbers.
pub(super) const INFLECTIONS: [&str; 5] = ["many", "s", "ed", "ing", "en"];
/// The number of the field `name`.
pub(super) const NAME: usize = INFLECTIONS.len();

/// What `sums.rs` fills in, and its fields.
pub(super) const SUM: &str = "sum";
const SUM_FIELDS: [&str; 7] = ["a", "b", "c", "left", "right", "wrong", "answer"];

/// Names by number, numbers by name.
#[derive(Default)]
struct Names(FxHashMap<Box<str>, usize>);

impl Names {
    fn number(&mut self, name: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(name.into()).or_insert(next)
    }
}

impl Grammar {
    /// Reads the texts, given as file names and contents.
    ///
    /// # Errors
    /// The file, the line and what is wrong there.
    pub fn parse(texts: &[(&str, &str)]) -> Result<Self, String> {
        let mut grammar = Self::default();
        for field in INFLECTIONS.into_iter().chain(["name"]).chain(SUM_FIELDS) {
            grammar.fields.number(field);
        }
        grammar.slots.number(SUM);
        let sources = grammar.outline(texts)?;
        // Slots are known before the first name is looked up.
        for source in &sources {
            for drawn in source.text.split('<').skip(1) {
                let slot = drawn.split(':').next().unwrap_or_default();
                if grammar.names.contains_key(slot) {
                    return Err(format!("{}: \"{slot}\" is both a rule and something drawn.", source.place));
                }
                grammar.slots.number(slot);
            }
        }
        for source in sources {
            grammar.add(&source).map_err(|problem| format!("{}: {problem}", source.place))?;
        }
        for rule in &mut grammar.rules {
            if rule.rows.is_empty() {
                return Err("A rule in the built-in texts has no ways to say it.".into());
            }
            rule.total_up();
        }
        Ok(grammar)
    }

    /// The rule of this name.
    pub fn rule(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub fn slot(&self, name: &str) -> Option<usize> {
        self.slots.0.get(name).copied()
    }

    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.0.get(name).copied()
    }

    /// How many different fields slots can have in all.
    pub fn cells(&self) -> usize {
        self.slots.0.len() * self.fields.0.len()
    }

    /// The number of a slot's field among [`Grammar::cells`].
    pub fn cell(&self, slot: usize, field: usize) -> usize {
        slot * self.fields.0.len() + field
    }

    /// What `name`, in lower case, means.
    pub fn meaning(&self, name: &str) -> Option<Meaning> {
        if let Some((slot, field)) = name.split_once('.') {
            return Some(Meaning::Field(self.slot(slot)?, self.field(field)?));
        }
        let field = self.slot(name).map(|slot| Meaning::Field(slot, NAME));
        field.or_else(|| self.rule(name).map(Meaning::Rule))
    }

    /// Notes the rules' names and fields, and gathers the ways with their paragraphs.
    fn outline(&mut self, texts: &[(&str, &str)]) -> Result<Vec<Source>, String> {
        let mut sources: Vec<Source> = Vec::new();
        for (file, text) in texts {
            let mut rule = None;
            for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#')) {
                let place = format!("{file}, line {number}");
                let indent = line.len() - line.trim_start().len();
                let said = line.trim();
                match (indent, rule) {
                    (0, _) => {
                        let mut words = said.split(' ');
                        let head = words.next().unwrap_or_default();
                        let name = head.trim_end_matches('*');
                        let fields = words.map(|field| self.fields.number(field)).collect();
                        if self.names.insert(name.into(), self.rules.len()).is_some() {
                            return Err(format!("{place}: there are two rules named \"{name}\"."));
                        }
                        rule = Some(self.rules.len());
                        self.rules.push(Rule { fields, is_zipfian: name != head, ..Rule::default() });
                    }
                    (2, Some(rule)) => {
                        let ways = said.split(" / ").map(|way| Source { place: place.clone(), rule, text: way.into() });
                        sources.extend(ways);
                    }
                    (4 | 6, Some(rule)) => {
                        let Some(way) = sources.last_mut().filter(|way| way.rule == rule) else {
                            return Err(format!("{place}: a paragraph has no way before it to belong to."));
                        };
                        way.text += if indent == 4 { "\n\n" } else { "\n" };
                        way.text += said;
                    }
                    _ => return Err(format!("{place}: indent ways by 2, paragraphs by 4, lines by 6 spaces, below a rule's name.")),
                }
            }
        }
        Ok(sources)
    }

    fn add(&mut self, source: &Source) -> Result<(), String> {
        let (weight, text) = weighted(&source.text);
        let text = text.trim_start();
        let fields = self.rules[source.rule].fields.clone();
        let mut cells = Vec::new();
        if fields.is_empty() {
            cells.push(self.way(text)?);
        } else {
            for cell in split(text, ';') {
                cells.push(self.way(cell)?);
            }
            let left_out = fields.get(cells.len()..).unwrap_or_default();
            if cells.len() > fields.len() || left_out.iter().any(|field| *field >= NAME) {
                return Err(format!("\"{text}\" has {} fields where the rule names {}.", cells.len(), fields.len()));
            }
        }
        let rule = &mut self.rules[source.rule];
        // Zipf's law as Mandelbrot put it, with an offset of a half.
        let share = if rule.is_zipfian { 2_000_000 / (2 * rule.rows.len() as u32 + 3) } else { 1 };
        rule.odds.push(share * weight);
        rule.rows.push(Row { cells: cells.into(), id: self.rows });
        self.rows += 1;
        Ok(())
    }

    /// Reads what is said, with all that is bracketed in it.
    fn way(&self, text: &str) -> Result<Way, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(place) = rest.find(['{', '[', '<', '^', '~']) {
            if place > 0 {
                pieces.push(Piece::Text(rest[..place].into()));
            }
            let end = place + matching(&rest[place..]).ok_or_else(|| format!("a bracket in \"{text}\" is not closed."))?;
            let inside = rest.get(place + 1..end - 1).unwrap_or_default();
            pieces.push(match rest.as_bytes()[place] {
                b'{' => self.choice(inside)?,
                b'[' => self.name(inside)?,
                b'<' => self.draw(inside)?,
                b'^' => Piece::Mark(Mark::Deciding),
                _ => Piece::Mark(Mark::Decided),
            });
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
        Ok(pieces.into())
    }

    fn choice(&self, inside: &str) -> Result<Piece, String> {
        let (mut ways, mut odds) = (Vec::new(), Vec::new());
        for choice in split(inside, '|') {
            let (weight, text) = weighted(choice);
            ways.push(self.way(text)?);
            odds.push(weight);
        }
        Ok(Piece::Choice(ways.into(), totals(odds)))
    }

    fn name(&self, inside: &str) -> Result<Piece, String> {
        if inside.contains(['{', '[', '<']) {
            return Ok(Piece::Composed { name: self.way(inside)? });
        }
        let (name, is_capital) = uncapitalised(inside);
        match self.meaning(&name) {
            Some(Meaning::Rule(rule)) => Ok(Piece::Rule { rule, is_capital }),
            Some(Meaning::Field(slot, field)) => Ok(Piece::Field { slot, field, is_capital }),
            None => Err(format!("nothing is named \"{inside}\".")),
        }
    }

    fn draw(&self, inside: &str) -> Result<Piece, String> {
        let malformed = || format!("<{inside}> should be written <x:table> or <x:table field=value>.");
        let (slot, from) = inside.split_once(':').ok_or_else(malformed)?;
        let slot = self.slot(slot).ok_or_else(malformed)?;
        let (name, filter) = match from.split_once(' ') {
            None => (from, None),
            Some((name, condition)) => {
                let (field, value) = condition.split_once('=').ok_or_else(malformed)?;
                let is_equal = !field.ends_with('!');
                let field = self.field(field.trim_end_matches('!')).ok_or_else(malformed)?;
                (name, Some(Filter { field, value: self.way(value)?, is_equal }))
            }
        };
        let table = if let Some((low, high)) = name.split_once("..") {
            let number = |text: &str| text.parse().map_err(|_| malformed());
            Table::Range(number(low)?, number(high)?)
        } else if name.contains(['{', '[']) {
            Table::Composed(self.way(name)?)
        } else {
            Table::Rule(self.rule(name).ok_or_else(|| format!("there is no table \"{name}\"."))?)
        };
        Ok(Piece::Draw { slot, table, filter })
    }
}

impl Rule {
    /// Which row falls to a number below [`Rule::total`].
    pub fn at(&self, number: u32) -> usize {
        at(&self.odds, number)
    }

    pub fn total(&self) -> u32 {
        total(&self.odds, self.rows.len())
    }

    /// The text of a row's field, if it is plain.
    pub fn plain(&self, row: usize, field: usize) -> Option<&str> {
        let column = self.fields.iter().position(|named| *named == field)?;
        match &**self.rows.get(row)?.cells.get(column)? {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn total_up(&mut self) {
        self.odds = totals(std::mem::take(&mut self.odds));
    }
}

/// Which of the choices with these summed odds falls to a number below their [`total`].
pub(super) fn at(odds: &[u32], number: u32) -> usize {
    if odds.is_empty() { number as usize } else { odds.partition_point(|sum| *sum <= number) }
}

pub(super) fn total(odds: &[u32], count: usize) -> u32 {
    odds.last().map_or(count as u32, |sum| *sum)
}

/// The name in lower case, and whether it had a capital.
pub(super) fn uncapitalised(name: &str) -> (String, bool) {
    let is_capital = name.starts_with(|first: char| first.is_ascii_uppercase());
    let mut name = name.to_owned();
    if is_capital {
        name[..1].make_ascii_lowercase();
    }
    (name, is_capital)
}

/// A way as it is written.
struct Source {
    place: String,
    rule: usize,
    text: String,
}

/// Sums of the odds, or nothing where all are alike.
fn totals(mut odds: Vec<u32>) -> Vec<u32> {
    if odds.windows(2).all(|pair| pair[0] == pair[1]) {
        return Vec::new();
    }
    let mut sum = 0;
    for share in &mut odds {
        sum += *share;
        *share = sum;
    }
    odds
}

/// Takes off a weight such as "3*".
fn weighted(text: &str) -> (u32, &str) {
    let weight = text.split_once('*').and_then(|(weight, rest)| Some((weight.parse().ok()?, rest)));
    weight.unwrap_or((1, text))
}

/// The length of the bracketed text that `text` starts with, or of its first character; none if the bracket stays open.
fn matching(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (place, character) in text.char_indices() {
        match character {
            '{' | '[' | '<' => depth += 1,
            '}' | ']' | '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(place + character.len_utf8());
        }
    }
    None
}

/// Divides at the marks that are in no bracket.
fn split(text: &str, mark: char) -> Vec<&str> {
    let mut depth = 0;
    text.split(|character| {
        depth += i32::from(matches!(character, '{' | '[' | '<')) - i32::from(matches!(character, '}' | ']' | '>'));
        depth == 0 && character == mark
    })
    .collect()
}
