//! The same run on both executors: fifty steps, loss by loss.
//!
//! `cargo test --test trajectory -- --nocapture` prints the greatest relative difference.

use seven_steps::protocol::{Command, Event, ExecutorKind, Phase};
use seven_steps::spec::{ExecutorChoice, RunSpec};
use seven_steps::worker::local::{Places, with_session};

/// Grouped-query attention and a vocabulary that is no multiple of any tile.
fn spec(executor: ExecutorChoice) -> RunSpec {
    let shape = RunSpec { vocab: 301, depth: 2, heads: Some(4), kv_heads: Some(2), context: Some(48), ..RunSpec::default() };
    RunSpec { executor, steps: 50, lr: 5e-3, warmup: 10, validate_every: 25, ..shape }
}

/// The losses, in bits per byte, of a run's steps and of its validations.
fn losses(executor: ExecutorChoice) -> Vec<f32> {
    with_session(Places::default(), async |mut client| {
        client.send(Command::Start { spec: spec(executor) });
        let mut losses = Vec::new();
        let take = |event, _| {
            match event {
                Event::Run(run) => assert_eq!(run.executor == ExecutorKind::Gpu, executor == ExecutorChoice::Gpu),
                Event::Steps(steps) => losses.extend(steps.iter().map(|step| step.bits_per_byte)),
                Event::Validation(validation) => losses.push(validation.bits_per_byte),
                Event::Phase(phase) => return phase == Phase::Finished,
                _ => {}
            }
            false
        };
        client.until(take).await.expect("a run");
        losses
    })
}

#[test]
fn both_executors_go_the_same_way() {
    let [cpu, gpu] = [ExecutorChoice::Cpu, ExecutorChoice::Gpu].map(losses);
    assert_eq!((cpu.len(), gpu.len()), (52, 52));
    assert!(cpu[51] < 0.75 * cpu[0], "it learnt nothing: {} to {}", cpu[0], cpu[51]);
    let worst = cpu.iter().zip(&gpu).map(|(a, b)| (a - b).abs() / a).fold(0.0, f32::max);
    println!("fifty steps: greatest relative difference of a loss {worst:.1e}");
    assert!(worst <= 1e-3, "{worst:e}\n{cpu:?}\n{gpu:?}");
}
