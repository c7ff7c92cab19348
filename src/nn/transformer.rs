//! The transformer, recorded: Llama's block (Touvron et al. 2023, arXiv:2302.13971), forward and backward.
//!
//! The residual stream is never updated in place: each norm writes the sum that it normalises, since its backward needs it.
//! A pass that is not followed by its backward keeps nothing alive, by the recorder's planning alone.

use std::ops::Range;

use super::layout::{LayerRanges, Layout};
use crate::engine::kernels::{Kernel, METRICS};
use crate::engine::program::{ALIGN, BufferId, Dims, Place, Recorder, View};
use crate::spec::ModelConfig;
use crate::trig::sin_cos;

/// The persistent buffers of a model.
#[derive(Clone, Copy, Debug)]
pub struct Buffers {
    pub parameters: BufferId,
    pub gradients: BufferId,
    /// AdamW's first and second moments.
    pub moment1: BufferId,
    pub moment2: BufferId,
    /// [`METRICS`] words.
    pub metrics: BufferId,
    /// Token ids [B,T], their targets [B,T], and the weight of each target in the loss [B,T].
    pub ids: BufferId,
    pub targets: BufferId,
    pub weights: BufferId,
    /// Loss of each target [B,T], in nats.
    pub losses: BufferId,
    /// Cosines and sines of rotary embedding [T,D].
    pub rope_table: BufferId,
    /// Keys and values of decoding: for each layer [B, T, K·D], at [`Transformer::cache_stride`].
    pub keys: BufferId,
    pub values: BufferId,
    /// What decoding puts out: logits [B,V], and the token drawn from each [B].
    pub logits: BufferId,
    pub choices: BufferId,
}

/// Records passes of one model over `batch` sequences of `time` tokens.
pub struct Transformer<'a> {
    pub config: &'a ModelConfig,
    pub layout: &'a Layout,
    pub buffers: &'a Buffers,
    pub batch: u32,
    pub time: u32,
    pub recorder: Recorder,
}

/// What the forward pass of a layer leaves for its backward.
struct Layer {
    attention: Normed,
    qkv: View,
    attended: View,
    lse: View,
    ffn: Normed,
    gate_up: View,
    activated: View,
}

/// What a norm writes: the residual stream, normalised, and 1/rms of each row.
#[derive(Clone, Copy)]
struct Normed {
    residual: View,
    normed: View,
    inv_rms: View,
}

/// Buffers that keep what a forward pass computes.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Rotated queries, keys and values of each layer [M, (H+2K)·D], [`kept_stride`] apart.
    pub qkv: BufferId,
    /// [M,V]
    pub logits: BufferId,
}

/// What the whole forward pass leaves.
pub struct Forward {
    layers: Vec<Layer>,
    last: Normed,
    /// [M,V]
    logits: View,
}

