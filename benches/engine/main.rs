//! The engine natively, against what the device could do and over sizes of models: `cargo bench --bench engine`, or with
//! everything else `cargo xtask bench`. In a browser, `bench.html` prints the first of it.

mod floors;
mod heap;
mod scaling;

use pollster::block_on;
use seven_steps::engine::EngineError;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::nn::model::{Batch, Model};
use seven_steps::spec::RunSpec;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

fn main() -> Result<(), EngineError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    block_on(floors::print(&format!("CPU executor, {threads} threads"), Device::Cpu(Cpu::default())))?;
    match block_on(Gpu::new()) {
        Ok(gpu) => block_on(floors::print(&format!("GPU executor, {}", gpu.name()), Device::Gpu(gpu)))?,
        Err(error) => println!("{error}\n"),
    }
    block_on(scaling::print())
}

/// A fresh model of a spec on a device, and a batch of tokens to train it on.
async fn model(device: Device, spec: &RunSpec) -> Result<(Model, Batch), EngineError> {
    let mut model = Model::new(device, spec.model(spec.vocab), spec.batch).await?;
    model.init(spec.seed);
    let rows = spec.batch * model.config.context;
    let ids: Vec<u32> = (0..rows).map(|row| row * 7919 % spec.vocab).collect();
    Ok((model, Batch { targets: ids.clone(), weights: vec![1.0 / rows as f32; ids.len()], ids }))
}
