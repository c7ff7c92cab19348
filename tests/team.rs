//! Training in several workers is training in one, but for the order of the sums.

use std::future::Future;
use std::pin::pin;

use futures::channel::mpsc;
use futures::future::{Either, join_all, select};
use seven_steps::engine::EngineError;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::nn::model::{Batch, Model, State, StepResult};
use seven_steps::nn::optimizer::step_params;
use seven_steps::rng;
use seven_steps::spec::{ModelConfig, RunSpec};
use seven_steps::worker::team::{Member, Team, serve};

const BATCH: u32 = 4;
const STEPS: u32 = 6;

fn spec() -> RunSpec {
    RunSpec { depth: 2, width: Some(32), context: Some(16), batch: BATCH, lr: 0.01, ..RunSpec::default() }
}

/// Members in this process, and the future that works for them.
fn members(count: u32) -> (Vec<Member>, impl Future<Output = Vec<()>>) {
    let pairs = (0..count).map(|_| {
        let (commands, inbox) = mpsc::unbounded();
        let (sender, replies) = mpsc::unbounded();
        let orders = move |parts: &[&[u32]]| _ = commands.unbounded_send(parts.iter().map(|part| part.to_vec()).collect());
        (Member::new(orders, replies), serve(inbox, move |reply| _ = sender.unbounded_send(reply.into_iter().collect())))
    });
    let (members, serving): (Vec<_>, Vec<_>) = pairs.unzip();
    (members, join_all(serving))
}

fn batch(config: &ModelConfig) -> Batch {
    let rows = BATCH * config.context;
    let token = |stream: u64, row: u32| rng::below(rng::stream(1, stream), row.into(), config.vocab.into()) as u32;
    Batch {
        ids: (0..rows).map(|row| token(0, row)).collect(),
        targets: (0..rows).map(|row| token(1, row)).collect(),
        weights: (0..rows).map(|row| (row % 3) as f32 / rows as f32).collect(),
    }
}

/// What a few steps of `threads` workers come to.
fn train(threads: u32) -> (Vec<StepResult>, State) {
    let (members, serving) = members(threads - 1);
    let (spec, config) = (spec(), spec().model(50));
    let script = async {
        let mut team = Team::of(members, &config, BATCH).await.expect("a team");
        assert_eq!(team.threads(), threads);
        let mut model = Model::new(Device::Cpu(Cpu::default()), config.clone(), BATCH / threads).await?;
        model.init(1);
        for step in 1..=STEPS {
            team.accumulate(&mut model, &batch(&config)).await?;
            model.update(&step_params(&spec, spec.lr, step)).await?;
        }
        Ok::<_, EngineError>((model.results(1, STEPS).await?, model.state().await?))
    };
    pollster::block_on(async {
        match select(pin!(script), pin!(serving)).await {
            Either::Left((result, _)) => result.unwrap(),
            Either::Right((_, script)) => script.await.unwrap(),
        }
    })
}

#[test]
fn the_same_is_learned_by_one_worker_and_by_many() {
    let (alone, state) = train(1);
    assert!(alone[STEPS as usize - 1].loss < alone[0].loss);
    for threads in [2, 4] {
        let (together, shared) = train(threads);
        for (one, all) in alone.iter().zip(&together) {
            assert!((one.loss - all.loss).abs() < 1e-5 * one.loss, "{threads} threads: {one:?} and {all:?}");
            assert!((one.gradient_norm - all.gradient_norm).abs() < 1e-4 * one.gradient_norm, "{threads} threads: {one:?} and {all:?}");
        }
        let apart = state.parameters.iter().zip(&shared.parameters).map(|(one, all)| (one - all).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "weights are up to {apart} apart");
        assert_eq!(train(threads), (together, shared), "not the same each time");
    }
}

#[test]
fn a_member_that_is_lost_is_told_of() {
    let (members, serving) = members(1);
    let config = spec().model(50);
    let mut serving = Box::pin(serving);
    let gathering = pin!(Team::of(members, &config, BATCH));
    let Either::Left((Some(mut team), _)) = pollster::block_on(select(gathering, serving.as_mut())) else { panic!("no team") };
    drop(serving);
    let lost = pollster::block_on(async {
        let mut model = Model::new(Device::Cpu(Cpu::default()), config.clone(), BATCH / 2).await.unwrap();
        team.accumulate(&mut model, &batch(&config)).await.unwrap_err()
    });
    assert_eq!(lost.to_string(), "A worker that shared the training was lost.");
}
