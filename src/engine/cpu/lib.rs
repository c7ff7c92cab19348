//! The twin of each kernel, by the same name as in `shaders/`, and what they are made of.
//!
//! Plain functions over slices of 32-bit words: what they compute, read and write stands in the registry of kernels
//! (`src/engine/kernels.rs`).

pub mod adamw;
pub mod add_rmsnorm;
pub mod advance;
pub mod attention;
pub mod attention_backward;
pub mod attention_decode;
pub mod attention_delta;
pub mod clip_factor;
pub mod copy;
pub mod cross_entropy;
pub mod embedding;
pub mod embedding_backward;
pub mod gemm;
pub mod gradient_norm;
pub mod logistic_pull;
pub mod loss_sum;
pub mod math;
pub mod matmul_forward;
pub mod matmul_input_backward;
pub mod matmul_weight_backward;
pub mod multiply_add;
pub mod rmsnorm;
pub mod rmsnorm_backward;
pub mod rng;
pub mod rope;
pub mod sample;
pub mod simd;
pub mod sparse_product;
pub mod step;
pub mod swiglu;
pub mod swiglu_backward;
pub mod threads;
pub mod word2vec;

/// Steps that the metrics ring remembers.
pub const RING: usize = 64;
