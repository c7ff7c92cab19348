//! What a sequence leaves in a forward pass that is read: attention weights, and logits.

use std::collections::HashMap;

use super::{Reader, shape, within};
use crate::engine::EngineError;
use crate::engine::device::{Device, ProgramId};
use crate::engine::program::{BufferId, Program, Recorder, StepParams};
use crate::nn::layout::Layout;
use crate::nn::transformer::{Buffers, Kept, Transformer, kept_stride};
use crate::spec::ModelConfig;

/// Buffers of one sequence, and programs that fill them, by time.
pub(super) struct Inspection {
    kept: Kept,
    programs: HashMap<u32, ProgramId>,
}

impl Reader {
    /// Attention weights of one sequence of up to the context's tokens: [layers, heads, T, T] (query, then key), each row with a
    /// sum of one, and 0 where the key comes after the query. softmax(q·k / √D) as in Vaswani et al. 2017, arXiv:1706.03762.
    ///
    /// # Errors
    /// [`EngineError::Length`], [`EngineError::TooLarge`], [`EngineError::DeviceLost`].
    pub async fn attention(&mut self, tokens: &[u32]) -> Result<Vec<f32>, EngineError> {
        let (kept, time) = self.inspect(tokens).await?;
        let ModelConfig { layers, heads, kv_heads, .. } = self.config;
        let (row, head_dim) = (self.config.qkv_rows() as usize, self.config.head_dim() as usize);
        let stride = kept_stride(time, self.config.qkv_rows());
        let parts: Vec<_> = (0..layers as usize).map(|layer| (kept.qkv, layer * stride, tokens.len() * row)).collect();
        let words = self.device.read_parts(&parts).await?;
        let mut weights = Vec::with_capacity(layers as usize * heads as usize * tokens.len() * tokens.len());
        for qkv in bytemuck::cast_slice::<u32, f32>(&words).chunks_exact(tokens.len() * row) {
            for head in 0..heads {
                // Several query heads share the keys of one (grouped queries, as in [`Kernel::Attention`]).
                let key_head = heads + head / (heads / kv_heads);
                let of = |head: u32| move |row: &[f32]| row[head as usize * head_dim..][..head_dim].to_vec();
                let [queries, keys]: [Vec<Vec<f32>>; 2] = [head, key_head].map(|head| qkv.chunks_exact(row).map(of(head)).collect());
                for (at, query) in queries.iter().enumerate() {
                    weights.extend(softmax(query, &keys[..=at]));
                    weights.resize(weights.len() + tokens.len() - at - 1, 0.0);
                }
            }
        }
        Ok(weights)
    }

    /// Logits [V] of what comes after a sequence of up to the context's tokens.
    ///
    /// # Errors
    /// As [`Self::attention`].
    pub async fn logits(&mut self, tokens: &[u32]) -> Result<Vec<f32>, EngineError> {
        let (kept, _) = self.inspect(tokens).await?;
        let vocab = self.config.vocab as usize;
        self.device.read(kept.logits, (tokens.len() - 1) * vocab, vocab).await
    }

    /// Reads a sequence; where what it left is, and how many positions it was given.
    async fn inspect(&mut self, tokens: &[u32]) -> Result<(Kept, u32), EngineError> {
        within(tokens.len(), 1, self.config.context as usize)?;
        let inspection = match &mut self.inspection {
            Some(inspection) => inspection,
            none => none.insert(Inspection::new(&mut self.device, &self.config)?),
        };
        let time = shape(&self.config, tokens.len() as u32);
        let program = match inspection.programs.get(&time) {
            Some(&program) => program,
            None => {
                let program = self.device.load(record(&self.config, &self.layout, &self.buffers, inspection.kept, time)).await?;
                inspection.programs.insert(time, program);
                program
            }
        };
        // What stands after the sequence changes nothing before it.
        let mut ids = tokens.to_vec();
        ids.resize(time as usize, 0);
        self.device.write(self.buffers.ids, 0, &ids);
        self.device.run(program, &StepParams::default()).await?;
        Ok((inspection.kept, time))
    }
}

impl Inspection {
    fn new(device: &mut Device, config: &ModelConfig) -> Result<Self, EngineError> {
        let [qkv, logits] = words(config);
        let kept = Kept { qkv: device.buffer("The queries and keys", qkv)?, logits: device.buffer("The logits of a sequence", logits)? };
        Ok(Self { kept, programs: HashMap::new() })
    }
}

/// Words of queries, keys and values, and of logits, for a sequence of the whole context.
pub(super) fn words(config: &ModelConfig) -> [usize; 2] {
    let layers = config.layers as usize * kept_stride(config.context, config.qkv_rows());
    [layers, (config.context * config.vocab) as usize]
}

/// The pass over a sequence of the whole context, as recorded on a device that has nothing else.
pub(super) fn largest(config: &ModelConfig, layout: &Layout, buffers: &Buffers) -> Program {
    record(config, layout, buffers, Kept { qkv: BufferId(0), logits: BufferId(0) }, config.context)
}

fn record(config: &ModelConfig, layout: &Layout, buffers: &Buffers, kept: Kept, time: u32) -> Program {
    let mut pass = Transformer { config, layout, buffers, batch: 1, time, recorder: Recorder::default() };
    pass.forward_keeping(Some(kept));
    pass.recorder.finish("attention weights")
}

/// softmax(q·k / √D) over these keys.
fn softmax(query: &[f32], keys: &[Vec<f32>]) -> Vec<f32> {
    let dot = |key: &Vec<f32>| query.iter().zip(key).map(|(q, k)| q * k).sum::<f32>() / (query.len() as f32).sqrt();
    let scores: Vec<f32> = keys.iter().map(dot).collect();
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
