//! Benchmarks, on a device of their own: matrix products, training steps and generation, each answered when the device has
//! finished.

use std::mem;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;

use super::executors::Executors;
use super::message::{Attachment, Problem};
use super::storage::Storage;
use crate::engine::EngineError;
use crate::engine::device::{Device, ProgramId};
use crate::engine::kernels::Kernel;
use crate::engine::program::{BufferId, Recorder, StepParams};
use crate::engine::roofline::Roofline;
use crate::engine::selftest;
use crate::engine::team::{Team, cores};
use crate::nn::group::Group;
use crate::nn::model::{Batch, Model};
use crate::nn::optimizer::step_params;
use crate::nn::profile::profile;
use crate::nn::transformer::{dims, persistent};
use crate::protocol::bench::{Bench, Found, TilesReport};
use crate::protocol::{DeviceInfo, ExecutorKind, Subject, version};
use crate::rng;
use crate::spec::{ModelConfig, RunSpec};
use crate::url;

/// A part of a benchmark as it comes in: JSON, and what is beside it.
pub type Part = (String, Vec<Attachment>);

/// Performs one part after the other, and answers each as [`Bench`] says, with bytes to attach.
pub async fn serve(mut parts: UnboundedReceiver<Part>, storage: Option<Storage>, answer: impl Fn(String, Vec<u8>)) {
    let mut bencher = None;
    while let Some((json, attachments)) = parts.next().await {
        let (result, bytes) = match perform(&mut bencher, &storage, &json, attachments).await {
            Ok((result, bytes)) => (Ok(result), bytes),
            Err(problem) => (Err(problem.message), Vec::new()),
        };
        answer(serde_json::to_string(&result).unwrap_or_default(), bytes);
    }
}

async fn perform(
    bencher: &mut Option<Bencher>,
    storage: &Option<Storage>,
    json: &str,
    attachments: Vec<Attachment>,
) -> Result<(Found, Vec<u8>), Problem> {
    let refusal = |message: String| Problem::new(Subject::Device, message);
    let part = serde_json::from_str(json).map_err(|error| refusal(format!("This is no part of a benchmark: {error}.")))?;
    if let Bench::Open { executor } = part {
        let executors = Executors::probe(storage.clone()).await;
        let (kind, _) = executors.choose(executor)?;
        let DeviceInfo { gpu, why, .. } = executors.info.clone();
        let load = Load::Nothing(executors.open(kind).await?);
        *bencher = Some(Bencher { executors, load });
        let device = gpu.clone().filter(|_| kind == ExecutorKind::Gpu).unwrap_or_else(|| "The main processor".into());
        return Ok((Found::Opened { version: version(), device, gpu: gpu.is_some(), why }, Vec::new()));
    }
    let begun = bencher.as_mut().ok_or_else(|| refusal("A benchmark begins with the executor that it runs on.".into()))?;
    begun.perform(part, attachments).await
}

