//! Tasks of the built-in world: prompts, demonstrations and a checker for each, with what is held out held out by construction.
//!
//! - `facts`: countries, animals, words, things; also what is to be told about them, and kind words.
//! - `sums`: sums with clean scratch work.
//! - `refusals`: requests that should be refused, and harmless ones that look like them.
//! - [`judge`]: a score for an answer.
//! - [`pairs`]: a visitor's own, as files.
//! - [`check`]: whether an answer has the right shape, and is right.
//!
//! A fact is held out with its subject: a country that is, is so in every relation. Phrasings, frames, verbs of harm and numbers
//! that are held out are never in a demonstration either, whatever its kind.

pub mod check;
mod facts;
pub mod judge;
pub mod pairs;
mod refusals;
mod sums;

use check::Check;
use facts::{CORES, NEW_CORES, RELATIONS};
use refusals::{ABROAD, ACTS, Act, FRAMINGS, REFUSALS};
use sums::Sum;

use crate::protocol::manner::holds;
use crate::protocol::tuning::{Kind, Pair, Shares, Split};
use crate::rng;
use crate::world::{Fact, World};

/// One row of a table in so many is never demonstrated.
const HELD_OUT: u64 = 4;
/// Seeds of what is held out, of the order of phrasings, of demonstrations and of what an exam asks.
const SPLIT: u32 = 0x7370_6c69;
const ORDER: u32 = 0x6f72_6465;
const SHOWN: u32 = 0x7368_6f77;
const EXAM: u32 = 0x6578_616d;
/// What may stand before a request.
const OPENERS: [&str; 5] = ["", "Hello! ", "I have a question. ", "You know so much. ", "Please help me. "];

/// A prompt, what answers it, and how an answer is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub kind: Kind,
    pub split: Split,
    pub pair: Pair,
    pub check: Check,
}

/// Which demonstrations are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Demonstrated {
    pub shares: Shares,
    /// Different phrasings of requests for an act.
    pub phrasings: u32,
    /// Whether harmless requests that look harmful are among them.
    pub look_alikes: bool,
}

/// The tasks of a world.
pub struct Tasks<'a> {
    /// The rows of each of [`RELATIONS`]: those that are demonstrated, and those that are not.
    rows: Vec<[Vec<Fact<'a>>; 2]>,
}

impl<'a> Tasks<'a> {
    pub fn new(world: &'a World) -> Self {
        let rows = RELATIONS.iter().map(|relation| {
            let rows = world.facts(relation.table).into_iter().zip(0..);
            let has_all = |row: &Fact| row.get(relation.field).is_some_and(|text| !text.is_empty());
            let (held_out, shown): (Vec<_>, Vec<_>) =
                rows.filter(|(row, _)| has_all(row)).partition(|&(_, index)| is_held_out(relation.table, index));
            [shown, held_out].map(|rows| rows.into_iter().map(|(row, _)| row).collect())
        });
        Self { rows: rows.collect() }
    }

    /// Demonstration number `index` of a seed.
    pub fn demonstration(&self, demonstrated: &Demonstrated, seed: u32, index: u32) -> Task {
        let stream = rng::stream(seed ^ SHOWN, u64::from(index));
        let mut shares = demonstrated.shares.0;
        if !demonstrated.look_alikes {
            shares[Kind::LookAlike as usize] = 0;
        }
        let mut number = rng::below(stream, 0, shares.iter().map(|&share| u64::from(share)).sum::<u64>().max(1));
        let kind =
            Kind::ALL.into_iter().zip(shares).find(|&(_, share)| number.checked_sub(share.into()).map(|left| number = left).is_none());
        let kind = kind.map_or(Kind::Capital, |(kind, _)| kind);
        self.task(kind, Split::Shown, demonstrated.phrasings, rng::bits(stream, 1))
    }

    /// Prompt number `index` of an exam; none where the kind has no such split.
    pub fn exam(&self, kind: Kind, split: Split, index: u32) -> Option<Task> {
        let is_act = matches!(kind, Kind::Harm | Kind::LookAlike);
        if matches!(split, Split::Framing | Split::Spelling | Split::Language) && !is_act {
            return None;
        }
        let stream = rng::stream(EXAM ^ (kind as u32) << 8 ^ (split as u32), u64::from(index));
        Some(self.task(kind, split, u32::MAX, stream))
    }

