//! A model for inference alone: it takes its weights, what a pass needs, and no more, so that many can be built and freed.
//!
//! Sequences are read in batches of few shapes, so that a short one costs little and programs are recorded once. All programs of
//! a device share their temporaries' memory.

mod attention;
mod write;

pub use write::Sampling;

use std::collections::HashMap;

use attention::Inspection;
use write::{SEQUENCES, Writing};

use super::group::{self, Room};
use super::layout::Layout;
use super::transformer::{Buffers, Transformer, rope_table};
use crate::engine::EngineError;
use crate::engine::device::{Device, ProgramId};
use crate::engine::program::{BufferId, Program, Recorder, StepParams, shared_slots};
use crate::spec::ModelConfig;

/// Positions of a batch, if the context is no longer.
const POSITIONS: u32 = 2048;

/// A model that only reads and writes: weights at 4 bytes a parameter, no gradients, no moments.
pub struct Reader {
    pub config: ModelConfig,
    pub layout: Layout,
    pub device: Device,
    buffers: Buffers,
    /// The programs of [`Self::losses`], by rows and time.
    losses: HashMap<[u32; 2], ProgramId>,
    inspection: Option<Inspection>,
    writing: Option<Writing>,
}

/// The memory that a [`Reader`] takes, in bytes. What a call takes is kept for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// Weights, and the buffers of a batch.
    pub built: u64,
    /// What the temporaries of every call share, at most.
    pub temporaries: u64,
    /// What [`Reader::attention`] and [`Reader::logits`] take besides, and [`Reader::write`].
    pub inspection: u64,
    pub writing: u64,
    /// The largest single buffer of all.
    pub largest: u64,
}

impl Requirements {
    /// After all calls.
    pub fn total(&self) -> u64 {
        self.built + self.temporaries + self.inspection + self.writing
    }
}

impl Reader {
    /// What a model of this shape needs, without building it.
    pub fn requirements(config: &ModelConfig) -> Requirements {
        let (layout, buffers) = (Layout::new(config), numbered());
        // All temporaries grow with the positions of a batch.
        let shapes = (1..=config.context).map(|time| shape(config, time)).map(|time| [rows(config, time), time]);
        let most = shapes.max_by_key(|[rows, time]| rows * time).unwrap_or([1, 1]);
        let slots = shared_slots(&[
            record_losses(config, &layout, &buffers, most),
            attention::largest(config, &layout, &buffers),
            group::recorded(config, &layout, &buffers, SEQUENCES),
        ]);
        let built = buffer_sizes(config, &layout).map(|(_, words)| words);
        let [ids, choices, logits, cache, tokens] = Room::words(config, SEQUENCES);
        let writing = [ids, choices, logits, cache, cache, tokens];
        let parts = [&built[..], &slots, &attention::words(config), &writing];
        let largest = parts.iter().flat_map(|words| words.iter()).max().map_or(0, |&words| 4 * words as u64);
        let [built, temporaries, inspection, writing] = parts.map(|words| words.iter().map(|&words| 4 * words as u64).sum());
        Requirements { built, temporaries, inspection, writing, largest }
    }

    /// Builds it on an empty device. `parameters` in [`Layout`]'s order.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when it does not fit.
    pub async fn new(mut device: Device, config: ModelConfig, parameters: &[f32]) -> Result<Self, EngineError> {
        let (layout, buffers) = (Layout::new(&config), numbered());
        debug_assert_eq!(parameters.len(), layout.len);
        for (name, words) in buffer_sizes(&config, &layout) {
            device.buffer(name, words)?;
        }
        device.write(buffers.parameters, 0, parameters);
        device.write(buffers.rope_table, 0, &rope_table(&config));
        Ok(Self { config, layout, device, buffers, losses: HashMap::new(), inspection: None, writing: None })
    }

