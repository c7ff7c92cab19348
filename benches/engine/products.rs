//! Matrix products, forward and backward.

use seven_steps::engine::EngineError;
use seven_steps::engine::device::Device;
use seven_steps::engine::kernels::Kernel::{self, MatmulForward, MatmulInputBackward, MatmulWeightBackward};
use seven_steps::engine::program::{Recorder, StepParams};
use seven_steps::engine::roofline::seconds;
use seven_steps::nn::transformer::{dims, persistent};

/// M, N, K of the products of a training step, and squares; all but a graphics card would take too long over the last [`LARGE`].
const SHAPES: [[u32; 3]; 8] = [
    [1024, 384, 128],
    [1024, 688, 128],
    [1024, 128, 344],
    [1024, 1024, 128],
    [512, 512, 512],
    [1024, 1024, 1024],
    [2048, 2048, 2048],
    [4096, 4096, 4096],
];

const LARGE: usize = 2;

/// Prints a line for each.
pub async fn print(mut device: Device) -> Result<(), EngineError> {
    println!("{:24}{:>12}{:>12}{:>12}", "M×N×K, GFLOP/s", "forward", "by input", "by weight");
    let is_card = matches!(&device, Device::Gpu(gpu) if !gpu.software());
    for shape @ [m, n, k] in SHAPES.into_iter().take(if is_card { SHAPES.len() } else { SHAPES.len() - LARGE }) {
        print!("{:24}", format!("{m}×{n}×{k}"));
        for kernel in [MatmulForward, MatmulInputBackward, MatmulWeightBackward] {
            let flops = 2.0 * f64::from(m) * f64::from(n) * f64::from(k);
            print!("{:12.1}", flops / product(&mut device, kernel, shape).await? / 1e9);
        }
        println!();
    }
    if let Device::Gpu(gpu) = &device {
        for (kernel, outputs, tiles) in gpu.tuning().report() {
            println!("{} of {outputs} outputs or more: {tiles:?}", kernel.name());
        }
    }
    println!();
    Ok(())
}

/// Seconds of one product.
async fn product(device: &mut Device, kernel: Kernel, [m, n, k]: [u32; 3]) -> Result<f64, EngineError> {
    let [x, w, y] = [m * k, n * k, m * n].map(|words| words as usize);
    let operands = match kernel {
        MatmulForward => [x, w, y],
        MatmulInputBackward => [y, w, x],
        _ => [y, x, w],
    };
    device.clear();
    let mut recorder = Recorder::default();
    let mut views = Vec::new();
    for words in operands {
        let buffer = device.buffer("A matrix", words)?;
        let numbers: Vec<f32> = (0..words).map(|i| (i % 1013) as f32 / 1013.0 - 0.5).collect();
        device.write(buffer, 0, &numbers);
        views.push(persistent(buffer, 0..words));
    }
    recorder.call(kernel, &views, dims([m, n, k]));
    let program = device.load(recorder.finish("a matrix product")).await?;
    seconds(device, |device, times| device.repeat(program, 0, times, &StepParams::default())).await
}
