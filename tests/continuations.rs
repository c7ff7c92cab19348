//! Continuations side by side against the same sequences one after the other, on both executors.

use pollster::block_on;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::engine::program::StepParams;
use seven_steps::nn::model::Model;
use seven_steps::protocol::bench::Counts;
use seven_steps::spec::RunSpec;

const VOCAB: u32 = 29;
/// Tokens that each sequence has in the end.
const LEN: u32 = 24;

fn devices() -> [Device; 2] {
    let gpu = block_on(Gpu::new()).expect("the tests need a Vulkan driver; lavapipe is enough");
    [Device::Cpu(Cpu::default()), Device::Gpu(gpu)]
}

async fn model(device: Device) -> Model {
    let spec = RunSpec { depth: 2, width: Some(32), heads: Some(4), kv_heads: Some(2), context: Some(32), ..RunSpec::default() };
    let mut model = Model::new(device, spec.model(VOCAB), 1).await.unwrap();
    model.init(3);
    model
}

/// Of different lengths, one of them as long as all that is wanted.
fn prompts() -> Vec<Vec<u32>> {
    [1, 4, 2, LEN, 9].iter().enumerate().map(|(row, &len)| (0..len).map(|at| (row as u32 * 7 + at * 5) % VOCAB).collect()).collect()
}

async fn together(model: &mut Model, prompts: &[Vec<u32>], step: StepParams) -> Vec<Vec<u32>> {
    let group = model.group(prompts.len() as u32).await.unwrap();
    // What an earlier run left does not matter.
    for prompts in [vec![vec![VOCAB - 1]; prompts.len()], prompts.to_vec()] {
        group.begin(&mut model.device, &prompts);
        for position in 0..LEN - 1 {
            group.advance(&mut model.device, &StepParams { position, ..step }).await.unwrap();
        }
    }
    group.continued(&mut model.device, LEN as usize).await.unwrap()
}

async fn alone(model: &mut Model, prompt: &[u32], step: StepParams) -> Vec<u32> {
    let mut tokens = prompt.to_vec();
    for position in 0..LEN - 1 {
        let choice = model.decode(tokens[position as usize], &StepParams { position, ..step }).await.unwrap().choice;
        if tokens.len() == position as usize + 1 {
            tokens.push(choice);
        }
    }
    tokens
}

#[test]
fn each_sequence_goes_on_as_it_would_alone() {
    for device in devices() {
        block_on(async {
            let mut model = model(device).await;
            let greedy = StepParams { temperature: 0.0, ..StepParams::default() };
            let found = together(&mut model, &prompts(), greedy).await;
            for (prompt, found) in prompts().iter().zip(found) {
                assert_eq!(found, alone(&mut model, prompt, greedy).await, "{prompt:?}");
            }
        });
    }
}

#[test]
fn a_token_of_all_sequences_is_one_submit_and_is_not_waited_for() {
    let [_, device] = devices();
    block_on(async {
        let mut model = model(device).await;
        let group = model.group(5).await.unwrap();
        let mut run = async |count: u32| {
            let counts = |model: &Model| if let Device::Gpu(gpu) = &model.device { gpu.counts() } else { panic!("the CPU counts nothing") };
            group.begin(&mut model.device, &vec![vec![1]; 5]);
            let before = counts(&model);
            for position in 0..count {
                group.advance(&mut model.device, &StepParams { position, ..StepParams::default() }).await.unwrap();
            }
            group.continued(&mut model.device, count as usize + 1).await.unwrap();
            counts(&model).since(before)
        };
        run(LEN).await;
        // The last reads the tokens.
        assert_eq!(run(LEN).await, Counts { submits: LEN + 1, readbacks: 1, ..Counts::default() });
    });
}

#[test]
fn draws_differ_from_sequence_to_sequence_and_come_again_with_the_same_seed() {
    for device in devices() {
        block_on(async {
            let mut model = model(device).await;
            let step = StepParams { seed: 11, ..StepParams::default() };
            let same = vec![vec![5, 6]; 4];
            let found = together(&mut model, &same, step).await;
            // The first of a group draws as a sequence alone does.
            assert_eq!(found[0], alone(&mut model, &same[0], step).await);
            assert!(found.iter().enumerate().all(|(i, row)| row[..2] == [5, 6] && !found[..i].contains(row)), "{found:?}");
            assert_eq!(found, together(&mut model, &same, step).await);
            assert_ne!(found, together(&mut model, &same, StepParams { seed: 12, ..step }).await);
        });
    }
}
