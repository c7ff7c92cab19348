//! A text as tokens, the windows that training draws of it, and validation on what was held out.

use crate::nn::model::Batch;
use crate::rng;
use crate::spec::RunSpec;
use crate::text::Tokenizer;

/// A text as tokens, in two parts that share nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
    /// Bytes of text that each token of the vocabulary [V] stands for; control tokens stand for none.
    pub token_bytes: Vec<u32>,
}

impl Data {
    pub fn new(tokenizer: &Tokenizer, train: Vec<u32>, validation: Vec<u32>) -> Self {
        let bytes = |id| if tokenizer.is_control(id) { 0 } else { tokenizer.token_bytes(id).len() as u32 };
        let token_bytes = (0..tokenizer.vocab_size() as u32).map(bytes).collect();
        Self { train, validation, token_bytes }
    }

    /// Bytes of text behind `tokens`.
    pub fn bytes(&self, tokens: &[u32]) -> u64 {
        tokens.iter().map(|&id| u64::from(self.token_bytes[id as usize])).sum()
    }

    /// Mean bytes a training token.
    pub fn bytes_per_token(&self) -> f64 {
        self.bytes(&self.train) as f64 / self.train.len().max(1) as f64
    }

    /// The batch of forward pass `pass` of step `step` (both from 0): [B,T] windows. It follows from the seed and these two
    /// numbers alone, so going on from any step is exact. There must be more than T training tokens.
    pub fn batch(&self, spec: &RunSpec, context: u32, step: u32, pass: u32) -> Batch {
        let time = context as usize;
        let offsets = (self.train.len() - time) as u64;
        let stream = rng::stream(spec.seed ^ STREAM, u64::from(step));
        let windows = (0..spec.batch).map(|row| {
            let offset = rng::below(stream, u64::from(pass * spec.batch + row), offsets) as usize;
            &self.train[offset..=offset + time]
        });
        let mut batch = Batch::default();
        for window in windows {
            batch.ids.extend(&window[..time]);
            batch.targets.extend(&window[1..]);
        }
        let weight = 1.0 / (f64::from(spec.accumulation) * batch.ids.len() as f64);
        batch.weights = vec![weight as f32; batch.ids.len()];
        batch
    }
}

/// Sets the draws of windows apart from the draws of fresh weights, which share the seed.
const STREAM: u32 = 0x6461_7461;

/// Nats a token as bits a byte.
pub fn bits_per_byte(nats: f64, bytes: f64) -> f64 {
    nats / (std::f64::consts::LN_2 * bytes)
}

/// A validation under way: consecutive windows of the held-out tokens that do not overlap, so that each token is predicted
/// once; a batch at a time.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// T: tokens of a window.
    time: usize,
    /// B: windows of a batch.
    rows: usize,
    /// Where each window begins.
    starts: Vec<usize>,
    done: usize,
    nats: f64,
    bytes: u64,
}

impl Evaluation {
    /// Over all windows, or, if they hold more than `most` tokens, over that many tokens in windows spread evenly.
    pub fn new(data: &Data, context: u32, rows: u32, most: usize) -> Self {
        let [time, rows] = [context, rows].map(|n| n as usize);
        let windows = data.validation.len().saturating_sub(1).div_ceil(time);
        let taken = windows.min((most / time).max(1));
        // In 64 bits: the product passes 32 where a long text meets a short context.
        let starts = (0..taken as u64).map(|index| (index * windows as u64 / taken as u64) as usize * time).collect();
        Self { time, rows, starts, done: 0, nats: 0.0, bytes: 0 }
    }

    /// The next batch [B,T], in which targets of weight 0 are padding; `None` when all is measured.
    pub fn batch(&self, data: &Data) -> Option<Batch> {
        let starts = &self.starts[self.done..];
        if starts.is_empty() {
            return None;
        }
        let len = self.rows * self.time;
        let mut batch = Batch { ids: vec![0; len], targets: vec![0; len], weights: vec![0.0; len] };
        for (row, &start) in starts.iter().take(self.rows).enumerate() {
            let end = (start + self.time).min(data.validation.len() - 1);
            let filled = row * self.time..row * self.time + end - start;
            batch.ids[filled.clone()].copy_from_slice(&data.validation[start..end]);
            batch.targets[filled.clone()].copy_from_slice(&data.validation[start + 1..=end]);
            batch.weights[filled].fill(1.0);
        }
        Some(batch)
    }

    /// Whether all is measured.
    pub fn is_over(&self) -> bool {
        self.done == self.starts.len()
    }

    /// Takes the unweighted losses [B,T], in nats, of the batch that [`Self::batch`] gave.
    pub fn take(&mut self, data: &Data, batch: &Batch, losses: &[f32]) {
        let counted = batch.targets.iter().zip(losses).zip(&batch.weights).filter(|&(_, &weight)| weight > 0.0);
        for ((&target, &loss), _) in counted {
            self.nats += f64::from(loss);
            self.bytes += u64::from(data.token_bytes[target as usize]);
        }
        self.done = (self.done + self.rows).min(self.starts.len());
    }

    /// Bits per byte over what was measured.
    pub fn bits_per_byte(&self) -> f32 {
        bits_per_byte(self.nats, self.bytes.max(1) as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn data() -> Data {
        Data { train: (0..100).collect(), validation: (0..61).collect(), token_bytes: vec![2; 100] }
    }

    #[test]
    fn a_batch_follows_from_seed_step_and_pass_alone() {
        let spec = RunSpec { batch: 4, accumulation: 2, ..RunSpec::default() };
        let batches: Vec<Batch> = (0..8).map(|index| data().batch(&spec, 8, index / 2, index % 2)).collect();
        assert_eq!(batches[5], data().batch(&spec, 8, 2, 1));
        let different: HashSet<Vec<u32>> = batches.iter().map(|batch| batch.ids.clone()).collect();
        assert_eq!(different.len(), 8, "every pass draws other windows");
        for batch in &batches {
            assert!(batch.ids.iter().zip(&batch.targets).all(|(&id, &target)| target == id + 1));
            assert!((batch.weights.iter().sum::<f32>() - 0.5).abs() < 1e-6, "two passes make a weight of 1");
        }
    }

    #[test]
    fn windows_reach_both_ends_of_the_text() {
        let spec = RunSpec { batch: 256, ..RunSpec::default() };
        let batch = data().batch(&spec, 90, 0, 0);
        assert_eq!((batch.ids.iter().min(), batch.targets.iter().max()), (Some(&0), Some(&99)));
    }

    #[test]
    fn a_validation_predicts_every_token_but_the_first_once() {
        let data = data();
        let mut evaluation = Evaluation::new(&data, 8, 3, usize::MAX);
        let mut predicted = Vec::new();
        while let Some(batch) = evaluation.batch(&data) {
            assert_eq!(batch.ids.len(), 24);
            predicted.extend(batch.targets.iter().zip(&batch.weights).filter(|(_, weight)| **weight > 0.0).map(|(&target, _)| target));
            evaluation.take(&data, &batch, &[std::f32::consts::LN_2; 24]);
        }
        assert_eq!(predicted, (1..61).collect::<Vec<u32>>());
        assert_eq!(evaluation.bits_per_byte(), 0.5, "one bit a token of two bytes");
    }

    #[test]
    fn a_capped_validation_spreads_its_windows() {
        let evaluation = Evaluation::new(&data(), 8, 3, 32);
        assert_eq!(evaluation.starts, [0, 16, 32, 48]);
    }
}