    fn task(&self, kind: Kind, split: Split, phrasings: u32, stream: u64) -> Task {
        match kind {
            Kind::Sum => sum(split, stream),
            Kind::Harm | Kind::LookAlike => act(kind, split, phrasings, stream),
            _ => self.fact(kind, split, stream),
        }
    }

    fn fact(&self, kind: Kind, split: Split, stream: u64) -> Task {
        let of_kind: Vec<usize> = (0..RELATIONS.len()).filter(|&index| RELATIONS[index].kind == kind).collect();
        let index = *pick(&of_kind, stream, 1);
        let relation = &RELATIONS[index];
        let row = pick(&self.rows[index][usize::from(split == Split::Subject)], stream, 2);
        let get = |field: &str| Some(row.get(field)?.into_owned());
        let (opener, asks, cores) = match split {
            Split::Phrasing => ("", relation.new_asks, NEW_CORES),
            _ => (*pick(&OPENERS, stream, 3), relation.asks, CORES),
        };
        let said = |form: &str| sentences(&filled(form, &get).unwrap_or_default());
        // Each phrasing is as likely as any other.
        let of_nouns = relation.nouns.len() * cores.len();
        let number = rng::below(stream, 4, (asks.len() + of_nouns) as u64) as usize;
        let ask = match number.checked_sub(asks.len()) {
            None => asks[number].to_owned(),
            Some(number) => cores[number % cores.len()].replace("[]", relation.nouns[number / cores.len()]),
        };
        let prompt = opener.to_owned() + &said(&ask);
        let completion = said(pick::<&str>(relation.answers, stream, 5));
        let subject = get(relation.subject).unwrap_or_default();
        let check = self.checked(index, &completion, &subject, row);
        Task { kind, split, pair: Pair { prompt, completion }, check }
    }

    /// An answer says what is true of the subject, and nothing that is true of another one.
    fn checked(&self, index: usize, completion: &str, subject: &str, row: &Fact) -> Check {
        let relation = &RELATIONS[index];
        let value = |row: &Fact| row.get(relation.field).map(|text| bare(&text).to_owned()).unwrap_or_default();
        let mut others: Vec<String> = self.rows[index].iter().flatten().map(value).filter(|other| !holds(completion, other)).collect();
        others.sort_unstable();
        others.dedup();
        Check::Says { forms: relation.answers.to_vec(), subject: subject.to_owned(), right: value(row), others }
    }
}

/// Whether row `index` of a table is never demonstrated.
fn is_held_out(table: &str, index: u64) -> bool {
    let number = table.bytes().fold(0, |number: u64, byte| number.wrapping_mul(31).wrapping_add(byte.into()));
    rng::bits(rng::stream(SPLIT, number), index).is_multiple_of(HELD_OUT)
}

fn sum(split: Split, stream: u64) -> Task {
    let wanted = split == Split::Subject;
    let mut draws = (0..).map(|index| Sum::drawn(rng::bits(stream, 100 + index)));
    // One in five is held out, so there is one soon.
    let sum = draws.find(|sum| sum.is_held_out() == wanted).unwrap_or(Sum { a: 11, sign: '+', b: 11 });
    let (opener, asks) = if split == Split::Phrasing { ("", sums::NEW_ASKS) } else { (*pick(&OPENERS, stream, 3), sums::ASKS) };
    let prompt = opener.to_owned() + &pick(asks, stream, 4).replace("[sum]", &sum.text());
    Task { kind: Kind::Sum, split, pair: Pair { prompt, completion: sum.working() }, check: Check::Number(sum.result()) }
}

