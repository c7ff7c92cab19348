//! The model in training: one pass at a time, so that commands and writing get their turn.

use std::rc::Rc;

use super::checkpoint::{Checkpoint, Meta, Snapshot};
use super::executors::Executors;
use super::message::{Problem, Sink};
use super::meter::{Clock, Meter};
use super::prepare::Prepared;
use crate::engine::EngineError;
use crate::engine::device::Device;
use crate::engine::kernels::RING;
use crate::nn::model::{Model, State};
use crate::nn::optimizer::step_params;
use crate::platform::{now, unix_time};
use crate::protocol::{Event, ExecutorKind, History, RunInfo, Speed, StepMetrics, Validation};
use crate::spec::{ModelConfig, RunSpec};
use crate::stages::pretrain::{Evaluation, bits_per_byte};
use crate::url;

/// Milliseconds between two looks at the metrics.
const LOOK: f64 = 100.0;
/// Milliseconds between two copies of the weights for the case that training diverges or the GPU is lost.
const COPY: f64 = 10_000.0;
/// Held-out tokens that the last validation reads at most.
const LAST_VALIDATION: usize = 1 << 18;
/// Training has diverged when its smoothed loss is this many times what it was at the start.
const DIVERGED: f32 = 1.5;

/// A run: its model, where it stands and what it measured.
pub struct Run {
    pub info: RunInfo,
    pub prepared: Rc<Prepared>,
    pub model: Model,
    /// Why it runs on its executor.
    why: String,
    /// Whether its device is gone, or one of the workers.
    pub lost: bool,
    pub clock: Clock,
    /// Steps done.
    step: u32,
    /// Forward passes done of the next step.
    pass: u32,
    /// Steps whose metrics were read.
    read: u32,
    /// Steps between two looks at the metrics.
    stride: u32,
    meter: Meter,
    /// FLOP/s that the device reaches.
    peak: f64,
    /// The training loss, smoothed, in bits per byte.
    smoothed: Option<f32>,
    evaluation: Option<Evaluation>,
    good: Option<Good>,
}

