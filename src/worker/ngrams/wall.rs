//! The Markov wall: how often the right one of two words is likelier, by how far before it the word stands that decides.

use seven_steps_markov::Predictor;

use super::lexicon::Lexicon;
use super::pace::Pace;
use super::stand::Stand;
use super::{BEGIN, UNKNOWN};
use crate::protocol::ngrams::{Distance, Pair, Smoothing, Unit, Wall};
use crate::world::{Agreement, FARTHEST, Probe, World};

/// Pairs of each kind at each distance: so many times so many, one seed after the other, to let others go on meanwhile.
const ROUNDS: u32 = 20;
pub const PAIRS: usize = 5;
/// Distances of which a pair is shown.
const SHOWN: [usize; 7] = [1, 2, 3, 5, 8, 13, 21];

/// A probe as the model reads it.
struct Question<'a> {
    probe: &'a Probe,
    context: Vec<u32>,
    right: Vec<u32>,
    wrong: Vec<u32>,
}

/// The probe sentences.
pub async fn probes(world: &World) -> Vec<Probe> {
    let mut pace = Pace::new();
    let mut probes = Vec::new();
    for seed in 1..=ROUNDS {
        probes.extend(round(world, seed));
        pace.breathe().await;
    }
    probes
}

/// Those of one seed, in pairs: twins.
pub fn round(world: &World, seed: u32) -> Vec<Probe> {
    world.probes(seed, PAIRS)
}

/// Tries every N up to the longest.
pub async fn wall(stand: &Stand, probes: &[Probe], smoothing: Smoothing, say: &dyn Fn(Wall)) -> Result<(), String> {
    let mut pace = Pace::new();
    let mut questions = Vec::new();
    for probe in probes {
        questions.push(Question::new(&stand.lexicon, probe));
        pace.breathe().await;
    }
    // The words between tell nothing, so they may be unknown.
    let is_unknown = |question: &&Question| {
        let Question { probe, context, right, wrong } = question;
        let decides = context.len().saturating_sub(probe.distance);
        [right[0], wrong[0]].contains(&UNKNOWN) || context.get(decides) == Some(&UNKNOWN)
    };
    if questions.iter().filter(is_unknown).count() * 10 >= questions.len() {
        return Err("The probe sentences need the built-in world's words, which this text does not have: take the built-in world.".into());
    }
    let most = stand.built.setup.order;
    // A model from a file has one N.
    let least = if stand.built.imported.is_some() { most } else { 1 };
    for order in least..=most {
        let way = stand.way(order, smoothing)?;
        let model = stand.model(way).await?;
        let mut tallies = vec![[Distance { words: 0, right: 0.0, of: 0 }; FARTHEST]; 2];
        let mut examples = Vec::new();
        for question in &questions {
            let probe = question.probe;
            let given = [&question.right, &question.wrong].map(|word| spelled(&*model, &question.context, word));
            let verdict = match given[0].total_cmp(&given[1]) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
            let tally = &mut tallies[probe.kind as usize][probe.distance - 1];
            *tally = Distance { words: probe.distance as u32, right: tally.right + verdict, of: tally.of + 1 };
            if tally.of == 1 && SHOWN.contains(&probe.distance) {
                examples.push(Pair {
                    reference: probe.kind == Agreement::Reference,
                    distance: probe.distance as u32,
                    prefix: probe.prefix.clone(),
                    right: probe.right.clone(),
                    wrong: probe.wrong.clone(),
                    given: given.map(|p| p as f32),
                });
            }
            pace.breathe().await;
        }
        let mut told = tallies.into_iter().map(|tally| tally.into_iter().filter(|distance| distance.of > 0).collect());
        let (agreement, reference) = (told.next().unwrap_or_default(), told.next().unwrap_or_default());
        say(Wall { order, agreement, reference, examples });
    }
    Ok(())
}

impl<'a> Question<'a> {
    fn new(lexicon: &Lexicon, probe: &'a Probe) -> Self {
        let ids = |text: &str| lexicon.cut(text).into_iter().map(|cut| cut.id).collect::<Vec<u32>>();
        // A word is told from a longer one by what follows it, if it is told letter by letter.
        let end = if lexicon.unit() == Unit::Character { " " } else { "" };
        let [mut right, wrong] = [&probe.right, &probe.wrong].map(|word| ids(&[&probe.prefix, word, end].concat()));
        let known = lexicon.cut(if end.is_empty() { probe.prefix.trim_end() } else { &probe.prefix }).len();
        let mut context = vec![BEGIN];
        context.extend(&right[..known]);
        right.drain(..known);
        Self { probe, context, right, wrong: wrong[known..].to_vec() }
    }
}

/// The probability of a word of one or more tokens.
pub fn spelled(model: &dyn Predictor, context: &[u32], word: &[u32]) -> f64 {
    let read = |(product, state), token: &u32| {
        let (score, next) = model.score(state, *token);
        (product * score.probability, next)
    };
    word.iter().fold((1.0, model.state(context)), read).0
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::protocol::ngrams::Setup;
    use crate::spec::TextChoice;
    use crate::text::Corpus;
    use crate::worker::prepare::Text;

    /// `between` words that tell nothing stand between the two that agree.
    fn sentence(is_one: bool, between: usize) -> (String, &'static str) {
        let subject = if is_one { "fox" } else { "foxes" };
        ((["the", subject].join(" ")) + &" so".repeat(between) + " ", if is_one { "runs" } else { "run" })
    }

    #[test]
    fn words_agree_within_the_window_and_by_chance_beyond() {
        let lines = (0..400_usize).map(|n| {
            let (prefix, word) = sentence(n.is_multiple_of(2), n / 2 % 4);
            format!("{prefix}{word} .\n")
        });
        let text = Text::new(TextChoice::Own, "foxes".into(), Corpus::new(vec![lines.collect()]));
        let probe = |n: usize| {
            let (is_one, between) = (n.is_multiple_of(2), n / 2);
            let ((prefix, right), (_, wrong)) = (sentence(is_one, between), sentence(!is_one, between));
            Probe { kind: Agreement::Verb, distance: between + 1, prefix, right: right.into(), wrong: wrong.into() }
        };
        let probes: Vec<Probe> = (0..8).map(probe).collect();
        for unit in [Unit::Word, Unit::Piece, Unit::Character] {
            let text = Text::new(TextChoice::Own, "foxes".into(), Corpus::new(text.corpus.documents.clone()));
            let setup = Setup { unit, order: 4 };
            let stand = pollster::block_on(Stand::count(Rc::new(text), setup, &|_, _| ())).unwrap();
            let walls = RefCell::new(Vec::new());
            pollster::block_on(wall(&stand, &probes, Smoothing::ModifiedKneserNey, &|wall| walls.borrow_mut().push(wall))).unwrap();
            let walls = walls.into_inner();
            assert_eq!(walls.len(), 4);
            for wall in walls {
                assert_eq!((wall.agreement.len(), wall.reference.len(), wall.examples.len()), (4, 0, 3));
                for distance in wall.agreement {
                    let is_seen = distance.words < wall.order;
                    let expected = if is_seen { 2.0 } else { 1.0 };
                    assert!(unit != Unit::Word || (distance.right, distance.of) == (expected, 2), "N = {}: {distance:?}", wall.order);
                }
            }
        }
    }
}
