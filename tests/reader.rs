//! A model for inference against the one that trains, against plain loops in double precision, and against memory that leaks; on
//! both executors.

#[allow(dead_code, reason = "each test file uses a part of the reference")]
mod reference;

use std::slice;

use pollster::block_on;
use reference::{assert_close, attention, matmul, rmsnorm, rope, swiglu, wide};
use seven_steps::engine::EngineError;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::nn::layout::Layout;
use seven_steps::nn::model::{Batch, Model, State};
use seven_steps::nn::reader::{Reader, Sampling};
use seven_steps::rng;
use seven_steps::spec::{ModelConfig, RunSpec};

const VOCAB: u32 = 29;

fn devices() -> [Device; 2] {
    let gpu = block_on(Gpu::new()).expect("the tests need a Vulkan driver; lavapipe is enough");
    [Device::Cpu(Cpu::default()), Device::Gpu(gpu)]
}

fn config() -> ModelConfig {
    let spec = RunSpec { depth: 2, width: Some(32), heads: Some(4), kv_heads: Some(2), context: Some(40), ..RunSpec::default() };
    spec.model(VOCAB)
}

/// Weights large enough that what came before matters.
fn parameters() -> Vec<f32> {
    let mut layout = Layout::new(&config());
    let mut parameters = layout.init(3);
    layout.tensors.retain(|tensor| tensor.shape.len() == 2);
    for tensor in layout.tensors {
        parameters[tensor.range].iter_mut().for_each(|weight| *weight *= 8.0);
    }
    parameters
}

fn sequence(seed: u32, len: u32) -> Vec<u32> {
    (0..len).map(|at| rng::below(rng::stream(seed, 0), at.into(), VOCAB.into()) as u32).collect()
}

fn apart(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn losses_are_those_of_the_model_that_trains_whatever_the_lengths() {
    let context = config().context;
    let sequences: Vec<Vec<u32>> = [41, 2, 3, 17, 9, 41, 5, 40, 9, 26].iter().zip(0..).map(|(&len, seed)| sequence(seed, len)).collect();
    for (reading, training) in devices().into_iter().zip(devices()) {
        block_on(async {
            let mut reader = Reader::new(reading, config(), &parameters()).await.unwrap();
            let mut model = Model::new(training, config(), 1).await.unwrap();
            let zeros = vec![0.0; model.layout.len];
            model.set_state(&State { parameters: parameters(), moment1: zeros.clone(), moment2: zeros });
            let found = reader.losses(&sequences).await.unwrap();
            for (sequence, found) in sequences.iter().zip(&found) {
                let mut ids = sequence[..sequence.len() - 1].to_vec();
                let mut targets = sequence[1..].to_vec();
                [&mut ids, &mut targets].into_iter().for_each(|tokens| tokens.resize(context as usize, 0));
                let weights = vec![0.0; ids.len()];
                let expected = model.losses(&Batch { ids, targets, weights }).await.unwrap();
                assert!(apart(found, &expected[..sequence.len() - 1]) < 1e-4);
            }
            assert!(found[0].iter().any(|loss| (loss - (VOCAB as f32).ln()).abs() > 0.5), "not the losses of chance: {:?}", found[0]);
            assert_eq!(reader.losses(&sequences).await.unwrap(), found, "again");
            assert!(reader.losses(&[]).await.unwrap().is_empty());
            for len in [0, 1, context + 2] {
                let refused = reader.losses(&[sequence(1, 5), sequence(1, len)]).await.unwrap_err();
                assert_eq!(refused, EngineError::Length { tokens: len as usize, least: 2, most: context as usize + 1 });
            }
        });
    }
}

async fn reader(device: Device) -> Reader {
    Reader::new(device, config(), &parameters()).await.unwrap()
}

/// Attention weights [layers, heads, T, T] and logits [T,V] by the formulas.
fn expected(tokens: &[u32]) -> (Vec<f64>, Vec<f64>) {
    let config = config();
    let (layout, parameters) = (Layout::new(&config), wide(&parameters()));
    let [width, heads, kv_heads, ffn] = [config.width, config.heads, config.kv_heads, config.ffn].map(|n| n as usize);
    let (time, head_dim, stride) = (tokens.len(), config.head_dim() as usize, config.qkv_rows() as usize);
    let norm = |x: &[f64], gain: &std::ops::Range<usize>| rmsnorm(x, &parameters[gain.clone()], config.norm_eps.into()).0;
    let project = |x: &[f64], weight: &std::ops::Range<usize>, inputs: usize| {
        matmul(x, &parameters[weight.clone()], time, weight.len() / inputs, inputs)
    };
    let add = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x + y).collect::<Vec<f64>>();
    let embedding = |&token: &u32| &parameters[layout.embedding.start + token as usize * width..][..width];
    let mut stream: Vec<f64> = tokens.iter().flat_map(embedding).copied().collect();
    let mut weights = Vec::new();
    for layer in &layout.layers {
        let qkv = project(&norm(&stream, &layer.attention_norm), &layer.qkv, width);
        let qkv = rope(&qkv, stride, heads + kv_heads, head_dim, time, 0);
        let (attended, lse) = attention(&qkv, [1, time, heads, kv_heads, head_dim]);
        for head in 0..heads {
            let key = heads + head * kv_heads / heads;
            for (at, seen) in (0..time).flat_map(|at| (0..time).map(move |seen| (at, seen))) {
                let dot: f64 =
                    (0..head_dim).map(|d| qkv[at * stride + head * head_dim + d] * qkv[seen * stride + key * head_dim + d]).sum();
                weights.push(if seen > at { 0.0 } else { (dot / (head_dim as f64).sqrt() - lse[head * time + at]).exp() });
            }
        }
        stream = add(&stream, &project(&attended, &layer.output, width));
        let activated = swiglu(&project(&norm(&stream, &layer.ffn_norm), &layer.gate_up, width), ffn);
        stream = add(&stream, &project(&activated, &layer.down, ffn));
    }
    (weights, project(&norm(&stream, &layout.final_norm), &layout.head, width))
}

