//! Pairs of words that stand in the same relation: king to queen as man to woman.

use super::World;
use crate::platform::lower_case;

/// Pairs of one relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    pub name: &'static str,
    /// In lower case.
    pub pairs: Vec<(String, String)>,
}

/// Each relation between two fields of a table: its name, the table and the fields.
const RELATIONS: [(&str, &str, [&str; 2]); 9] = [
    ("country to capital", "countries", ["name", "capital"]),
    ("country to nationality", "countries", ["name", "adj"]),
    ("animal to young", "creatures", ["name", "child"]),
    ("singular to plural", "plurals", ["name", "many"]),
    ("animal to animals", "creatures", ["name", "many"]),
    ("opposites", "opposites", ["a", "b"]),
    ("old to older", "opposites", ["a", "more"]),
    ("old to oldest", "opposites", ["a", "most"]),
    ("eat to ate", "doings", ["name", "ed"]),
];

impl World {
    /// All relations, and in each the pairs that are single words, of which neither is in another pair of it.
    pub fn relations(&self) -> Vec<Relation> {
        let rows = |table| self.facts(table).into_iter();
        let mut relations = vec![Relation { name: "male to female", pairs: self.genders() }];
        for (name, table, [a, b]) in RELATIONS {
            let found: Vec<_> = rows(table).filter_map(|row| Some((lower_case(&row.get(a)?), lower_case(&row.get(b)?)))).collect();
            relations.push(Relation { name, pairs: plain(found) });
        }
        relations
    }

    /// Each field of the two rows of the table of genders.
    fn genders(&self) -> Vec<(String, String)> {
        const FIELDS: [&str; 22] = [
            "he",
            "man",
            "men",
            "boy",
            "boys",
            "son",
            "brother",
            "father",
            "dad",
            "grandpa",
            "grandfather",
            "husband",
            "uncle",
            "nephew",
            "king",
            "prince",
            "waiter",
            "actor",
            "host",
            "hero",
            "wizard",
            "duke",
        ];
        let rows = self.facts("genders");
        let [male, female] = &rows[..] else { return Vec::new() };
        plain(FIELDS.iter().filter_map(|field| Some((male.get(field)?.into(), female.get(field)?.into()))).collect())
    }
}

fn plain(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for (a, b) in pairs {
        let is_known = |word: &String| kept.iter().any(|(x, y)| x == word || y == word);
        if a != b && !a.contains(' ') && !b.contains(' ') && !is_known(&a) && !is_known(&b) {
            kept.push((a, b));
        }
    }
    kept
}
