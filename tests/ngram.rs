//! N-gram models against counting by hand, brute force, and what NLTK, KenLM and equations in Python make of a text
//! (`golden/ngram.py`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;
use seven_steps_markov::arpa::{self, ArpaModel, Writer};
use seven_steps_markov::{BEGIN, Builder, Counts, END, Evaluation, Fit, Model, Predictor, Smoothing, UNKNOWN, estimate_bytes};

const ALL: [Smoothing; 7] = [
    Smoothing::MaximumLikelihood,
    Smoothing::AddK(0.05),
    Smoothing::JelinekMercer,
    Smoothing::Katz,
    Smoothing::WittenBell,
    Smoothing::KneserNey,
    Smoothing::ModifiedKneserNey,
];

/// A text of some structure: common words and rare ones, and after each word some more than others.
fn text(tokens: usize, vocabulary: u32, seed: u64) -> Vec<u32> {
    let mut state = seed;
    let mut draw = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let words = f64::from(vocabulary - 3);
    let mut text: Vec<u32> = Vec::new();
    while text.len() < tokens {
        let rank = (words * draw().powi(4)) as u32;
        let before = text.last().copied().unwrap_or(END);
        text.push(match draw() {
            chance if chance < 0.1 => END,
            chance if chance < 0.5 => 3 + rank,
            _ => 3 + (7 * before + rank / 3) % (vocabulary - 3),
        });
    }
    text.push(END);
    text
}

fn count(text: &[u32], vocabulary: usize, order: usize) -> Arc<Counts> {
    let mut builder = Builder::new(text, vocabulary, order).unwrap();
    let mut fraction = 0.0;
    while builder.advance() {
        assert!((fraction..=1.0).contains(&builder.fraction()), "progress goes forward");
        fraction = builder.fraction();
    }
    Arc::new(builder.finish())
}

fn model(counts: &Arc<Counts>, order: usize, smoothing: Smoothing, held_out: &[u32]) -> Model {
    Fit::new(Arc::clone(counts), order, smoothing, held_out).unwrap().finish()
}

