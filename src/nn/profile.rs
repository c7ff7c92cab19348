//! Where the time of a training step goes: each kernel call measured alone, beside the least that it could take.

use super::model::{Batch, Model};
use crate::engine::EngineError;
use crate::engine::cost::Cost;
use crate::engine::device::Device;
use crate::engine::program::{Call, StepParams, shape};
use crate::engine::roofline::{Roofline, seconds};
use crate::platform;
use crate::protocol::bench::{CallReport, Counts, Profile};

/// Steps of which the fastest counts, and the milliseconds after which fewer will do.
const STEPS: u32 = 20;
const PATIENCE: f64 = 3000.0;

/// Times the steps of a model over `batch`, and their calls one by one. The model has learnt nothing sensible afterwards.
///
/// # Errors
/// [`EngineError::DeviceLost`].
pub async fn profile(model: &mut Model, batch: &Batch, roofline: &Roofline) -> Result<Profile, EngineError> {
    // Nothing is learnt and moments hardly fade: however often a call is repeated, it finds ordinary numbers.
    let params = StepParams { beta1: 0.9999, beta2: 0.9999, epsilon: 1e-8, clip: 1.0, step: 1, ..StepParams::default() };
    step(model, batch, &params).await?;
    model.results(1, 1).await?;
    let before = counts(&model.device);
    let mut least = step(model, batch, &params).await?;
    model.results(1, 1).await?;
    let counts = counts(&model.device).zip(before).map(|(after, before)| after.since(before));
    let started = platform::now();
    for _ in 1..STEPS {
        if platform::now() - started < PATIENCE {
            least = least.min(step(model, batch, &params).await?);
        }
    }

    let mut calls: Vec<(Call, CallReport)> = Vec::new();
    for (program, id) in Model::recorded_step(&model.config, model.batch).into_iter().zip(model.loaded_step()) {
        for (index, call) in program.calls.into_iter().enumerate() {
            if let Some((_, report)) = calls.iter_mut().find(|(other, _)| (other.kernel, other.dims) == (call.kernel, call.dims)) {
                report.count += 1;
                // So that the calls after it find what they expect.
                model.device.repeat(id, index, 1, &params)?;
                continue;
            }
            let seconds = seconds(&mut model.device, |device, times| device.repeat(id, index, times, &params)).await?;
            let cost @ Cost { flops, bytes } = Cost::of(&call);
            let (kernel, shape, floor) = (call.kernel.name().into(), shape(&call.dims), roofline.floor(cost));
            calls.push((call, CallReport { kernel, shape, count: 1, seconds, floor, flops, bytes }));
        }
    }
    Ok(Profile {
        peak_flops_per_second: roofline.flops,
        cached_bytes_per_second: roofline.bytes[0],
        memory_bytes_per_second: roofline.memory(),
        seconds: least,
        tokens: model.batch * model.config.context,
        calls: calls.into_iter().map(|(_, report)| report).collect(),
        counts,
    })
}

/// Seconds of one step.
async fn step(model: &mut Model, batch: &Batch, params: &StepParams) -> Result<f64, EngineError> {
    let from = platform::now();
    model.accumulate(batch).await?;
    model.update(params).await?;
    model.device.finish().await?;
    Ok((platform::now() - from) / 1000.0)
}

fn counts(device: &Device) -> Option<Counts> {
    match device {
        Device::Gpu(gpu) => Some(gpu.counts()),
        Device::Cpu(_) => None,
    }
}