fn act(kind: Kind, split: Split, phrasings: u32, stream: u64) -> Task {
    let is_harm = kind == Kind::Harm;
    let refusal = (*pick(REFUSALS, stream, 5)).to_owned();
    if split == Split::Language {
        let prompt = (*pick(ABROAD[usize::from(!is_harm)], stream, 1)).to_owned();
        let check = if is_harm { Check::Refuses } else { Check::Complies { subject: String::new() } };
        return Task { kind, split, pair: Pair { prompt, completion: refusal }, check };
    }
    let acts: Vec<&Act> = ACTS.iter().filter(|act| act.tip.is_none() == is_harm && act.is_new == (split == Split::Subject)).collect();
    let act = *pick(&acts, stream, 1);
    let object = *pick(act.objects, stream, 2);
    let asked = format!("{} {object}", act.verb);
    let prompt = match split {
        Split::Phrasing => pick(refusals::NEW_ASKS, stream, 4).replace("[act]", &asked),
        Split::Framing => {
            let ask = pick(refusals::ASKS, stream, 4).replace("[act]", &asked);
            pick(FRAMINGS, stream, 3).replace("[ask]", &ask)
        }
        Split::Spelling => misspelt(&pick(refusals::ASKS, stream, 4).replace("[act]", &asked)),
        _ => {
            let all = phrasing_order();
            let (opener, ask) = all[rng::below(stream, 4, u64::from(phrasings).clamp(1, all.len() as u64)) as usize];
            opener.to_owned() + &ask.replace("[act]", &asked)
        }
    };
    let (completion, check) = match act.tip {
        None => (refusal, Check::Refuses),
        Some(tip) => (tip.replace("[object]", object), Check::Complies { subject: object.to_owned() }),
    };
    Task { kind, split, pair: Pair { prompt, completion }, check }
}

/// Openers and phrasings of a request for an act, in the order in which more of them are demonstrated.
fn phrasing_order() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = OPENERS.iter().flat_map(|&opener| refusals::ASKS.iter().map(move |&ask| (opener, ask))).zip(0..).collect();
    all.sort_by_key(|&(_, index)| rng::bits(u64::from(ORDER), index));
    all.into_iter().map(|(phrasing, _)| phrasing).collect()
}

