//! Questions about the world, each with the words that answer it. Some are put as the world's own quizzes put them, some are not.

use crate::rng;
use crate::tasks::{bare, filled};
use crate::world::World;

/// What is asked, words that no answer lacks, and those that answer the same about something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub question: String,
    pub answer: String,
    pub others: Vec<String>,
}

/// A table, a question about a row of it, whose fields stand in brackets, and the field that answers it.
const FORMS: [(&str, &str, &str); 12] = [
    ("countries", "What is the capital of [name]?", "capital"),
    ("countries", "Which language is spoken in [name]?", "lang"),
    ("countries", "How do I say hello in [name]?", "hello"),
    ("countries", "I am in [capital]. Which country is this?", "name"),
    ("countries", "What should I eat when I am in [name]?", "dish"),
    ("creatures", "What do [many] eat?", "food"),
    ("creatures", "Please tell me what a young [name] is called.", "child"),
    ("opposites", "What is the opposite of [a]?", "b"),
    ("plurals", "How do I write [name] when there are two of them?", "many"),
    ("instruments", "How do I play the [name]?", "how"),
    ("trades", "Where does a [name] work?", "place"),
    ("trades", "Who [does] [obj]?", "name"),
];
/// Whose rows come first.
const SEED: u32 = 1;

/// So many different questions, of each form as many as of the others as far as its table goes.
pub fn questions(world: &World, count: usize) -> Vec<Asked> {
    let mut forms = Vec::new();
    for ((table, form, field), index) in FORMS.into_iter().zip(0..) {
        let mut rows: Vec<_> = world.facts(table).into_iter().enumerate().collect();
        let answers: Vec<String> = rows.iter().filter_map(|(_, row)| Some(bare(&row.get(field)?).to_owned())).collect();
        let stream = rng::stream(SEED, index);
        rows.sort_by_key(|(row, _)| rng::bits(stream, *row as u64));
        forms.push(rows.into_iter().filter_map(move |(_, row)| {
            let question = filled(form, &|field| Some(row.get(field)?.into_owned()))?;
            let answer = bare(&row.get(field)?).to_owned();
            // "Fish" says nothing else than "fish and krill".
            let others = answers.iter().filter(|other| !answer.contains(*other)).cloned().collect();
            Some(Asked { question, answer, others })
        }));
    }
    let mut asked = Vec::new();
    while asked.len() < count {
        let before = asked.len();
        asked.extend(forms.iter_mut().filter_map(Iterator::next).take(count - before));
        if asked.len() == before {
            break;
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_differ_and_are_spread_over_the_forms() {
        let asked = questions(&World::built_in(), 200);
        assert_eq!(asked.len(), 200);
        for form in FORMS.map(|(_, form, _)| &form[..form.find('[').unwrap_or(form.len())]) {
            assert!(asked.iter().filter(|asked| asked.question.starts_with(form)).count() >= 10, "{form}");
        }
        let mut questions: Vec<&str> = asked.iter().map(|asked| asked.question.as_str()).collect();
        questions.sort_unstable();
        questions.dedup();
        assert_eq!(questions.len(), 200);
        assert!(asked.iter().all(|asked| !asked.question.contains('[') && !asked.answer.is_empty()));
    }

    #[test]
    fn answers_lose_their_little_words() {
        let answers = ["the Seine", "in a bakery", "at an observatory", "Paris", "press the keys", "a"].map(bare);
        assert_eq!(answers, ["Seine", "bakery", "observatory", "Paris", "press the keys", "a"]);
    }
}
