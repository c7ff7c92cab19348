//! What the CPU executor reaches natively: `cargo bench --bench cpu`. One thread: `RAYON_NUM_THREADS=1 cargo bench --bench cpu`
//! (the thread that asks computes too). In a browser, `bench.html` measures the same.

use std::hint::black_box;
use std::time::{Duration, Instant};

use pollster::block_on;
use seven_steps::engine::cpu::{Cpu, twin};
use seven_steps::engine::device::Device;
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::program::StepParams;
use seven_steps::nn::model::{Batch, Model};
use seven_steps::spec::RunSpec;

/// M, N, K of the matrix products of a training step, and two squares.
const SHAPES: [[u32; 3]; 6] =
    [[1024, 384, 128], [1024, 688, 128], [1024, 128, 344], [1024, 1024, 128], [512, 512, 512], [1024, 1024, 1024]];

fn main() {
    println!("{:24}{:>12}{:>12}{:>12}", "M×N×K, GFLOP/s", "forward", "by input", "by weight");
    for [m, n, k] in SHAPES {
        let rates = [Kernel::MatmulForward, Kernel::MatmulInputBackward, Kernel::MatmulWeightBackward].map(|kernel| {
            let flops = 2.0 * f64::from(m) * f64::from(n) * f64::from(k);
            flops / matmul(kernel, [m, n, k]) / 1e9
        });
        println!("{:24}{:12.1}{:12.1}{:12.1}", format!("{m}×{n}×{k}"), rates[0], rates[1], rates[2]);
    }
    let spec = RunSpec { vocab: 512, ..RunSpec::default() };
    let mut model = block_on(Model::new(Device::Cpu(Cpu::default()), spec.model(spec.vocab), spec.batch)).expect("it is small");
    model.init(1);
    let tokens = spec.batch * model.config.context;
    let ids: Vec<u32> = (0..tokens).map(|i| i * 7919 % spec.vocab).collect();
    let batch = Batch { targets: ids.clone(), weights: vec![1.0 / tokens as f32; ids.len()], ids };
    let params = StepParams { lr: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, step: 1, ..StepParams::default() };
    let step = best(|| {
        block_on(model.accumulate(&batch)).expect("the CPU is not lost");
        block_on(model.update(&params)).expect("the CPU is not lost");
    });
    println!("training, {} parameters: {:.0} tokens/s", model.config.parameters(), f64::from(tokens) / step);
    let last = StepParams { position: model.config.context - 1, ..params };
    let decode = best(|| drop(block_on(model.decode(1, &last)).expect("the CPU is not lost")));
    println!("generation at full context: {:.0} tokens/s", 1.0 / decode);
}

/// Seconds of one product.
fn matmul(kernel: Kernel, [m, n, k]: [u32; 3]) -> f64 {
    let tensor = |rows: u32, columns: u32| (0..rows * columns).map(|i| (i % 1013) as f32 / 1013.0 - 0.5).collect::<Vec<f32>>();
    let (x, w, y) = (tensor(m, k), tensor(n, k), tensor(m, n));
    let (reads, mut out) = match kernel {
        Kernel::MatmulForward => ([&x[..], &w], tensor(m, n)),
        Kernel::MatmulInputBackward => ([&y[..], &w], tensor(m, k)),
        _ => ([&y[..], &x], tensor(n, k)),
    };
    best(|| twin(kernel)(black_box(&reads), &mut [&mut out], &[m, n, k, 0, 0, 0, 0, 0], &StepParams::default()))
}

/// The least of a second's runs, in seconds: what a busy machine disturbs least.
fn best(mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut least = f64::INFINITY;
    while start.elapsed() < Duration::from_secs(1) {
        let begun = Instant::now();
        run();
        least = least.min(begun.elapsed().as_secs_f64());
    }
    least
}
