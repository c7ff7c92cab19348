//! What can be asked of a model whether or not it is in training.

use super::model::{Batch, Decoded, Model};
use super::reader::Reader;
use crate::engine::EngineError;
use crate::engine::program::StepParams;

/// A model that writes and scores.
pub trait Inference {
    /// T: the most tokens that it looks back on.
    fn context(&self) -> usize;

    /// Reads a token of one sequence at `step.position`, which follows the last and is below the context, and draws the next.
    fn decode(&mut self, token: u32, step: &StepParams) -> impl Future<Output = Result<Decoded, EngineError>>;

    /// The negative log-likelihood, in nats, of each token after the first of each sequence: [sequences][len − 1]. Sequences have
    /// 2 to T + 1 tokens.
    fn losses(&mut self, sequences: &[Vec<u32>]) -> impl Future<Output = Result<Vec<Vec<f32>>, EngineError>>;
}

/// Either kind, so that what asks a model is compiled once.
pub enum Asked<'a> {
    Training(&'a mut Model),
    Reading(&'a mut Reader),
}

impl Inference for Asked<'_> {
    fn context(&self) -> usize {
        match self {
            Self::Training(model) => model.context(),
            Self::Reading(reader) => reader.context(),
        }
    }

    async fn decode(&mut self, token: u32, step: &StepParams) -> Result<Decoded, EngineError> {
        match self {
            Self::Training(model) => Inference::decode(*model, token, step).await,
            Self::Reading(reader) => Inference::decode(*reader, token, step).await,
        }
    }

    async fn losses(&mut self, sequences: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EngineError> {
        match self {
            Self::Training(model) => Inference::losses(*model, sequences).await,
            Self::Reading(reader) => Inference::losses(*reader, sequences).await,
        }
    }
}

impl Inference for Model {
    fn context(&self) -> usize {
        self.config.context as usize
    }

    fn decode(&mut self, token: u32, step: &StepParams) -> impl Future<Output = Result<Decoded, EngineError>> {
        Model::decode(self, token, step)
    }

    /// In batches of the shape that it trains on.
    async fn losses(&mut self, sequences: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EngineError> {
        let [time, rows] = [self.config.context, self.batch].map(|n| n as usize);
        let mut losses = Vec::new();
        for sequences in sequences.chunks(rows) {
            let mut batch = Batch { ids: vec![0; rows * time], targets: vec![0; rows * time], weights: vec![0.0; rows * time] };
            for (row, sequence) in sequences.iter().enumerate() {
                let place = row * time..row * time + sequence.len() - 1;
                batch.ids[place.clone()].copy_from_slice(&sequence[..sequence.len() - 1]);
                batch.targets[place].copy_from_slice(&sequence[1..]);
            }
            let measured = Model::losses(self, &batch).await?;
            losses.extend(sequences.iter().zip(measured.chunks(time)).map(|(sequence, row)| row[..sequence.len() - 1].to_vec()));
        }
        Ok(losses)
    }
}

impl Inference for Reader {
    fn context(&self) -> usize {
        self.config.context as usize
    }

    fn decode(&mut self, token: u32, step: &StepParams) -> impl Future<Output = Result<Decoded, EngineError>> {
        Reader::decode(self, token, step)
    }

    fn losses(&mut self, sequences: &[Vec<u32>]) -> impl Future<Output = Result<Vec<Vec<f32>>, EngineError>> {
        Reader::losses(self, sequences)
    }
}