/// What a benchmark holds.
struct Bencher {
    executors: Executors,
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

/// A product whose rows this worker and the team share evenly.
struct Matmul {
    device: Device,
    team: Team,
    program: ProgramId,
    /// Words of a share.
    len: usize,
}

struct Training {
    model: Model,
    spec: RunSpec,
    batch: Batch,
    step: u32,
    /// Room for sequences side by side, once there are some.
    group: Option<Group>,
}

impl Bencher {
    /// Does one part; what it found, and bytes to attach.
    async fn perform(&mut self, part: Bench, attachments: Vec<Attachment>) -> Result<(Found, Vec<u8>), Problem> {
        let mut bytes = Vec::new();
        let found = match (part, &mut self.load) {
            (Bench::Matmul { m, k, n }, _) => {
                let [a, b] = matrices(attachments, [m * k, k * n])?;
                let device = self.empty()?;
                let threads = if device.kind() == ExecutorKind::Cpu { cores() } else { 1 };
                let team = self.executors.pool.team(threads).await;
                self.load = Load::Matmul(Matmul::new(device, team, [m, k, n], &a, &b).await?);
                Found::Done {}
            }
            (Bench::Multiply { times }, Load::Matmul(matmul)) => {
                matmul.multiply(times).await?;
                Found::Done {}
            }
            (Bench::Product, Load::Matmul(matmul)) => {
                bytes = bytemuck::cast_slice(&matmul.product().await?).to_vec();
                Found::Done {}
            }
            (Bench::Model { spec, vocab }, _) => {
                let spec = described(&spec)?;
                let training = Training::new(self.empty()?, spec, vocab, &self.executors).await?;
                let config = &training.model.config;
                let found = Found::Model { parameters: config.parameters(), flops_per_token: config.train_flops_per_token() };
                self.load = Load::Model(Box::new(training));
                found
            }
            (Bench::Step, Load::Model(training)) => Found::Step { loss: training.step().await? },
            (Bench::Generate { tokens } | Bench::Continue { tokens, .. }, Load::Model(training))
                if tokens >= training.model.config.context =>
            {
                let most = training.model.config.context - 1;
                return Err(Problem::new(Subject::Model, format!("This model writes {most} tokens at most: ask for fewer.")));
            }
            (Bench::Generate { tokens }, Load::Model(training)) => Found::Generated { tokens: training.generate(tokens).await? },
            (Bench::Continue { sequences, tokens }, Load::Model(training)) => {
                training.continue_many(sequences, tokens).await?;
                Found::Done {}
            }
            (Bench::Tiles, Load::Model(training)) => Found::Tiles { tiles: tiles(&training.model.device) },
            (Bench::Profile { spec, vocab }, _) => {
                // A call is measured on this worker alone, and so is the step beside it.
                let spec = RunSpec { threads: 1, ..described(&spec)? };
                let mut device = self.empty()?;
                let roofline = Roofline::measure(&mut device).await?;
                let mut training = Training::new(device, spec, vocab, &self.executors).await?;
                let found = profile(&mut training.model, &training.batch, &roofline).await?;
                self.load = Load::Nothing(training.model.device);
                Found::Profile(found)
            }
            (Bench::SelfTest, _) => {
                let mut device = self.empty()?;
                let mut kernels = selftest::run(&mut device).await?;
                kernels.extend(selftest::run_forms(&mut device).await?);
                self.load = Load::Nothing(self.executors.open(device.kind()).await?);
                Found::SelfTest { kernels }
            }
            _ => return Err(Problem::new(Subject::Device, "This part of the benchmark needs another before it: a matrix or a model.")),
        };
        self.executors.remember().await;
        Ok((found, bytes))
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

// On an empty device buffers are numbered from 0.
const LEFT: BufferId = BufferId(0);
const RIGHT: BufferId = BufferId(1);
const PRODUCT: BufferId = BufferId(2);

impl Matmul {
    /// a [m,k] times b [k,n]: the product that gives a layer's input gradient, with b in the place of the weight.
    async fn new(mut device: Device, mut team: Team, [m, k, n]: [u32; 3], a: &[f32], b: &[f32]) -> Result<Self, EngineError> {
        team.settle(&|threads| m.is_multiple_of(threads));
        let rows = m / team.threads();
        let [left, len] = [rows * k, rows * n].map(|words| words as usize);
        let sizes = [(LEFT, left), (RIGHT, b.len()), (PRODUCT, len)];
        let mut recorder = Recorder::default();
        let views = sizes.map(|(buffer, len)| persistent(buffer, 0..len));
        recorder.call(Kernel::MatmulInputBackward, &views, dims([rows, k, n]));
        let program = recorder.finish("a matrix product");
        team.load(&[&program]);
        let [a_words, b_words]: [&[u32]; 2] = [a, b].map(bytemuck::cast_slice);
        for (place, member) in team.members() {
            member.order(0, 0, &[(LEFT, &a_words[place * left..(place + 1) * left]), (RIGHT, b_words)], &[]);
        }
        team.answers(&mut |_| {}).await?;
        for (name, (_, len)) in ["The left matrix", "The right matrix", "The product"].into_iter().zip(sizes) {
            device.buffer(name, len)?;
        }
        device.write(LEFT, 0, &a[..left]);
        device.write(RIGHT, 0, b);
        let program = device.load(program).await?;
        Ok(Self { device, team, program, len })
    }

    async fn multiply(&mut self, times: u32) -> Result<(), EngineError> {
        self.team.members().for_each(|(_, member)| member.order(0, times, &[], &[]));
        for _ in 0..times {
            self.device.run(self.program, &StepParams::default()).await?;
        }
        self.device.finish().await?;
        self.team.answers(&mut |_| {}).await
    }

    /// All shares of the last product, one after the other.
    async fn product(&mut self) -> Result<Vec<u32>, EngineError> {
        let len = self.len;
        self.team.members().for_each(|(_, member)| member.order(0, 0, &[], &[(PRODUCT, len)]));
        let mut product = self.device.read(PRODUCT, 0, len).await?;
        self.team.answers(&mut |mut answer| answer.append(&mut product, len)).await?;
        Ok(product)
    }
}

impl Training {
    async fn new(device: Device, spec: RunSpec, vocab: u32, executors: &Executors) -> Result<Self, Problem> {
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
        let team = executors.pool.team(executors.threads(device.kind(), &spec, &config)).await;
        let mut model = Model::shared(device, team, config, spec.batch).await?;
        model.init(spec.seed);
        Ok(Self { model, spec, batch, step: 0, group: None })
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

    async fn continue_many(&mut self, sequences: u32, count: u32) -> Result<(), EngineError> {
        if self.group.as_ref().is_none_or(|group| group.sequences != sequences) {
            self.group = Some(self.model.group(sequences).await?);
        }
        let Some(group) = &self.group else { return Ok(()) };
        group.begin(&mut self.model.device, &vec![vec![1]; sequences as usize]);
        for position in 0..count {
            group.advance(&mut self.model.device, &StepParams { position, ..StepParams::default() }).await?;
        }
        group.continued(&mut self.model.device, count as usize + 1).await.map(drop)
    }
}

/// The tiles of a GPU's products, as far as they were used.
fn tiles(device: &Device) -> Vec<TilesReport> {
    let Device::Gpu(gpu) = device else { return Vec::new() };
    let report = |(kernel, outputs, tiles): (Kernel, _, _)| TilesReport { kernel: kernel.name(), outputs, tiles: format!("{tiles:?}") };
    gpu.tuning().report().into_iter().map(report).collect()
}

/// The spec that an address describes, which must all make sense.
fn described(fragment: &str) -> Result<RunSpec, Problem> {
    let (spec, notes) = url::from_fragment(fragment);
    notes.into_iter().next().map_or(Ok(spec), |note| Err(Problem::new(Subject::Model, note)))
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
