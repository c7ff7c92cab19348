//! The model on a device: train, evaluate, decode.
//!
//! With a team, each member holds a replica for an even share of the batch's sequences. This worker's weights and moments are
//! the ones that count: members get the weights when these have changed, and their gradients are added to its own in the order
//! of the members, so that training comes to the same each time for the same number of workers.

use std::mem;

use super::layout::Layout;
use super::transformer::{Buffers, Transformer, cache_stride, dims, persistent, rope_table};
use crate::engine::EngineError;
use crate::engine::device::{Device, ProgramId};
use crate::engine::kernels::{Kernel, METRICS, RING};
use crate::engine::program::{BufferId, Program, Recorder, StepParams, shared_slots};
use crate::engine::team::{Answer, Team};
use crate::spec::ModelConfig;

/// Sequences to learn from, and the signal: how much each target counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Token ids [B,T].
    pub ids: Vec<u32>,
    /// The token that should follow each [B,T].
    pub targets: Vec<u32>,
    /// Weight of each target's loss [B,T]; pretraining gives each 1 / (tokens of the step).
    pub weights: Vec<f32>,
}

/// What a step measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepResult {
    /// Weighted sum of the losses, in nats.
    pub loss: f32,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f32,
}

/// What decoding put out for one sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The token drawn.
    pub choice: u32,
    /// [V]
    pub logits: Vec<f32>,
}

/// The memory that a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// Bytes in all: weights, gradients, optimizer state, activations, caches.
    pub total: u64,
    /// Bytes of the largest single buffer.
    pub largest: u64,
    /// Bytes of a [`State`].
    pub state: u64,
}

/// Everything that training changes besides the step counter; each in [`Layout`]'s order.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub parameters: Vec<f32>,
    pub moment1: Vec<f32>,
    pub moment2: Vec<f32>,
}

/// A transformer on a device, for batches of a fixed shape.
pub struct Model {
    pub config: ModelConfig,
    pub layout: Layout,
    /// B: sequences of a batch.
    pub batch: u32,
    pub device: Device,
    team: Team,
    /// Whether the weights have changed since the team got them.
    changed: bool,
    pub(super) buffers: Buffers,
    train: ProgramId,
    update: ProgramId,
    evaluate: ProgramId,
    decode: ProgramId,
}

impl Model {
    /// What a model of this shape needs, without building it.
    pub fn requirements(config: &ModelConfig, batch: u32) -> Requirements {
        let layout = Layout::new(config);
        let programs = Programs::record(config, &layout, &numbered(), batch);
        let persistent = buffer_sizes(config, &layout, batch).map(|(_, words)| words);
        let slots = shared_slots(programs.all());
        let bytes = persistent.into_iter().chain(slots).map(|words| 4 * words as u64);
        let state = 3 * 4 * layout.len as u64;
        bytes.fold(Requirements { total: 0, largest: 0, state }, |sum, bytes| Requirements {
            total: sum.total + bytes,
            largest: sum.largest.max(bytes),
            state,
        })
    }

    /// What a training step of such a model runs, as recorded: the pass over a batch, then the update.
    pub fn recorded_step(config: &ModelConfig, batch: u32) -> [Program; 2] {
        let Programs { train, update, .. } = Programs::record(config, &Layout::new(config), &numbered(), batch);
        [train, update]
    }

    /// What [`Requirements::total`] would be, were no two tensors to share memory.
    pub fn unplanned(config: &ModelConfig, batch: u32) -> u64 {
        let layout = Layout::new(config);
        let persistent = buffer_sizes(config, &layout, batch).map(|(_, words)| words);
        let temporary = recordings(config, &layout, &numbered(), batch).map(|recorder| recorder.unplanned());
        persistent.into_iter().chain(temporary).map(|words| 4 * words as u64).sum()
    }

    /// Builds the model on an empty device, with all parameters zero.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when it does not fit; errors of loading its programs.
    pub fn new(device: Device, config: ModelConfig, batch: u32) -> impl Future<Output = Result<Self, EngineError>> {
        Self::shared(device, Team::default(), config, batch)
    }

