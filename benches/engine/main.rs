//! The engine natively: matrix products, every kernel against what the device could do, generation, and training over sizes of
//! models, on the CPU executor and then on the GPU executor, or on one alone: `cargo bench --bench engine -- gpu`. One thread:
//! `RAYON_NUM_THREADS=1 cargo bench --bench engine -- cpu` (the thread that asks computes too). `pytorch.py` measures the same
//! models in PyTorch. In a browser, `bench.html` does most of this.

mod floors;
mod heap;
mod products;
mod scaling;

use std::rc::Rc;

use pollster::block_on;
use seven_steps::engine::EngineError;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::engine::gpu::tuning::Tuning;
use seven_steps::nn::model::{Batch, Model};
use seven_steps::spec::RunSpec;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

fn main() -> Result<(), EngineError> {
    let is_named = |name: &str| std::env::args().any(|word| word == name);
    if is_named("cpu") || !is_named("gpu") {
        let threads = std::env::var("RAYON_NUM_THREADS").ok().and_then(|threads| threads.parse().ok());
        let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        println!("CPU executor, {threads} threads\n");
        block_on(print(&Executor::Cpu))?;
    }
    if is_named("gpu") || !is_named("cpu") {
        match block_on(Gpu::new()) {
            Ok(gpu) => {
                println!("GPU executor, {}\n", gpu.name());
                block_on(print(&Executor::Gpu(gpu.tuning().clone())))?;
            }
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}

/// Where to measure.
enum Executor {
    Cpu,
    /// With what its contests have found.
    Gpu(Rc<Tuning>),
}

impl Executor {
    /// A device of its own for each measurement.
    async fn device(&self) -> Result<Device, EngineError> {
        let Self::Gpu(tuning) = self else { return Ok(Device::Cpu(Cpu::default())) };
        let mut gpu = Gpu::new().await?;
        gpu.retune(tuning.clone());
        Ok(Device::Gpu(gpu))
    }
}

async fn print(executor: &Executor) -> Result<(), EngineError> {
    products::print(executor.device().await?).await?;
    floors::print(executor.device().await?).await?;
    scaling::print(executor).await
}

/// A fresh model of a spec on a device, and a batch of tokens to train it on.
async fn model(device: Device, spec: &RunSpec) -> Result<(Model, Batch), EngineError> {
    let mut model = Model::new(device, spec.model(spec.vocab), spec.batch).await?;
    model.init(spec.seed);
    let rows = spec.batch * model.config.context;
    let ids: Vec<u32> = (0..rows).map(|row| row * 7919 % spec.vocab).collect();
    Ok((model, Batch { targets: ids.clone(), weights: vec![1.0 / rows as f32; ids.len()], ids }))
}
