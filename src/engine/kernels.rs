//! The registry of kernels: what each computes, reads and writes.
//!
//! A kernel exists twice under one name: `shaders/NAME.wgsl`, entry point `main`, and its twin in `src/engine/cpu/`.
//! The WGSL is bound as: group 0, binding 0 the call's dims (uniform, a struct of eight words named by the kernel), binding 1
//! [`StepParams`] (uniform), from binding 2 the call's views (storage, `read` or `read_write` as [`Access`] says).
//!
//! Letters: B batch, T time, M = B·T rows, C channels, V vocabulary, H query heads, K key/value heads, D channels a head,
//! F feed-forward channels. Matrices are row-major; a weight is `[out, in]`, as Hugging Face stores it.
//!
//! [`StepParams`]: super::program::StepParams

pub use seven_steps_cpu::RING;
pub use seven_steps_cpu::advance::FREE;

/// How a kernel uses a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    /// Written whole; what stood there is lost.
    Write,
    ReadWrite,
}

/// The kernels. In each comment: bindings in order (`→` before those written, `⇄` before those read and written), then dims.
/// Token ids are `u32` in the same 32-bit words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// Token embedding. ids [M], table [V,C] → out [M,C]. Dims: rows M, channels C.
    Embedding,
    /// ids [M], dout [M,C] ⇄ dtable [V,C] (adds). Dims: rows M, channels C, vocabulary V.
    EmbeddingBackward,
    /// y = x / rms(x) · gain (Zhang & Sennrich 2019, arXiv:1910.07467). x [M,C], gain [C] → y [M,C], inv_rms [M].
    /// Dims: rows M, channels C, epsilon (f32 bits).
    RmsNorm,
    /// sum = x + delta; y = norm(sum). x [M,C], delta [M,C], gain [C] → sum [M,C], y [M,C], inv_rms [M]. Dims as RmsNorm.
    AddRmsNorm,
    /// Adds the norm's gradients to that of the residual stream and to that of its gain. dy [M,C], x [M,C], gain [C], inv_rms [M]
    /// ⇄ dx [M,C], dgain [C]. Dims: rows M, channels C, accumulate (0: dx is overwritten, 1: added to).
    RmsNormBackward,
    /// Y = X Wᵀ. x [M,K], w [N,K] → y [M,N]. Dims: M, N, K.
    MatmulForward,
    /// dX = dY W. dy [M,N], w [N,K] → dx [M,K]. Dims: M, N, K.
    MatmulInputBackward,
    /// dW += dYᵀ X. dy [M,N], x [M,K] ⇄ dw [N,K] (adds). Dims: M, N, K.
    MatmulWeightBackward,
    /// Rotary position embedding (Su et al. 2021, arXiv:2104.09864), Hugging Face's rotate-half pairing (i, i + D/2), on the
    /// first `heads` heads of each row. table [T,D] (cosines, then sines, of D/2 each) ⇄ qkv [M, stride]. The position of row
    /// r is `step.position` + r mod T. Dims: rows M, stride (words a row), heads (H + K), head_dim D, time T,
    /// direction (0 forward, 1 backward: the inverse rotation).
    Rope,
    /// Causal attention with grouped-query heads (Ainslie et al. 2023, arXiv:2305.13245), online softmax (Dao et al. 2022,
    /// arXiv:2205.14135), scale 1/√D. qkv [M, (H+2K)·D] → out [M, H·D], lse [B,H,T] (log-sum-exp of the scaled scores).
    /// Dims: batch B, time T, heads H, kv_heads K, head_dim D.
    Attention,
    /// delta = Σ_d dout·out. out [M, H·D], dout [M, H·D] → delta [B,H,T]. Dims as Attention.
    AttentionDelta,
    /// qkv, dout [M, H·D], lse [B,H,T], delta [B,H,T] → dqkv [M, (H+2K)·D]. Dims as Attention.
    AttentionBackward,
    /// act = silu(gate) · up (Shazeer 2020, arXiv:2002.05202). gate_up [M,2F] (gate, then up, in each row) → act [M,F].
    /// Dims: rows M, ffn F.
    SwiGlu,
    /// gate_up [M,2F], dact [M,F] → dgate_up [M,2F]. Dims as SwiGlu.
    SwiGluBackward,
    /// targets [M] (u32, below V even where the weight is 0), weights [M] ⇄ logits [M,V] → losses [M] = -log p(target), in
    /// nats and unweighted. With `gradient` 1, logits become weight · (softmax − onehot(target)); with 0 they stay.
    /// Dims: rows M, vocabulary V, gradient.
    CrossEntropy,
    /// losses [M], weights [M] ⇄ metrics [METRICS]: adds Σ weight·loss to metrics[0]. Dims: rows M.
    LossSum,
    /// Partial sums of squares. grads [len] → partials [256]. Dims: len.
    GradientNorm,
    /// Closes a step's metrics: the norm from the partials, metrics[1] = the factor that clips (1 if none), and the ring entry
    /// 2 + 2·((step − 1) mod 64): the summed loss, then the norm before clipping; metrics[0] back to 0.
    /// partials [256] ⇄ metrics [METRICS].
    ClipFactor,
    /// AdamW with decoupled decay (Loshchilov & Hutter 2019, arXiv:1711.05101) on the clipped gradient; zeroes the gradient.
    /// metrics [METRICS] ⇄ weights [len], grads [len], m [len], v [len]. Weights before `decayed` decay. Dims: len, decayed.
    AdamW,
    /// One new token of each sequence against its cache, which it joins at `step.position`. qkv [B, (H+2K)·D]
    /// ⇄ keys [B,T,K·D], values [B,T,K·D] → out [B, H·D]. Dims: batch B, time T (room in the cache), heads, kv_heads, head_dim.
    AttentionDecode,
    /// Draws the next token: temperature, top-k, then top-p (nucleus, Holtzman et al. 2020, arXiv:1904.09751), by the Gumbel-max
    /// trick with a counter-based RNG keyed by (seed, position, sequence, token) (`cpu/rng.rs` tells both). Tokens are ranked
    /// by logit, the lower id first among equals; temperature 0 takes the first. Else top-k keeps the first k (0: all); of
    /// these top-p keeps the shortest beginning whose share of their softmax at the temperature is at least p (1: all); of
    /// these the greatest of logit / temperature + noise wins. logits [B,V] → choices [B] (u32). Dims: batch B, vocabulary V.
    Sample,
    /// The token after `step.position` of each sequence: the one that is given there, or where that is [`FREE`] the one drawn,
    /// which takes its place. choices [B] (u32) ⇄ tokens [B,T] (u32) → ids [B] (u32). Dims: batch B, time T.
    Advance,
    /// A sparse matrix times a dense one: y[to] = Σ value · x[from], or +=, for each row's entries, which begin where those of the
    /// row before end; no two rows have the same `to`. entries [E,2] (u32: from, the value's place), rows [R,2] (u32: to, the end
    /// of its entries), values, x [·,C] ⇄ y [·,C]. Dims: rows R, channels C, adds (0: y is overwritten, 1: added to), entries E.
    SparseProduct,
    /// How strongly pairs of rows pull at each other in logistic regression: lr · (label − σ(x·t)), as word2vec.c steps down
    /// −log σ(±x·t) (Mikolov et al. 2013, arXiv:1310.4546), and 0 once |x·t| ≥ 6, as gensim does. pairs [P,2] (u32: a row of x,
    /// one of t), labels [P], x [·,C], t [·,C] → pulls [P]. Dims: pairs P, channels C.
    LogisticPull,
}