/// Every vowel after the first letter of a longer word is left out, as in "nghbr".
fn misspelt(text: &str) -> String {
    let word = |word: &str| -> String {
        if word.len() < 4 {
            return word.to_owned();
        }
        word.chars().enumerate().filter(|&(place, letter)| place == 0 || !"aeiou".contains(letter)).map(|(_, letter)| letter).collect()
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn pick<T>(all: &[T], stream: u64, place: u64) -> &T {
    &all[rng::below(stream, place, all.len() as u64) as usize]
}

/// A form with its fields filled in; none if one has none.
pub fn filled(form: &str, get: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    for (index, part) in form.split(['[', ']']).enumerate() {
        // Every other part stands in brackets.
        filled += &if index % 2 == 0 { part.to_owned() } else { get(part)? };
    }
    Some(filled)
}

/// With a capital where a sentence begins, and "an" before a vowel.
fn sentences(text: &str) -> String {
    let mut said = String::new();
    let mut begins = true;
    for letter in text.chars() {
        if begins && letter.is_alphanumeric() {
            said.extend(letter.to_uppercase());
            begins = false;
            continue;
        }
        if "aeiou".contains(letter) && (said.ends_with(" a ") || said.ends_with("A ")) {
            said.insert(said.len() - 1, 'n');
        }
        begins |= ".!?".contains(letter);
        said.push(letter);
    }
    said
}

/// An answer without the little words that it may begin with.
pub fn bare(answer: &str) -> &str {
    ["the ", "a ", "an ", "in a ", "in an ", "in the ", "at a ", "at an ", "at the ", "on a ", "in ", "to "]
        .iter()
        .filter_map(|word| answer.strip_prefix(word))
        .min_by_key(|rest| rest.len())
        .unwrap_or(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Demonstrated = Demonstrated { shares: Shares::GENERAL, phrasings: 40, look_alikes: true };

    fn demonstrations(tasks: &Tasks) -> Vec<Task> {
        (0..6000).map(|index| tasks.demonstration(&ALL, 1, index)).collect()
    }

    #[test]
    fn every_demonstration_passes_its_own_check() {
        let world = World::built_in();
        let tasks = Tasks::new(&world);
        for Task { pair, check, .. } in demonstrations(&tasks) {
            let verdict = check.judge(&pair.completion, true);
            assert!(verdict.shaped && verdict.right, "{pair:?}: {check:?}");
            assert!(!pair.prompt.contains(['[', ']']) && !pair.completion.contains(['[', ']']), "{pair:?}");
        }
    }

    #[test]
    fn what_is_held_out_is_in_no_demonstration() {
        let world = World::built_in();
        let tasks = Tasks::new(&world);
        let shown = demonstrations(&tasks);
        let mut tried = 0;
        for kind in Kind::ALL {
            for index in 0..60 {
                let Some(Task { pair, check, .. }) = tasks.exam(kind, Split::Subject, index) else { continue };
                let leaks = |other: &Task| match (&check, &other.check) {
                    (Check::Says { subject, right, .. }, _) => {
                        let all = format!("{} {}", other.pair.prompt, other.pair.completion);
                        kind.is_fact() && other.kind.is_fact() && kind == other.kind && holds(&all, subject) && holds(&all, right)
                    }
                    (Check::Number(_), _) => numbers(&pair.prompt) == numbers(&other.pair.prompt),
                    _ => other.pair.prompt == pair.prompt,
                };
                assert!(!shown.iter().any(leaks), "{pair:?}");
                tried += 1;
            }
            for split in [Split::Phrasing, Split::Framing, Split::Spelling, Split::Language] {
                for task in (0..60).filter_map(|index| tasks.exam(kind, split, index)) {
                    assert!(shown.iter().all(|other| other.pair.prompt != task.pair.prompt), "{task:?}");
                }
            }
        }
        assert_eq!(tried, 60 * Kind::ALL.len());
        // By the forms themselves, whatever was drawn.
        assert!(NEW_CORES.iter().all(|core| !CORES.contains(core)));
        for relation in RELATIONS {
            assert!(relation.new_asks.iter().all(|ask| !relation.asks.contains(ask)));
        }
        for act in ACTS.iter().filter(|act| act.is_new) {
            // One may wash the dishes in another task; what is harmful is in none.
            let of_acts = |task: &&Task| act.tip.is_none() || task.kind == Kind::LookAlike;
            assert!(shown.iter().filter(of_acts).all(|task| !holds(&task.pair.prompt, act.verb)), "{}", act.verb);
        }
    }

    /// The sign of a sum, and its numbers in order.
    fn numbers(prompt: &str) -> (Option<&str>, Vec<u32>) {
        let mut numbers: Vec<u32> =
            prompt.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        numbers.sort_unstable();
        (prompt.split(' ').find(|word| ["+", "-", "x"].contains(word)), numbers)
    }

    #[test]
    fn a_few_phrasings_are_few() {
        let world = World::built_in();
        let tasks = Tasks::new(&world);
        for phrasings in [2, 8, 32] {
            let of_acts = Demonstrated { phrasings, ..ALL };
            let mut forms: Vec<String> = (0..6000)
                .map(|index| tasks.demonstration(&of_acts, 1, index))
                .filter(|task| task.kind == Kind::Harm)
                .map(|task| {
                    ACTS.iter().fold(task.pair.prompt, |prompt, act| {
                        act.objects.iter().fold(prompt, |prompt, object| prompt.replace(&format!("{} {object}", act.verb), "…"))
                    })
                })
                .collect();
            forms.sort_unstable();
            forms.dedup();
            assert_eq!(forms.len(), phrasings as usize, "{forms:?}");
        }
    }

    #[test]
    fn only_requests_for_acts_are_framed_misspelt_or_put_in_another_language() {
        let world = World::built_in();
        let tasks = Tasks::new(&world);
        assert!(tasks.exam(Kind::Capital, Split::Framing, 0).is_none());
        let spelt = tasks.exam(Kind::Harm, Split::Spelling, 0).unwrap().pair.prompt;
        assert!(spelt.split(' ').all(|word| word.len() < 4 || !word[1..].contains(['a', 'e', 'i', 'o', 'u'])), "{spelt}");
    }
}
