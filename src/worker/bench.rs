//! Benchmarks, on a device of their own: matrix products, training steps and generation, timed until the device has finished.

use std::mem;

use super::executors::Executors;
use super::message::{Attachment, Problem};
use crate::engine::EngineError;
use crate::engine::device::{Device, ProgramId};
use crate::engine::kernels::Kernel;
use crate::engine::program::{BufferId, Recorder, StepParams};
use crate::nn::model::{Batch, Model};
use crate::nn::optimizer::step_params;
use crate::nn::transformer::{dims, persistent};
use crate::platform;
use crate::protocol::{Bench, BenchResult, ExecutorKind, Subject};
use crate::rng;
use crate::spec::{ExecutorChoice, ModelConfig, RunSpec};

/// What a benchmark holds.
pub struct Bencher {
    device_name: String,
    load: Load,
}

/// What is on the device.
enum Load {
    Nothing(Device),
    Matmul(Matmul),
    Model(Box<Training>),
    /// Between two loads, or after one that failed.
    Gone,
}

struct Matmul {
    device: Device,
    program: ProgramId,
    product: BufferId,
    len: usize,
}

struct Training {
    model: Model,
    spec: RunSpec,
    batch: Batch,
    step: u32,
}

impl Bencher {
    /// Takes an executor.
    pub async fn open(executors: &Executors, executor: ExecutorChoice) -> Result<Self, Problem> {
        let (kind, _) = executors.choose(executor)?;
        let device_name = match (kind, &executors.info.gpu) {
            (ExecutorKind::Gpu, Some(name)) => name.clone(),
            _ => "The main processor".to_owned(),
        };
        Ok(Self { device_name, load: Load::Nothing(executors.open(kind).await?) })
    }

    /// Does one part; the result, and words to attach.
    pub async fn perform(&mut self, command: Bench, attachments: Vec<Attachment>) -> Result<(BenchResult, Vec<u8>), Problem> {
        let mut result = BenchResult {
            seconds: 0.0,
            device: self.device_name.clone(),
            loss: None,
            tokens: Vec::new(),
            parameters: 0,
            flops_per_token: 0.0,
        };
        let started = platform::now();
        let mut bytes = Vec::new();
        match (command, &mut self.load) {
            (Bench::Open { .. }, _) => {}
            (Bench::Matmul { m, k, n }, _) => {
                let [a, b] = matrices(attachments, [m * k, k * n])?;
                self.load = Load::Matmul(Matmul::new(self.empty()?, [m, k, n], &a, &b).await?);
            }
            (Bench::Multiply { times }, Load::Matmul(matmul)) => matmul.multiply(times).await?,
            (Bench::Product, Load::Matmul(matmul)) => {
                let product: Vec<f32> = matmul.device.read(matmul.product, 0, matmul.len).await?;
                bytes = bytemuck::cast_slice(&product).to_vec();
            }
            (Bench::Model { spec, vocab }, _) => {
                let training = Training::new(self.empty()?, spec, vocab).await?;
                result.parameters = training.model.config.parameters();
                result.flops_per_token = training.model.config.train_flops_per_token();
                self.load = Load::Model(Box::new(training));
            }
            (Bench::Step, Load::Model(training)) => result.loss = Some(training.step().await?),
            (Bench::Generate { tokens }, Load::Model(training)) => result.tokens = training.generate(tokens).await?,
            _ => return Err(Problem::new(Subject::Device, "This part of the benchmark needs another before it: a matrix or a model.")),
        }
        result.seconds = (platform::now() - started) / 1000.0;
        Ok((result, bytes))
    }

    /// The device, emptied.
    fn empty(&mut self) -> Result<Device, Problem> {
        let mut device = match mem::replace(&mut self.load, Load::Gone) {
            Load::Nothing(device) => device,
            Load::Matmul(matmul) => matmul.device,
            Load::Model(training) => training.model.device,
            Load::Gone => return Err(Problem::new(Subject::Device, "The last benchmark failed: open the device again.")),
        };
        device.clear();
        Ok(device)
    }
}

impl Matmul {
    /// a [m,k] times b [k,n]: the product that gives a layer's input gradient, with b in the place of the weight.
    async fn new(mut device: Device, [m, k, n]: [u32; 3], a: &[f32], b: &[f32]) -> Result<Self, EngineError> {
        let len = (m * n) as usize;
        let mut put = |name: &str, len: usize| device.buffer(name, len).map(|buffer| persistent(buffer, 0..len));
        let [left, right, product] = [put("The left matrix", a.len())?, put("The right matrix", b.len())?, put("The product", len)?];
        // On an empty device buffers are numbered from 0.
        device.write(BufferId(0), 0, a);
        device.write(BufferId(1), 0, b);
        let mut recorder = Recorder::default();
        recorder.call(Kernel::MatmulInputBackward, &[left, right, product], dims([m, k, n]));
        let program = device.load(recorder.finish("a matrix product")).await?;
        Ok(Self { device, program, product: BufferId(2), len })
    }

    async fn multiply(&mut self, times: u32) -> Result<(), EngineError> {
        for _ in 0..times {
            self.device.run(self.program, &StepParams::default()).await?;
        }
        self.device.finish().await
    }
}

impl Training {
    async fn new(device: Device, spec: RunSpec, vocab: u32) -> Result<Self, Problem> {
        let config: ModelConfig = spec.model(vocab);
        if let Some((_, message)) = config.problem() {
            return Err(Problem::new(Subject::Model, message));
        }
        let rows = spec.batch * config.context;
        let token = |stream: u64, row: u32| rng::below(rng::stream(spec.seed, stream), row.into(), vocab.into()) as u32;
        let batch = Batch {
            ids: (0..rows).map(|row| token(0, row)).collect(),
            targets: (0..rows).map(|row| token(1, row)).collect(),
            weights: vec![1.0 / rows as f32; rows as usize],
        };
        let mut model = Model::new(device, config, spec.batch).await?;
        model.init(spec.seed);
        Ok(Self { model, spec, batch, step: 0 })
    }

    async fn step(&mut self) -> Result<f32, EngineError> {
        self.step += 1;
        self.model.accumulate(&self.batch).await?;
        self.model.update(&step_params(&self.spec, self.spec.lr, self.step)).await?;
        Ok(self.model.results(self.step, self.step).await?[0].loss)
    }

    async fn generate(&mut self, count: u32) -> Result<Vec<u32>, EngineError> {
        let mut tokens = vec![1];
        for position in 0..count {
            let step = StepParams { position, temperature: 0.0, ..StepParams::default() };
            tokens.push(self.model.decode(tokens[position as usize], &step).await?.choice);
        }
        Ok(tokens.split_off(1))
    }
}

/// Two attached matrices of these many words.
fn matrices(attachments: Vec<Attachment>, words: [u32; 2]) -> Result<[Vec<f32>; 2], Problem> {
    let bytes = attachments.into_iter().filter_map(|attachment| match attachment {
        Attachment::Bytes(bytes) => Some(bytemuck::pod_collect_to_vec(&bytes)),
        Attachment::File(_) => None,
    });
    let found: Vec<Vec<f32>> = bytes.collect();
    let fits = found.len() == 2 && found.iter().zip(words).all(|(matrix, words)| matrix.len() == words as usize);
    let wrong = || Problem::new(Subject::Device, "A matrix product needs two matrices of f32 words that fit its shape.");
    if fits { found.try_into().map_err(|_| wrong()) } else { Err(wrong()) }
}
