//! Continuations of several prompts at once.

use std::collections::HashMap;

use super::{Reader, within};
use crate::engine::EngineError;
use crate::engine::program::StepParams;
use crate::nn::group::{Decoding, Group, Room};
use crate::nn::model::Decoded;
use crate::platform::{now, yield_now};
use crate::rng;

/// Sequences that are continued at a time; more of them come one group after the other.
pub(super) const SEQUENCES: u32 = 16;
/// Milliseconds, and tokens, between two looks at what was written.
const SLICE: f64 = 50.0;
const TOKENS: usize = 16;

/// How tokens are drawn, and when to stop.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Softmax temperature; 0 is greedy.
    pub temperature: f32,
    /// 0 is all.
    pub top_k: u32,
    /// 1 is all.
    pub top_p: f32,
    /// Each sequence, by its place among the prompts, and each position has its own noise.
    pub seed: u32,
    /// New tokens of each sequence at most.
    pub length: usize,
    /// Tokens after which a sequence ends.
    pub stop: Vec<u32>,
}

/// Room for a group, and what writes in it: groups, by the number of their sequences, or one token after the other.
pub(super) struct Writing {
    room: Room,
    groups: HashMap<u32, Group>,
    decoding: Option<Decoding>,
}

impl Reader {
    /// Continues prompts of 1 to the context's tokens, side by side, each to a stop token (which is the last it gives then),
    /// to `length` new tokens, or to the end of the context. The new tokens of each. `each` hears those so far now and then.
    ///
    /// # Errors
    /// [`EngineError::Length`] of a prompt, [`EngineError::TooLarge`], [`EngineError::DeviceLost`].
    pub async fn write(
        &mut self,
        prompts: &[Vec<u32>],
        sampling: &Sampling,
        each: &mut dyn FnMut(&[Vec<u32>]),
    ) -> Result<Vec<Vec<u32>>, EngineError> {
        for prompt in prompts {
            within(prompt.len(), 1, self.config.context as usize)?;
        }
        let mut written = vec![Vec::new(); prompts.len()];
        for (index, prompts) in prompts.chunks(SEQUENCES as usize).enumerate() {
            let group = self.group(prompts.len() as u32).await?;
            group.begin(&mut self.device, prompts);
            // The places in a group come again in the next.
            let seed = if index == 0 { sampling.seed } else { rng::stream(sampling.seed, index as u64) as u32 };
            let Sampling { temperature, top_k, top_p, length, .. } = *sampling;
            let step = StepParams { temperature, top_k, top_p, seed, ..StepParams::default() };
            // Tokens that each sequence has in the end, if it is not stopped.
            let wanted = |prompt: &Vec<u32>| (prompt.len().saturating_add(length)).min(self.config.context as usize);
            let most = prompts.iter().map(wanted).max().unwrap_or(0);
            let mut looked = (now(), 1);
            for len in 2..=most {
                group.advance(&mut self.device, &StepParams { position: len as u32 - 2, ..step }).await?;
                if len < most && now() - looked.0 < SLICE && len - looked.1 < TOKENS {
                    continue;
                }
                let rows = group.continued(&mut self.device, len).await?;
                let mut all_done = true;
                let places = written[index * SEQUENCES as usize..].iter_mut();
                for ((place, row), prompt) in places.zip(rows).zip(prompts) {
                    let new = &row[prompt.len().min(len)..wanted(prompt).min(len)];
                    let stop = new.iter().position(|token| sampling.stop.contains(token));
                    *place = new[..stop.map_or(new.len(), |stop| stop + 1)].to_vec();
                    all_done &= stop.is_some() || len >= wanted(prompt);
                }
                each(&written);
                if all_done {
                    break;
                }
                yield_now().await;
                looked = (now(), len);
            }
        }
        Ok(written)
    }

    /// Reads one token of one sequence at `step.position` (which must follow the last, below the context) and draws the next as
    /// `step` says. [`Self::write`] must not come between.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::DeviceLost`].
    pub async fn decode(&mut self, token: u32, step: &StepParams) -> Result<Decoded, EngineError> {
        let writing = self.writing()?;
        let (room, known) = (writing.room, writing.decoding);
        let decoding = match known {
            Some(decoding) => decoding,
            None => {
                let decoding = Decoding::new(room, &mut self.device, &self.config, &self.layout).await?;
                *self.writing()?.decoding.insert(decoding)
            }
        };
        decoding.read(&mut self.device, token, step).await
    }

    async fn group(&mut self, sequences: u32) -> Result<Group, EngineError> {
        let writing = self.writing()?;
        let room = writing.room;
        if let Some(&group) = writing.groups.get(&sequences) {
            return Ok(group);
        }
        let group = room.group(&mut self.device, &self.config, &self.layout, sequences).await?;
        self.writing()?.groups.insert(sequences, group);
        Ok(group)
    }

    fn writing(&mut self) -> Result<&mut Writing, EngineError> {
        match &mut self.writing {
            Some(writing) => Ok(writing),
            none => {
                let room = Room::new(&mut self.device, &self.config, &self.buffers, SEQUENCES)?;
                Ok(none.insert(Writing { room, groups: HashMap::new(), decoding: None }))
            }
        }
    }
}
