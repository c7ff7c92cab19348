//! Word2Vec against finite differences and its own rules, and the factorisation of counts against a dense one.

#[path = "reference/kinds.rs"]
mod kinds;

use std::collections::HashSet;

use kinds::{counts, text};
use seven_steps_cpu::rng::pcg4d;
use seven_steps_cpu::word2vec::{Batch, Method, Tables, learn};
use seven_steps_embeddings::cooccurrence::{count, ppmi};
use seven_steps_embeddings::svd::{Svd, eigen};
use seven_steps_embeddings::train::{Examples, Lesson, Settings, Softmax, Trainer};
use seven_steps_embeddings::vectors::Vectors;

const STRIDE: usize = 16;

fn numbers(len: usize, seed: u32) -> Vec<f32> {
    (0..len as u32).map(|at| pcg4d([at, 0, 0, seed])[0] as f32 / u32::MAX as f32 - 0.5).collect()
}

/// −Σ over inputs and targets of log σ(±x·t), in double precision.
fn loss(inputs: &[f32], outputs: &[f32], method: Method, contexts: &[u32], targets: &[(u32, f32)]) -> f64 {
    let row = |table: &[f32], word: u32| table[word as usize * STRIDE..][..STRIDE].iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = contexts.iter().map(|&context| row(inputs, context)).collect();
    let xs = match method {
        Method::SkipGram => rows,
        Method::Cbow => vec![(0..STRIDE).map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / rows.len() as f64).collect()],
    };
    let pairs = xs.iter().flat_map(|x| targets.iter().map(move |target| (x, target)));
    let one = |(x, &(target, label)): (&Vec<f64>, &(u32, f32))| {
        let score: f64 = x.iter().zip(row(outputs, target)).map(|(x, t)| x * t).sum();
        (-(2.0 * f64::from(label) - 1.0) * score).exp().ln_1p()
    };
    pairs.map(one).sum()
}

#[test]
fn a_step_goes_down_the_gradient() {
    let (inputs, outputs) = (numbers(6 * STRIDE, 1), numbers(6 * STRIDE, 2));
    let (contexts, targets) = ([0, 3, 5], [(2, 1.0), (0, 0.0), (4, 0.0), (1, 1.0)]);
    let mut batch = Batch { contexts: contexts.to_vec(), targets: targets.to_vec(), ends: Vec::new() };
    batch.close();
    for method in [Method::SkipGram, Method::Cbow] {
        let (mut new_inputs, mut new_outputs) = (inputs.clone(), outputs.clone());
        learn(&mut Tables { inputs: &mut new_inputs, outputs: &mut new_outputs, stride: STRIDE }, method, &batch, 1.0);
        for which in 0..2 {
            let (old, new) = ([&inputs, &outputs][which], [&new_inputs, &new_outputs][which]);
            for at in 0..old.len() {
                let shifted = |by: f32| {
                    let mut tables = [inputs.clone(), outputs.clone()];
                    tables[which][at] += by;
                    loss(&tables[0], &tables[1], method, &contexts, &targets)
                };
                let gradient = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
                let step = f64::from(new[at] - old[at]);
                assert!((step + gradient).abs() < 1e-4, "{method:?}, table {which}, word {at}: {step} against {gradient}");
            }
        }
    }
}

#[test]
fn a_settled_pair_pulls_no_more() {
    for (score, label, moves) in [(5.9, 1.0, true), (6.1, 1.0, false), (-5.9, 0.0, true), (-6.1, 0.0, false), (6.1, 0.0, false)] {
        let before = [score, 1.0].map(|first| [&[first][..], &[0.0; STRIDE - 1]].concat());
        let mut batch = Batch { contexts: vec![0], targets: vec![(0, label)], ends: Vec::new() };
        batch.close();
        for method in [Method::SkipGram, Method::Cbow] {
            let mut now = before.clone();
            let [inputs, outputs] = &mut now;
            learn(&mut Tables { inputs, outputs, stride: STRIDE }, method, &batch, 0.1);
            assert_eq!(now != before, moves, "{method:?}, score {score}, label {label}");
        }
    }
}

#[test]
fn words_in_the_same_company_come_together_in_every_way_of_training() {
    let text = text();
    let counts = counts(&text);
    for (method, softmax) in [
        (Method::SkipGram, Softmax::Negative(5)),
        (Method::SkipGram, Softmax::Hierarchical),
        (Method::Cbow, Softmax::Negative(5)),
        (Method::Cbow, Softmax::Hierarchical),
    ] {
        let settings = Settings { method, softmax, dimensions: 10, subsample: 0.0, rates: [0.1, 0.001], epochs: 10, ..Settings::default() };
        let mut trainer = Trainer::new(settings, &counts);
        while trainer.advance(&text, 5000) {}
        assert_kinds(&Vectors::new(trainer.inputs(), trainer.stride(), 10), &format!("{method:?}, {softmax:?}"));
    }
}

