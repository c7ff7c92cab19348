//! The training loop of every stage: one pass at a time, so that commands and writing get their turn.

use std::rc::Rc;

use super::checkpoint::{Checkpoint, Meta, Snapshot};
use super::executors::Executors;
use super::message::{Problem, Sink};
use super::meter::{Clock, Meter};
use super::prepare::Prepared;
use crate::engine::EngineError;
use crate::engine::device::Device;
use crate::engine::kernels::RING;
use crate::engine::program::StepParams;
use crate::nn::model::{Batch, Model, State};
use crate::platform::{now, unix_time};
use crate::protocol::{Event, ExecutorKind, History, RunInfo, Sample, Speed, StepMetrics, Validation};
use crate::spec::{ModelConfig, RunSpec};
use crate::stages::stage::{Next, Position, Stage};
use crate::url;

/// Milliseconds between two looks at the metrics.
const LOOK: f64 = 100.0;
/// Milliseconds between two copies of the weights for the case that training diverges or the GPU is lost.
const COPY: f64 = 10_000.0;
/// Training has diverged when the norm of the gradient is this many times what it usually is.
const EXPLODED: f32 = 1e4;
/// Tokens that are told of what is being read.
const READING: usize = 24;
/// Tokens of a sample, and how they are drawn.
const SAMPLE: u32 = 64;
const SAMPLE_TEMPERATURE: f32 = 0.8;

/// A run: its model, its stage, where it stands and what it measured.
pub struct Trainer {
    pub info: RunInfo,
    pub prepared: Rc<Prepared>,
    pub model: Model,
    stage: Box<dyn Stage>,
    /// Why it runs on its executor.
    why: String,
    /// Whether its device is gone, or one of the workers.
    pub lost: bool,
    pub clock: Clock,
    /// Steps whose metrics were read.
    read: u32,
    /// Steps between two looks at the metrics.
    stride: u32,
    meter: Meter,
    /// FLOP/s that the device reaches.
    peak: f64,
    /// The norm of the gradient, smoothed.
    usual_norm: Option<f32>,
    /// The beginning of what the last pass read.
    reading: Vec<u32>,
    good: Option<Good>,
}

/// Where training stood when all was well.
struct Good {
    state: State,
    position: Position,
    seconds: f64,
    taken: f64,
}

/// What a slice of training came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    More,
    Finished,
}