/// Where training stood when all was well.
struct Good {
    state: State,
    step: u32,
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

impl Run {
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
            train_tokens: prepared.data.train.len() as u64,
            validation_tokens: prepared.data.validation.len() as u64,
            bytes_per_token: prepared.data.bytes_per_token() as f32,
            flops_per_token: config.train_flops_per_token(),
            history: History::default(),
            lr: spec.lr,
            model: config,
            spec,
        };
        Ok(Self {
            info,
            prepared,
            model,
            why,
            lost: false,
            clock: Clock::default(),
            step: 0,
            pass: 0,
            read: 0,
            stride: 1,
            meter: Meter::default(),
            peak,
            smoothed: None,
            evaluation: None,
            good: None,
        })
    }

    pub fn step(&self) -> u32 {
        self.step
    }

    /// Whether all steps are done and validated.
    pub fn is_finished(&self) -> bool {
        self.step == self.info.spec.steps && self.evaluation.is_none()
    }

    /// The step that [`Self::go_back`] goes back to.
    pub fn good_step(&self) -> u32 {
        self.good.as_ref().map_or(0, |good| good.step)
    }

    /// Trains by one forward and backward pass, or validates by one batch.
    ///
    /// # Errors
    /// [`Trouble`]; the weights may be worthless after it, [`Self::go_back`] restores them.
    pub async fn advance(&mut self, sink: &Sink) -> Result<Progress, Trouble> {
        if self.evaluation.is_some() {
            return self.evaluate(sink).await;
        }
        if self.is_finished() {
            return Ok(Progress::Finished);
        }
        let started = now();
        let spec = &self.info.spec;
        let batch = self.prepared.data.batch(spec, self.info.model.context, self.step, self.pass);
        self.model.accumulate(&batch).await?;
        self.pass += 1;
        // Passes are queued behind each other only where a whole step is short.
        if self.stride == 1 && self.pass < spec.accumulation {
            self.model.device.finish().await?;
        }
        if self.pass == spec.accumulation {
            let lr = self.info.spec.learning_rate(self.info.lr, self.step);
            self.model.update(&step_params(&self.info.spec, lr, self.step + 1)).await?;
            self.pass = 0;
            self.step += 1;
        }
        self.meter.worked(now() - started);
        if self.pass == 0 {
            let validates = self.step.is_multiple_of(self.info.spec.validate_every) || self.step == self.info.spec.steps;
            if validates || self.step - self.read >= self.stride {
                self.look(sink).await?;
            }
            if validates {
                self.begin_evaluation();
            }
        }
        Ok(Progress::More)
    }

    /// Reads the metrics of all steps done so far. Waits for the device, which keeps its queue short.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn look(&mut self, sink: &Sink) -> Result<(), Trouble> {
        if self.read == self.step {
            return Ok(());
        }
        let started = now();
        let results = self.model.results(self.read + 1, self.step).await?;
        self.meter.worked(now() - started);
        let mut metrics = Vec::new();
        for (step, result) in (self.read + 1..).zip(&results) {
            let bits_per_byte = bits_per_byte(f64::from(result.loss), f64::from(self.info.bytes_per_token)) as f32;
            let first =
                self.info.history.steps.first().or(metrics.first()).map_or(bits_per_byte, |first: &StepMetrics| first.bits_per_byte);
            let smoothed = self.smoothed.map_or(bits_per_byte, |smoothed| 0.9 * smoothed + 0.1 * bits_per_byte);
            if !bits_per_byte.is_finite() || !result.gradient_norm.is_finite() || smoothed > DIVERGED * first {
                return Err(Trouble::Diverged(step));
            }
            self.smoothed = Some(smoothed);
            let tokens = u64::from(step) * self.info.spec.tokens_per_step();
            let (lr, seconds) = (self.info.spec.learning_rate(self.info.lr, step - 1), self.clock.seconds() as f32);
            metrics.push(StepMetrics { step, tokens, bits_per_byte, gradient_norm: result.gradient_norm, lr, seconds });
        }
        let steps = self.step - self.read;
        self.read = self.step;
        let tokens_per_second = self.meter.measured(u64::from(steps) * self.info.spec.tokens_per_step());
        let step_time = 1000.0 * self.info.spec.tokens_per_step() as f64 / tokens_per_second;
        self.stride = (LOOK / step_time).clamp(1.0, RING as f64) as u32;
        self.info.history.add_steps(&metrics);
        sink.send(Event::Steps(metrics));
        let left = u64::from(self.info.spec.steps - self.step) * self.info.spec.tokens_per_step();
        sink.send(Event::Speed(Speed {
            tokens_per_second: tokens_per_second as f32,
            flops_per_second: tokens_per_second * self.info.flops_per_token,
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
        let History { steps, validations } = &info.history;
        let validated = validations.last().map(|validation| validation.bits_per_byte);
        let meta = Meta {
            run: info.run.clone(),
            spec: url::in_full(&info.spec),
            vocab: info.model.vocab,
            tokens: [info.train_tokens, info.validation_tokens],
            step: good.step,
            steps: info.spec.steps,
            lr: info.lr,
            seconds: good.seconds,
            parameters: info.parameters,
            bits_per_byte: validated.or(steps.last().map(|metrics| metrics.bits_per_byte)),
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
            return Err(Trouble::Diverged(self.step));
        }
        Ok(Good { state, step: self.step, seconds: self.clock.seconds(), taken: now() })
    }

    /// Puts the model back to where all was well, or to fresh weights; what was measured since is forgotten.
    pub fn go_back(&mut self) {
        match &self.good {
            Some(good) => {
                self.model.set_state(&good.state);
                (self.step, self.clock) = (good.step, Clock::at(good.seconds));
            }
            None => {
                self.model.init(self.info.spec.seed);
                (self.step, self.clock) = (0, Clock::default());
            }
        }
        let step = self.step;
        (self.pass, self.read, self.smoothed) = (0, step, None);
        let History { steps, validations } = &mut self.info.history;
        steps.retain(|metrics| metrics.step <= step);
        validations.retain(|validation| validation.step <= step);
        self.evaluation = None;
        let validated = validations.last().is_some_and(|validation| validation.step == step);
        let due = step > 0 && (step.is_multiple_of(self.info.spec.validate_every) || step == self.info.spec.steps);
        if due && !validated {
            self.begin_evaluation();
        }
    }

    /// Goes on from a checkpoint of the same shape.
    pub fn restore(&mut self, checkpoint: Checkpoint) {
        let Meta { step, lr, seconds, .. } = checkpoint.meta;
        self.good = Some(Good { state: checkpoint.state, step, seconds, taken: now() });
        (self.info.lr, self.info.history) = (lr, checkpoint.history);
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

    /// A validation costs about a tenth of the training since the last one (a forward pass is a third of a training step), but
    /// reads one batch at least; the last one reads everything within reason.
    fn begin_evaluation(&mut self) {
        let spec = &self.info.spec;
        let since = u64::from(spec.validate_every) * spec.tokens_per_step();
        let most = if self.step == spec.steps { LAST_VALIDATION } else { (since * 3 / 10) as usize };
        self.evaluation = Some(Evaluation::new(&self.prepared.data, self.info.model.context, spec.batch, most));
    }

    async fn evaluate(&mut self, sink: &Sink) -> Result<Progress, Trouble> {
        let Some(evaluation) = &mut self.evaluation else { return Ok(Progress::More) };
        let data = &self.prepared.data;
        if let Some(batch) = evaluation.batch(data) {
            let losses = self.model.losses(&batch).await?;
            evaluation.take(data, &batch, &losses);
            return Ok(Progress::More);
        }
        let bits_per_byte = evaluation.bits_per_byte();
        self.evaluation = None;
        if !bits_per_byte.is_finite() {
            return Err(Trouble::Diverged(self.step));
        }
        let tokens = u64::from(self.step) * self.info.spec.tokens_per_step();
        let validation = Validation { step: self.step, tokens, bits_per_byte, seconds: self.clock.seconds() as f32 };
        self.info.history.add_validation(validation);
        sink.send(Event::Validation(validation));
        if self.good.as_ref().is_none_or(|good| now() - good.taken > COPY) {
            self.good = Some(self.copy(sink).await?);
        }
        Ok(Progress::More)
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
