//! The run spec: everything that decides a run, as plain data.
//!
//! One flat record serves the page's URL fragment, the worker and the headless runner. Flat, because a person reads and edits it.

use serde::{Deserialize, Serialize};

use crate::trig::sin_cos;

/// What the run is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextChoice {
    /// The built-in text.
    Starter,
    /// The visitor's own text, which is never part of the spec.
    Own,
    /// The built-in world without end, told while it is read, in the genres and shares of [`RunSpec::mixture`].
    World,
}

/// How many documents of each genre of the built-in world are told, against the others, in the order of `world::GENRES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mixture(pub [u8; 10]);

impl Mixture {
    /// As the world tells when nobody asks.
    pub const GENERAL: Self = Self([30, 12, 10, 10, 8, 7, 5, 7, 8, 9]);
    /// Heavy in facts and in sentences that agree over a distance: what the models made in advance have read.
    pub const FACTS: Self = Self([3, 17, 13, 15, 30, 5, 1, 3, 8, 8]);
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenizerKind {
    /// Byte-level byte-pair encoding.
    Bpe,
    /// One token a Unicode character seen in the training text.
    Chars,
    /// One token a byte.
    Bytes,
}

/// How byte pair encoding cuts numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digits {
    /// Each digit is a token of its own, and so is the space before a number.
    Single,
    /// The digits of a number may share a token with one another and with the space before them, as in GPT-2.
    Grouped,
}

/// The ids of the tokens that mark who speaks in a conversation. No text is encoded to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    /// Begins what the user says.
    pub user: u32,
    /// Begins what the assistant says.
    pub assistant: u32,
    /// Ends what either says.
    pub end: u32,
    /// Without a meaning yet.
    pub reserved: [u32; 4],
}

impl Roles {
    /// All of them, in the order of the fields.
    pub fn ids(&self) -> [u32; 7] {
        let [a, b, c, d] = self.reserved;
        [self.user, self.assistant, self.end, a, b, c, d]
    }

    /// The roles whose ids are `ids`, as [`Self::ids`] gives them.
    pub fn from_ids([user, assistant, end, a, b, c, d]: [u32; 7]) -> Self {
        Self { user, assistant, end, reserved: [a, b, c, d] }
    }
}

/// How the learning rate falls after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decay {
    Cosine,
    Linear,
    Constant,
}

/// Which executor is asked for; `Auto` takes a hardware GPU where there is one, else the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExecutorChoice {
    Auto,
    Gpu,
    Cpu,
}

/// A run. Options that are `None` follow from `depth`, the one dial for the model's size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSpec {
    pub text: TextChoice,
    /// What the world tells of, where it is read without end.
    pub mixture: Mixture,
    /// Share of the text held out for validation.
    pub held_out: f32,
    pub tokenizer: TokenizerKind,
    /// Vocabulary size asked of BPE; the other tokenizers have the size they have.
    pub vocab: u32,
    /// How BPE cuts numbers.
    pub digits: Digits,
    /// Transformer layers.
    pub depth: u32,
    /// Channels of the residual stream.
    pub width: Option<u32>,
    pub heads: Option<u32>,
    /// Key and value heads (grouped-query attention).
    pub kv_heads: Option<u32>,
    /// Channels inside the feed-forward block.
    pub ffn: Option<u32>,
    /// Tokens the model sees at once.
    pub context: Option<u32>,
    /// Whether the output projection is the token embedding.
    pub tied: bool,
    /// Whether training computes a layer's activations once more instead of keeping them.
    pub recompute: bool,
    /// Sequences in one forward pass.
    pub batch: u32,
    /// Forward passes whose gradients add up to one step.
    pub accumulation: u32,
    pub steps: u32,
    /// Peak learning rate.
    pub lr: f32,
    /// Steps over which the learning rate rises to its peak.
    pub warmup: u32,
    pub decay: Decay,
    /// The learning rate at the end, as a share of the peak.
    pub final_lr: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    pub weight_decay: f32,
    /// Greatest norm of the gradient; 0 turns clipping off.
    pub clip: f32,
    /// Steps between two validations.
    pub validate_every: u32,
    pub seed: u32,
    pub executor: ExecutorChoice,
    /// Workers that share each batch on the CPU of a browser; 0 for as many as suit the device.
    pub threads: u32,
}

impl Default for RunSpec {
    fn default() -> Self {
        Self {
            text: TextChoice::Starter,
            mixture: Mixture::FACTS,
            held_out: 0.1,
            tokenizer: TokenizerKind::Bpe,
            vocab: 1024,
            digits: Digits::Single,
            depth: 4,
            width: None,
            heads: None,
            kv_heads: None,
            ffn: None,
            context: None,
            tied: true,
            recompute: false,
            batch: 8,
            accumulation: 1,
            steps: 1000,
            lr: 2e-3,
            warmup: 50,
            decay: Decay::Cosine,
            final_lr: 0.1,
            beta1: 0.9,
            beta2: 0.95,
            epsilon: 1e-8,
            weight_decay: 0.1,
            clip: 1.0,
            validate_every: 50,
            seed: 1,
            executor: ExecutorChoice::Auto,
            threads: 0,
        }
    }
}

