//! Continuations of many sequences side by side: one program reads a token of each and draws its next, which the device itself
//! reads next, so that a token of all of them takes one submit and ids are read back when they are wanted.

use super::model::Model;
use super::transformer::{Buffers, Transformer, cache_stride, dims, persistent};
use crate::engine::EngineError;
use crate::engine::device::ProgramId;
use crate::engine::kernels::{FREE, Kernel};
use crate::engine::program::{BufferId, Recorder, StepParams};

/// Room for sequences of the whole context, each with a cache of its own.
pub struct Group {
    /// B.
    pub sequences: u32,
    /// [B,T]
    tokens: BufferId,
    buffers: Buffers,
    program: ProgramId,
}

impl Model {
    /// Makes room for `sequences` continuations at a time, as long as the model is there.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when they do not fit; errors of loading the program.
    pub async fn group(&mut self, sequences: u32) -> Result<Group, EngineError> {
        let (config, device) = (&self.config, &mut self.device);
        let rows = sequences as usize;
        let cache = config.layers as usize * cache_stride(config, sequences);
        let buffers = Buffers {
            ids: device.buffer("The continuations' last tokens", rows)?,
            keys: device.buffer("The continuations' key cache", cache)?,
            values: device.buffer("The continuations' value cache", cache)?,
            logits: device.buffer("The continuations' logits", rows * config.vocab as usize)?,
            choices: device.buffer("The continuations' choices", rows)?,
            ..self.buffers
        };
        let len = rows * config.context as usize;
        let tokens = device.buffer("The continuations", len)?;
        let recorder = Recorder::default();
        let mut pass = Transformer { config, layout: &self.layout, buffers: &buffers, batch: sequences, time: 1, recorder };
        pass.decode();
        let [choices, ids] = [buffers.choices, buffers.ids].map(|buffer| persistent(buffer, 0..rows));
        pass.recorder.call(Kernel::Advance, &[choices, persistent(tokens, 0..len), ids], dims([sequences, config.context]));
        let program = device.load(pass.recorder.finish("continuations")).await?;
        Ok(Group { sequences, tokens, buffers, program })
    }

    /// Begins anew with a prompt for each sequence of the group: one token at least, and no more than the context holds.
    pub fn begin(&mut self, group: &Group, prompts: &[Vec<u32>]) {
        debug_assert_eq!(prompts.len(), group.sequences as usize);
        let context = self.config.context as usize;
        let mut tokens = vec![FREE; prompts.len() * context];
        for (row, prompt) in tokens.chunks_exact_mut(context).zip(prompts) {
            row[..prompt.len()].copy_from_slice(prompt);
        }
        let first: Vec<u32> = prompts.iter().map(|prompt| prompt[0]).collect();
        self.device.write(group.tokens, 0, &tokens);
        self.device.write(group.buffers.ids, 0, &first);
    }

    /// Reads each sequence's token at `step.position`, which counts from 0 and ends two short of the context, and draws the one
    /// after it as `step` says, unless the prompt has it. Does not wait.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn advance(&mut self, group: &Group, step: &StepParams) -> Result<(), EngineError> {
        self.device.run(group.program, step).await
    }

    /// The first `len` tokens of each sequence, which must have got so far. Waits for them.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    pub async fn continued(&mut self, group: &Group, len: usize) -> Result<Vec<Vec<u32>>, EngineError> {
        let context = self.config.context as usize;
        let tokens: Vec<u32> = self.device.read(group.tokens, 0, group.sequences as usize * context).await?;
        Ok(tokens.chunks_exact(context).map(|row| row[..len].to_vec()).collect())
    }
}
