use std::collections::HashMap;

use super::decimal::parse;
use crate::predict::{Predictor, Score};
use crate::trie::{BEGIN, Level, MOST_ORDER, NONE, Node, ROOT, State, Trie, UNKNOWN};

/// A model from an ARPA file.
#[derive(Clone, Debug)]
pub struct ArpaModel {
    trie: Trie,
    /// log10 p(w given h) of the n-grams of each order.
    probabilities: Vec<Vec<f64>>,
    /// log10 of what each weighs as a context.
    weights: Vec<Vec<f64>>,
    /// The words by their tokens.
    pub words: Vec<String>,
}

/// N-grams of one order as they stand in the file.
struct Lines {
    order: usize,
    /// Tokens of each, one n-gram after the other.
    tokens: Vec<u32>,
    probabilities: Vec<f64>,
    weights: Vec<f64>,
}

/// Reads a file. `<unk>` (or `<UNK>`), `<s>` and `</s>` become the tokens 0, 1 and 2; all others follow in the file's order.
///
/// # Errors
/// What is wrong, and in which line.
pub fn read(text: &str) -> Result<ArpaModel, String> {
    if text.trim_ascii().is_empty() {
        return Err("The file is empty: choose an ARPA file.".into());
    }
    if !text.contains("\\data\\") {
        return Err("This is no ARPA file: it has no line “\\data\\”. Choose one that a tool for n-grams wrote.".into());
    }
    if !text.contains("\\end\\") {
        let last = text.lines().count();
        return Err(format!("The file is cut short: it ends in line {last} without “\\end\\”. Fetch or write it again."));
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = Reader { lines: text.lines(), number: 0 };
    while reader.line()? != "\\data\\" {}
    let mut expected = Vec::new();
    let mut line = reader.line()?;
    while let Some(count) = line.strip_prefix("ngram ") {
        let count = count.split_once('=').filter(|(order, _)| order.trim().parse() == Ok(expected.len() + 1));
        let count = count.and_then(|(_, count)| count.trim().parse::<usize>().ok());
        expected.push(count.ok_or_else(|| reader.wrong("should say how many n-grams there are of the next order"))?);
        line = reader.line()?;
    }
    if !(1..=MOST_ORDER).contains(&expected.len()) {
        return Err(format!("This file has n-grams of up to {} words, and from 1 to {MOST_ORDER} can be read here.", expected.len()));
    }
    let mut words: Vec<String> = ["<unk>", "<s>", "</s>"].map(String::from).into();
    let mut tokens: HashMap<String, u32> = words.iter().cloned().zip(0..).collect();
    let mut model = ArpaModel { trie: Trie::default(), probabilities: vec![], weights: vec![], words: vec![] };
    for (order, &count) in (1..).zip(&expected) {
        if line != format!("\\{order}-grams:") {
            return Err(reader.wrong(&format!("should be “\\{order}-grams:”")));
        }
        let mut lines = Lines { order, tokens: vec![], probabilities: vec![], weights: vec![] };
        line = reader.line()?;
        while !line.starts_with('\\') {
            let mut token = |word: &str| {
                let word = if word == "<UNK>" { "<unk>" } else { word };
                if order == 1 && !tokens.contains_key(word) {
                    tokens.insert(word.into(), words.len() as u32);
                    words.push(word.into());
                }
                tokens.get(word).copied()
            };
            lines.take(line, &mut token).map_err(|problem| reader.wrong(&problem))?;
            line = reader.line()?;
        }
        if lines.probabilities.len() != count {
            let found = lines.probabilities.len();
            return Err(reader.wrong(&format!("ends {found} n-grams of order {order}, and the file says that there are {count}")));
        }
        model.add(lines, &words)?;
    }
    if line != "\\end\\" {
        return Err(reader.wrong("should be “\\end\\”"));
    }
    model.words = words;
    Ok(model)
}

struct Reader<'a> {
    lines: std::str::Lines<'a>,
    number: usize,
}

impl<'a> Reader<'a> {
    /// The next line that holds something.
    fn line(&mut self) -> Result<&'a str, String> {
        loop {
            self.number += 1;
            match self.lines.next().map(str::trim_ascii) {
                Some("") => {}
                Some(line) => return Ok(line),
                None => return Err(self.wrong("should be more than the end of the file")),
            }
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("This is no ARPA file, or a damaged one: line {} {what}.", self.number)
    }
}

impl Lines {
    fn take(&mut self, line: &str, token: &mut impl FnMut(&str) -> Option<u32>) -> Result<(), String> {
        let mut parts = line.split_ascii_whitespace();
        let number = |part: Option<&str>| part.and_then(parse);
        let probability = number(parts.next()).ok_or("does not begin with a number")?;
        if probability > 0.0 {
            return Err("begins with a logarithm above 0, which no probability has".into());
        }
        self.probabilities.push(probability);
        for _ in 0..self.order {
            let word = parts.next().ok_or_else(|| format!("has fewer than {} words", self.order))?;
            self.tokens.push(token(word).ok_or_else(|| format!("has the word “{word}”, which is not among the 1-grams"))?);
        }
        let weight = parts.next();
        self.weights.push(if weight.is_some() { number(weight).ok_or("does not end with a number")? } else { 0.0 });
        if parts.next().is_some() { Err("has more words than it should".into()) } else { Ok(()) }
    }
}

