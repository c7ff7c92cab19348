//! Minimal pairs on agreement over a distance, told by the same rules as the text.

use super::World;
use super::teller::Teller;
use crate::rng;

/// The longest distance that is probed, in words.
pub const FARTHEST: usize = 25;

/// What has to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Agreement {
    /// A verb with its subject, in number.
    Verb,
    /// A pronoun with whom it means, in gender.
    Reference,
}

/// A beginning, the word that is right next, and the one that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    pub kind: Agreement,
    /// Words from the word that decides to the word decided: 1 if they are neighbours.
    pub distance: usize,
    /// Ends with a space.
    pub prefix: String,
    pub right: String,
    pub wrong: String,
}

/// The rules, and the coins that decide: [`Agreement::Verb`] on number, [`Agreement::Reference`] on gender.
const RULES: [(Agreement, &str, &str); 2] = [(Agreement::Verb, "agreement", "n"), (Agreement::Reference, "reference", "g")];
/// Sentences that are told at most for each that is wanted.
const PATIENCE: usize = 500;

impl World {
    /// `per_distance` pairs of probes for each kind and each distance from 1 to [`FARTHEST`].
    ///
    /// Each pair are twins, one after the other: the same words but that the deciding word is the other one, so that right and
    /// wrong change places. A model that does not see the deciding word is right on exactly one of the two.
    pub fn probes(&self, seed: u32, per_distance: usize) -> Vec<Probe> {
        let mut found: Vec<Vec<Probe>> = vec![Vec::new(); RULES.len() * FARTHEST];
        let mut teller = Teller::new(&self.grammar);
        for ((kind, rule, coin), by_distance) in RULES.into_iter().zip(found.chunks_mut(FARTHEST)) {
            let (Some(rule), Some(coin)) = (self.grammar.rule(rule), self.grammar.slot(coin)) else { continue };
            let mut missing = FARTHEST * per_distance;
            for index in 0..(missing * PATIENCE) as u64 {
                if missing == 0 {
                    break;
                }
                let stream = rng::stream(seed, index);
                let mut tell = |flipped| {
                    teller.begin(stream, flipped);
                    teller.rule(rule);
                    let (prefix, rest, distance) = teller.agreement()?;
                    let word = rest.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
                    Some((prefix, word.to_owned(), distance))
                };
                let (Some((prefix, right, distance)), Some((other, wrong, _))) = (tell(None), tell(Some(coin))) else { continue };
                let Some(pairs) = by_distance.get_mut(distance - 1).filter(|pairs| pairs.len() < 2 * per_distance) else { continue };
                let probe = Probe { kind, distance, prefix, right, wrong };
                if !pairs.contains(&probe) {
                    let twin = Probe { kind, distance, prefix: other, right: probe.wrong.clone(), wrong: probe.right.clone() };
                    pairs.extend([probe, twin]);
                    missing -= 1;
                }
            }
        }
        found.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million words of the world hold about as many sentences by each rule.
    const SENTENCES: [u64; 2] = [5_000, 2_500];

    #[test]
    fn the_text_itself_agrees_at_every_distance() {
        let world = World::built_in();
        let mut teller = Teller::new(&world.grammar);
        for ((kind, rule, _), sentences) in RULES.into_iter().zip(SENTENCES) {
            let rule = world.grammar.rule(rule).unwrap();
            let mut counts = [0; FARTHEST];
            for index in 0..sentences {
                teller.begin(rng::stream(1, index), None);
                teller.rule(rule);
                let (.., distance) = teller.agreement().unwrap();
                if let Some(count) = counts.get_mut(distance - 1) {
                    *count += 1;
                }
            }
            assert!(counts.iter().all(|count| *count > 0), "{kind:?}: {counts:?}");
        }
    }
}
