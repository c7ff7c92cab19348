//! Word2Vec as a program of a device: against finite differences, brute force and the training one example after the other, on the
//! CPU and through whatever Vulkan driver there is.

#[path = "reference/kinds.rs"]
mod kinds;
#[allow(dead_code, reason = "each test file uses a part of the reference")]
mod reference;

use kinds::{counts, text};
use pollster::block_on;
use reference::*;
use seven_steps::engine::EngineError;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::program::StepParams;
use seven_steps::stages::word2vec::{Tables, Word2Vec};
use seven_steps_cpu::word2vec::Batch;
use seven_steps_embeddings::train::{Method, Settings, Softmax, Trainer};
use seven_steps_embeddings::vectors::Vectors;

fn devices() -> [Device; 2] {
    let gpu = block_on(Gpu::new()).unwrap_or_else(|error| panic!("{error} These tests need Vulkan: install mesa-vulkan-drivers."));
    [Device::Cpu(Default::default()), Device::Gpu(gpu)]
}

fn bits(words: &[u32]) -> Vec<f32> {
    words.iter().copied().map(f32::from_bits).collect()
}

#[test]
fn a_sparse_product_sums_its_entries() {
    let (rows, columns, channels) = (5, 7, 12);
    let (values, x, before) = (noise(9, 1), noise(columns * channels, 2), noise(rows * channels, 3));
    // The third row listed has no entries.
    let entries: [[usize; 2]; 9] = [[6, 8], [0, 0], [6, 3], [1, 1], [2, 7], [5, 2], [3, 4], [6, 5], [4, 6]];
    let list: [[usize; 2]; 5] = [[3, 2], [0, 3], [4, 3], [1, 8], [2, 9]];
    let words = |pairs: &[[usize; 2]]| bits(&pairs.iter().flatten().map(|&word| word as u32).collect::<Vec<u32>>());
    for adds in [0, 1] {
        let mut y = before.clone();
        run(
            Kernel::SparseProduct,
            &[&words(&entries), &words(&list), &values, &x],
            &mut [&mut y],
            &[rows, channels, adds, entries.len()],
            &StepParams::default(),
        );
        let mut expected: Vec<f64> = before.iter().map(|&y| f64::from(y) * adds as f64).collect();
        for (place, [to, end]) in list.into_iter().enumerate() {
            let begin = if place == 0 { 0 } else { list[place - 1][1] };
            for [from, slot] in &entries[begin..end] {
                for channel in 0..channels {
                    expected[to * channels + channel] += f64::from(values[*slot]) * f64::from(x[from * channels + channel]);
                }
            }
        }
        assert_close("y", &y, &expected, 1e-6);
    }
}

const STRIDE: usize = 8;

/// −Σ over pairs of log σ(±x·t), in double precision; the example's input is the mean of its contexts.
fn loss(inputs: &[f64], outputs: &[f64], batch: &Batch) -> f64 {
    let row = |table: &'_ [f64], word: u32, i: usize| table[word as usize * STRIDE + i];
    let example = |(contexts, targets): (&[u32], &[(u32, f32)])| {
        let mean = |i| contexts.iter().map(|&word| row(inputs, word, i)).sum::<f64>() / contexts.len() as f64;
        let x: Vec<f64> = (0..STRIDE).map(mean).collect();
        let score = |target| x.iter().enumerate().map(|(i, x)| x * row(outputs, target, i)).sum::<f64>();
        targets.iter().map(|&(target, label)| (-(2.0 * f64::from(label) - 1.0) * score(target)).exp().ln_1p()).sum::<f64>()
    };
    batch.examples().map(example).sum()
}

/// Words that meet themselves, each other, and the same word twice in an example.
#[test]
fn a_step_of_many_examples_goes_down_the_gradient() {
    let mut batch = Batch::default();
    for (contexts, targets) in [
        (&[0, 3, 5, 3][..], &[(2, 1.0), (0, 0.0), (4, 0.0), (1, 1.0), (4, 0.0)][..]),
        (&[3], &[(3, 1.0), (2, 0.0)]),
        (&[1, 2], &[(2, 1.0)]),
    ] {
        batch.contexts.extend(contexts);
        batch.targets.extend(targets);
        batch.close();
    }
    let tables = [noise(6 * STRIDE, 1), noise(6 * STRIDE, 2)];
    let settings = Settings { method: Method::Cbow, dimensions: STRIDE, ..Settings::default() };
    for device in devices() {
        let kind = device.kind();
        let learnt = block_on(async {
            let mut learning = Tables::new(device, &settings, 6, 3).await?;
            learning.write(&tables[0], &tables[1]);
            learning.learn(&batch, 1.0).await?;
            Ok::<_, EngineError>([learning.inputs().await?, learning.outputs().await?])
        });
        let learnt = learnt.expect("the device works");
        for which in 0..2 {
            for at in 0..6 * STRIDE {
                let shifted = |by: f64| {
                    let mut wide = tables.each_ref().map(|table| wide(table));
                    wide[which][at] += by;
                    loss(&wide[0], &wide[1], &batch)
                };
                let gradient = (shifted(1e-4) - shifted(-1e-4)) / 2e-4;
                let step = f64::from(learnt[which][at]) - f64::from(tables[which][at]);
                assert!((step + gradient).abs() < 1e-6, "{kind:?}, table {which}, word {at}: {step} against {gradient}");
            }
        }
    }
}

/// Both devices learn the same, to rounding; and nearly what is learnt one example after the other: the cosines of all pairs of words
/// differ by 0.06 at most in the mean.
#[test]
fn devices_agree_with_each_other_and_with_learning_one_after_the_other() {
    let text = text();
    let counts = counts(&text);
    for (method, softmax) in [
        (Method::SkipGram, Softmax::Negative(5)),
        (Method::SkipGram, Softmax::Hierarchical),
        (Method::Cbow, Softmax::Negative(5)),
        (Method::Cbow, Softmax::Hierarchical),
    ] {
        let settings = Settings { method, softmax, dimensions: 10, subsample: 0.0, epochs: 10, ..Settings::default() };
        let mut trainer = Trainer::new(settings.clone(), &counts);
        while trainer.advance(&text, 5000) {}
        let one_by_one = Vectors::new(trainer.inputs(), trainer.stride(), 10);
        let [cpu, gpu] = devices().map(|device| {
            block_on(async {
                let mut model = Word2Vec::new(device, settings.clone(), &counts).await.expect("the device works");
                while model.advance(&text).await.expect("the device works") {}
                assert_eq!(model.done(&text), 1.0);
                model.vectors().await.expect("the device works")
            })
        });
        assert_close("vectors", &gpu, &wide(&cpu), 1e-3);
        let together = Vectors::new(&gpu, 10, 10);
        let pairs = (0..19 * 19).map(|pair| (pair / 19, pair % 19));
        let differences = pairs.map(|(a, b)| (one_by_one.similarity(a, b) - together.similarity(a, b)).abs());
        let mean = differences.sum::<f32>() / 361.0;
        assert!(mean < 0.06, "{method:?}, {softmax:?}: {mean}");
    }
}
