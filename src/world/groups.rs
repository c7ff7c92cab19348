//! Kinds of words: what a map of words is coloured by.

use super::World;
use crate::platform::lower_case;

/// The fields of the tables whose words are of each kind. A word of two kinds is of the first.
const KINDS: [&[(&str, &[&str])]; 9] = [
    // People, by what they are.
    &[
        ("genders", &["he", "man", "men", "boy", "boys", "son", "brother", "father", "dad", "grandpa", "grandfather", "husband"]),
        ("genders", &["uncle", "nephew", "king", "prince", "waiter", "actor", "host", "hero", "wizard", "duke", "sir", "lad"]),
        ("kin", &["name"]),
        ("trades", &["name", "many"]),
    ],
    // Names.
    &[
        ("names-f", &["name"]),
        ("names-m", &["name"]),
        ("girls", &["name"]),
        ("boys", &["name"]),
        ("surnames", &["name"]),
        ("countries", &["girl", "boy"]),
    ],
    // Animals.
    &[("creatures", &["name", "many", "child", "young"]), ("beasts", &["name", "many"]), ("animals", &["kind"])],
    // Countries.
    &[("countries", &["name"])],
    // Capitals.
    &[("countries", &["capital"])],
    // Food and plants.
    &[
        ("fruits", &["name", "many"]),
        ("vegetables", &["name", "many"]),
        ("spices", &["name"]),
        ("sweets", &["name"]),
        ("meals", &["name"]),
        ("greenery", &["name", "many"]),
    ],
    // Things.
    &[
        ("objects", &["name", "many"]),
        ("clothes", &["name", "many"]),
        ("instruments", &["name", "many"]),
        ("vehicles", &["name", "many"]),
        ("body", &["name", "many"]),
        ("trades", &["tool"]),
    ],
    // Doings.
    &[("doings", &["name", "s", "ed", "en", "ing"])],
    // Qualities.
    &[
        ("opposites", &["a", "more", "most", "b", "lesser", "least"]),
        ("colours", &["name"]),
        ("feelings", &["name"]),
        ("countries", &["adj"]),
    ],
];

impl World {
    /// Words of each kind, in lower case, and the kind's number.
    pub fn groups(&self) -> Vec<(String, u8)> {
        let mut found = Vec::new();
        for (kind, tables) in (0..).zip(KINDS) {
            for (table, fields) in tables {
                for row in self.facts(table) {
                    let words = fields.iter().filter_map(|field| row.get(field)).filter(|word| !word.contains(' '));
                    found.extend(words.map(|word| (lower_case(&word), kind)));
                }
            }
        }
        found
    }
}
