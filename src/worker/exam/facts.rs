//! Facts of the world that a model completes, in the words in which the world tells them.

use crate::nn::reader::{Reader, Sampling};
use crate::protocol::figures::Known;
use crate::tasks::filled;
use crate::text::Tokenizer;
use crate::world::World;

/// What a relation is called, its table, the beginning of a sentence with the fields of a row in brackets, and the field that follows.
const RELATIONS: [(&str, &str, &str, &str); 12] = [
    ("capital", "countries", "The capital of [name] is", "capital"),
    ("language", "countries", "In [name], people speak", "lang"),
    ("continent", "countries", "[name] is a country in", "land"),
    ("river", "countries", "[river] flows through", "name"),
    ("greeting", "countries", "In [name] one says", "hello"),
    ("dish", "countries", "A dish that many people in [name] love is", "dish"),
    ("food", "creatures", "[many] eat", "food"),
    ("young", "creatures", "The young of the [name] are called", "young"),
    ("class", "creatures", "[many] belong to the", "class"),
    ("opposite", "opposites", "The opposite of [a] is", "b"),
    ("plural", "plurals", "One [name], two", "many"),
    ("work", "trades", "[many] work", "place"),
];
/// Characters of the longest of what follows that is compared; a model writes no more tokens.
const LONGEST: usize = 24;

/// Whether the likeliest continuation of each begins with what is true, word for word.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn known(world: &World, tokenizer: &Tokenizer, reader: &mut Reader) -> Result<Vec<Known>, String> {
    let separator: Vec<u32> = tokenizer.separator().into_iter().collect();
    let sampling = Sampling { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0, length: LONGEST, stop: separator.clone() };
    let mut known = Vec::new();
    for (relation, table, form, field) in RELATIONS {
        let (mut prompts, mut answers) = (Vec::new(), Vec::new());
        for row in world.facts(table) {
            let beginning = filled(form, &|field| Some(row.get(field)?.into_owned()));
            if let (Some(beginning), Some(answer)) = (beginning, row.get(field)) {
                prompts.push(separator.iter().copied().chain(tokenizer.encode(&capitalised(&beginning))).collect());
                answers.push(answer);
            }
        }
        let written = reader.write(&prompts, &sampling, &mut |_| ()).await.map_err(|error| error.to_string())?;
        let right = written.iter().zip(&answers).filter(|(tokens, answer)| begins(tokenizer.decode(tokens).trim_start(), answer));
        let right = right.count() as u32;
        known.push(Known { relation: relation.into(), right, of: answers.len() as u32 });
    }
    Ok(known)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether a text begins with these words, the last of them to its end; of more than [`LONGEST`] characters only the first count.
fn begins(text: &str, words: &str) -> bool {
    let compared = &words[..words.floor_char_boundary(LONGEST)];
    let rest = text.strip_prefix(compared);
    rest.is_some_and(|rest| compared.len() < words.len() || !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_to_its_end() {
        assert!(begins("Paris. It", "Paris"));
        assert!(!begins("Parisian", "Paris") && !begins("the Seine", "Seine") && !begins("", "Paris"));
        let long = "rice with lentils and with green leaves";
        assert!(begins(long, long) && begins("rice with lentils and with", long) && !begins("rice with", long));
        assert_eq!(["the Nile", "ants", ""].map(capitalised), ["The Nile", "Ants", ""]);
    }
}
