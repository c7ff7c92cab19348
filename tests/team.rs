//! Training in several workers is training in one, but for the order of the sums; and whoever is lost is not waited for.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, poll_immediate, select};
use seven_steps::engine::EngineError;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::team::{Mailbox, Member, Pool, Server};
use seven_steps::nn::model::{Batch, Model, State, StepResult};
use seven_steps::nn::optimizer::step_params;
use seven_steps::platform::yield_now;
use seven_steps::rng;
use seven_steps::spec::{ModelConfig, RunSpec};

const BATCH: u32 = 4;
const STEPS: u32 = 6;

fn spec() -> RunSpec {
    RunSpec { depth: 2, width: Some(32), context: Some(16), batch: BATCH, lr: 0.01, ..RunSpec::default() }
}

fn config() -> ModelConfig {
    spec().model(50)
}

/// What becomes of a member after so many orders.
#[derive(Clone, Copy)]
enum Fate {
    Stays,
    /// Its worker ends.
    Dies(u32),
    /// It says no more.
    FallsSilent(u32),
    /// It says nothing from the beginning.
    NeverComes,
}

/// Members in this process, and the future that works for them, for which a second passes whenever all is done.
fn members(fates: &[Fate]) -> (Pool, impl Future<Output = ()> + use<>) {
    let (members, mut ends): (Vec<_>, Vec<_>) = fates
        .iter()
        .map(|&fate| {
            let (orders, mailbox) = (Rc::new(RefCell::new(VecDeque::new())), Rc::new(Mailbox::default()));
            if !matches!(fate, Fate::NeverComes) {
                mailbox.put(vec![0, 1]);
            }
            let inbox = Rc::clone(&orders);
            let member = Member::new(move |order| orders.borrow_mut().push_back(order), Rc::clone(&mailbox));
            (member, (fate, Server::default(), inbox, mailbox))
        })
        .unzip();
    let serving = async move {
        let mut count = 0;
        loop {
            for (fate, server, inbox, mailbox) in &mut ends {
                mailbox.tick();
                let Some(mut order) = inbox.borrow_mut().pop_front() else { continue };
                count += 1;
                match *fate {
                    Fate::Dies(after) if count > after => mailbox.close(),
                    Fate::FallsSilent(after) if count > after => {}
                    Fate::NeverComes => {}
                    _ => {
                        server.serve(&mut order);
                        mailbox.put(order);
                    }
                }
            }
            yield_now().await;
        }
    };
    (Pool::of(members), serving)
}

/// Does `script` while the members work.
fn with<T>(serving: impl Future<Output = ()>, script: impl Future<Output = T>) -> T {
    pollster::block_on(async {
        match select(pin!(script), pin!(serving)).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => unreachable!("they always serve"),
        }
    })
}

fn batch() -> Batch {
    let config = config();
    let rows = BATCH * config.context;
    let token = |stream: u64, row: u32| rng::below(rng::stream(1, stream), row.into(), config.vocab.into()) as u32;
    Batch {
        ids: (0..rows).map(|row| token(0, row)).collect(),
        targets: (0..rows).map(|row| token(1, row)).collect(),
        weights: (0..rows).map(|row| (row % 3) as f32 / rows as f32).collect(),
    }
}

async fn model(pool: &Pool, threads: u32) -> Model {
    let mut model = Model::shared(Device::Cpu(Cpu::default()), pool.team(threads).await, config(), BATCH).await.unwrap();
    model.init(1);
    model
}

/// What a few steps come to, the second half of them in two passes, and the losses after them.
async fn learn(mut model: Model) -> Result<(Vec<StepResult>, State, Vec<f32>), EngineError> {
    for step in 1..=STEPS {
        for _ in 0..=step / 4 {
            model.accumulate(&batch()).await?;
        }
        model.update(&step_params(&spec(), spec().lr, step)).await?;
    }
    let losses = model.losses(&batch()).await?;
    Ok((model.results(1, STEPS).await?, model.state().await?, losses))
}

/// The same by so many workers.
fn train(threads: u32) -> (Vec<StepResult>, State, Vec<f32>) {
    let (pool, serving) = members(&vec![Fate::Stays; threads as usize - 1]);
    with(serving, async {
        let model = model(&pool, threads).await;
        assert_eq!(model.threads(), threads);
        learn(model).await.unwrap()
    })
}

/// The greatest difference.
fn apart(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn the_same_is_learned_by_one_worker_and_by_many() {
    let (alone, state, losses) = train(1);
    assert!(alone[2].loss < alone[0].loss);
    for threads in [2, 4] {
        let (together, shared, lost) = train(threads);
        for (one, all) in alone.iter().zip(&together) {
            assert!((one.loss - all.loss).abs() < 1e-5 * one.loss, "{threads} threads: {one:?} and {all:?}");
            assert!((one.gradient_norm - all.gradient_norm).abs() < 1e-4 * one.gradient_norm, "{threads} threads: {one:?} and {all:?}");
        }
        let apart = [apart(&state.parameters, &shared.parameters), apart(&losses, &lost)];
        assert!(apart.iter().all(|&apart| apart > 0.0 && apart < 1e-3), "weights and losses are {apart:?} apart");
        assert_eq!(train(threads), (together, shared, lost), "not the same each time");
    }
}

#[test]
fn a_loss_does_not_depend_on_who_measures_it() {
    let losses = [1, 2, 4].map(|threads| {
        let (pool, serving) = members(&vec![Fate::Stays; threads as usize - 1]);
        with(serving, async { model(&pool, threads).await.losses(&batch()).await.unwrap() })
    });
    assert_eq!(losses[0], losses[1]);
    assert_eq!(losses[0], losses[2]);
}

#[test]
fn as_many_take_part_as_share_evenly_and_come() {
    for (fates, threads) in [
        (&[Fate::Stays; 2][..], 2),
        (&[Fate::NeverComes; 1], 1),
        (&[Fate::NeverComes, Fate::Stays], 2),
        (&[Fate::Dies(0), Fate::FallsSilent(0), Fate::Stays], 2),
    ] {
        let (pool, serving) = members(fates);
        let found = with(serving, async {
            let most = model(&pool, fates.len() as u32 + 1).await.threads();
            [most, model(&pool, 1).await.threads(), model(&pool, 2).await.threads()]
        });
        assert_eq!(found, [threads, 1, threads.min(2)]);
    }
}

#[test]
fn a_run_that_lost_a_member_goes_on_with_the_others() {
    for fate in [Fate::Dies(4), Fate::FallsSilent(4)] {
        let (pool, serving) = members(&[fate, Fate::Stays, Fate::Stays]);
        let result = with(serving, async {
            let first = model(&pool, 4).await;
            assert_eq!(first.threads(), 4);
            let lost = learn(first).await.unwrap_err();
            assert_eq!(lost.to_string(), "A worker that shared the work was lost.");
            let second = model(&pool, 2).await;
            assert_eq!(second.threads(), 2);
            learn(second).await.unwrap()
        });
        assert_eq!(result, train(2));
    }
}

#[test]
fn answers_to_a_run_that_was_given_up_are_not_taken_for_another_s() {
    let (pool, serving) = members(&[Fate::Stays]);
    let result = with(serving, async {
        let mut first = model(&pool, 2).await;
        first.init(2);
        assert!(poll_immediate(pin!(first.accumulate(&batch()))).await.is_none(), "the other's share is awaited");
        drop(first);
        learn(model(&pool, 2).await).await.unwrap()
    });
    assert_eq!(result, train(2));
}