impl RunSpec {
    /// The model for a vocabulary of `vocab` tokens: what is set, and else what `depth` derives.
    ///
    /// Width is 32 channels a layer, heads have 32 channels, the feed-forward block 8/3 of the width
    /// (Shazeer 2020, arXiv:2002.05202, for equal parameters), the context 128 tokens up to depth 4 and 256 beyond.
    pub fn model(&self, vocab: u32) -> ModelConfig {
        let width = self.width.unwrap_or(32 * self.depth);
        let heads = self.heads.unwrap_or((width / 32).max(1));
        ModelConfig {
            vocab,
            width,
            layers: self.depth,
            heads,
            kv_heads: self.kv_heads.unwrap_or(heads),
            ffn: self.ffn.unwrap_or((width * 8).div_ceil(3).next_multiple_of(8)),
            context: self.context.unwrap_or(if self.depth <= 4 { 128 } else { 256 }),
            tied: self.tied,
            recompute: self.recompute,
            rope_theta: 10_000.0,
            norm_eps: 1e-5,
        }
    }

    /// Tokens in the vocabulary, as far as they can be known before the text is read.
    pub fn expected_vocab(&self) -> u32 {
        /// Those of a text in one language, the bytes, and the control tokens.
        const CHARACTERS: u32 = 300;
        match self.tokenizer {
            TokenizerKind::Bpe => self.vocab,
            TokenizerKind::Chars => CHARACTERS,
            TokenizerKind::Bytes => 264,
        }
    }

    /// Tokens that one optimizer step learns from.
    pub fn tokens_per_step(&self) -> u64 {
        let context = self.model(self.vocab).context;
        u64::from(self.batch) * u64::from(self.accumulation) * u64::from(context)
    }

    /// The learning rate of `step` (0-based): linear warm-up to `peak`, then the decay, which would reach
    /// `final_lr · peak` after the last step.
    pub fn learning_rate(&self, peak: f32, step: u32) -> f32 {
        if step < self.warmup {
            return peak * (step + 1) as f32 / self.warmup as f32;
        }
        let span = self.steps.saturating_sub(self.warmup).max(1) as f32;
        let done = ((step - self.warmup) as f32 / span).min(1.0);
        let shape = match self.decay {
            Decay::Cosine => 0.5 * (1.0 + sin_cos(f64::from(std::f32::consts::PI * done)).1 as f32),
            Decay::Linear => 1.0 - done,
            Decay::Constant => return peak,
        };
        peak * (self.final_lr + (1.0 - self.final_lr) * shape)
    }
}

/// The shape of a Llama-family transformer (Touvron et al. 2023, arXiv:2302.13971) and how it is trained, every number settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// V: tokens in the vocabulary.
    pub vocab: u32,
    /// C: channels of the residual stream.
    pub width: u32,
    pub layers: u32,
    pub heads: u32,
    pub kv_heads: u32,
    /// Channels inside the feed-forward block.
    pub ffn: u32,
    /// T: tokens in a training sequence, and the most that generation looks back on.
    pub context: u32,
    pub tied: bool,
    /// See [`RunSpec::recompute`].
    pub recompute: bool,
    pub rope_theta: f32,
    pub norm_eps: f32,
}

impl ModelConfig {
    /// D: channels of one head.
    pub fn head_dim(&self) -> u32 {
        self.width / self.heads
    }

    /// Rows of the fused query, key and value projection.
    pub fn qkv_rows(&self) -> u32 {
        (self.heads + 2 * self.kv_heads) * self.head_dim()
    }

    /// Number of parameters.
    pub fn parameters(&self) -> u64 {
        self.embedding_parameters() + self.non_embedding_parameters()
    }

    /// Parameters of the token embedding, and of the output projection where it is not the same matrix.
    pub fn embedding_parameters(&self) -> u64 {
        u64::from(self.vocab) * u64::from(self.width) * if self.tied { 1 } else { 2 }
    }

    /// All others: the layers and the last normalisation.
    pub fn non_embedding_parameters(&self) -> u64 {
        let [c, layers] = [self.width, self.layers].map(u64::from);
        layers * self.layer_matrices() + (2 * layers + 1) * c
    }

    /// Floating-point operations of one trained token, two a multiply-add: 6 a matrix parameter, and attention over half the
    /// context, as far as a token sees on average (Kaplan et al. 2020, arXiv:2001.08361, section 2.1).
    pub fn train_flops_per_token(&self) -> f64 {
        let [vocab, c, layers, context] = [self.vocab, self.width, self.layers, self.context].map(f64::from);
        6.0 * (layers * self.layer_matrices() as f64 + vocab * c) + 6.0 * layers * c * context
    }

    fn layer_matrices(&self) -> u64 {
        let [c, ffn, qkv] = [self.width, self.ffn, self.qkv_rows()].map(u64::from);
        c * qkv + c * c + 3 * c * ffn
    }

    /// Why this shape cannot be built, as the knob at fault and a sentence; `None` if it can.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        let Self { width, heads, kv_heads, .. } = *self;
        let shared = if heads == 1 { "1 head".to_owned() } else { format!("{heads} heads") };
        if heads == 0 || width % heads != 0 {
            return Some(("heads", format!("{heads} heads do not divide a width of {width}: choose a divisor of {width}.")));
        }
        if !self.head_dim().is_multiple_of(4) {
            return Some((
                "heads",
                format!("A width of {width} over {shared} gives {} channels a head: it must be a multiple of 4.", self.head_dim()),
            ));
        }
        if self.head_dim() > 128 {
            return Some((
                "heads",
                format!("A width of {width} over {shared} gives {} channels a head: at most 128 work; use more heads.", self.head_dim()),
            ));
        }
        if kv_heads == 0 || heads % kv_heads != 0 {
            return Some((
                "kv_heads",
                format!("{kv_heads} key/value heads cannot be shared by {heads} heads: choose a divisor of {heads}."),
            ));
        }
        if !self.ffn.is_multiple_of(4) {
            return Some(("ffn", format!("A feed-forward width of {} does not work: it must be a multiple of 4.", self.ffn)));
        }
        None
    }
}
