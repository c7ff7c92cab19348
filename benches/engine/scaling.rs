//! Speed and memory over the size of the model, the batch and the context.

use std::time::{Duration, Instant};

use seven_steps::engine::EngineError;
use seven_steps::engine::program::StepParams;
use seven_steps::nn::model::{Model, Requirements};
use seven_steps::spec::RunSpec;

use super::{Executor, heap};

/// From 0.2 to 20 million parameters.
const DEPTHS: [u32; 5] = [2, 4, 6, 9, 12];
const BATCHES: [u32; 6] = [1, 2, 4, 8, 16, 32];
const CONTEXTS: [u32; 6] = [32, 64, 128, 256, 512, 1024];
/// Longer than this no model is trained for a figure, but for two steps.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Prints a line for each.
pub async fn print(executor: &Executor) -> Result<(), EngineError> {
    println!("Scaling. Memory in MiB: what the device's buffers take, as planned by lifetime, as it would be without,");
    println!("and the most that the process took in building and training.\n");
    println!(
        "{:>6}{:>7}{:>9}{:>12}{:>10}{:>16}{:>9}{:>9}{:>11}{:>9}",
        "depth", "batch", "context", "parameters", "tokens/s", "× parameters", "buffers", "planned", "unplanned", "process"
    );
    let usual = RunSpec { context: Some(128), ..RunSpec::default() };
    for depth in DEPTHS {
        line(executor, RunSpec { depth, ..usual.clone() }).await?;
    }
    for batch in BATCHES {
        line(executor, RunSpec { batch, ..usual.clone() }).await?;
    }
    for context in CONTEXTS {
        line(executor, RunSpec { context: Some(context), ..usual.clone() }).await?;
    }
    println!();
    Ok(())
}

async fn line(executor: &Executor, spec: RunSpec) -> Result<(), EngineError> {
    let config = spec.model(spec.vocab);
    let Requirements { total, .. } = Model::requirements(&config, spec.batch);
    let unplanned = Model::unplanned(&config, spec.batch);
    let before = heap::reset();
    let (mut model, batch) = super::model(executor.device().await?, &spec).await?;
    let params = StepParams { lr: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, step: 1, ..StepParams::default() };
    let (started, mut least, mut steps) = (Instant::now(), f64::INFINITY, 0);
    while steps < 2 || started.elapsed() < PATIENCE {
        let from = Instant::now();
        model.accumulate(&batch).await?;
        model.update(&params).await?;
        model.device.finish().await?;
        least = least.min(from.elapsed().as_secs_f64());
        steps += 1;
    }
    let speed = spec.tokens_per_step() as f64 / least;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{:6}{:7}{:9}{:12}{speed:10.0}{:16.2e}{:9.1}{:9.1}{:11.1}{:9.1}",
        spec.depth,
        spec.batch,
        config.context,
        config.parameters(),
        speed * config.parameters() as f64,
        mib(model.device.allocated()),
        mib(total),
        mib(unplanned),
        mib((heap::most() - before) as u64)
    );
    Ok(())
}
