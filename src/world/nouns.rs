//! The nouns of the sentences that agree over a distance.

use std::collections::HashSet;

use super::World;
use crate::platform::lower_case;

/// The fields of the tables whose words name who does something.
const WHO: [(&str, [&str; 2]); 2] = [("couples", ["male", "female"]), ("actors", ["name", "many"])];
/// Places and times, which stand within phrases.
const WHERE_AND_WHEN: &str = "barn bridge bridges castle edge farm front garden gate hill house island market meadow mill pond river \
                              road school sea side town tree village well wood breakfast day days evening hour morning night rain \
                              spring summer sunday time winter word";

impl World {
    /// In lower case: all nouns that can stand before the word decided of a [`super::Probe`].
    pub fn nouns(&self) -> HashSet<String> {
        let who = WHO.into_iter().flat_map(|(table, fields)| {
            self.facts(table)
                .into_iter()
                .flat_map(move |row| fields.into_iter().filter_map(move |field| Some(lower_case(&row.get(field)?))))
        });
        who.chain(WHERE_AND_WHEN.split_whitespace().map(String::from)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What may stand between an article and its noun.
    const BETWEEN: [&str; 9] = ["old", "little", "young", "two", "other", "good", "poor", "first", "long"];

    #[test]
    fn every_word_that_an_article_announces_is_a_noun() {
        let world = World::built_in();
        let nouns = world.nouns();
        for probe in (1..=10).flat_map(|seed| world.probes(seed, 2)) {
            let words: Vec<&str> = probe.prefix.split_whitespace().map(|word| word.trim_matches(',')).collect();
            assert!(nouns.contains(words[words.len() - probe.distance]), "{probe:?}");
            for (place, _) in words.iter().enumerate().filter(|(_, word)| ["the", "The", "a", "an"].contains(word)) {
                let announced = words[place + 1..].iter().find(|word| !BETWEEN.contains(word));
                assert!(announced.is_none_or(|word| nouns.contains(*word)), "{announced:?} in {probe:?}");
            }
        }
    }
}