#[test]
fn attention_and_logits_are_those_of_the_formulas() {
    let context = config().context;
    for device in devices() {
        block_on(async {
            let mut reader = reader(device).await;
            for len in [1, 6, 17, context] {
                let tokens = sequence(len, len);
                let (weights, logits) = expected(&tokens);
                let found = reader.attention(&tokens).await.unwrap();
                assert_close("attention", &found, &weights, 1e-5);
                for (place, row) in found.chunks_exact(len as usize).enumerate() {
                    let (seen, later) = row.split_at(place % len as usize + 1);
                    assert!((seen.iter().sum::<f32>() - 1.0).abs() < 1e-5 && later.iter().all(|&weight| weight == 0.0));
                }
                let last = &logits[(len as usize - 1) * VOCAB as usize..];
                assert_close("logits", &reader.logits(&tokens).await.unwrap(), last, 1e-4);
            }
            let far = expected(&sequence(6, 6)).0.iter().filter(|&&weight| weight > 0.3 && weight < 0.9).count();
            assert!(far > 10, "the weights are neither all alike nor all at one place");
            for len in [0, context + 1] {
                let wrong = EngineError::Length { tokens: len as usize, least: 1, most: context as usize };
                assert_eq!(reader.attention(&sequence(1, len)).await.unwrap_err(), wrong);
                assert_eq!(reader.logits(&sequence(1, len)).await.unwrap_err(), wrong);
            }
        });
    }
}

fn greedy(length: usize) -> Sampling {
    Sampling { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 1, length, stop: Vec::new() }
}