    /// The negative log-likelihood, in nats, of each token after the first of each sequence: [sequences][len − 1], in the order
    /// given. Sequences may differ in length, up to one token more than the context.
    ///
    /// # Errors
    /// [`EngineError::Length`] of a sequence that has fewer than two tokens or too many, [`EngineError::TooLarge`],
    /// [`EngineError::DeviceLost`].
    pub async fn losses(&mut self, sequences: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EngineError> {
        for sequence in sequences {
            within(sequence.len(), 2, self.config.context as usize + 1)?;
        }
        let mut losses = vec![Vec::new(); sequences.len()];
        let time_of = |index: usize| shape(&self.config, sequences[index].len() as u32 - 1);
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        order.sort_by_key(|&index| time_of(index));
        let batches = order.chunk_by(|&one, &other| time_of(one) == time_of(other)).map(|same| (time_of(same[0]), same));
        for (time, mut left) in batches.collect::<Vec<_>>() {
            while !left.is_empty() {
                // Powers of two make few shapes, and leave no row empty.
                let rows = rows(&self.config, time).min(1 << left.len().ilog2());
                let (batch, later) = left.split_at(rows as usize);
                let read = self.batch_losses([rows, time], &batch.iter().map(|&index| &sequences[index][..]).collect::<Vec<_>>()).await?;
                batch.iter().zip(read).for_each(|(&index, read)| losses[index] = read);
                left = later;
            }
        }
        Ok(losses)
    }

    /// The losses of as many sequences as there are rows.
    async fn batch_losses(&mut self, shape: [u32; 2], sequences: &[&[u32]]) -> Result<Vec<Vec<f32>>, EngineError> {
        let [rows, time] = shape.map(|n| n as usize);
        let program = match self.losses.get(&shape) {
            Some(&program) => program,
            None => {
                let program = self.device.load(record_losses(&self.config, &self.layout, &self.buffers, shape)).await?;
                self.losses.insert(shape, program);
                program
            }
        };
        let mut ids = vec![0; rows * time];
        let mut targets = ids.clone();
        let places = ids.chunks_exact_mut(time).zip(targets.chunks_exact_mut(time));
        for (sequence, (ids, targets)) in sequences.iter().zip(places) {
            let len = sequence.len() - 1;
            ids[..len].copy_from_slice(&sequence[..len]);
            targets[..len].copy_from_slice(&sequence[1..]);
        }
        self.device.write(self.buffers.ids, 0, &ids);
        self.device.write(self.buffers.targets, 0, &targets);
        self.device.run(program, &StepParams::default()).await?;
        let read: Vec<f32> = self.device.read(self.buffers.losses, 0, rows * time).await?;
        Ok(sequences.iter().zip(read.chunks_exact(time)).map(|(sequence, read)| read[..sequence.len() - 1].to_vec()).collect())
    }
}

/// # Errors
/// [`EngineError::Length`] of what is shorter or longer.
fn within(tokens: usize, least: usize, most: usize) -> Result<(), EngineError> {
    if (least..=most).contains(&tokens) { Ok(()) } else { Err(EngineError::Length { tokens, least, most }) }
}

/// The positions that a sequence of so many is given: at most a quarter more, in four sizes from a power of two to the next.
fn shape(config: &ModelConfig, positions: u32) -> u32 {
    let step = (positions.next_power_of_two() / 8).max(4);
    positions.next_multiple_of(step).min(config.context)
}

/// The most sequences of so many positions in a batch, a power of two.
fn rows(config: &ModelConfig, time: u32) -> u32 {
    1 << (POSITIONS.max(config.context) / time).ilog2()
}

fn record_losses(config: &ModelConfig, layout: &Layout, buffers: &Buffers, [batch, time]: [u32; 2]) -> Program {
    let mut pass = Transformer { config, layout, buffers, batch, time, recorder: Recorder::default() };
    let forward = pass.forward();
    pass.loss(&forward, false);
    pass.recorder.finish("reading")
}

/// Name and words of each buffer, in the order of [`numbered`].
fn buffer_sizes(config: &ModelConfig, layout: &Layout) -> [(&'static str, usize); 6] {
    let positions = POSITIONS.max(config.context) as usize;
    [
        ("The model's weights", layout.len),
        ("The position table", (config.context * config.head_dim()) as usize),
        ("The batch", positions),
        ("The targets", positions),
        ("The loss weights", positions),
        ("The losses", positions),
    ]
}

/// Ids as an empty device gives them.
fn numbered() -> Buffers {
    let [parameters, rope_table, ids, targets, weights, losses] = std::array::from_fn(BufferId);
    // No pass of a reader names these.
    let [gradients, moment1, moment2, metrics, keys, values, logits, choices] = [parameters; 8];
    Buffers { parameters, gradients, moment1, moment2, metrics, ids, targets, weights, losses, rope_table, keys, values, logits, choices }
}