impl ArpaModel {
    /// Hangs the n-grams of the next order into the trie.
    fn add(&mut self, lines: Lines, names: &[String]) -> Result<(), String> {
        let Lines { order, tokens, probabilities, weights } = lines;
        if order == 1 {
            let vocabulary = names.len();
            // A word that a model lacks has as good as no probability, as in other toolkits.
            let mut level = [vec![-99.0; vocabulary], vec![0.0; vocabulary]];
            let mut is_there = vec![false; vocabulary];
            for (at, &token) in tokens.iter().enumerate() {
                if std::mem::replace(&mut is_there[token as usize], true) {
                    return Err(format!("The file has the word “{}” twice: it is damaged.", names[token as usize]));
                }
                level[0][token as usize] = probabilities[at];
                level[1][token as usize] = weights[at];
            }
            let [probabilities, weights] = level;
            self.trie.levels.push(Level { words: (0..vocabulary as u32).collect(), ..Level::default() });
            self.probabilities.push(probabilities);
            self.weights.push(weights);
            return Ok(());
        }
        let say = |tokens: &[u32]| tokens.iter().map(|&token| names[token as usize].as_str()).collect::<Vec<&str>>().join(" ");
        let ngram = |at: u32| &tokens[at as usize * order..][..order];
        let mut sorted: Vec<u32> = (0..probabilities.len() as u32).collect();
        sorted.sort_unstable_by_key(|&at| ngram(at));
        if let Some(pair) = sorted.windows(2).find(|pair| ngram(pair[0]) == ngram(pair[1])) {
            return Err(format!("The file has the n-gram “{}” twice: it is damaged.", say(ngram(pair[0]))));
        }
        let mut level = Level::default();
        let mut children = Vec::with_capacity(self.trie.levels[order - 2].words.len() + 1);
        for &at in &sorted {
            let ngram = ngram(at);
            let Some(parent) = self.trie.find(&ngram[..order - 1]) else {
                let context = say(&ngram[..order - 1]);
                return Err(format!("The file has n-grams that begin with “{context}”, but lacks this one itself: it is damaged."));
            };
            children.resize(children.len().max(parent.index + 1), level.words.len() as u32);
            level.words.push(ngram[order - 1]);
            level.suffixes.push(self.trie.find(&ngram[1..]).map_or(NONE, |node| node.index as u32));
        }
        children.resize(self.trie.levels[order - 2].words.len() + 1, level.words.len() as u32);
        self.trie.levels[order - 2].children = children;
        self.trie.levels.push(level);
        self.probabilities.push(sorted.iter().map(|&at| probabilities[at as usize]).collect());
        self.weights.push(sorted.iter().map(|&at| weights[at as usize]).collect());
        Ok(())
    }

    fn weight(&self, context: Node) -> f64 {
        if context.order == 0 { 0.0 } else { self.weights[context.order - 1][context.index] }
    }

    /// V, `<unk>`, `<s>` and `</s>` among them.
    pub fn vocabulary(&self) -> usize {
        self.trie.vocabulary()
    }

    /// Different n-grams of each order from 1 up.
    pub fn ngrams(&self) -> Vec<usize> {
        self.trie.levels.iter().map(|level| level.words.len()).collect()
    }
}

impl Predictor for ArpaModel {
    fn order(&self) -> usize {
        self.trie.order()
    }

    fn trie(&self) -> &Trie {
        &self.trie
    }

    /// Its weight counts even where a filter took away all that followed.
    fn tells(&self, context: Node) -> bool {
        self.weight(context) != 0.0 || !self.trie.followers(context).is_empty()
    }

    fn score(&self, state: State, token: u32) -> (Score, State) {
        let token = self.trie.known(token);
        let (mut context, mut log) = (state.node, 0.0);
        let found = loop {
            if let Some(found) = self.trie.child(context, token) {
                break found;
            }
            log += self.weight(context);
            context = self.trie.suffix(context);
        };
        log += self.probabilities[found.order - 1][found.index];
        let next = self.trie.after(state, context, found, token, self.order(), |context| self.tells(context));
        let probability = if token == BEGIN { 0.0 } else { 10_f64.powf(log) };
        let order = if token == UNKNOWN { 0 } else { found.order };
        (Score { probability, order }, next)
    }

    fn distribution_in(&self, state: State) -> Vec<f64> {
        let mut contexts = vec![state.node];
        while let Some(&context) = contexts.last().filter(|context| **context != ROOT) {
            contexts.push(self.trie.suffix(context));
        }
        let mut distribution = vec![0.0; self.vocabulary()];
        for &context in contexts.iter().rev() {
            let weight = 10_f64.powf(self.weight(context));
            distribution.iter_mut().for_each(|probability| *probability *= weight);
            let words = &self.trie.levels[context.order].words;
            for index in self.trie.followers(context) {
                distribution[words[index] as usize] = 10_f64.powf(self.probabilities[context.order][index]);
            }
        }
        distribution[BEGIN as usize] = 0.0;
        distribution
    }
}
