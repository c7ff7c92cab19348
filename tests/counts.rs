//! What a training step costs in numbers that no machine changes: kernel calls, operations, memory, and what is asked of the GPU.

use pollster::block_on;
use seven_steps::engine::cost::Cost;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::program::{ALIGN, Call, StepParams};
use seven_steps::nn::layout::Layout;
use seven_steps::nn::model::{Batch, Model};
use seven_steps::protocol::bench::Counts;
use seven_steps::spec::{ModelConfig, RunSpec};

const BATCH: u32 = 2;

/// Small enough that a pass is one submit on the slowest adapter.
fn config(layers: u32) -> ModelConfig {
    let shape = RunSpec { depth: layers, width: Some(32), heads: Some(4), kv_heads: Some(2), context: Some(16), ..RunSpec::default() };
    shape.model(67)
}

fn cpu() -> Device {
    Device::Cpu(Cpu::default())
}

fn gpu() -> Device {
    Device::Gpu(block_on(Gpu::new()).unwrap_or_else(|error| panic!("{error} These tests need Vulkan: install mesa-vulkan-drivers.")))
}

fn model(device: Device) -> Model {
    model_of(device, config(1))
}

fn model_of(device: Device, config: ModelConfig) -> Model {
    let mut model = block_on(Model::new(device, config, BATCH)).unwrap();
    model.init(1);
    model
}

fn accumulate(model: &mut Model) {
    let rows = BATCH * model.config.context;
    let ids: Vec<u32> = (0..rows).map(|row| row * 7 % model.config.vocab).collect();
    let batch = Batch { targets: ids.clone(), weights: vec![1.0 / rows as f32; ids.len()], ids };
    block_on(model.accumulate(&batch)).unwrap();
}

fn step(model: &mut Model, step: u32) {
    let params = StepParams { lr: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, step, ..StepParams::default() };
    accumulate(model);
    block_on(model.update(&params)).unwrap();
}

fn counts(model: &Model) -> Counts {
    let Device::Gpu(gpu) = &model.device else { panic!("the CPU counts nothing") };
    gpu.counts()
}

/// The calls of a whole step.
fn calls(config: &ModelConfig) -> Vec<Call> {
    Model::recorded_step(config, BATCH).into_iter().flat_map(|program| program.calls).collect()
}

/// Both numbers only ever go down: a fusion that succeeds lowers them here. The aim is 20 a layer, and 30 besides.
#[test]
fn a_step_has_so_many_kernel_calls() {
    let [one, two] = [1, 2].map(|layers| calls(&config(layers)).len());
    assert_eq!((two - one, 2 * one - two), (23, 12), "a layer, and besides");
}

/// Six a matrix parameter and token: the multiply-adds of the forward pass and of both gradients.
#[test]
fn matrix_products_are_counted_by_their_parameters() {
    let config = config(2);
    let matrices = Layout::new(&config).tensors.into_iter().filter(|tensor| tensor.shape.len() == 2);
    let parameters: usize = matrices.map(|tensor| tensor.shape.iter().product::<usize>()).sum();
    let products = [Kernel::MatmulForward, Kernel::MatmulInputBackward, Kernel::MatmulWeightBackward];
    let counted: f64 = calls(&config).iter().filter(|call| products.contains(&call.kernel)).map(|call| Cost::of(call).flops).sum();
    assert_eq!(counted, 6.0 * parameters as f64 * f64::from(BATCH * config.context));
}

#[test]
fn what_is_allocated_is_what_was_planned() {
    let planned = Model::requirements(&config(1), BATCH).total;
    assert_eq!(model(cpu()).device.allocated(), planned);
    // There every buffer is filled up to where a view may end.
    let on_gpu = model(gpu());
    let most = u64::from(counts(&on_gpu).buffers) * 4 * ALIGN as u64;
    assert!((planned..planned + most).contains(&on_gpu.device.allocated()), "{} for {planned}", on_gpu.device.allocated());
    assert!(planned < Model::unplanned(&config(1), BATCH), "sharing memory saves some");
}

/// With gradient checkpointing a layer more keeps its residual stream alone, and computes all else once more.
#[test]
fn recomputing_gives_the_same_gradients_in_less_memory() {
    let recompute = |config| ModelConfig { recompute: true, ..config };
    let activations = |config: &ModelConfig| {
        let state = Model::requirements(config, BATCH).total - 4 * 4 * Layout::new(config).len as u64;
        state - 2 * 4 * u64::from(config.layers * config.context * config.kv_heads * config.head_dim())
    };
    let grows = |change: fn(ModelConfig) -> ModelConfig| activations(&change(config(9))) - activations(&change(config(8)));
    let stream = 4 * u64::from(BATCH * config(1).context * config(1).width);
    assert_eq!(grows(recompute), stream, "a layer more");
    assert!(grows(|config| config) > 5 * stream);
    let [one, two] = [1, 2].map(|layers| calls(&recompute(config(layers))).len());
    assert_eq!(two - one, 23 + 8);
    // On a card each of the two may have picked other tiles.
    for (device, tolerance) in [(cpu as fn() -> Device, 0.0), (gpu, 1e-6)] {
        let [kept, recomputed] = [config(3), recompute(config(3))].map(|config| {
            let mut model = model_of(device(), config);
            accumulate(&mut model);
            block_on(model.gradients()).unwrap()
        });
        let largest = kept.iter().fold(0.0f32, |largest, gradient| largest.max(gradient.abs()));
        assert!(largest > 0.0 && kept.len() == recomputed.len());
        assert!(kept.iter().zip(&recomputed).all(|(a, b)| (a - b).abs() <= tolerance * largest));
    }
}

#[test]
fn a_step_after_the_first_creates_nothing_on_the_gpu() {
    let mut model = model(gpu());
    step(&mut model, 1);
    block_on(model.results(1, 1)).unwrap();
    let (before, allocated) = (counts(&model), model.device.allocated());
    (2..=11).for_each(|number| step(&mut model, number));
    // A pass and an update for each step.
    assert_eq!(counts(&model).since(before), Counts { submits: 2 * 10, ..Counts::default() });
    let results = block_on(model.results(2, 11)).unwrap();
    assert!(results.len() == 10 && results.iter().all(|result| result.loss.is_finite()));
    // All ten are read at once.
    assert_eq!(counts(&model).since(before), Counts { submits: 2 * 10 + 1, readbacks: 1, ..Counts::default() });
    assert_eq!(model.device.allocated(), allocated);
}

/// The counters count: loading a program binds each of its calls, and a new shape of a kernel takes a new pipeline.
#[test]
fn what_the_gpu_creates_is_counted() {
    let Counts { bind_groups, pipelines, buffers, .. } = counts(&model(gpu()));
    let loaded = calls(&config(1)).len() as u32;
    assert!(bind_groups > loaded, "the step's calls, and those of writing and validating: {bind_groups}");
    assert!((1..bind_groups).contains(&pipelines), "calls share pipelines: {pipelines}");
    assert!(buffers > 14, "the model's buffers, slots and dims: {buffers}");
}