#[test]
fn a_run_is_the_same_wherever_it_was_interrupted_and_another_with_another_seed() {
    let text = text();
    let counts = counts(&text);
    let run = |slice: usize, seed: u32| {
        let mut trainer = Trainer::new(Settings { dimensions: 20, epochs: 2, seed, ..Settings::default() }, &counts);
        while trainer.advance(&text, slice) {}
        assert_eq!(trainer.done(&text), 1.0);
        trainer.inputs().to_vec()
    };
    let whole = run(usize::MAX, 1);
    assert_eq!(whole, run(777, 1));
    assert_ne!(whole, run(777, 2));
}

#[test]
fn words_are_kept_and_see_as_far_as_often_as_they_should_and_anew_in_each_epoch() {
    const WORDS: u32 = 1000;
    const EPOCHS: u32 = 50;
    const EDGE: usize = 50;
    // How often a word inside the text is a target of its own: the mean, and the standard deviation.
    let told = |settings: Settings| {
        let text: Vec<u32> = (0..WORDS).collect();
        let (mut examples, mut lesson) = (Examples::new(settings, &[1; WORDS as usize]), Lesson::default());
        let mut told = [0.0; WORDS as usize];
        while examples.go_on(&text) {
            examples.fill(&text, &mut lesson);
            lesson.batch.examples().for_each(|(_, targets)| told[targets[0].0 as usize] += 1.0);
            lesson.batch.clear();
        }
        let inside = &told[EDGE..told.len() - EDGE];
        let mean = |numbers: &mut dyn Iterator<Item = f64>| numbers.sum::<f64>() / inside.len() as f64;
        let middle = mean(&mut inside.iter().copied());
        (middle, mean(&mut inside.iter().map(|times| (times - middle).powi(2))).sqrt())
    };
    let check = |(mean, deviation): (f64, f64), expected: f64, spread: f64| {
        assert!((mean - expected).abs() < 4.0 * spread / f64::from(WORDS).sqrt(), "{mean} is not {expected}");
        assert!((deviation / spread - 1.0).abs() < 0.1, "{deviation} is not {spread}");
    };
    let epochs = f64::from(EPOCHS);
    // A place sees one word, two, …, five to each side, as often each: six in the mean, with a variance of 4 · 2.
    let settings = Settings { subsample: 0.0, window: 5, epochs: EPOCHS, ..Settings::default() };
    check(told(settings.clone()), 6.0 * epochs, (8.0 * epochs).sqrt());
    // The threshold at which a share √(t/f) of words is kept.
    let share: f64 = 0.2;
    let subsample = share.powi(2) / f64::from(WORDS);
    check(told(Settings { method: Method::Cbow, subsample, ..settings }), share * epochs, (share * (1.0 - share) * epochs).sqrt());
}

#[test]
fn noise_is_drawn_anew_for_each_context_and_in_each_epoch() {
    let text: Vec<u32> = (0..100).collect();
    let settings = Settings { softmax: Softmax::Negative(8), subsample: 0.0, window: 1, epochs: 2, ..Settings::default() };
    let (mut examples, mut lesson) = (Examples::new(settings, &[1; 100]), Lesson::default());
    while examples.go_on(&text) {
        examples.fill(&text, &mut lesson);
    }
    let drawn: HashSet<Vec<u32>> = lesson
        .batch
        .examples()
        .flat_map(|(_, targets)| targets[1..].chunks(4).map(|part| part.iter().map(|(word, _)| *word).collect()))
        .collect();
    // Of parts of four of 99 words hardly two are the same; a few are shorter, since the word itself was drawn.
    let parts = lesson.batch.ends.len() * 2;
    assert!(drawn.len() > parts * 49 / 50, "{} of {parts}", drawn.len());
}

#[test]
fn counts_hold_the_same_geometry() {
    let text = text();
    let matrix = ppmi(&count(&text, 19, 2));
    let mut svd = Svd::new(19, 4, 1);
    (0..8).for_each(|_| svd.iterate(&matrix));
    let (vectors, values) = svd.finish(&matrix);
    assert_kinds(&Vectors::new(&vectors, 4, 4), "counts");

    let mut dense = vec![0.0; 19 * 19];
    (0..19).for_each(|row| matrix.row(row).for_each(|(column, value)| dense[row * 19 + column as usize] = f64::from(value)));
    let gram = (0..19 * 19).map(|at| (0..19).map(|i| dense[at / 19 * 19 + i] * dense[at % 19 * 19 + i]).sum()).collect();
    let (squares, _) = eigen(gram, 19);
    for (value, square) in values.iter().zip(squares) {
        assert!((f64::from(*value) - square.sqrt()).abs() < 1e-4 * values[0] as f64, "{value} against {}", square.sqrt());
    }
}

/// Of both sorts of words, those of a kind are nearer to each other than to those of another kind.
fn assert_kinds(vectors: &Vectors, what: &str) {
    for first in [1, 10] {
        for a in 0..9 {
            let cosine = |b: u32| vectors.similarity(first + a, first + b);
            let others = (0..9).filter(|b| b / 3 != a / 3).map(cosine).fold(-1.0, f32::max);
            let own = (0..9).filter(|&b| b != a && b / 3 == a / 3).map(cosine).fold(1.0, f32::min);
            assert!(own > others, "{what}: word {}: {own} is not more than {others}", first + a);
        }
    }
}
