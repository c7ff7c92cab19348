//! Pretraining: predict the next token, everywhere in a text (Radford et al. 2018, "Improving language understanding by
//! generative pre-training").
//!
//! - Data: of a text, windows of T + 1 tokens, drawn uniformly with replacement; a text without end is read once, in order.
//! - Signal: each token of a step weighs 1 / (tokens of the step), so the loss is the mean cross-entropy.
//! - Metric: bits per byte, which does not depend on the tokenizer.

mod data;
mod stream;

use std::rc::Rc;

pub use data::{Data, Evaluation, bits_per_byte};
pub use stream::{Documents, Stream};

use super::stage::{Diverged, Next, Position, Stage};
use crate::nn::model::{Batch, StepResult};
use crate::nn::optimizer::step_params;
use crate::protocol::{StepMetrics, Validation};
use crate::spec::RunSpec;
use crate::text::Tokenizer;

/// Held-out tokens that the last validation reads at most.
const LAST_VALIDATION: usize = 1 << 18;
/// Training has diverged when its smoothed loss is this many times what it was at the start.
const DIVERGED: f32 = 1.5;

/// A run of pretraining.
pub struct Pretrain {
    spec: RunSpec,
    /// T.
    context: u32,
    /// Peak of the learning rate's schedule.
    lr: f32,
    data: Rc<Data>,
    bytes_per_token: f64,
    stream: Option<Endless>,
    /// Steps ended, and forward passes done of the next.
    step: u32,
    pass: u32,
    validates: bool,
    evaluation: Option<Evaluation>,
    /// The first training loss and the smoothed one, in bits per byte.
    first: Option<f32>,
    smoothed: f32,
}

/// A text without end, and where it was read to at the end of the last step.
struct Endless {
    documents: Documents,
    tokenizer: Rc<Tokenizer>,
    stream: Stream,
    position: [u64; 2],
}

impl Pretrain {
    /// Reads windows of `data`, or, if there are any, `documents` without end. Validates on `data` either way.
    pub fn new(spec: RunSpec, context: u32, data: Rc<Data>, tokenizer: Rc<Tokenizer>, documents: Option<Documents>) -> Self {
        let stream = documents.map(|documents| {
            let stream = Stream::new(Rc::clone(&documents), Rc::clone(&tokenizer), [0, 0]);
            Endless { documents, tokenizer, stream, position: [0, 0] }
        });
        Self {
            lr: spec.lr,
            spec,
            context,
            bytes_per_token: data.bytes_per_token(),
            data,
            stream,
            step: 0,
            pass: 0,
            validates: false,
            evaluation: None,
            first: None,
            smoothed: 0.0,
        }
    }

    fn batch(&mut self) -> Batch {
        let Some(Endless { stream, .. }) = &mut self.stream else {
            return self.data.batch(&self.spec, self.context, self.step, self.pass);
        };
        let (rows, time) = (self.spec.batch as usize, self.context as usize);
        let weight = 1.0 / (f64::from(self.spec.accumulation) * (rows * time) as f64);
        stream.batch(rows, time, weight as f32)
    }

    fn is_due(&self) -> bool {
        self.step > 0 && (self.step.is_multiple_of(self.spec.validate_every) || self.step == self.spec.steps)
    }

    /// A validation costs about a tenth of the training since the last one (a forward pass is a third of a training step), but
    /// reads one batch at least; the last one reads everything within reason.
    fn begin_evaluation(&mut self) -> Evaluation {
        let spec = &self.spec;
        let since = u64::from(spec.validate_every) * spec.tokens_per_step();
        let most = if self.step == spec.steps { LAST_VALIDATION } else { (since * 3 / 10) as usize };
        Evaluation::new(&self.data, self.context, spec.batch, most)
    }

    fn tokens(&self, step: u32) -> u64 {
        u64::from(step) * self.spec.tokens_per_step()
    }
}

impl Stage for Pretrain {
    fn next(&mut self) -> Next {
        if std::mem::take(&mut self.validates) {
            self.evaluation = Some(self.begin_evaluation());
        }
        if let Some(batch) = self.evaluation.as_ref().and_then(|evaluation| evaluation.batch(&self.data)) {
            return Next::Score(batch);
        }
        if self.step == self.spec.steps {
            return Next::Done;
        }
        let batch = self.batch();
        self.pass += 1;
        if self.pass < self.spec.accumulation {
            return Next::Learn { batch, update: None };
        }
        let lr = self.spec.learning_rate(self.lr, self.step);
        (self.step, self.pass) = (self.step + 1, 0);
        if let Some(Endless { stream, position, .. }) = &mut self.stream {
            *position = stream.position();
        }
        self.validates = self.is_due();
        Next::Learn { batch, update: Some(step_params(&self.spec, lr, self.step)) }
    }

    fn scored(&mut self, batch: &Batch, losses: &[f32]) -> Option<Validation> {
        let evaluation = self.evaluation.as_mut()?;
        evaluation.take(&self.data, batch, losses);
        if !evaluation.is_over() {
            return None;
        }
        let bits_per_byte = evaluation.bits_per_byte();
        self.evaluation = None;
        Some(Validation { step: self.step, tokens: self.tokens(self.step), bits_per_byte, seconds: 0.0 })
    }

    fn learnt(&mut self, step: u32, result: &StepResult) -> Result<StepMetrics, Diverged> {
        let bits_per_byte = bits_per_byte(f64::from(result.loss), self.bytes_per_token) as f32;
        let first = *self.first.get_or_insert(bits_per_byte);
        self.smoothed = if self.smoothed == 0.0 { bits_per_byte } else { 0.9 * self.smoothed + 0.1 * bits_per_byte };
        if self.smoothed > DIVERGED * first {
            return Err(Diverged);
        }
        let lr = self.spec.learning_rate(self.lr, step - 1);
        Ok(StepMetrics { step, tokens: self.tokens(step), bits_per_byte, gradient_norm: result.gradient_norm, lr, seconds: 0.0 })
    }

    fn step(&self) -> u32 {
        self.step
    }

    fn position(&self) -> Position {
        Position { step: self.step, reading: self.stream.as_ref().map_or([0, 0], |endless| endless.position) }
    }

    fn go_to(&mut self, position: Position, validates: bool) {
        (self.step, self.pass, self.evaluation, self.smoothed) = (position.step, 0, None, 0.0);
        if let Some(Endless { documents, tokenizer, stream, position: stands }) = &mut self.stream {
            *stream = Stream::new(Rc::clone(documents), Rc::clone(tokenizer), position.reading);
            *stands = position.reading;
        }
        self.validates = validates && self.is_due();
    }

    fn set_learning_rate(&mut self, peak: f32) {
        self.lr = peak;
    }
}