impl Transformer<'_> {
    /// Logits of every position.
    pub fn forward(&mut self) -> Forward {
        self.forward_keeping(None)
    }

    /// The same, with something kept to be read.
    pub fn forward_keeping(&mut self, kept: Option<Kept>) -> Forward {
        let c = self.config.width;
        let layout = self.layout;
        let mut stream = self.embed();
        let mut delta = None;
        let mut layers = Vec::new();
        for (index, ranges) in layout.layers.iter().enumerate() {
            let attention = self.norm(stream, delta, &ranges.attention_norm);
            let qkv = self.kept(kept.map(|kept| kept.qkv), index, self.config.qkv_rows());
            let layer = self.layer(attention, ranges, qkv);
            let down = self.project(layer.activated, &ranges.down, self.config.ffn, c);
            (stream, delta) = (layer.ffn.residual, Some(down));
            layers.push(layer);
        }
        let last = self.norm(stream, delta, &layout.final_norm);
        let logits = self.kept(kept.map(|kept| kept.logits), 0, self.config.vocab);
        self.project_into(last.normed, &layout.head, c, logits);
        Forward { layers, last, logits }
    }

    /// The place of a layer in a buffer of `channels` a row, or a temporary.
    fn kept(&mut self, buffer: Option<BufferId>, layer: usize, channels: u32) -> View {
        let Some(buffer) = buffer else { return self.tensor(channels) };
        let start = layer * kept_stride(self.rows(), channels);
        persistent(buffer, start..start + (self.rows() * channels) as usize)
    }

    /// A layer between its first norm and its last product.
    fn layer(&mut self, attention: Normed, ranges: &LayerRanges, qkv: View) -> Layer {
        let c = self.config.width;
        self.queries_keys_values(attention.normed, ranges, qkv);
        let attended = self.tensor(c);
        let lse = self.recorder.tensor((self.batch * self.config.heads * self.time) as usize);
        self.recorder.call(Kernel::Attention, &[qkv, attended, lse], self.attention_dims());
        let output = self.project(attended, &ranges.output, c, c);
        let ffn = self.norm(attention.residual, Some(output), &ranges.ffn_norm);
        let (gate_up, activated) = self.feed_forward(ffn.normed, ranges);
        Layer { attention, qkv, attended, lse, ffn, gate_up, activated }
    }

    /// The loss of each target; with `gradient`, their weighted sum is added to the metrics, and the logits become its gradient.
    pub fn loss(&mut self, forward: &Forward, gradient: bool) {
        let Buffers { targets, weights, losses, metrics, .. } = *self.buffers;
        let [targets, weights, losses] = [targets, weights, losses].map(|buffer| self.per_row(buffer));
        let shape = dims([self.rows(), self.config.vocab, gradient.into()]);
        self.recorder.call(Kernel::CrossEntropy, &[targets, weights, forward.logits, losses], shape);
        if gradient {
            let metrics = persistent(metrics, 0..METRICS);
            self.recorder.call(Kernel::LossSum, &[losses, weights, metrics], dims([self.rows()]));
        }
    }

    /// Adds every parameter's gradient, from the one that [`Self::loss`] left in the logits.
    pub fn backward(&mut self, forward: Forward) {
        let (c, ffn, layout) = (self.config.width, self.config.ffn, self.layout);
        let dnormed = self.project_backward(forward.logits, forward.last.normed, &layout.head, c, self.config.vocab);
        let dstream = self.tensor(c);
        self.norm_backward(dnormed, forward.last, &layout.final_norm, dstream, false);
        for (saved, ranges) in forward.layers.into_iter().zip(&layout.layers).rev() {
            // What the forward pass left and nothing reads here was never kept.
            let saved = if self.config.recompute { self.recomputed(saved.attention.residual, ranges) } else { saved };
            let dactivated = self.project_backward(dstream, saved.activated, &ranges.down, ffn, c);
            let dgate_up = self.tensor(2 * ffn);
            self.recorder.call(Kernel::SwiGluBackward, &[saved.gate_up, dactivated, dgate_up], dims([self.rows(), ffn]));
            let dnormed = self.project_backward(dgate_up, saved.ffn.normed, &ranges.gate_up, c, 2 * ffn);
            self.norm_backward(dnormed, saved.ffn, &ranges.ffn_norm, dstream, true);

            let dattended = self.project_backward(dstream, saved.attended, &ranges.output, c, c);
            let delta = self.recorder.tensor(saved.lse.len);
            self.recorder.call(Kernel::AttentionDelta, &[saved.attended, dattended, delta], self.attention_dims());
            let dqkv = self.tensor(self.config.qkv_rows());
            self.recorder.call(Kernel::AttentionBackward, &[saved.qkv, dattended, saved.lse, delta, dqkv], self.attention_dims());
            self.rope(dqkv, true);
            let dnormed = self.project_backward(dqkv, saved.attention.normed, &ranges.qkv, c, self.config.qkv_rows());
            self.norm_backward(dnormed, saved.attention, &ranges.attention_norm, dstream, true);
        }
        let ids = self.per_row(self.buffers.ids);
        let dtable = persistent(self.buffers.gradients, layout.embedding.clone());
        self.recorder.call(Kernel::EmbeddingBackward, &[ids, dstream, dtable], dims([self.rows(), c, self.config.vocab]));
    }

    /// What a layer's forward pass leaves, computed once more from what went into it (Chen et al. 2016, "Training Deep Nets with
    /// Sublinear Memory Cost", arXiv:1604.06174).
    fn recomputed(&mut self, residual: View, ranges: &LayerRanges) -> Layer {
        let attention = self.norm(residual, None, &ranges.attention_norm);
        let qkv = self.tensor(self.config.qkv_rows());
        self.layer(attention, ranges, qkv)
    }

    /// The next token of each sequence, against the caches and at `step.position`: logits, and a choice among them.
    pub fn decode(&mut self) {
        let (config, layout) = (self.config, self.layout);
        let Buffers { keys, values, logits, choices, .. } = *self.buffers;
        let mut stream = self.embed();
        let mut delta = None;
        for (index, ranges) in layout.layers.iter().enumerate() {
            let attention = self.norm(stream, delta, &ranges.attention_norm);
            let qkv = self.tensor(config.qkv_rows());
            self.queries_keys_values(attention.normed, ranges, qkv);
            let attended = self.tensor(config.width);
            let start = index * cache_stride(config, self.batch);
            let [keys, values] = [keys, values].map(|cache| persistent(cache, start..start + cache_len(config, self.batch)));
            let shape = dims([self.batch, config.context, config.heads, config.kv_heads, config.head_dim()]);
            self.recorder.call(Kernel::AttentionDecode, &[qkv, keys, values, attended], shape);
            let output = self.project(attended, &ranges.output, config.width, config.width);
            let ffn = self.norm(attention.residual, Some(output), &ranges.ffn_norm);
            let (_, activated) = self.feed_forward(ffn.normed, ranges);
            let down = self.project(activated, &ranges.down, config.ffn, config.width);
            (stream, delta) = (ffn.residual, Some(down));
        }
        let last = self.norm(stream, delta, &layout.final_norm);
        let logits = persistent(logits, 0..(self.batch * config.vocab) as usize);
        let choices = persistent(choices, 0..self.batch as usize);
        self.project_into(last.normed, &layout.head, config.width, logits);
        self.recorder.call(Kernel::Sample, &[logits, choices], dims([self.batch, config.vocab]));
    }

    fn embed(&mut self) -> View {
        let stream = self.tensor(self.config.width);
        let ids = self.per_row(self.buffers.ids);
        let table = persistent(self.buffers.parameters, self.layout.embedding.clone());
        self.recorder.call(Kernel::Embedding, &[ids, table, stream], dims([self.rows(), self.config.width]));
        stream
    }

    /// Normalises `stream`, after adding `delta` to it if there is one.
    fn norm(&mut self, stream: View, delta: Option<View>, gain: &Range<usize>) -> Normed {
        let gain = persistent(self.buffers.parameters, gain.clone());
        let normed = self.tensor(self.config.width);
        let inv_rms = self.recorder.tensor(self.rows() as usize);
        let shape = dims([self.rows(), self.config.width, self.config.norm_eps.to_bits()]);
        let Some(delta) = delta else {
            self.recorder.call(Kernel::RmsNorm, &[stream, gain, normed, inv_rms], shape);
            return Normed { residual: stream, normed, inv_rms };
        };
        let residual = self.tensor(self.config.width);
        self.recorder.call(Kernel::AddRmsNorm, &[stream, delta, gain, residual, normed, inv_rms], shape);
        Normed { residual, normed, inv_rms }
    }

    fn norm_backward(&mut self, dy: View, saved: Normed, gain: &Range<usize>, dx: View, accumulate: bool) {
        let (rows, c) = (self.rows(), self.config.width);
        let Normed { residual: x, inv_rms, .. } = saved;
        let dgain = persistent(self.buffers.gradients, gain.clone());
        let gain = persistent(self.buffers.parameters, gain.clone());
        self.recorder.call(Kernel::RmsNormBackward, &[dy, x, gain, inv_rms, dx, dgain], dims([rows, c, accumulate.into()]));
    }

    /// Queries, keys and values, rotated.
    fn queries_keys_values(&mut self, normed: View, ranges: &LayerRanges, qkv: View) {
        self.project_into(normed, &ranges.qkv, self.config.width, qkv);
        self.rope(qkv, false);
    }

    /// Gate and up, and their product.
    fn feed_forward(&mut self, normed: View, ranges: &LayerRanges) -> (View, View) {
        let ffn = self.config.ffn;
        let gate_up = self.project(normed, &ranges.gate_up, self.config.width, 2 * ffn);
        let activated = self.tensor(ffn);
        self.recorder.call(Kernel::SwiGlu, &[gate_up, activated], dims([self.rows(), ffn]));
        (gate_up, activated)
    }

    /// x Wᵀ, for a weight [outputs, inputs].
    fn project(&mut self, x: View, weight: &Range<usize>, inputs: u32, outputs: u32) -> View {
        let y = self.tensor(outputs);
        self.project_into(x, weight, inputs, y);
        y
    }

    fn project_into(&mut self, x: View, weight: &Range<usize>, inputs: u32, y: View) {
        let outputs = y.len as u32 / self.rows();
        let weight = persistent(self.buffers.parameters, weight.clone());
        self.recorder.call(Kernel::MatmulForward, &[x, weight, y], dims([self.rows(), outputs, inputs]));
    }

    /// Adds the weight's gradient, and gives that of the input.
    fn project_backward(&mut self, dy: View, x: View, weight: &Range<usize>, inputs: u32, outputs: u32) -> View {
        let shape = dims([self.rows(), outputs, inputs]);
        let dweight = persistent(self.buffers.gradients, weight.clone());
        self.recorder.call(Kernel::MatmulWeightBackward, &[dy, x, dweight], shape);
        let dx = self.tensor(inputs);
        let weight = persistent(self.buffers.parameters, weight.clone());
        self.recorder.call(Kernel::MatmulInputBackward, &[dy, weight, dx], shape);
        dx
    }

    fn rope(&mut self, qkv: View, backward: bool) {
        let ModelConfig { heads, kv_heads, context, .. } = *self.config;
        let head_dim = self.config.head_dim();
        let table = persistent(self.buffers.rope_table, 0..(context * head_dim) as usize);
        let shape = dims([self.rows(), self.config.qkv_rows(), heads + kv_heads, head_dim, self.time, backward.into()]);
        self.recorder.call(Kernel::Rope, &[table, qkv], shape);
    }

    fn attention_dims(&self) -> Dims {
        dims([self.batch, self.time, self.config.heads, self.config.kv_heads, self.config.head_dim()])
    }

    fn rows(&self) -> u32 {
        self.batch * self.time
    }

    /// A temporary of `channels` a row.
    fn tensor(&mut self, channels: u32) -> View {
        // Saturated where 32 bits address all memory, so that what cannot fit is refused for its size.
        self.recorder.tensor((self.rows() as usize).saturating_mul(channels as usize))
    }

    fn per_row(&self, buffer: BufferId) -> View {
        persistent(buffer, 0..self.rows() as usize)
    }
}

