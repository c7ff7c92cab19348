//! What each preset costs on this device.

use std::rc::Rc;

use super::executors::Executors;
use super::message::Problem;
use crate::catalog::PRESETS;
use crate::engine::EngineError;
use crate::engine::device::Device;
use crate::nn::model::{Batch, Model};
use crate::nn::optimizer::step_params;
use crate::platform::now;
use crate::protocol::PresetEstimate;
use crate::rng;
use crate::spec::{ModelConfig, RunSpec};

/// Seconds that all warm-ups may take together, about.
const BUDGET: f64 = 3.0;
/// Steps of a warm-up, and how many of them are timed: the first compiles and fills caches.
const STEPS: u32 = 3;
const TIMED: u32 = 2;

/// Times a few steps of each preset on the executor that `spec` asks for, as long as the time allows, and works out the
/// larger ones from their operations and the speed so far; `vocab` is that of a tokenizer which is there already. Where several workers will share each batch, one measures alone.
///
/// # Errors
/// When there is no such executor.
pub async fn estimate(executors: Rc<Executors>, spec: RunSpec, vocab: Option<u32>) -> Result<Vec<PresetEstimate>, Problem> {
    let (kind, _) = executors.choose(spec.executor)?;
    let started = now();
    let mut speed = None;
    let mut estimates = Vec::new();
    for preset in PRESETS {
        let spec = preset.apply(&spec);
        let config = spec.model(vocab.unwrap_or(spec.expected_vocab()));
        let needed = Model::requirements(&config, spec.batch);
        let operations = config.train_flops_per_token() * spec.tokens_per_step() as f64;
        let mut problem = executors.check_fit(kind, &needed).err().map(|problem| problem.message);
        let spent = (now() - started) / 1000.0;
        let fits_time = speed.is_none_or(|speed| spent + f64::from(STEPS) * operations / speed < BUDGET);
        if problem.is_none() && fits_time {
            let measured = match executors.open(kind).await {
                Ok(device) => seconds_per_step(device, &config, &spec).await,
                Err(error) => Err(error),
            };
            match measured {
                Ok(seconds) => speed = Some(operations / seconds),
                Err(error) => problem = Some(error.to_string()),
            }
        }
        let seconds = speed.filter(|_| problem.is_none()).map(|speed| (f64::from(spec.steps) * operations / speed) as f32);
        let (parameters, memory) = (config.parameters(), needed.total);
        let alone = executors.threads(kind, &spec, &config) > 1;
        estimates.push(PresetEstimate { preset: preset.key.into(), parameters, memory, seconds, alone, problem });
    }
    Ok(estimates)
}

async fn seconds_per_step(device: Device, config: &ModelConfig, spec: &RunSpec) -> Result<f64, EngineError> {
    let mut model = Model::new(device, config.clone(), spec.batch).await?;
    model.init(spec.seed);
    let rows = (spec.batch * config.context) as usize;
    let token = |row| rng::below(0, row, config.vocab.into()) as u32;
    let ids: Vec<u32> = (0..rows as u64).map(token).collect();
    let batch = Batch { targets: ids.clone(), ids, weights: vec![1.0 / rows as f32; rows] };
    let mut from = now();
    for step in 1..=STEPS {
        model.accumulate(&batch).await?;
        model.update(&step_params(spec, spec.lr, step)).await?;
        if step == STEPS - TIMED || step == STEPS {
            model.results(step, step).await?;
        }
        if step == STEPS - TIMED {
            from = now();
        }
    }
    Ok((now() - from).max(1e-3) / 1000.0 / f64::from(TIMED) * f64::from(spec.accumulation))
}
