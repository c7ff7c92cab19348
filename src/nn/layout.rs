//! Where each parameter tensor lies in the flat buffer, and how it begins.

use std::ops::Range;

use crate::engine::program::ALIGN;
use crate::rng;
use crate::spec::ModelConfig;

/// Standard deviation of fresh weights (Radford et al. 2019, GPT-2; Hugging Face's `initializer_range`).
const INIT_STD: f64 = 0.02;

/// A parameter tensor as Hugging Face's `LlamaForCausalLM` names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub name: String,
    /// `[out, in]` of a matrix, `[C]` of a norm's gain.
    pub shape: Vec<usize>,
    /// Its words in the flat buffer.
    pub range: Range<usize>,
}

/// The ranges of one layer; the fused projections hold several tensors, one after the other.
#[derive(Clone, Debug, Default)]
pub struct LayerRanges {
    /// Query, key and value projections: [(H+2K)·D, C].
    pub qkv: Range<usize>,
    /// Output projection of attention: [C, H·D].
    pub output: Range<usize>,
    /// Gate and up projections: [2F, C].
    pub gate_up: Range<usize>,
    /// Down projection: [C, F].
    pub down: Range<usize>,
    pub attention_norm: Range<usize>,
    pub ffn_norm: Range<usize>,
}

/// The flat buffer of parameters; gradients and both AdamW moments have the same layout.
#[derive(Clone, Debug)]
pub struct Layout {
    pub tensors: Vec<Tensor>,
    pub layers: Vec<LayerRanges>,
    pub embedding: Range<usize>,
    /// The output projection: the embedding again when tied.
    pub head: Range<usize>,
    pub final_norm: Range<usize>,
    /// Words before this one take part in weight decay: the matrices. The norms' gains come after.
    pub decayed: usize,
    /// Words in all, gaps included; after the norm at the end there may be one.
    pub len: usize,
}

impl Layout {
    pub fn new(config: &ModelConfig) -> Self {
        let [vocab, c, ffn] = [config.vocab, config.width, config.ffn].map(|n| n as usize);
        let [queries, keys] = [config.heads, config.kv_heads].map(|n| (n * config.head_dim()) as usize);
        let mut builder = Builder::default();
        let embedding = builder.matrices([("model.embed_tokens".into(), vocab)], c);
        let head = if config.tied { embedding.clone() } else { builder.matrices([("lm_head".into(), vocab)], c) };
        let mut layers: Vec<LayerRanges> = (0..config.layers)
            .map(|layer| {
                let name = |part: &str| format!("model.layers.{layer}.{part}");
                let qkv = [(name("self_attn.q_proj"), queries), (name("self_attn.k_proj"), keys), (name("self_attn.v_proj"), keys)];
                LayerRanges {
                    qkv: builder.matrices(qkv, c),
                    output: builder.matrices([(name("self_attn.o_proj"), c)], queries),
                    gate_up: builder.matrices([(name("mlp.gate_proj"), ffn), (name("mlp.up_proj"), ffn)], c),
                    down: builder.matrices([(name("mlp.down_proj"), c)], ffn),
                    ..LayerRanges::default()
                }
            })
            .collect();
        let decayed = builder.len;
        for (index, layer) in layers.iter_mut().enumerate() {
            layer.attention_norm = builder.gain(format!("model.layers.{index}.input_layernorm"), c);
            layer.ffn_norm = builder.gain(format!("model.layers.{index}.post_attention_layernorm"), c);
        }
        let final_norm = builder.gain("model.norm".into(), c);
        Self { tensors: builder.tensors, layers, embedding, head, final_norm, decayed, len: builder.len }
    }

    /// Fresh parameters: matrices normal with a standard deviation of 0.02, gains 1.
    pub fn init(&self, seed: u32) -> Vec<f32> {
        let mut words = vec![0.0; self.len];
        for (index, tensor) in self.tensors.iter().enumerate() {
            let words = &mut words[tensor.range.clone()];
            if tensor.shape.len() == 1 {
                words.fill(1.0);
                continue;
            }
            let stream = rng::stream(seed, index as u64);
            for (place, word) in words.iter_mut().enumerate() {
                *word = (INIT_STD * rng::normal(stream, place as u64)) as f32;
            }
        }
        words
    }
}

#[derive(Default)]
struct Builder {
    tensors: Vec<Tensor>,
    len: usize,
}

impl Builder {
    /// Matrices of `columns` each, one after the other without a gap; the range of them all.
    fn matrices<const N: usize>(&mut self, parts: [(String, usize); N], columns: usize) -> Range<usize> {
        let start = self.len;
        for (name, rows) in parts {
            self.push(name, vec![rows, columns]);
        }
        self.align(start)
    }

    fn gain(&mut self, name: String, channels: usize) -> Range<usize> {
        let start = self.len;
        self.push(name, vec![channels]);
        self.align(start)
    }

    fn push(&mut self, name: String, shape: Vec<usize>) {
        let len: usize = shape.iter().product();
        self.tensors.push(Tensor { name: name + ".weight", shape, range: self.len..self.len + len });
        self.len += len;
    }

    fn align(&mut self, start: usize) -> Range<usize> {
        let end = self.len;
        self.len = end.next_multiple_of(ALIGN);
        start..end
    }
}