/// Every n-gram of a text with how often it occurs, counted in the plainest way.
fn naive(text: &[u32], order: usize) -> HashMap<Vec<u32>, u64> {
    let mut counts = HashMap::new();
    for sentence in text.split_inclusive(|&token| token == END) {
        let sentence = [&[BEGIN], sentence].concat();
        for ngram in sentence.windows(order) {
            *counts.entry(ngram.to_vec()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn counts_equal_those_of_a_table() {
    let text = text(4000, 40, 1);
    let counts = count(&text, 40, 7);
    for order in 1..=7 {
        let expected = naive(&text, order);
        let kinds = expected.len() - usize::from(order == 1);
        assert_eq!(counts.ngrams(order), kinds, "order {order}");
        for (ngram, count) in &expected {
            assert_eq!(counts.count(ngram), *count, "{ngram:?}");
        }
        let contexts: HashSet<&[u32]> = expected.keys().map(|ngram| &ngram[..order - 1]).collect();
        assert_eq!(counts.contexts(order), contexts.len());
    }
    for (ngram, _) in naive(&text, 3) {
        let ways = naive(&text, 4).keys().filter(|longer| longer[1..] == ngram).count() as u64;
        let expected = if ngram[0] == BEGIN { counts.count(&ngram) } else { ways };
        assert_eq!(counts.continuations(&ngram), expected, "{ngram:?}");
    }
    assert_eq!(counts.tokens(), text.len() as u64);
    assert_eq!(counts.count(&[4, BEGIN]), 0);
    assert!(counts.bytes() as u64 <= estimate_bytes(text.len(), counts.sentences() as usize, 40, 7));
}

#[test]
fn a_long_text_is_counted_in_slices_and_within_the_estimate() {
    let text = text(100_000, 5000, 10);
    let sentences = text.iter().filter(|&&token| token == END).count();
    let mut builder = Builder::new(&text, 5000, 5).unwrap();
    let (mut most, mut slices) = (builder.bytes(), 1);
    while builder.advance() {
        most = most.max(builder.bytes());
        slices += 1;
    }
    assert!(most as u64 <= estimate_bytes(text.len(), sentences, 5000, 5), "{most}");
    assert!(slices > 40, "{slices} slices");
    let counts = builder.finish();
    for order in [2, 5] {
        let expected = naive(&text, order);
        assert_eq!(counts.ngrams(order), expected.len());
        for (ngram, count) in &expected {
            assert_eq!(counts.count(ngram), *count, "{ngram:?}");
        }
    }
}

#[test]
fn every_distribution_sums_to_one_and_agrees_with_the_single_probabilities() {
    let (text, held_out) = (text(3000, 30, 2), text(400, 30, 3));
    let counts = count(&text, 30, 5);
    for order in [1, 2, 3, 5] {
        for smoothing in ALL {
            let model = model(&counts, order, smoothing, &held_out);
            for context in
                [&[][..], &[BEGIN], &[BEGIN, 7], &[9, 4], &[3, 3, 3, 3], &[UNKNOWN, 8], &[5, UNKNOWN], &held_out[10..14], &text[50..54]]
            {
                let distribution = model.distribution(context);
                let sum: f64 = distribution.iter().sum();
                let knows = smoothing != Smoothing::MaximumLikelihood || sum > 0.0;
                assert!((sum - if knows { 1.0 } else { 0.0 }).abs() < 1e-5, "{smoothing:?} {order} {context:?}: {sum}");
                for token in 0..30 {
                    let single = model.probability(context, token);
                    let given = distribution[token as usize];
                    assert!((single - given).abs() < 1e-9, "{smoothing:?} {order} {context:?} {token}: {single} {given}");
                }
            }
        }
    }
}

/// p(w given h) of interpolated Kneser–Ney, from the definition: Chen & Goodman 1998, equations 24 to 26.
fn kneser_ney(text: &[u32], vocabulary: usize, order: usize, modified: bool, context: &[u32], token: u32) -> f64 {
    let adjusted = |n: usize| -> HashMap<Vec<u32>, f64> {
        let own = naive(text, n);
        if n == order {
            return own.into_iter().filter(|(ngram, _)| *ngram != [BEGIN]).map(|(ngram, count)| (ngram, count as f64)).collect();
        }
        let longer = naive(text, n + 1);
        let mut ways: HashMap<Vec<u32>, f64> = HashMap::new();
        longer.keys().for_each(|ngram| *ways.entry(ngram[1..].to_vec()).or_default() += 1.0);
        ways.extend(own.into_iter().filter(|(ngram, _)| n > 1 && ngram[0] == BEGIN).map(|(ngram, count)| (ngram, count as f64)));
        ways
    };
    let mut probability = 1.0 / (vocabulary - 1) as f64;
    for n in 1..=order.min(context.len() + 1) {
        let counts = adjusted(n);
        let h = &context[context.len() + 1 - n..];
        let kinds = |r: f64| counts.values().filter(|count| **count == r).count() as f64;
        assert!((1..=4).all(|r| kinds(f64::from(r)) > 0.0), "order {n} of {order}: {:?}", [1., 2., 3., 4.].map(kinds));
        let y = kinds(1.0) / (kinds(1.0) + 2.0 * kinds(2.0));
        let discount = |count: f64| match (modified, count.min(3.0)) {
            (false, _) => y,
            (true, r) => r - (r + 1.0) * y * kinds(r + 1.0) / kinds(r),
        };
        let after: Vec<f64> = counts.iter().filter(|(ngram, _)| ngram[..n - 1] == *h).map(|(_, count)| *count).collect();
        if after.is_empty() {
            continue;
        }
        let total: f64 = after.iter().sum();
        let left: f64 = after.iter().map(|count| discount(*count)).sum();
        let own = counts.get(&[h, &[token]].concat()).map_or(0.0, |count| count - discount(*count));
        probability = (own + left * probability) / total;
    }
    probability
}

#[test]
fn kneser_ney_follows_the_definition() {
    let (vocabulary, text) = (300, text(4000, 300, 4));
    let counts = count(&text, vocabulary, 4);
    for order in [2, 3] {
        for (smoothing, modified) in [(Smoothing::KneserNey, false), (Smoothing::ModifiedKneserNey, true)] {
            let model = model(&counts, order, smoothing, &[]);
            for at in [0, 17, 1200] {
                let begun = text[..at].iter().rposition(|&token| token == END).map_or(0, |end| end + 1);
                let context = [&[BEGIN], &text[begun..at]].concat();
                for token in [UNKNOWN, text[at], 5] {
                    let expected =
                        kneser_ney(&text, vocabulary, order, modified, &context[context.len().saturating_sub(order - 1)..], token);
                    let given = model.probability(&context, token);
                    assert!((given / expected - 1.0).abs() < 1e-5, "{smoothing:?} {order} {context:?} {token}: {given} {expected}");
                }
            }
        }
    }
}

#[test]
fn the_methods_rank_as_they_should_and_slices_do_not_matter() {
    let (text, held_out, tuning) = (text(20_000, 60, 5), text(2_000, 60, 6), text(1_000, 60, 7));
    let counts = count(&text, 60, 4);
    let measure = |smoothing: Smoothing, most: usize| {
        let model = model(&counts, 4, smoothing, &tuning);
        let mut evaluation = Evaluation::new(&model, counts.unknown_share());
        while evaluation.advance(&model, &held_out, most) {}
        assert_eq!(evaluation.tokens, held_out.len() as u64);
        evaluation.perplexity()
    };
    assert_eq!(measure(Smoothing::Katz, 7), measure(Smoothing::Katz, usize::MAX));
    assert_eq!(measure(Smoothing::MaximumLikelihood, 100), f64::INFINITY);
    let best = measure(Smoothing::ModifiedKneserNey, 1000);
    for worse in [Smoothing::AddK(0.05), Smoothing::Katz] {
        assert!(best < measure(worse, 1000), "{worse:?}");
    }
    let weighed = measure(Smoothing::JelinekMercer, 1000);
    assert!(weighed < measure(Smoothing::AddK(0.05), 1000));
}

#[test]
fn small_texts_give_sensible_numbers() {
    // In the last text every word is seen, the unknown one too.
    for text in [&[3, END][..], &[END], &[3], &[3; 500], &[3, 4, END, 3, 4, END], &[UNKNOWN, 3, 4, END]] {
        for order in [1, 2, 7] {
            let counts = count(text, 5, order);
            for smoothing in ALL {
                let model = model(&counts, order, smoothing, text);
                for context in [&[BEGIN][..], &[3, 3], &[4], &[UNKNOWN; 6]] {
                    let distribution = model.distribution(context);
                    assert!(distribution.iter().all(|p| (0.0..=1.0 + 1e-9).contains(p)), "{smoothing:?} {text:?} {distribution:?}");
                    let sum: f64 = distribution.iter().sum();
                    let is_silent = smoothing == Smoothing::MaximumLikelihood && sum == 0.0;
                    assert!(is_silent || (sum - 1.0).abs() < 1e-6, "{smoothing:?} {text:?} {context:?} {sum}");
                }
                let mut evaluation = Evaluation::new(&model, counts.unknown_share());
                while evaluation.advance(&model, text, 100) {}
                assert!(!evaluation.perplexity().is_nan());
            }
        }
    }
    assert!(Builder::new(&[], 5, 3).is_err());
    assert!(Builder::new(&[3, END], 5, 8).is_err());
    assert!(Builder::new(&[7, END], 5, 3).is_err());
    let counts = count(&[3, END], 5, 3);
    assert!(Fit::new(Arc::clone(&counts), 4, Smoothing::Katz, &[]).is_err());
    assert!(Fit::new(Arc::clone(&counts), 3, Smoothing::AddK(f64::NAN), &[]).is_err());
    assert!(Fit::new(counts, 3, Smoothing::AddK(0.0), &[]).is_err());
}

#[test]
fn methods_equal_other_programs() {
    let golden: Value = serde_json::from_str(include_str!("golden/ngram.json")).unwrap();
    let mut lines: Vec<&str> = include_str!("golden/tokenizer.txt").split('\n').filter(|line| !line.is_empty()).collect();
    let [first, end] = [0, 1].map(|at| golden["held_out"][at].as_u64().unwrap() as usize);
    let held_out: Vec<&str> = lines.drain(first..end).collect();
    let mut tokens: HashMap<char, u32> = HashMap::new();
    let mut text = vec![];
    for line in lines {
        for character in line.chars() {
            let new = 3 + tokens.len() as u32;
            text.push(*tokens.entry(character).or_insert(new));
        }
        text.push(END);
    }
    let known = |character| tokens.get(&character).copied().unwrap_or(UNKNOWN);
    let held_out: Vec<u32> = held_out.iter().flat_map(|line| line.chars().map(known).chain([END])).collect();
    let counts = count(&text, 3 + tokens.len(), 6);
    let all = golden["log10"].as_object().unwrap();
    assert_eq!(all.len(), 20);
    for (name, expected) in all {
        let (method, order) = name.split_once(' ').unwrap();
        let smoothing = match method {
            "ml" => Smoothing::MaximumLikelihood,
            "add-k" => Smoothing::AddK(golden["k"].as_f64().unwrap()),
            "jm" => Smoothing::JelinekMercer,
            "katz" => Smoothing::Katz,
            "wb" => Smoothing::WittenBell,
            "kn" => Smoothing::KneserNey,
            _ => Smoothing::ModifiedKneserNey,
        };
        let model = model(&counts, order.parse().unwrap(), smoothing, &held_out);
        let expected = expected.as_array().unwrap();
        assert_eq!(expected.len(), held_out.len());
        let mut state = model.start();
        for (at, (&token, expected)) in held_out.iter().zip(expected).enumerate() {
            let (score, next) = model.score(state, token);
            let (given, expected) = (score.probability.log10(), expected.as_f64().unwrap_or(f64::NEG_INFINITY));
            assert!(given == expected || (given - expected).abs() < 3e-6, "{name}, token {at}: {given} {expected}");
            state = if token == END { model.start() } else { next };
        }
    }
}

/// The model's ARPA file, with words such as "w7".
fn written(model: &Model) -> Vec<u8> {
    let names: Vec<String> = (0..model.counts().vocabulary()).map(|token| format!("w{token}")).collect();
    let mut file = vec![];
    let mut writer = Writer::new(model, &mut file).unwrap();
    while writer.advance(|token| &names[token as usize], &mut file) {}
    file
}

#[test]
fn an_arpa_file_gives_the_same_model_back() {
    let (text, held_out) = (text(3000, 80, 7), text(500, 80, 8));
    let counts = count(&text, 80, 4);
    for order in [1, 2, 4] {
        for smoothing in &ALL[2..] {
            let model = model(&counts, order, *smoothing, &held_out);
            let read: ArpaModel = arpa::read(str::from_utf8(&written(&model)).unwrap()).unwrap();
            assert_eq!(read.order(), order);
            let token = |name: u32| read.words.iter().position(|word| *word == format!("w{name}")).map_or(name, |at| at as u32);
            let (mut ours, mut theirs) = (model.start(), read.start());
            for &name in &held_out {
                let [(our, next), (their, their_next)] = [model.score(ours, name), read.score(theirs, token(name))];
                let difference = (our.probability.log10() - their.probability.log10()).abs();
                assert!(difference < 1e-5, "{smoothing:?} {order} {name}: {} {}", our.probability, their.probability);
                (ours, theirs) = if name == END { (model.start(), read.start()) } else { (next, their_next) };
            }
            let context = [3, 4, 5];
            let sum: f64 = read.distribution(&context.map(token)).iter().sum();
            assert!((sum - 1.0).abs() < 1e-4, "{smoothing:?} {order}: {sum}");
        }
    }
    for smoothing in &ALL[..2] {
        assert!(Writer::new(&model(&counts, 3, *smoothing, &[]), &mut vec![]).is_err());
    }
}

#[test]
fn damaged_arpa_files_are_refused_with_a_sentence() {
    let counts = count(&text(300, 20, 9), 20, 3);
    let file = String::from_utf8(written(&model(&counts, 3, Smoothing::WittenBell, &[]))).unwrap();
    let refusal = |file: &str| arpa::read(file).err().unwrap_or_default();
    for cut in (0..file.len() - 1).step_by(97) {
        let sentence = refusal(&file[..cut]);
        let expected = if cut == 0 { "empty" } else { "cut short" };
        assert!(sentence.contains(expected), "{cut}: {sentence}");
    }
    assert!(refusal("").contains("empty"));
    assert!(refusal("hello\nworld\n").contains("no line “\\data\\”"));
    assert!(refusal(&file.replacen("\\2-grams:", "\\3-grams:", 1)).contains("should be “\\2-grams:”"));
    assert!(refusal(&file.replacen("\\data\\\n", "\\data\\\nngram x=3\n", 1)).contains("line 2"));
    let first = file.find("\\3-grams:\n").unwrap() + 10;
    let line = file[first..].lines().next().unwrap();
    assert!(refusal(&file.replacen(line, "zero w3 w4 w5", 1)).contains("does not begin with a number"));
    assert!(refusal(&file.replacen(line, "-1 w3 w4", 1)).contains("has fewer than 3 words"));
    assert!(refusal(&file.replacen(line, "-1 w3 w4 wolf", 1)).contains("“wolf”"));
    assert!(refusal(&file.replacen(&format!("{line}\n"), "", 1)).contains("says that there are"));
    assert!(refusal("\\data\\\nngram 1=99999999999999999999\n\\end\\\n").contains("line 2"));
    assert!(refusal("\\end\\\n\\data\\\nngram 1=3\n").contains("damaged"));
    assert!(refusal(&file.replacen(line, "0.1 w3 w4 w5", 1)).contains("above 0"));
    let word = file.lines().find(|line| line.contains("\tw4\t")).unwrap();
    assert!(refusal(&file.replacen(word, &format!("{word}\n{word}"), 1).replacen("ngram 1=20", "ngram 1=21", 1)).contains("twice"));
}
