//! Hidden Markov models against hmmlearn (`golden/hmm.py`), against all paths one by one, and on texts that are hard to like.

use serde_json::Value;
use seven_steps_markov::hmm::{BaumWelch, Belief, Hmm, MAX_STATES};
use seven_steps_markov::{BEGIN, END};

/// Greatest difference allowed in a probability, and relative to a log-likelihood.
const TOLERANCE: f64 = 1e-9;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/hmm.json")).unwrap()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn tokens(list: &Value) -> Vec<u32> {
    numbers(list).into_iter().map(|number| number as u32).collect()
}

fn model(golden: &Value) -> Hmm {
    Hmm::new(numbers(&golden["start"]), numbers(&golden["transition"]), numbers(&golden["emission"])).unwrap()
}

fn assert_near(ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len());
    for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= TOLERANCE * b.abs().max(1.0), "at {index}: {a}, expected {b}");
    }
}

fn assert_same_model(ours: &Hmm, theirs: &Value) {
    assert_near(ours.start(), &numbers(&theirs["start"]));
    assert_near(ours.transition(), &numbers(&theirs["transition"]));
    assert_near(ours.emission(), &numbers(&theirs["emission"]));
}

/// Uniform numbers from SplitMix64.
fn dice(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Trains for a number of iterations and returns the log-likelihood before each.
fn train(hmm: Hmm, text: &[u32], pseudo_count: f64, iterations: usize) -> (Hmm, Vec<f64>) {
    let mut training = BaumWelch::new(hmm, text, pseudo_count).unwrap();
    let costs = (0..iterations).map(|_| training.advance(|| true).unwrap().log_likelihood).collect();
    (training.into_hmm(), costs)
}

/// Every distribution of the model is one.
fn assert_sound(hmm: &Hmm) {
    let states = hmm.states();
    let columns = (0..states).map(|state| hmm.emission().iter().skip(state).step_by(states).sum::<f64>());
    let rows = hmm.transition().chunks_exact(states).chain([hmm.start()]).map(|row| row.iter().sum());
    let sums: Vec<f64> = columns.chain(rows).collect();
    assert_near(&sums, &vec![1.0; sums.len()]);
    assert!([hmm.start(), hmm.transition(), hmm.emission()].concat().iter().all(|&p| p >= 0.0));
}

#[test]
fn likelihood_equals_hmmlearns() {
    let golden = golden();
    let (hmm, text) = (model(&golden["before"]), tokens(&golden["tokens"]));
    assert_near(&[hmm.log_likelihood(&text)], &[golden["log_likelihood"].as_f64().unwrap()]);
    let each: Vec<f64> = text.split_inclusive(|&token| token == END).map(|sentence| hmm.log_likelihood(sentence)).collect();
    assert_near(&each, &numbers(&golden["sentence_log_likelihoods"]));
    assert!(text.split_inclusive(|&token| token == END).any(|sentence| sentence.len() == 1));
    assert_near(&[hmm.log_probabilities(&text).iter().sum()], &[hmm.log_likelihood(&text)]);
    assert_near(&hmm.posterior(&text), &numbers(&golden["posterior"]));
}

#[test]
fn a_step_of_baum_welch_equals_hmmlearns() {
    let golden = golden();
    let (after, likelihoods) = train(model(&golden["before"]), &tokens(&golden["tokens"]), 0.0, 1);
    assert_near(&likelihoods, &[golden["log_likelihood"].as_f64().unwrap()]);
    assert_same_model(&after, &golden["after"]);
    assert_near(&[after.log_likelihood(&tokens(&golden["tokens"]))], &[golden["log_likelihood_after"].as_f64().unwrap()]);
}

#[test]
fn a_sentence_of_several_blocks_equals_hmmlearns() {
    let golden = golden();
    let mut number = 1;
    let draw = |_| {
        number = (75 * number + 74) % 65_537;
        [0, 3, 4, 5, 6, 7, 8][number % 7]
    };
    let text: Vec<u32> = (0..golden["long"]["length"].as_u64().unwrap()).map(draw).collect();
    let (after, likelihoods) = train(model(&golden["before"]), &text, 0.0, 1);
    assert_near(&likelihoods, &[golden["long"]["log_likelihood"].as_f64().unwrap()]);
    assert_same_model(&after, &golden["long"]["after"]);
}

#[test]
fn the_likeliest_path_equals_hmmlearns() {
    let golden = golden();
    let (path, log_probability) = model(&golden["before"]).viterbi(&tokens(&golden["tokens"]));
    assert_eq!(path, tokens(&golden["viterbi"]["path"]));
    assert_near(&[log_probability], &[golden["viterbi"]["log_probability"].as_f64().unwrap()]);
}

/// p(path, tokens) of one sentence, for every path.
fn paths(hmm: &Hmm, tokens: &[u32]) -> Vec<(Vec<usize>, f64)> {
    let states = hmm.states();
    let weigh = |code: usize| {
        let path: Vec<usize> = (0..tokens.len()).map(|at| code / states.pow(at as u32) % states).collect();
        let steps = path.windows(2).map(|step| hmm.transition()[step[0] * states + step[1]]);
        let emitted = path.iter().zip(tokens).map(|(&state, &token)| hmm.emission_of(token)[state]);
        let probability = hmm.start()[path[0]] * steps.chain(emitted).product::<f64>();
        (path, probability)
    };
    (0..states.pow(tokens.len() as u32)).map(weigh).collect()
}

#[test]
fn all_equals_the_sum_over_all_paths() {
    let (states, vocab, pseudo_count) = (3, 6, 0.3);
    let hmm = Hmm::random(states, vocab, &mut dice(4)).unwrap();
    let text = [BEGIN, 3, 4, 4, 0, 5, 3, END, BEGIN, 5, END, END, 4, 3, 3, 5];
    let sentences: [&[u32]; 4] = [&text[1..8], &text[9..11], &text[11..12], &text[12..]];
    let (mut log_likelihood, mut best, mut path) = (0.0, 0.0, vec![]);
    let mut counts = [vec![0.0; states], vec![0.0; states * states], vec![pseudo_count; vocab * states]];
    counts[2][states..2 * states].fill(0.0);
    for sentence in sentences {
        let all = paths(&hmm, sentence);
        let total: f64 = all.iter().map(|(_, p)| p).sum();
        log_likelihood += total.ln();
        let likeliest = all.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        best += likeliest.1.ln();
        path.extend(likeliest.0.iter().map(|&state| state as u32));
        for (path, p) in &all {
            counts[0][path[0]] += p / total;
            path.windows(2).for_each(|step| counts[1][step[0] * states + step[1]] += p / total);
            path.iter().zip(sentence).for_each(|(state, &token)| counts[2][token as usize * states + state] += p / total);
        }
    }
    let sums: Vec<f64> = (0..states).map(|state| counts[2].iter().skip(state).step_by(states).sum()).collect();
    counts[2].iter_mut().enumerate().for_each(|(index, count)| *count /= sums[index % states]);
    for row in counts[..2].iter_mut().flat_map(|rows| rows.chunks_exact_mut(states)) {
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|count| *count /= sum);
    }

    assert_near(&[hmm.log_likelihood(&text)], &[log_likelihood]);
    let (found, score) = hmm.viterbi(&text);
    let without_begin = found.iter().zip(text).filter(|(_, token)| *token != BEGIN).map(|(state, _)| *state);
    assert_eq!(without_begin.collect::<Vec<u32>>(), path);
    assert_near(&[score], &[best]);
    let (after, likelihoods) = train(hmm, &text, pseudo_count, 1);
    assert_near(&likelihoods, &[log_likelihood]);
    assert_near(after.start(), &counts[0]);
    assert_near(after.transition(), &counts[1]);
    assert_near(after.emission(), &counts[2]);
}