#[test]
fn greedy_writing_takes_the_likeliest_token_each_time() {
    let context = config().context as usize;
    for device in devices() {
        block_on(async {
            let mut reader = reader(device).await;
            let prompts: Vec<Vec<u32>> = [1, 7, 3, context as u32, 36].iter().zip(20..).map(|(&len, seed)| sequence(seed, len)).collect();
            let mut heard = Vec::new();
            let written = reader.write(&prompts, &greedy(10), &mut |so_far| heard = so_far.to_vec()).await.unwrap();
            assert_eq!(heard, written);
            assert_eq!(written.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 10, 0, 4], "to the length, or to the end of the context");
            for (prompt, written) in prompts.iter().zip(&written) {
                let mut tokens = prompt.clone();
                for &token in written {
                    let logits = reader.logits(&tokens).await.unwrap();
                    let best = (0..VOCAB).max_by(|&a, &b| logits[a as usize].total_cmp(&logits[b as usize])).unwrap();
                    assert_eq!(token, best);
                    tokens.push(token);
                }
                let alone = reader.write(slice::from_ref(prompt), &greedy(10), &mut |_| {}).await.unwrap();
                assert_eq!(alone, slice::from_ref(written), "the others change nothing");
            }
            let stop = written[1][4];
            let stopped = reader.write(&prompts, &Sampling { stop: vec![stop], ..greedy(10) }, &mut |_| {}).await.unwrap();
            for (whole, stopped) in written.iter().zip(&stopped) {
                let end = whole.iter().position(|&token| token == stop).map_or(whole.len(), |place| place + 1);
                assert_eq!(stopped, &whole[..end]);
            }
            assert!(stopped[1].len() <= 5);
            assert_eq!(reader.write(&prompts, &greedy(0), &mut |_| {}).await.unwrap(), vec![Vec::<u32>::new(); 5]);
            assert!(matches!(reader.write(&[vec![]], &greedy(1), &mut |_| {}).await, Err(EngineError::Length { .. })));
        });
    }
}

#[test]
fn draws_differ_from_sequence_to_sequence_and_come_again_with_the_same_seed() {
    for device in devices() {
        block_on(async {
            let mut reader = reader(device).await;
            // More than are written at a time.
            let same = vec![vec![5, 6]; 20];
            let sampling = Sampling { temperature: 1.5, ..greedy(12) };
            let written = reader.write(&same, &sampling, &mut |_| {}).await.unwrap();
            assert!(written.iter().enumerate().all(|(i, row)| row.len() == 12 && !written[..i].contains(row)), "{written:?}");
            assert_eq!(reader.write(&same, &sampling, &mut |_| {}).await.unwrap(), written);
            assert_ne!(reader.write(&same, &Sampling { seed: 2, ..sampling }, &mut |_| {}).await.unwrap(), written);
        });
    }
}

async fn use_all(reader: &mut Reader) {
    let context = config().context;
    // A batch of 2,048 positions, the most.
    let many: Vec<Vec<u32>> = (0..64).map(|seed| sequence(seed, 33)).collect();
    reader.losses(&many).await.unwrap();
    reader.losses(&[sequence(1, 9)]).await.unwrap();
    reader.attention(&sequence(1, context)).await.unwrap();
    let sampling = greedy(2);
    reader.write(&vec![vec![1]; 16], &sampling, &mut |_| {}).await.unwrap();
}

#[test]
fn memory_is_what_was_said_and_all_of_it_is_freed() {
    for mut device in devices() {
        block_on(async {
            let empty = device.allocated();
            let needed = Reader::requirements(&config());
            let mut first = None;
            for _ in 0..20 {
                let mut reader = reader(device).await;
                let built = reader.device.allocated();
                use_all(&mut reader).await;
                let all = reader.device.allocated();
                use_all(&mut reader).await;
                assert_eq!(reader.device.allocated(), all, "what a call took is used by the next");
                match &reader.device {
                    Device::Cpu(_) => assert_eq!([built, all], [needed.built, needed.total()]),
                    // There every buffer is filled up to where a view may end.
                    Device::Gpu(_) => {
                        let most = 256 * 40;
                        assert!((needed.built..needed.built + most).contains(&built), "{built} for {needed:?}");
                        assert!((needed.total()..needed.total() + most).contains(&all), "{all} for {needed:?}");
                    }
                }
                assert_eq!(*first.get_or_insert(all), all, "each model takes what the first took");
                device = reader.device;
                device.clear();
                assert_eq!(device.allocated(), empty);
            }
        });
    }
}
