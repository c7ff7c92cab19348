//! How often the noun that decides gets the most attention of all nouns before a pronoun.
//!
//! Attention is read at the last token before the pronoun, from which the model foretells it: what decides has to be there by
//! then. The pronoun itself already says what was to be found out.

use std::collections::HashSet;
use std::ops::Range;

use super::Figures;
use super::attention::{document, fresh};
use super::wall::seeds;
use crate::nn::reader::Reader;
use crate::protocol::figures::{Answer, HeadRate, Heads};
use crate::protocol::models::Which;
use crate::text::Tokenizer;
use crate::worker::ngrams::wall::round;
use crate::world::{Agreement, FARTHEST, Probe, World};

/// The rounds of probes that the head is chosen on: none of those that it is tried on.
const CHOOSING: Range<u32> = 1001..1007;

/// Chooses a head of the model, and tries it and the same one before training on so many probes at each distance.
///
/// # Errors
/// What cannot be opened or computed, as a sentence.
pub async fn heads(figures: &Figures, which: &Which, probes: u32, say: &impl Fn(Answer)) -> Result<(), String> {
    let model = figures.opened(which).await?;
    let (config, tokenizer) = (&model.card.config, &model.tokenizer);
    let world = figures.world().await?;
    let nouns = world.nouns();
    let looks = |seeds: &mut dyn Iterator<Item = u32>| {
        seeds.flat_map(|seed| read(&world, seed, &nouns, tokenizer, config.context as usize)).collect::<Vec<_>>()
    };
    let (chosen_on, tried_on) = (looks(&mut CHOOSING.clone()), looks(&mut seeds(probes)?));
    let mut reader = figures.reader(config, &model.parameters).await?;
    let mut hits = vec![0; (config.layers * config.heads) as usize];
    for look in &chosen_on {
        look.hits(&mut reader).await?.iter().zip(&mut hits).for_each(|(hit, hits)| *hits += u32::from(*hit));
    }
    let most = hits.iter().max().copied();
    let head = hits.iter().position(|hits| Some(*hits) == most).unwrap_or(0);
    let untrained = figures.reader(config, &fresh(&model.card)).await?;
    for (trained, mut reader) in [(false, untrained), (true, reader)] {
        let mut rates = [(0, 0, 0.0); FARTHEST];
        for look in &tried_on {
            let hit = look.hits(&mut reader).await?[head];
            let rate = &mut rates[look.distance - 1];
            *rate = (rate.0 + u32::from(hit), rate.1 + 1, rate.2 + 1.0 / look.nouns.len() as f32);
        }
        let told = rates.iter().zip(1..).filter(|((_, of, _), _)| *of > 0);
        let rates = told.map(|(&(hits, of, chance), distance)| HeadRate { distance, hits, of, chance: chance / of as f32 }).collect();
        let (layer, head) = (head as u32 / config.heads, head as u32 % config.heads);
        say(Answer::Heads(Heads { trained, layer, head, rates }));
    }
    Ok(())
}

/// The sentences of a round that say something: those on a pronoun with at least two nouns before it. Where the noun that decides is
/// the last word it is mostly the place from which attention is read, so such sentences are left out.
fn read(world: &World, seed: u32, nouns: &HashSet<String>, tokenizer: &Tokenizer, context: usize) -> Vec<Look> {
    let probes = round(world, seed).into_iter().filter(|probe| probe.kind == Agreement::Reference && probe.distance > 1);
    probes.filter_map(|probe| Look::new(&probe, nouns, tokenizer, context)).filter(|look| look.nouns.len() > 1).collect()
}

/// The beginning of a sentence, as it is read.
struct Look {
    distance: usize,
    tokens: Vec<u32>,
    /// The tokens of each noun; none of one that the context does not reach.
    nouns: Vec<Range<usize>>,
    /// Which of them decides.
    deciding: usize,
}