/// Why training cannot go on.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The loss, the gradient or a validation left all bounds at about this step.
    Diverged(u32),
    Engine(EngineError),
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl Trainer {
    /// Builds the model with fresh weights.
    ///
    /// # Errors
    /// Where the text is shorter than the context, or the model does not fit.
    pub async fn new(
        executors: &Executors,
        name: String,
        spec: RunSpec,
        prepared: Rc<Prepared>,
        executor: (ExecutorKind, String),
    ) -> Result<Self, Problem> {
        let config = spec.model(prepared.tokenizer.vocab_size() as u32);
        prepared.check_length(config.context)?;
        executors.check_fit(executor.0, &Model::requirements(&config, spec.batch))?;
        let (device, why) = executors.open_chosen(spec.executor, executor).await?;
        let kind = device.kind();
        let (mut model, peak) = build(executors, device, &spec, &config).await?;
        model.init(spec.seed);
        let threads = model.threads();
        let info = RunInfo {
            run: name,
            executor: kind,
            why: said(&why, threads),
            parameters: config.parameters(),
            memory: u64::from(threads) * Model::requirements(&config, spec.batch / threads).total,
            train_tokens: prepared.train_tokens(&spec),
            validation_tokens: prepared.data.validation.len() as u64,
            bytes_per_token: prepared.data.bytes_per_token() as f32,
            flops_per_token: config.train_flops_per_token(),
            history: History::default(),
            lr: spec.lr,
            model: config,
            spec,
        };
        Ok(Self {
            stage: Box::new(prepared.pretraining(&info.spec, info.model.context)),
            info,
            prepared,
            model,
            why,
            lost: false,
            clock: Clock::default(),
            read: 0,
            stride: 1,
            meter: Meter::default(),
            peak,
            usual_norm: None,
            reading: Vec::new(),
            good: None,
        })
    }

    /// Steps done.
    pub fn step(&self) -> u32 {
        self.stage.step()
    }

    /// The step that [`Self::go_back`] goes back to.
    pub fn good_step(&self) -> u32 {
        self.good.as_ref().map_or(0, |good| good.position.step)
    }

    /// Whether nothing is left to do: all steps are done and validated.
    pub fn is_finished(&self) -> bool {
        let validated = self.info.history.validations.last().map(|validation| validation.step);
        self.step() == self.info.spec.steps && validated == Some(self.step())
    }

    pub fn set_learning_rate(&mut self, lr: f32) {
        self.info.lr = lr;
        self.stage.set_learning_rate(lr);
    }

    /// Does what the stage needs next: one forward and backward pass, or the losses of one batch.
    ///
    /// # Errors
    /// [`Trouble`]; the weights may be worthless after it, [`Self::go_back`] restores them.
    pub async fn advance(&mut self, sink: &Sink) -> Result<Progress, Trouble> {
        match self.stage.next() {
            Next::Done => {
                self.look(sink).await?;
                return Ok(Progress::Finished);
            }
            Next::Score(batch) => {
                // What was trained until now shows first.
                self.look(sink).await?;
                let losses = self.model.losses(&batch).await?;
                self.validated(&batch, &losses, sink).await?;
            }
            Next::Learn { batch, update } => {
                let started = now();
                self.model.accumulate(&batch).await?;
                let ends_step = update.is_some();
                if let Some(step) = update {
                    self.model.update(&step).await?;
                } else if self.stride == 1 {
                    // Passes are queued behind each other only where a whole step is short.
                    self.model.device.finish().await?;
                }
                self.meter.worked(now() - started);
                self.reading = batch.ids[..READING.min(batch.ids.len())].to_vec();
                if ends_step && self.step() - self.read >= self.stride {
                    self.look(sink).await?;
                }
            }
        }
        Ok(Progress::More)
    }

    /// Whether a sample is due: after 0, 10, 100 … steps and at the end.
    pub fn owes_sample(&self) -> bool {
        let step = self.step();
        let is_due = step == self.info.spec.steps || step == 0 || (1..=6).any(|power| step == 10_u32.pow(power));
        is_due && self.info.history.samples.last().is_none_or(|sample| sample.step != step)
    }

    /// Writes a sample, as a document begins. Nothing else may be written meanwhile.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn sample(&mut self, sink: &Sink) -> Result<(), EngineError> {
        let (tokenizer, step) = (&self.prepared.tokenizer, self.step());
        let (mut token, mut written) = (self.prepared.start_of_document().last().copied().unwrap_or_default(), Vec::new());
        for position in 0..SAMPLE.min(self.info.model.context) {
            let params = StepParams { position, seed: position, temperature: SAMPLE_TEMPERATURE, top_p: 1.0, ..StepParams::default() };
            token = self.model.decode(token, &params).await?.choice;
            if Some(token) == tokenizer.separator() {
                break;
            }
            written.push(token);
        }
        let sample = Sample { step, text: tokenizer.decode_text(&written) };
        self.info.history.samples.push(sample.clone());
        sink.send(Event::Sample(sample));
        Ok(())
    }

    /// Reads the metrics of all steps done so far. Waits for the device, which keeps its queue short.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn look(&mut self, sink: &Sink) -> Result<(), Trouble> {
        let step = self.step();
        if self.read == step {
            return Ok(());
        }
        let started = now();
        let results = self.model.results(self.read + 1, step).await?;
        self.meter.worked(now() - started);
        let seconds = self.clock.seconds() as f32;
        let mut metrics = Vec::new();
        for (step, result) in (self.read + 1..).zip(&results) {
            let norm = result.gradient_norm;
            let usual = self.usual_norm.map_or(norm, |usual| 0.9 * usual + 0.1 * norm);
            if !(result.loss.is_finite() && norm.is_finite()) || self.usual_norm.is_some_and(|usual| norm > EXPLODED * usual) {
                return Err(Trouble::Diverged(step));
            }
            self.usual_norm = Some(usual);
            let measured = self.stage.learnt(step, result).map_err(|_| Trouble::Diverged(step))?;
            metrics.push(StepMetrics { seconds, ..measured });
        }
        let steps = step - self.read;
        self.read = step;
        let tokens_per_second = self.meter.measured(u64::from(steps) * self.info.spec.tokens_per_step());
        let step_time = 1000.0 * self.info.spec.tokens_per_step() as f64 / tokens_per_second;
        self.stride = (LOOK / step_time).clamp(1.0, RING as f64) as u32;
        self.info.history.add_steps(&metrics);
        sink.send(Event::Steps(metrics));
        let tokens = self.reading.iter().map(|&id| self.prepared.tokenizer.token_text(id)).collect();
        sink.send(Event::Reading { tokens });
        let flops_per_second = tokens_per_second * self.info.flops_per_token;
        // Short measurements vary, and a run may come to more than the best of them.
        self.peak = self.peak.max(flops_per_second);
        let left = u64::from(self.info.spec.steps - step) * self.info.spec.tokens_per_step();
        sink.send(Event::Speed(Speed {
            tokens_per_second: tokens_per_second as f32,
            flops_per_second,
            peak_flops_per_second: self.peak,
            seconds_left: (left as f64 / tokens_per_second) as f32,
        }));
        Ok(())
    }

    /// Where the run stands and all that training changed, for a checkpoint.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn stand(&mut self, sink: &Sink) -> Result<Snapshot<'_>, Trouble> {
        let good = self.copy(sink).await?;
        let (info, text) = (&self.info, &self.prepared.text);
        let History { steps, validations, .. } = &info.history;
        let validated = validations.last().map(|validation| validation.bits_per_byte);
        let meta = Meta {
            run: info.run.clone(),
            spec: url::in_full(&info.spec),
            vocab: info.model.vocab,
            tokens: [info.train_tokens, info.validation_tokens],
            step: good.position.step,
            reading: good.position.reading,
            steps: info.spec.steps,
            lr: info.lr,
            seconds: good.seconds,
            parameters: info.parameters,
            bits_per_byte: validated.or(steps.last().map(|metrics| metrics.bits_per_byte)),
            samples: info.history.samples.clone(),
            text: text.checksum(),
            text_name: text.summary.name.clone(),
            saved: unix_time(),
        };
        let tokenizer = self.prepared.tokenizer.to_json();
        Ok(Snapshot { meta, model: &info.model, history: &info.history, tokenizer, state: &self.good.insert(good).state })
    }

    /// A copy of all that training changes, after the last whole step. Weights that a last update blew up are not good, even if
    /// the loss before it was.
    async fn copy(&mut self, sink: &Sink) -> Result<Good, Trouble> {
        self.look(sink).await?;
        let state = self.model.state().await?;
        if !state.parameters.iter().all(|weight| weight.is_finite()) {
            return Err(Trouble::Diverged(self.step()));
        }
        Ok(Good { state, position: self.stage.position(), seconds: self.clock.seconds(), taken: now() })
    }

    /// Puts the model back to where all was well, or to fresh weights; what was measured since is forgotten.
    pub fn go_back(&mut self) {
        let position = match &self.good {
            Some(good) => {
                self.model.set_state(&good.state);
                self.clock = Clock::at(good.seconds);
                good.position
            }
            None => {
                self.model.init(self.info.spec.seed);
                self.clock = Clock::default();
                Position::default()
            }
        };
        let step = position.step;
        (self.read, self.usual_norm) = (step, None);
        let History { steps, validations, samples } = &mut self.info.history;
        steps.retain(|metrics| metrics.step <= step);
        validations.retain(|validation| validation.step <= step);
        samples.retain(|sample| sample.step <= step);
        let is_validated = validations.last().is_some_and(|validation| validation.step == step);
        self.stage.go_to(position, !is_validated);
    }

    /// Goes on from a checkpoint of the same shape.
    pub fn restore(&mut self, checkpoint: Checkpoint) {
        let Meta { step, reading, lr, seconds, .. } = checkpoint.meta;
        self.good = Some(Good { state: checkpoint.state, position: Position { step, reading }, seconds, taken: now() });
        self.info.history = checkpoint.history;
        self.set_learning_rate(lr);
        self.go_back();
    }

    /// Builds the model anew after its device or a worker was lost: on another GPU device, or else on the CPU, with those left.
    ///
    /// # Errors
    /// When it cannot be built there either.
    pub async fn rebuild(&mut self, executors: &Executors) -> Result<(), Problem> {
        let (kind, device) = match executors.open(self.info.executor).await {
            Ok(device) => (self.info.executor, device),
            Err(_) => (ExecutorKind::Cpu, executors.open(ExecutorKind::Cpu).await?),
        };
        if kind != self.info.executor {
            self.info.executor = kind;
            self.why = "The graphics processor was lost, so the main processor goes on.".into();
        }
        self.model.disband();
        (self.model, self.peak) = build(executors, device, &self.info.spec, &self.info.model).await?;
        self.info.why = said(&self.why, self.model.threads());
        self.lost = false;
        self.go_back();
        Ok(())
    }

    async fn validated(&mut self, batch: &Batch, losses: &[f32], sink: &Sink) -> Result<(), Trouble> {
        let Some(measured) = self.stage.scored(batch, losses) else { return Ok(()) };
        let validation = Validation { seconds: self.clock.seconds() as f32, ..measured };
        if !validation.bits_per_byte.is_finite() {
            return Err(Trouble::Diverged(self.step()));
        }
        self.info.history.add_validation(validation);
        sink.send(Event::Validation(validation));
        if self.good.as_ref().is_none_or(|good| now() - good.taken > COPY) {
            self.good = Some(self.copy(sink).await?);
        }
        Ok(())
    }
}

/// A model with as many workers as suit it, and the FLOP/s that they reach together, if each reaches what this one does alone.
async fn build(executors: &Executors, mut device: Device, spec: &RunSpec, config: &ModelConfig) -> Result<(Model, f64), EngineError> {
    let peak = executors.peak(&mut device).await?;
    let team = executors.pool.team(executors.threads(device.kind(), spec, config)).await;
    let model = Model::shared(device, team, config.clone(), spec.batch).await?;
    executors.remember().await;
    let threads = f64::from(model.threads());
    Ok((model, peak * threads))
}

/// Why a run computes where it does, and with how many workers.
fn said(why: &str, threads: u32) -> String {
    if threads == 1 { why.to_owned() } else { format!("{why} {threads} workers share each batch.") }
}
