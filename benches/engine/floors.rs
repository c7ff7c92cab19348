//! A training step, call by call, against the least that the device could take; then generation.

use std::time::{Duration, Instant};

use seven_steps::engine::EngineError;
use seven_steps::engine::device::Device;
use seven_steps::engine::program::StepParams;
use seven_steps::engine::roofline::Roofline;
use seven_steps::nn::profile::profile;
use seven_steps::protocol::bench::{CallReport, Counts, Profile};
use seven_steps::spec::RunSpec;

/// Texts that are continued side by side.
const SEQUENCES: u32 = 64;

/// Prints it for the model of `bench.html`.
pub async fn print(mut device: Device) -> Result<(), EngineError> {
    let roofline = Roofline::measure(&mut device).await?;
    let (mut model, batch) = super::model(device, &RunSpec { vocab: 512, ..RunSpec::default() }).await?;
    let mut report = profile(&mut model, &batch, &roofline).await?;
    let Profile { peak_flops_per_second, cached_bytes_per_second, memory_bytes_per_second, seconds, tokens, counts, .. } = report;
    println!("A training step of 8 sequences of 128 tokens");
    println!(
        "at best {:.1} GFLOP/s in registers, {:.1} GB/s copied in a cache, {:.1} GB/s copied in memory",
        peak_flops_per_second / 1e9,
        cached_bytes_per_second / 1e9,
        memory_bytes_per_second / 1e9
    );
    println!("\n{:24}{:24}{:>6}{:>11}{:>11}{:>8}{:>10}{:>8}", "kernel", "shape", "calls", "µs each", "least", "times", "GFLOP/s", "GB/s");
    report.calls.sort_by(|a, b| total(b).total_cmp(&total(a)));
    for call in &report.calls {
        let CallReport { kernel, shape, count, seconds, floor, flops, bytes } = call;
        let (micros, least, times) = (seconds * 1e6, floor * 1e6, seconds / floor);
        let (rate, moved) = (flops / seconds / 1e9, bytes / seconds / 1e9);
        println!("{kernel:24}{shape:24}{count:6}{micros:11.1}{least:11.1}{times:8.1}{rate:10.2}{moved:8.2}");
    }
    let alone: f64 = report.calls.iter().map(total).sum();
    let least: f64 = report.calls.iter().map(|call| f64::from(call.count) * call.floor).sum();
    println!("\n{} parameters, {} kernel calls a step", model.config.parameters(), report.kernel_calls());
    println!("a step: {:.2} ms, {:.0} tokens/s; {:.1} times the least", seconds * 1e3, f64::from(tokens) / seconds, seconds / least);
    println!("its calls alone: {:.2} ms; at least: {:.2} ms", alone * 1e3, least * 1e3);
    if let Some(counts) = counts {
        let Counts { submits, readbacks, buffers, bind_groups, pipelines } = counts;
        println!("asked of the GPU in a step but the first: {submits} submits, {readbacks} of them to read the loss;");
        println!("created: {buffers} buffers, {bind_groups} bind groups, {pipelines} pipelines");
    }
    let last = StepParams { position: model.config.context - 1, ..StepParams::default() };
    let (started, mut least) = (Instant::now(), f64::INFINITY);
    while started.elapsed() < Duration::from_secs(1) {
        let from = Instant::now();
        model.decode(1, &last).await?;
        least = least.min(from.elapsed().as_secs_f64());
    }
    println!("generation at full context: {:.0} tokens/s", 1.0 / least);
    let group = model.group(SEQUENCES).await?;
    group.begin(&mut model.device, &vec![vec![1]; SEQUENCES as usize]);
    let from = Instant::now();
    for position in 0..last.position {
        group.advance(&mut model.device, &StepParams { position, ..last }).await?;
    }
    group.continued(&mut model.device, 1).await?;
    let drawn = f64::from(SEQUENCES * last.position);
    println!("{SEQUENCES} texts at a time, over the whole context: {:.0} tokens/s\n", drawn / from.elapsed().as_secs_f64());
    Ok(())
}

/// Seconds of all calls of a kind.
fn total(call: &CallReport) -> f64 {
    f64::from(call.count) * call.seconds
}
