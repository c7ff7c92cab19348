//! A model for inference against the one that trains, against plain loops in double precision, and against memory that leaks; on
//! both executors.

use pollster::block_on;
use seven_steps::engine::EngineError;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::nn::layout::Layout;
use seven_steps::nn::model::{Batch, Model, State};
use seven_steps::nn::reader::Reader;
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
