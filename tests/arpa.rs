//! ARPA files as other toolkits write them, and their scores by KenLM 0.3.0 (`kenlm.Model(path).full_scores(sentence)`).

use seven_steps_markov::arpa::{self, ArpaModel};
use seven_steps_markov::{END, Predictor, UNKNOWN};

/// Three words, their pairs, and one of three.
const FULL: &str = "\\data\\
ngram 1=6
ngram 2=6
ngram 3=1

\\1-grams:
-1.2	<unk>
-99	<s>	-0.30103
-0.7	</s>
-0.5	ant	-0.25
-0.6	bee	-0.2
-0.9	cat	-0.1

\\2-grams:
-0.2	<s> ant	-0.15
-0.3	ant bee	-0.35
-0.4	bee </s>
-0.5	bee cat	-0.45
-0.6	cat ant	-0.05
-0.7	cat bee

\\3-grams:
-0.1	<s> ant bee

\\end\\
";

fn read(text: &str) -> ArpaModel {
    arpa::read(text).unwrap()
}

/// log10 of each token's probability, the end's last.
fn scores(model: &ArpaModel, sentence: &str) -> Vec<f64> {
    let id = |word: &str| (3..).zip(&model.words[3..]).find(|(_, name)| *name == word).map_or(UNKNOWN, |(id, _)| id);
    let mut state = model.start();
    let tokens = sentence.split(' ').map(id).chain([END]);
    let score = tokens.map(|token| {
        let (score, next) = model.score(state, token);
        // One by one or all at once, the probabilities are the same.
        assert!((model.distribution_in(state)[token as usize] - score.probability).abs() < 1e-12, "{sentence}");
        state = next;
        score.probability.log10()
    });
    score.collect()
}

fn equal(text: &str, sentence: &str, expected: &[f64]) {
    let found = scores(&read(text), sentence);
    let is_near = |(found, expected): (&f64, &f64)| found == expected || (found - expected).abs() < 1e-4;
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(is_near), "{sentence}: {found:?}");
}
#[test]
fn a_context_weighs_even_where_nothing_follows_it() {
    equal(FULL, "ant bee cat ant", &[-0.2, -0.1, -0.85, -1.05, -1.0]);
    equal(FULL, "cat bee cat bee", &[-1.201, -0.7, -0.5, -1.15, -0.4]);
    equal(FULL, "bee owl cat", &[-0.901, -1.4, -0.9, -0.8]);
    equal(FULL, "ant ant bee owl bee", &[-0.2, -0.9, -0.3, -1.75, -0.6, -0.4]);
}

#[test]
fn the_unknown_word_may_stand_in_capitals() {
    equal(&FULL.replace("<unk>", "<UNK>"), "ant ant bee owl bee", &[-0.2, -0.9, -0.3, -1.75, -0.6, -0.4]);
    let both = FULL.replace("-1.2\t<unk>", "-1.2\t<unk>\n-1.3\t<UNK>").replace("ngram 1=6", "ngram 1=7");
    assert!(arpa::read(&both).unwrap_err().contains("twice"));
}

#[test]
fn the_logarithm_of_nothing_is_infinite() {
    let never = FULL.replace("-0.9\tcat", "-inf\tcat").replace("-99\t<s>", "-Infinity\t<s>");
    equal(&never, "cat bee cat bee", &[f64::NEG_INFINITY, -0.7, -0.5, -1.15, -0.4]);
    equal(&never, "bee owl cat", &[-0.901, -1.4, f64::NEG_INFINITY, -0.8]);
    assert!(arpa::read(&FULL.replace("-0.9\tcat", "inf\tcat")).unwrap_err().contains("does not begin with a number"));
}

#[test]
fn a_byte_order_mark_and_the_line_ends_of_windows_change_nothing() {
    let windows = format!("\u{FEFF}{}", FULL.replace('\n', "\r\n"));
    equal(&windows, "bee owl cat", &[-0.901, -1.4, -0.9, -0.8]);
}