    /// The same on a CPU, with as many of a team as share the batch evenly and can hold their share.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub async fn shared(mut device: Device, mut team: Team, config: ModelConfig, batch: u32) -> Result<Self, EngineError> {
        let layout = Layout::new(&config);
        // On an empty device buffers are numbered from 0.
        let buffers = numbered();
        let (share, programs) = loop {
            team.settle(&|threads| batch.is_multiple_of(threads));
            let share = batch / team.threads();
            let programs = Programs::record(&config, &layout, &buffers, share);
            team.load(&[&programs.train, &programs.evaluate]);
            if team.answers(&mut |_| {}).await.is_ok() {
                break (share, programs);
            }
        };
        let Requirements { largest, .. } = Self::requirements(&config, share);
        if largest > device.largest_buffer() {
            let what = format!("This model with {batch} sequences of {} tokens", config.context);
            return Err(EngineError::TooLarge { what, needed: largest, available: device.largest_buffer() });
        }
        for (name, words) in buffer_sizes(&config, &layout, share) {
            device.buffer(name, words)?;
        }
        device.write(buffers.rope_table, 0, &rope_table(&config));
        let Programs { train, update, evaluate, decode } = programs;
        let train = device.load(train).await?;
        let update = device.load(update).await?;
        let evaluate = device.load(evaluate).await?;
        let decode = device.load(decode).await?;
        Ok(Self { config, layout, batch, device, team, changed: true, buffers, train, update, evaluate, decode })
    }

    /// Workers that share each batch, this one too.
    pub fn threads(&self) -> u32 {
        self.team.threads()
    }

    /// Lets the team go, for another model; this one cannot train any more.
    pub fn disband(&mut self) {
        self.team = Team::default();
    }

    /// Gives fresh parameters, and forgets what the optimizer gathered.
    pub fn init(&mut self, seed: u32) {
        let zeros = vec![0.0; self.layout.len];
        self.set_state(&State { parameters: self.layout.init(seed), moment1: zeros.clone(), moment2: zeros });
    }

    pub fn set_state(&mut self, state: &State) {
        self.device.write(self.buffers.parameters, 0, &state.parameters);
        self.device.write(self.buffers.moment1, 0, &state.moment1);
        self.device.write(self.buffers.moment2, 0, &state.moment2);
        self.device.write(self.buffers.gradients, 0, &vec![0f32; self.layout.len]);
        self.device.write(self.buffers.metrics, 0, &[0f32; METRICS]);
        self.changed = true;
    }

    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn state(&mut self) -> Result<State, EngineError> {
        let len = self.layout.len;
        Ok(State {
            parameters: self.parameters().await?,
            moment1: self.device.read(self.buffers.moment1, 0, len).await?,
            moment2: self.device.read(self.buffers.moment2, 0, len).await?,
        })
    }

    /// The weights alone, in [`Layout`]'s order.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn parameters(&mut self) -> Result<Vec<f32>, EngineError> {
        self.device.read(self.buffers.parameters, 0, self.layout.len).await
    }

    /// The gradients added up so far, in [`Layout`]'s order.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn gradients(&mut self) -> Result<Vec<f32>, EngineError> {
        self.device.read(self.buffers.gradients, 0, self.layout.len).await
    }

    /// Forward and backward: adds the batch's gradient and loss to what the step has gathered.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], [`EngineError::HelperLost`].
    pub async fn accumulate(&mut self, batch: &Batch) -> Result<(), EngineError> {
        let sums = [(self.buffers.gradients, self.layout.final_norm.end), (self.buffers.metrics, 1)];
        self.put(0, batch, &sums);
        self.device.run(self.train, &StepParams::default()).await?;
        let Device::Cpu(cpu) = &mut self.device else { return Ok(()) };
        let add = &mut |mut answer: Answer| {
            for (buffer, len) in sums {
                if let Some(sums) = cpu.words(buffer) {
                    answer.add(&mut sums[..len]);
                }
            }
        };
        self.team.answers(add).await
    }

    /// The programs of [`Self::recorded_step`] on the device.
    pub fn loaded_step(&self) -> [ProgramId; 2] {
        [self.train, self.update]
    }

    /// Ends a step: clips the gradient, updates the parameters by AdamW, zeroes the gradient. `step.step` counts from 1.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn update(&mut self, step: &StepParams) -> Result<(), EngineError> {
        self.changed = true;
        self.device.run(self.update, step).await
    }

    /// What steps `first..=last` (from 1) measured; only the last [`RING`] are remembered. Waits for them.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn results(&mut self, first: u32, last: u32) -> Result<Vec<StepResult>, EngineError> {
        debug_assert!((last + 1 - first) as usize <= RING);
        let metrics: Vec<f32> = self.device.read(self.buffers.metrics, 0, METRICS).await?;
        let entry = |step: u32| {
            let place = 2 + 2 * ((step - 1) as usize % RING);
            StepResult { loss: metrics[place], gradient_norm: metrics[place + 1] }
        };
        Ok((first..=last).map(entry).collect())
    }

    /// The loss of each target [B,T], in nats and unweighted.
    ///
    /// # Errors
    /// As [`Self::accumulate`].
    pub async fn losses(&mut self, batch: &Batch) -> Result<Vec<f32>, EngineError> {
        let part = batch.ids.len() / self.threads() as usize;
        self.put(1, batch, &[(self.buffers.losses, part)]);
        self.device.run(self.evaluate, &StepParams::default()).await?;
        let mut losses = self.device.read(self.buffers.losses, 0, part).await?;
        self.team.answers(&mut |mut answer| answer.append(&mut losses, part)).await?;
        Ok(losses)
    }

    /// Reads one token of one sequence at `step.position` (which must follow the last, below the context) and draws the next
    /// as `step` says.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn decode(&mut self, token: u32, step: &StepParams) -> Result<Decoded, EngineError> {
        self.device.write(self.buffers.ids, 0, &[token]);
        self.device.run(self.decode, step).await?;
        let parts = [(self.buffers.choices, 0, 1), (self.buffers.logits, 0, self.config.vocab as usize)];
        let words = self.device.read_parts(&parts).await?;
        Ok(Decoded { choice: words[0], logits: words[1..].iter().map(|&word| f32::from_bits(word)).collect() })
    }

    /// Has the team run its program on its shares of the batch, and answer with `reads`; puts the first share on the device.
    fn put(&mut self, program: u32, batch: &Batch, reads: &[(BufferId, usize)]) {
        debug_assert_eq!(batch.ids.len(), (self.batch * self.config.context) as usize);
        let Buffers { parameters, gradients, metrics, ids, targets, weights, rope_table, .. } = self.buffers;
        let part = batch.ids.len() / self.threads() as usize;
        let changed = mem::take(&mut self.changed);
        if let Device::Cpu(cpu) = &self.device {
            let positions = (self.config.context * self.config.head_dim()) as usize;
            for (place, member) in self.team.members() {
                let share = place * part..(place + 1) * part;
                let writes = [
                    (ids, &batch.ids[share.clone()]),
                    (targets, &batch.targets[share.clone()]),
                    (weights, bytemuck::cast_slice(&batch.weights[share])),
                    (gradients, &[]),
                    (metrics, &[]),
                    (rope_table, cpu.read(rope_table, 0, positions)),
                    (parameters, cpu.read(parameters, 0, self.layout.final_norm.end)),
                ];
                member.order(program, 1, if changed { &writes } else { &writes[..5] }, reads);
            }
        }
        self.device.write(ids, 0, &batch.ids[..part]);
        self.device.write(targets, 0, &batch.targets[..part]);
        self.device.write(weights, 0, &batch.weights[..part]);
    }
}

