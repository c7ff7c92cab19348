//! What a continuation of a question is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// The answer comes first, and the document ends there.
    AnswersAndStops,
    /// The answer comes first, and the text goes on with something else.
    AnswersAndGoesOn,
    /// It goes on asking, as a quiz does.
    Asks,
    /// Others speak, as in the thread of a forum.
    Converses,
    /// It tells something.
    Tells,
}

impl Manner {
    pub const ALL: [Self; 5] = [Self::AnswersAndStops, Self::AnswersAndGoesOn, Self::Asks, Self::Converses, Self::Tells];
}

/// Labels at the start of a quiz's lines, which no speaker has.
const QUIZ: [&str; 2] = ["Question", "Answer"];

/// What `continuation` is, which `stopped` if the model ended the document there itself, after a question with such an answer, if
/// one is known.
///
/// It answers if the answer stands in its first sentence, none of the `others` beside it, the sentence is no question, and no
/// speaker is named. A quiz and a lesson answer, too: but they go on.
pub fn manner(continuation: &str, stopped: bool, answer: Option<&str>, others: &[String]) -> Manner {
    let said = continuation.trim();
    let (first, rest) = said.split_at(first_sentence(said));
    let is_answer = answer.is_some_and(|answer| holds(first, answer)) && !others.iter().any(|other| holds(first, other));
    if is_answer && !is_labelled(first) && !first.ends_with('?') {
        let is_over = rest.chars().all(|letter| !letter.is_alphanumeric());
        return if stopped && is_over { Manner::AnswersAndStops } else { Manner::AnswersAndGoesOn };
    }
    if said.lines().any(is_labelled) {
        Manner::Converses
    } else if said.contains('?') {
        Manner::Asks
    } else {
        Manner::Tells
    }
}

/// Where the first sentence ends. A mark without a letter before it ends none.
fn first_sentence(text: &str) -> usize {
    let mut begun = false;
    for (place, letter) in text.char_indices() {
        begun |= letter.is_alphanumeric();
        if begun && ['.', '!', '?', '\n'].contains(&letter) {
            return place + letter.len_utf8();
        }
    }
    text.len()
}

/// Whether somebody speaks, as in "marble: Hello."
pub fn is_labelled(line: &str) -> bool {
    let label = line.trim_start().split_once(": ").map(|(label, _)| label);
    label.is_some_and(|label| !label.is_empty() && label.chars().all(char::is_alphanumeric) && !QUIZ.contains(&label))
}

/// Whether a text has these words, as words.
pub fn holds(text: &str, words: &str) -> bool {
    let (text, words) = (text.to_lowercase(), words.to_lowercase());
    let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let mut places = text.match_indices(&words);
    places.any(|(from, _)| !is_word(text[..from].chars().next_back()) && !is_word(text[from + words.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuations_are_told_apart() {
        let cases = [
            (" Paris.", true, Manner::AnswersAndStops),
            (" The capital of France is Paris.\n", true, Manner::AnswersAndStops),
            ("\n    Answer: Paris.", true, Manner::AnswersAndStops),
            (" Paris.", false, Manner::AnswersAndGoesOn),
            (" Paris. Which river flows through Peru? The Ucayali.", true, Manner::AnswersAndGoesOn),
            ("\" \"The capital of France is Paris.\" \"Right!\"", true, Manner::AnswersAndGoesOn),
            (" Rome. What is the capital of Italy? Paris.", true, Manner::Asks),
            (" Is it Paris? It is.", true, Manner::Asks),
            (" And of Italy? I only know Paris.", true, Manner::Asks),
            ("\n    marble: I think it is Paris.\n    teapot: Thanks!", true, Manner::Converses),
            (" I asked my aunt.\n      oldsalt: Is it Lima?", false, Manner::Converses),
            (" The king was tired. He went home to Paris.", true, Manner::Tells),
            (" Paris is the capital of France, and Rome of Italy.", true, Manner::Tells),
            (" Parisians know it.", true, Manner::Tells),
            ("", true, Manner::Tells),
        ];
        for (continuation, stopped, expected) in cases {
            assert_eq!(manner(continuation, stopped, Some("Paris"), &["Rome".into(), "Lima".into()]), expected, "{continuation:?}");
        }
        assert_eq!(manner(" Paris.", true, None, &[]), Manner::Tells);
    }
}