#[test]
fn what_is_next_equals_the_ratio_of_likelihoods() {
    let hmm = Hmm::random(7, 12, &mut dice(5)).unwrap();
    for prefix in [&[][..], &[3, 8, 4, 11], &[3, END], &[3, 4, BEGIN, 5]] {
        let next = hmm.next_distribution(prefix);
        assert_near(&[next.iter().sum()], &[1.0]);
        let ratio = |token| (hmm.log_likelihood(&[prefix, &[token]].concat()) - hmm.log_likelihood(prefix)).exp();
        let ratios: Vec<f64> = (0..12).map(|token| if token == BEGIN { 0.0 } else { ratio(token) }).collect();
        assert_near(&next, &ratios);
    }
}

/// A text whose words alternate between two classes, 3 to 5 and 6 to 8, in sentences of 4 to 11 words.
fn alternating(sentences: usize) -> Vec<u32> {
    let mut draw = dice(6);
    let mut text = vec![];
    for _ in 0..sentences {
        for at in 0..4 + (draw() * 8.0) as u32 {
            text.push(3 + at % 2 * 3 + (draw() * 3.0) as u32);
        }
        text.push(END);
    }
    text
}

#[test]
fn likelihood_never_falls_and_classes_are_found() {
    let text = alternating(300);
    let hmm = Hmm::from_unigrams(3, 9, &text, &mut dice(7)).unwrap();
    let (hmm, likelihoods) = train(hmm, &text, 0.0, 60);
    assert!(likelihoods.windows(2).all(|pair| pair[1] >= pair[0] - 1e-9 * pair[0].abs()), "{likelihoods:?}");
    assert_sound(&hmm);
    // The best that three states can say: of the class whose turn it is three words are evenly likely, and after each the end is.
    let [sentences, words] = [300.0, text.len() as f64 - 300.0];
    let ends = sentences / words;
    let best = sentences * ends.ln() + (words - sentences) * (1.0 - ends).ln() - words * 3_f64.ln();
    let per_token = (hmm.log_likelihood(&text) - best) / text.len() as f64;
    assert!(per_token.abs() < 0.02, "{per_token}");
    let (path, _) = hmm.viterbi(&text[..5]);
    assert!(path[0] == path[2] && path[1] == path[3] && path[0] != path[1], "{path:?}");
    let mut words: Vec<u32> = hmm.top_words(path[0] as usize, 3, &hmm.shares()).iter().map(|(token, _)| *token).collect();
    words.sort_unstable();
    assert_eq!(words, [3, 4, 5]);
}

