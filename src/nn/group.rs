//! Continuations of many sequences side by side: one program reads a token of each and draws its next, which the device itself
//! reads next, so that a token of all of them takes one submit and ids are read back when they are wanted.

use super::layout::Layout;
use super::model::{Decoded, Model};
use super::transformer::{Buffers, Transformer, cache_stride, dims, persistent};
use crate::engine::EngineError;
use crate::engine::device::{Device, ProgramId};
use crate::engine::kernels::{FREE, Kernel};
use crate::engine::program::{BufferId, Program, Recorder, StepParams};
use crate::spec::ModelConfig;

/// Room on a device for sequences of the whole context, each with a cache of its own.
#[derive(Clone, Copy)]
pub struct Room {
    /// [B,T]
    tokens: BufferId,
    buffers: Buffers,
}

impl Room {
    /// For up to so many continuations at a time of the model that has these buffers.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when they do not fit.
    pub fn new(device: &mut Device, config: &ModelConfig, model: &Buffers, sequences: u32) -> Result<Self, EngineError> {
        let [ids, choices, logits, cache, tokens] = Self::words(config, sequences);
        let buffers = Buffers {
            ids: device.buffer("The continuations' last tokens", ids)?,
            keys: device.buffer("The continuations' key cache", cache)?,
            values: device.buffer("The continuations' value cache", cache)?,
            logits: device.buffer("The continuations' logits", logits)?,
            choices: device.buffer("The continuations' choices", choices)?,
            ..*model
        };
        Ok(Self { tokens: device.buffer("The continuations", tokens)?, buffers })
    }

    /// Words of the last tokens, the choices, the logits, each of the two caches, and all tokens.
    pub fn words(config: &ModelConfig, sequences: u32) -> [usize; 5] {
        let rows = sequences as usize;
        let cache = config.layers as usize * cache_stride(config, sequences);
        [rows, rows, rows * config.vocab as usize, cache, rows * config.context as usize]
    }

    /// Continues so many at a time, no more than there is room for.
    ///
    /// # Errors
    /// Those of loading the program.
    pub async fn group(self, device: &mut Device, config: &ModelConfig, layout: &Layout, sequences: u32) -> Result<Group, EngineError> {
        let program = device.load(record(config, layout, &self.buffers, self.tokens, sequences)).await?;
        Ok(Group { sequences, context: config.context as usize, room: self, program })
    }
}

/// One sequence, whose tokens come one by one.
#[derive(Clone, Copy)]
pub struct Decoding {
    /// V.
    vocab: usize,
    room: Room,
    program: ProgramId,
}

impl Decoding {
    /// In room for one sequence at least.
    ///
    /// # Errors
    /// Those of loading the program.
    pub async fn new(room: Room, device: &mut Device, config: &ModelConfig, layout: &Layout) -> Result<Self, EngineError> {
        let mut pass = Transformer { config, layout, buffers: &room.buffers, batch: 1, time: 1, recorder: Recorder::default() };
        pass.decode();
        let program = device.load(pass.recorder.finish("generation")).await?;
        Ok(Self { vocab: config.vocab as usize, room, program })
    }

    /// Reads `token` at `step.position`, and draws the next as `step` says.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn read(&self, device: &mut Device, token: u32, step: &StepParams) -> Result<Decoded, EngineError> {
        let Buffers { ids, choices, logits, .. } = self.room.buffers;
        device.write(ids, 0, &[token]);
        device.run(self.program, step).await?;
        let words = device.read_parts(&[(choices, 0, 1), (logits, 0, self.vocab)]).await?;
        Ok(Decoded { choice: words[0], logits: words[1..].iter().map(|&word| f32::from_bits(word)).collect() })
    }
}

impl Model {
    /// Makes room for `sequences` continuations at a time, as long as the model is there.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when they do not fit; errors of loading the program.
    pub async fn group(&mut self, sequences: u32) -> Result<Group, EngineError> {
        let room = Room::new(&mut self.device, &self.config, &self.buffers, sequences)?;
        room.group(&mut self.device, &self.config, &self.layout, sequences).await
    }
}

/// Sequences that are continued together.
#[derive(Clone, Copy)]
pub struct Group {
    /// B.
    pub sequences: u32,
    /// T.
    context: usize,
    room: Room,
    program: ProgramId,
}

impl Group {
    /// Begins anew with a prompt for each sequence of the group: one token at least, and no more than the context holds.
    pub fn begin(&self, device: &mut Device, prompts: &[Vec<u32>]) {
        debug_assert_eq!(prompts.len(), self.sequences as usize);
        let mut tokens = vec![FREE; prompts.len() * self.context];
        for (row, prompt) in tokens.chunks_exact_mut(self.context).zip(prompts) {
            row[..prompt.len()].copy_from_slice(prompt);
        }
        let first: Vec<u32> = prompts.iter().map(|prompt| prompt[0]).collect();
        device.write(self.room.tokens, 0, &tokens);
        device.write(self.room.buffers.ids, 0, &first);
    }

    /// Reads each sequence's token at `step.position`, which counts from 0 and ends two short of the context, and draws the one
    /// after it as `step` says, unless the prompt has it. Does not wait.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn advance(&self, device: &mut Device, step: &StepParams) -> Result<(), EngineError> {
        device.run(self.program, step).await
    }

    /// The first `len` tokens of each sequence, which must have got so far. Waits for them.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn continued(&self, device: &mut Device, len: usize) -> Result<Vec<Vec<u32>>, EngineError> {
        let tokens: Vec<u32> = device.read(self.room.tokens, 0, self.sequences as usize * self.context).await?;
        Ok(tokens.chunks_exact(self.context).map(|row| row[..len].to_vec()).collect())
    }
}

/// The program of so many, as recorded on a device that has nothing else.
pub fn recorded(config: &ModelConfig, layout: &Layout, buffers: &Buffers, sequences: u32) -> Program {
    record(config, layout, buffers, buffers.ids, sequences)
}

fn record(config: &ModelConfig, layout: &Layout, buffers: &Buffers, tokens: BufferId, sequences: u32) -> Program {
    let mut pass = Transformer { config, layout, buffers, batch: sequences, time: 1, recorder: Recorder::default() };
    pass.decode();
    let rows = sequences as usize;
    let [choices, ids] = [buffers.choices, buffers.ids].map(|buffer| persistent(buffer, 0..rows));
    let tokens = persistent(tokens, 0..rows * config.context as usize);
    pass.recorder.call(Kernel::Advance, &[choices, tokens, ids], dims([sequences, config.context]));
    pass.recorder.finish("continuations")
}
