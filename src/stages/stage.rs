//! What a stage is: pure, without a device. It says what it needs next, and is told what came of it.

use crate::engine::program::StepParams;
use crate::nn::model::{Batch, StepResult};
use crate::protocol::{StepMetrics, Validation};

/// A stage of training, from one step to the next. The trainer does what [`Self::next`] says, in order.
pub trait Stage {
    /// What is to be done now. Called again, it is the thing after that.
    fn next(&mut self) -> Next;

    /// Takes the loss of each target [B,T], in nats and unweighted, of the batch that [`Next::Score`] gave; what was measured once
    /// that was the last of it.
    fn scored(&mut self, batch: &Batch, losses: &[f32]) -> Option<Validation>;

    /// What a step (from 1) measured.
    ///
    /// # Errors
    /// [`Diverged`] by the stage's own rule.
    fn learnt(&mut self, step: u32, result: &StepResult) -> Result<StepMetrics, Diverged>;

    /// Steps that [`Self::next`] has ended.
    fn step(&self) -> u32;

    /// Where the stage stands after the last step that it ended.
    fn position(&self) -> Position;

    /// Goes on from there. A validation that was due there comes next if `validates`.
    fn go_to(&mut self, position: Position, validates: bool);

    /// Sets the peak of the learning rate's schedule, from the next step on.
    fn set_learning_rate(&mut self, peak: f32);
}

/// What a stage needs next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// A forward and backward pass over a batch; if it is the step's last, the optimizer's update with these settings.
    Learn { batch: Batch, update: Option<StepParams> },
    /// The losses of a batch.
    Score(Batch),
    /// Nothing: the stage is over.
    Done,
}

/// The loss left all bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diverged;

/// Where a stage stands, to go on from exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Steps done.
    pub step: u32,
    /// Where an endless text is read on: the document, and the tokens of it that were read.
    pub reading: [u64; 2],
}