/// Words of the metrics buffer: running loss, clip factor, and a ring of 64 (loss, norm) pairs.
pub const METRICS: usize = 2 + 2 * RING;

use Access::{Read, ReadWrite, Write};
use Kernel::*;

impl Kernel {
    /// Every kernel, for tests, the self-test and benches.
    pub const ALL: [Kernel; 24] = [
        Embedding,
        EmbeddingBackward,
        RmsNorm,
        AddRmsNorm,
        RmsNormBackward,
        MatmulForward,
        MatmulInputBackward,
        MatmulWeightBackward,
        Rope,
        Attention,
        AttentionDelta,
        AttentionBackward,
        SwiGlu,
        SwiGluBackward,
        CrossEntropy,
        LossSum,
        GradientNorm,
        ClipFactor,
        AdamW,
        AttentionDecode,
        Sample,
        Advance,
        SparseProduct,
        LogisticPull,
    ];

    /// The basename of its shader and of its twin.
    pub fn name(self) -> &'static str {
        match self {
            Embedding => "embedding",
            EmbeddingBackward => "embedding_backward",
            RmsNorm => "rmsnorm",
            AddRmsNorm => "add_rmsnorm",
            RmsNormBackward => "rmsnorm_backward",
            MatmulForward => "matmul_forward",
            MatmulInputBackward => "matmul_input_backward",
            MatmulWeightBackward => "matmul_weight_backward",
            Rope => "rope",
            Attention => "attention",
            AttentionDelta => "attention_delta",
            AttentionBackward => "attention_backward",
            SwiGlu => "swiglu",
            SwiGluBackward => "swiglu_backward",
            CrossEntropy => "cross_entropy",
            LossSum => "loss_sum",
            GradientNorm => "gradient_norm",
            ClipFactor => "clip_factor",
            AdamW => "adamw",
            AttentionDecode => "attention_decode",
            Sample => "sample",
            Advance => "advance",
            SparseProduct => "sparse_product",
            LogisticPull => "logistic_pull",
        }
    }

    /// How it uses its views, in order.
    pub fn bindings(self) -> &'static [Access] {
        match self {
            Embedding | SwiGluBackward | MatmulForward | MatmulInputBackward | AttentionDelta => &[Read, Read, Write],
            EmbeddingBackward | MatmulWeightBackward | LossSum => &[Read, Read, ReadWrite],
            Advance => &[Read, ReadWrite, Write],
            RmsNorm => &[Read, Read, Write, Write],
            AddRmsNorm => &[Read, Read, Read, Write, Write, Write],
            RmsNormBackward => &[Read, Read, Read, Read, ReadWrite, ReadWrite],
            SparseProduct => &[Read, Read, Read, Read, ReadWrite],
            Rope | ClipFactor => &[Read, ReadWrite],
            Attention => &[Read, Write, Write],
            AttentionBackward | LogisticPull => &[Read, Read, Read, Read, Write],
            SwiGlu | GradientNorm | Sample => &[Read, Write],
            CrossEntropy => &[Read, Read, ReadWrite, Write],
            AdamW => &[Read, ReadWrite, ReadWrite, ReadWrite, ReadWrite],
            AttentionDecode => &[Read, ReadWrite, ReadWrite, Write],
        }
    }
}