impl Look {
    /// None if the word that decides is not among the nouns.
    fn new(probe: &Probe, nouns: &HashSet<String>, tokenizer: &Tokenizer, context: usize) -> Option<Self> {
        // The space at the end goes with the pronoun's token.
        let text = probe.prefix.trim_end();
        let mut tokens = document(tokenizer, text);
        // The separator is no byte of the text.
        let begun = tokens.len() - tokenizer.encode(text).len();
        let ends: Vec<usize> = tokens[begun..]
            .iter()
            .scan(0, |end, &id| {
                *end += tokenizer.token_bytes(id).len();
                Some(*end)
            })
            .collect();
        let beyond = tokens.len().saturating_sub(context);
        let place = |byte: usize| begun + ends.partition_point(|&end| end <= byte);
        let words: Vec<&str> = text.split_whitespace().collect();
        let (mut found, mut deciding) = (Vec::new(), None);
        for (index, word) in words.iter().enumerate() {
            let letters = word.trim_end_matches(|letter: char| !letter.is_alphanumeric());
            if nouns.contains(&letters.to_lowercase()) {
                if index + probe.distance == words.len() {
                    deciding = Some(found.len());
                }
                let from = word.as_ptr() as usize - text.as_ptr() as usize;
                let range = place(from)..place(from + letters.len() - 1) + 1;
                found.push(range.start.saturating_sub(beyond)..range.end.saturating_sub(beyond));
            }
        }
        tokens.drain(..beyond);
        Some(Self { distance: probe.distance, tokens, nouns: found, deciding: deciding? })
    }

    /// Whether, for each head of each layer, the noun that decides gets the most. A noun's attention is the sum over its tokens.
    async fn hits(&self, reader: &mut Reader) -> Result<Vec<bool>, String> {
        let weights = reader.attention(&self.tokens).await.map_err(|error| error.to_string())?;
        let count = self.tokens.len();
        let last_rows = weights.chunks_exact(count * count).map(|head| &head[count * (count - 1)..]);
        Ok(last_rows.map(|row| self.is_hit(row)).collect())
    }

    fn is_hit(&self, row: &[f32]) -> bool {
        let given: Vec<f32> = self.nouns.iter().map(|tokens| row[tokens.clone()].iter().sum()).collect();
        given.iter().enumerate().all(|(index, other)| index == self.deciding || *other < given[self.deciding])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_that_decides_is_found_and_others_count_against_it() {
        let nouns = ["king", "ducks", "river"].map(String::from).into();
        let prefix = "One day the king by the river, that the ducks saw, lost ".to_owned();
        let probe = Probe { kind: Agreement::Reference, distance: 9, prefix, right: "his".into(), wrong: "her".into() };
        let tokenizer = Tokenizer::bytes();
        let look = Look::new(&probe, &nouns, &tokenizer, 128).unwrap();
        let shown = |look: &Look| look.nouns.iter().map(|noun| tokenizer.decode(&look.tokens[noun.clone()])).collect::<Vec<_>>();
        assert_eq!((shown(&look), look.deciding), (["king", "river", "ducks"].map(String::from).into(), 0));
        // Half of the attention is on the two last letters of the king, which together have the most, but no single one.
        let mut row = vec![0.0; look.tokens.len()];
        row[look.nouns[0].end - 2..look.nouns[0].end].fill(0.25);
        row[look.nouns[2].start] = 0.4;
        assert!(look.is_hit(&row));
        row[look.nouns[2].start + 1] = 0.2;
        assert!(!look.is_hit(&row));
        let near = Look::new(&probe, &nouns, &tokenizer, 33).unwrap();
        assert_eq!(tokenizer.decode(&near.tokens), "e river, that the ducks saw, lost");
        assert_eq!(shown(&near), ["", "river", "ducks"]);
        let strangers = ["ducks", "river"].map(String::from).into();
        assert!(Look::new(&probe, &strangers, &tokenizer, 128).is_none());
    }

    #[test]
    fn the_built_in_probes_have_nouns_to_choose_from() {
        let world = World::built_in();
        let (nouns, tokenizer) = (world.nouns(), Tokenizer::bytes());
        let looks = read(&world, 1, &nouns, &tokenizer, 256);
        let far = looks.iter().filter(|look| look.distance > 10);
        assert!(far.clone().count() > 100, "{}", looks.len());
        assert!(looks.iter().all(|look| look.distance > 1));
        for probe in round(&world, 1).iter().filter(|probe| probe.kind == Agreement::Reference) {
            let look = Look::new(probe, &nouns, &tokenizer, 256).expect("the noun that decides is one of them");
            let word = probe.prefix.split_whitespace().rev().nth(probe.distance - 1).unwrap();
            assert_eq!(tokenizer.decode(&look.tokens[look.nouns[look.deciding].clone()]), word.trim_end_matches(','));
        }
        // What was said of openings stands before who decides.
        assert!(looks.iter().any(|look| look.deciding > 0));
    }
}
