//! The GPU executor through whatever Vulkan driver there is: every kernel against its CPU twin, and what happens when things go
//! wrong.

use std::rc::Rc;

use pollster::block_on;
use seven_steps::engine::EngineError;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::engine::gpu::measure::Probe;
use seven_steps::engine::gpu::shaders::Tiles;
use seven_steps::engine::gpu::tuning::Tuning;
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::program::{Call, Place, Program, Recorder, StepParams, View};
use seven_steps::engine::selftest::{self, Case};
use seven_steps::protocol::bench::KernelReport;
use seven_steps_cpu::copy::copy;
use seven_steps_cpu::multiply_add::multiply_add;

fn gpu() -> Gpu {
    block_on(Gpu::new()).unwrap_or_else(|error| panic!("{error} These tests need Vulkan: install mesa-vulkan-drivers."))
}

fn with_tiles(tiles: Tiles) -> Device {
    let mut gpu = gpu();
    gpu.retune(Rc::new(Tuning::fixed(tiles)));
    Device::Gpu(gpu)
}

fn assert_passed(reports: &[KernelReport]) {
    let wrong: Vec<_> = reports.iter().filter(|report| !report.passed).collect();
    assert!(!reports.is_empty() && wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_kernel_agrees_with_its_twin() {
    assert_passed(&block_on(selftest::run(&mut Device::Gpu(gpu()))).expect("the device works"));
}

#[test]
fn every_kernel_agrees_in_the_forms_for_graphics_cards() {
    assert_passed(&block_on(selftest::run_forms(&mut Device::Gpu(gpu()))).expect("the device works"));
}

/// On an adapter that is told nothing, a training program's products are tried out, once a sort.
#[test]
fn contests_find_tiles_that_are_right_and_are_held_once() {
    let mut gpu = gpu();
    gpu.retune(Rc::default());
    let tuning = Rc::clone(gpu.tuning());
    let product = |gpu: &mut Gpu, kernel, [m, n, k]: [u32; 3]| {
        let mut recorder = Recorder::default();
        let (x, w, y) = (recorder.tensor((m * k) as usize), recorder.tensor((n * k) as usize), recorder.tensor((m * n) as usize));
        let views = match kernel {
            Kernel::MatmulForward => [x, w, y],
            Kernel::MatmulInputBackward => [y, w, x],
            _ => [y, x, w],
        };
        recorder.call(kernel, &views, [m, n, k, 0, 0, 0, 0, 0]);
        block_on(gpu.load(recorder.finish("a product"))).expect("it fits");
    };
    for kernel in [Kernel::MatmulForward, Kernel::MatmulInputBackward, Kernel::MatmulWeightBackward] {
        product(&mut gpu, kernel, [36, 68, 20]);
        product(&mut gpu, kernel, [512, 513, 512]);
    }
    assert!(tuning.is_news());
    let picks = tuning.picks();
    let held = picks.iter().filter(|&&place| Tiles::ALL.get(usize::from(place)).is_some()).count();
    assert_eq!(held, 6, "three kernels in two sizes: {picks:?}");
    product(&mut gpu, Kernel::MatmulForward, [40, 60, 24]);
    assert!(!tuning.is_news(), "what is known is not tried out again");
    assert_passed(&block_on(selftest::run(&mut Device::Gpu(gpu))).expect("the device works"));
}

/// More workgroups, longer sums, folded grids, wider heads.
#[test]
fn kernels_agree_at_larger_shapes() {
    let step = StepParams { temperature: 0.9, top_k: 50, top_p: 0.95, position: 200, seed: 7, ..Default::default() };
    let shapes: [(Kernel, [u32; 5]); 14] = [
        (Kernel::MatmulForward, [130, 515, 344, 0, 0]),
        (Kernel::MatmulInputBackward, [130, 515, 344, 0, 0]),
        (Kernel::MatmulWeightBackward, [514, 131, 344, 0, 0]),
        (Kernel::MatmulForward, [3, 1030, 128, 0, 0]),
        (Kernel::Attention, [2, 131, 4, 4, 64]),
        (Kernel::AttentionBackward, [2, 131, 4, 2, 64]),
        (Kernel::AttentionDecode, [2, 256, 6, 3, 64]),
        (Kernel::EmbeddingBackward, [513, 64, 41, 0, 0]),
        (Kernel::CrossEntropy, [130, 1031, 1, 0, 0]),
        (Kernel::GradientNorm, [200_003, 0, 0, 0, 0]),
        (Kernel::Embedding, [1_048_700, 16, 0, 0, 0]),
        (Kernel::AddRmsNorm, [65_600, 4, 1e-5f32.to_bits(), 0, 0]),
        (Kernel::Attention, [32_768, 5, 4, 1, 4]),
        (Kernel::Sample, [2, 16_384, 0, 0, 0]),
    ];
    for tiles in Tiles::ALL {
        let mut device = with_tiles(tiles);
        let reports = shapes.map(|(kernel, [a, b, c, d, e])| {
            let case = Case { kernel, dims: [a, b, c, d, e, 0, 0, 0], step };
            block_on(selftest::check(&mut device, &case)).expect("the device works")
        });
        assert_passed(&reports);
    }
}

#[test]
fn temporaries_live_in_slots_and_programs_replay() {
    let mut device = Device::Gpu(gpu());
    let gate_up = device.buffer("gate and up", 24).unwrap();
    let act = device.buffer("act", 12).unwrap();
    device.write(gate_up, 0, &[1f32; 24]);
    let view = |buffer, len| View { place: Place::Persistent(buffer), offset: 0, len };
    let mut recorder = Recorder::default();
    let middle = recorder.tensor(12);
    recorder.call(Kernel::SwiGlu, &[view(gate_up, 24), middle], [1, 12, 0, 0, 0, 0, 0, 0]);
    recorder.call(Kernel::SwiGlu, &[middle, view(act, 12)], [1, 4, 0, 0, 0, 0, 0, 0]);
    let program = block_on(device.load(recorder.finish("twice"))).unwrap();
    for scale in [1f32, 2.0] {
        device.write(gate_up, 0, &[scale; 24]);
        block_on(device.run(program, &StepParams::default())).unwrap();
        let found: Vec<f32> = block_on(device.read(act, 0, 4)).unwrap();
        let silu = |z: f32| z / (1.0 + (-z).exp());
        let inner = silu(scale) * scale;
        let expected = silu(inner) * inner;
        assert!(found.iter().all(|x| (x - expected).abs() < 1e-6 * expected), "{found:?} is not {expected}");
    }
}

/// What only measures speed must still do what is counted.
#[test]
fn probes_agree_with_their_twins() {
    const LEN: usize = 7 * 3072; // A multiple of what either does at a time.
    let words: Vec<f32> = (0..LEN).map(|i| i as f32 / LEN as f32).collect();
    let mut gpu = gpu();
    let [from, to] = ["from", "to"].map(|name| gpu.buffer(name, LEN).unwrap());
    gpu.write(from, 0, bytemuck::cast_slice(&words));
    let copies = block_on(gpu.load_probe(Probe::Copy, &[from, to], LEN as u32, 0)).unwrap();
    let advances = block_on(gpu.load_probe(Probe::MultiplyAdd, &[from], LEN as u32, 16)).unwrap();
    let (mut advanced, mut copied) = (words.clone(), vec![0.0; LEN]);
    gpu.repeat(copies, 0, 1, &StepParams::default()).unwrap();
    copy(&words, &mut copied);
    gpu.repeat(advances, 0, 3, &StepParams::default()).unwrap();
    multiply_add(&mut advanced, 48);
    let mut found = |buffer| block_on(gpu.read(&[(buffer, 0, LEN)])).unwrap().into_iter().map(f32::from_bits).collect::<Vec<_>>();
    assert_eq!(found(to), copied);
    assert!(found(from).iter().zip(&advanced).all(|(found, expected)| (found - expected).abs() < 1e-6));
    let by_hand = |x: &f32| (0..3).fold(f64::from(*x), |x, _| x * x - 0.5) as f32;
    let mut few = words.clone();
    multiply_add(&mut few, 3);
    assert!(few.iter().zip(&words).all(|(few, x)| (few - by_hand(x)).abs() < 1e-6));
}

#[test]
fn a_lost_device_says_so_from_then_on() {
    let mut gpu = gpu();
    let buffer = gpu.buffer("a buffer", 64).unwrap();
    let mut recorder = Recorder::default();
    let tensor = recorder.tensor(4);
    recorder.call(Kernel::GradientNorm, &[tensor, View { place: Place::Persistent(buffer), offset: 0, len: 64 }], [4, 0, 0, 0, 0, 0, 0, 0]);
    let program = block_on(gpu.load(recorder.finish("norm"))).unwrap();
    gpu.destroy();
    gpu.write(buffer, 0, &[1, 2, 3]);
    for outcome in [gpu.run(program, &StepParams::default()), block_on(gpu.finish()), block_on(gpu.read(&[(buffer, 0, 3)])).map(drop)] {
        assert!(matches!(outcome, Err(EngineError::DeviceLost(_))), "{outcome:?}");
    }
}

#[test]
fn what_cannot_be_had_is_refused() {
    let mut gpu = gpu();
    let words = gpu.largest_buffer() as usize / 4 + 64;
    assert!(matches!(gpu.buffer("Too much", words), Err(EngineError::TooLarge { .. })));

    let buffer = gpu.buffer("a buffer", 64).unwrap();
    let view = View { place: Place::Persistent(buffer), offset: 0, len: 64 };
    let calls = vec![Call { kernel: Kernel::SwiGlu, views: vec![view], dims: [1, 4, 0, 0, 0, 0, 0, 0] }];
    let program = Program { name: "lacks a view".into(), calls, slots: Vec::new() };
    assert!(matches!(block_on(gpu.load(program)), Err(EngineError::Rejected(_))));
    assert_eq!(block_on(gpu.read(&[(buffer, 0, 2)])).unwrap(), [0, 0], "the device goes on");
}