#[test]
fn shares_are_those_of_what_is_written() {
    let hmm = Hmm::random(4, 6, &mut dice(8)).unwrap();
    let mut draw = dice(9);
    let mut pick = |weights: &[f64]| {
        let mut left = draw();
        weights.iter().position(|weight| (left < *weight, left -= weight).0).unwrap_or(weights.len() - 1)
    };
    let mut belief = Belief::new(&hmm);
    let mut written = [0.0; 4];
    for _ in 0..100_000 {
        let state = pick(belief.states());
        belief.settle(state);
        written[state] += 1e-5;
        belief.observe(pick(&belief.next_distribution()) as u32);
    }
    let shares = hmm.shares();
    assert!(shares.iter().zip(written).all(|(a, b)| (a - b).abs() < 0.01), "{shares:?}, written {written:?}");
}

#[test]
fn slices_of_time_change_nothing() {
    let text = alternating(400);
    let hmm = Hmm::from_unigrams(5, 9, &text, &mut dice(10)).unwrap();
    let (whole, likelihoods) = train(hmm.clone(), &text, 0.01, 3);
    let mut training = BaumWelch::new(hmm, text, 0.01).unwrap();
    let (mut sliced, mut pauses) = (vec![], 0);
    while sliced.len() < 3 {
        match training.advance(|| false) {
            Some(iteration) => sliced.push(iteration.log_likelihood),
            None => pauses += 1,
        }
        assert!((0.0..=1.0).contains(&training.progress()));
    }
    assert!(pauses > 5, "{pauses}");
    assert_eq!(sliced, likelihoods);
    assert_eq!(*training.hmm(), whole);
}