/// Words of one layer's keys (or values) for `batch` sequences of the full context.
fn cache_len(config: &ModelConfig, batch: u32) -> usize {
    (batch * config.context * config.kv_heads * config.head_dim()) as usize
}

/// Words from one layer's cache to the next.
pub fn cache_stride(config: &ModelConfig, batch: u32) -> usize {
    cache_len(config, batch).next_multiple_of(ALIGN)
}

/// Words from one layer to the next where `rows` of so many channels are kept.
pub fn kept_stride(rows: u32, channels: u32) -> usize {
    ((rows * channels) as usize).next_multiple_of(ALIGN)
}

/// A view of a persistent buffer.
pub fn persistent(buffer: BufferId, range: Range<usize>) -> View {
    View { place: Place::Persistent(buffer), offset: range.start, len: range.len() }
}

/// Dims, the rest zero.
pub fn dims<const N: usize>(numbers: [u32; N]) -> Dims {
    std::array::from_fn(|index| numbers.get(index).copied().unwrap_or(0))
}

/// Cosines, then sines, of each position's angles: [T,D], as [`Kernel::Rope`] reads them.
pub fn rope_table(config: &ModelConfig) -> Vec<f32> {
    let half = config.head_dim() as usize / 2;
    let mut table = vec![0.0; config.context as usize * 2 * half];
    for position in 0..config.context as usize {
        for i in 0..half {
            // The base to the power of -i / half.
            let frequency = (-f64::from(config.rope_theta).ln() * i as f64 / half as f64).exp();
            let (sin, cos) = sin_cos(position as f64 * frequency);
            let place = position * 2 * half + i;
            (table[place], table[place + half]) = (cos as f32, sin as f32);
        }
    }
    table
}