/// The four programs of a model.
struct Programs {
    train: Program,
    update: Program,
    evaluate: Program,
    decode: Program,
}

impl Programs {
    fn record(config: &ModelConfig, layout: &Layout, buffers: &Buffers, batch: u32) -> Self {
        let [train, update, evaluate, decode] = recordings(config, layout, buffers, batch);
        Self {
            train: train.finish("a training step"),
            update: update.finish("the update"),
            evaluate: evaluate.finish("validation"),
            decode: decode.finish("generation"),
        }
    }

    fn all(&self) -> [&Program; 4] {
        [&self.train, &self.update, &self.evaluate, &self.decode]
    }
}

/// The calls of the four, in [`Programs`]' order.
fn recordings(config: &ModelConfig, layout: &Layout, buffers: &Buffers, batch: u32) -> [Recorder; 4] {
    let over = |batch, time| Transformer { config, layout, buffers, batch, time, recorder: Recorder::default() };

    let mut train = over(batch, config.context);
    let forward = train.forward();
    train.loss(&forward, true);
    train.backward(forward);

    let mut evaluate = over(batch, config.context);
    let forward = evaluate.forward();
    evaluate.loss(&forward, false);

    let mut decode = over(1, 1);
    decode.decode();

    [train.recorder, record_update(layout, buffers), evaluate.recorder, decode.recorder]
}

/// Gradient norm, clipping and AdamW over the flat buffers.
fn record_update(layout: &Layout, buffers: &Buffers) -> Recorder {
    let mut recorder = Recorder::default();
    let partials = recorder.tensor(256);
    let metrics = persistent(buffers.metrics, 0..METRICS);
    let Buffers { parameters, gradients, moment1, moment2, .. } = *buffers;
    let [parameters, gradients, moment1, moment2] =
        [parameters, gradients, moment1, moment2].map(|buffer| persistent(buffer, 0..layout.len));
    let len = layout.len as u32;
    recorder.call(Kernel::GradientNorm, &[gradients, partials], dims([len]));
    recorder.call(Kernel::ClipFactor, &[partials, metrics], dims([]));
    recorder.call(Kernel::AdamW, &[metrics, parameters, gradients, moment1, moment2], dims([len, layout.decayed as u32]));
    recorder
}

/// Name and words of each persistent buffer, in [`Buffers`]' order.
fn buffer_sizes(config: &ModelConfig, layout: &Layout, batch: u32) -> [(&'static str, usize); 14] {
    let rows = (batch * config.context) as usize;
    let cache = config.layers as usize * cache_stride(config, 1);
    [
        ("The model's weights", layout.len),
        ("The gradients", layout.len),
        ("The optimizer's first moments", layout.len),
        ("The optimizer's second moments", layout.len),
        ("The metrics", METRICS),
        ("The batch", rows),
        ("The targets", rows),
        ("The loss weights", rows),
        ("The losses", rows),
        ("The position table", (config.context * config.head_dim()) as usize),
        ("The key cache", cache),
        ("The value cache", cache),
        ("The logits", config.vocab as usize),
        ("The choices", 1),
    ]
}

fn named(ids: [BufferId; 14]) -> Buffers {
    let [parameters, gradients, moment1, moment2, metrics, ids, targets, weights, losses, rope_table, keys, values, logits, choices] = ids;
    Buffers { parameters, gradients, moment1, moment2, metrics, ids, targets, weights, losses, rope_table, keys, values, logits, choices }
}

/// Ids as an empty device gives them.
fn numbered() -> Buffers {
    named(std::array::from_fn(BufferId))
}