#[test]
fn texts_that_say_little_leave_a_model_of_numbers() {
    let repeated = [3; 1500];
    let texts: [&[u32]; 6] = [&repeated, &[3], &[END], &[3, END, END, END], &[0, 0, END], &[BEGIN, BEGIN, 3, BEGIN]];
    for (text, states) in texts.iter().flat_map(|text| [1, 2, 9, MAX_STATES].map(|states| (text, states))) {
        let hmm = Hmm::from_unigrams(states, 4, text, &mut dice(11)).unwrap();
        let (hmm, likelihoods) = train(hmm, text, 0.0, 40);
        assert_sound(&hmm);
        assert!(likelihoods.iter().all(|likelihood| likelihood.is_finite()), "{states} states: {likelihoods:?}");
        assert_sound(&train(hmm, text, 0.1, 2).0);
    }
    let hmm = Hmm::random(2, 5, &mut dice(12)).unwrap();
    assert_eq!(hmm.log_likelihood(&[]), 0.0);
    assert_eq!(hmm.viterbi(&[]), (vec![], 0.0));
    assert!(hmm.log_probabilities(&[]).is_empty() && hmm.posterior(&[]).is_empty());
}

#[test]
fn tokens_that_no_state_emits_are_impossible_until_counts_are_added() {
    let text = [3, 4, END, 4, 3, 3, END];
    let hmm = Hmm::from_unigrams(3, 6, &text, &mut dice(13)).unwrap();
    let strict = train(hmm.clone(), &text, 0.0, 2).0;
    let surprises = strict.log_probabilities(&[3, 5, 4, END]);
    assert_eq!(surprises[1], f64::NEG_INFINITY);
    assert!([0, 2, 3].iter().all(|&at| surprises[at].is_finite()));
    assert_eq!(strict.log_likelihood(&[3, 5, 4]), f64::NEG_INFINITY);
    assert_eq!(strict.viterbi(&[3, 5, 4]).1, f64::NEG_INFINITY);
    assert!(strict.posterior(&[3, 5, 4]).iter().all(|p| p.is_finite()));
    // A token beyond the vocabulary is <unk>, which was not seen either.
    assert_eq!(strict.log_likelihood(&[99]), strict.log_likelihood(&[0]));
    let lenient = train(hmm, &text, 0.01, 2).0;
    assert!(lenient.log_likelihood(&[3, 5, 99, 0, END]).is_finite());
}

#[test]
fn a_far_better_explanation_that_cannot_be_reached_does_no_harm() {
    // State 1 explains the text infinitely better in the long run, but nothing leads there.
    let emission = vec![0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.001, 1.0, 0.899, 0.0];
    let hmm = Hmm::new(vec![1.0, 0.0], vec![1.0, 0.0, 0.0, 1.0], emission).unwrap();
    let text = [3; 900];
    assert_near(&[hmm.log_likelihood(&text)], &[900.0 * 0.001f64.ln()]);
    assert!(hmm.posterior(&text).chunks_exact(2).all(|given| (given[0] - 1.0).abs() < TOLERANCE && given[1] == 0.0));
    assert_sound(&train(hmm, &text, 0.0, 2).0);
}

#[test]
fn what_is_no_model_is_refused_in_a_sentence() {
    let refusals = [
        Hmm::random(0, 9, &mut dice(1)),
        Hmm::random(MAX_STATES + 1, 9, &mut dice(1)),
        Hmm::random(2, 2, &mut dice(1)),
        Hmm::new(vec![], vec![], vec![]),
        Hmm::new(vec![0.5, 0.5], vec![0.5; 3], vec![0.25; 8]),
        Hmm::new(vec![0.5, 0.5], vec![0.5; 4], vec![0.25; 9]),
        Hmm::new(vec![0.5, 0.6], vec![0.5; 4], vec![0.25; 8]),
        Hmm::new(vec![1.5, -0.5], vec![0.5; 4], vec![0.25; 8]),
        Hmm::new(vec![f64::NAN, 0.5], vec![0.5; 4], vec![0.25; 8]),
    ];
    for refusal in refusals {
        assert!(refusal.unwrap_err().ends_with('.'));
    }
    assert!(Hmm::new(vec![0.5, 0.5], vec![0.5; 4], vec![0.25; 8]).is_ok());
    let hmm = Hmm::random(2, 5, &mut dice(14)).unwrap();
    for text in [&[][..], &[BEGIN, BEGIN]] {
        assert!(BaumWelch::new(hmm.clone(), text, 0.0).err().unwrap().ends_with('.'));
    }
}
