//! The CPU executor, and the twin of each kernel.

pub mod adamw;
pub mod add_rmsnorm;
pub mod attention;
pub mod attention_backward;
pub mod attention_decode;
pub mod attention_delta;
pub mod clip_factor;
pub mod cross_entropy;
pub mod embedding;
pub mod embedding_backward;
pub mod gemm;
pub mod gradient_norm;
pub mod loss_sum;
pub mod math;
pub mod matmul_forward;
pub mod matmul_input_backward;
pub mod matmul_weight_backward;
pub mod rmsnorm;
pub mod rmsnorm_backward;
pub mod rmsnorm_gain_backward;
pub mod rng;
pub mod rope;
pub mod sample;
pub mod simd;
pub mod swiglu;
pub mod swiglu_backward;

use adamw::adamw;
use add_rmsnorm::add_rmsnorm;
use attention::{Shape, attention};
use attention_backward::attention_backward;
use attention_decode::attention_decode;
use attention_delta::attention_delta;
use clip_factor::clip_factor;
use cross_entropy::cross_entropy;
use embedding::embedding;
use embedding_backward::embedding_backward;
use gradient_norm::gradient_norm;
use loss_sum::loss_sum;
use matmul_forward::matmul_forward;
use matmul_input_backward::matmul_input_backward;
use matmul_weight_backward::matmul_weight_backward;
use rmsnorm::rmsnorm;
use rmsnorm_backward::rmsnorm_backward;
use rmsnorm_gain_backward::rmsnorm_gain_backward;
use rope::rope;
use sample::sample;
use swiglu::swiglu;
use swiglu_backward::swiglu_backward;

use super::EngineError;
use super::device::ProgramId;
use super::kernels::{Access, Kernel};
use super::program::{BufferId, Dims, Place, Program, StepParams, View};
use crate::platform;

/// The CPU form of a kernel: `reads` are the views bound as [`Access::Read`], `writes` the others, each in binding order.
pub type CpuKernel = fn(reads: &[&[f32]], writes: &mut [&mut [f32]], dims: &Dims, step: &StepParams);

/// Milliseconds of work between two yields to the event loop.
const SLICE: f64 = 50.0;

/// Buffers in memory, and programs over them.
#[derive(Default)]
pub struct Cpu {
    buffers: Vec<Vec<f32>>,
    programs: Vec<Program>,
    /// Where each program's slots begin in `buffers`.
    slots: Vec<usize>,
}

impl Cpu {
    pub fn buffer(&mut self, name: &str, words: usize) -> Result<BufferId, EngineError> {
        let mut buffer = Vec::new();
        let bytes = 4 * words as u64;
        if buffer.try_reserve_exact(words).is_err() || bytes > self.largest_buffer() {
            return Err(EngineError::TooLarge { what: name.to_owned(), needed: bytes, available: self.largest_buffer() });
        }
        buffer.resize(words, 0.0);
        self.buffers.push(buffer);
        Ok(BufferId(self.buffers.len() - 1))
    }

    pub fn load(&mut self, program: Program) -> Result<ProgramId, EngineError> {
        self.slots.push(self.buffers.len());
        for &words in &program.slots {
            self.buffer(&format!("The working memory of “{}”", program.name), words)?;
        }
        self.programs.push(program);
        Ok(ProgramId(self.programs.len() - 1))
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn write(&mut self, buffer: BufferId, offset: usize, words: &[u32]) {
        self.buffers[buffer.0][offset..offset + words.len()].copy_from_slice(bytemuck::cast_slice(words));
    }

    pub fn read(&self, buffer: BufferId, offset: usize, len: usize) -> Vec<u32> {
        bytemuck::cast_slice(&self.buffers[buffer.0][offset..offset + len]).to_vec()
    }

    pub async fn run(&mut self, program: ProgramId, step: &StepParams) {
        let mut yielded = platform::now();
        for index in 0..self.programs[program.0].calls.len() {
            self.call(program.0, index, step);
            if platform::now() - yielded > SLICE {
                platform::yield_now().await;
                yielded = platform::now();
            }
        }
    }

    /// Four gibibytes are all that a wasm module can address, and it needs some for itself.
    pub fn largest_buffer(&self) -> u64 {
        if cfg!(target_arch = "wasm32") { 1 << 30 } else { 1 << 36 }
    }

    /// Runs one call: written buffers are taken out while the kernel has them, since no call reads what it writes elsewhere.
    fn call(&mut self, program: usize, index: usize, step: &StepParams) {
        let first_slot = self.slots[program];
        let call = &self.programs[program].calls[index];
        let buffer_of = |view: &View| match view.place {
            Place::Persistent(BufferId(buffer)) => buffer,
            Place::Temporary(slot) => first_slot + slot,
        };
        let bound = || call.views.iter().zip(call.kernel.bindings());
        let mut taken: Vec<(usize, Vec<f32>, View)> = bound()
            .filter(|&(_, &access)| access != Access::Read)
            .map(|(view, _)| (buffer_of(view), std::mem::take(&mut self.buffers[buffer_of(view)]), *view))
            .collect();
        let reads: Vec<&[f32]> = bound()
            .filter(|&(_, &access)| access == Access::Read)
            .map(|(view, _)| &self.buffers[buffer_of(view)][view.offset..view.offset + view.len])
            .collect();
        let mut writes: Vec<&mut [f32]> =
            taken.iter_mut().map(|(_, buffer, view)| &mut buffer[view.offset..view.offset + view.len]).collect();
        twin(call.kernel)(&reads, &mut writes, &call.dims, step);
        drop(writes);
        for (index, buffer, _) in taken {
            self.buffers[index] = buffer;
        }
    }
}

/// The CPU form of each kernel.
pub fn twin(kernel: Kernel) -> CpuKernel {
    match kernel {
        Kernel::Embedding => |r, w, d, _| embedding(r[0], r[1], w[0], size(d[1])),
        Kernel::EmbeddingBackward => |r, w, d, _| embedding_backward(r[0], r[1], w[0], size(d[1])),
        Kernel::RmsNorm => |r, w, d, _| {
            let [y, inv_rms] = w else { unreachable!() };
            rmsnorm(r[0], r[1], y, inv_rms, f32::from_bits(d[2]));
        },
        Kernel::AddRmsNorm => |r, w, d, _| {
            let [sum, y, inv_rms] = w else { unreachable!() };
            add_rmsnorm(r[0], r[1], r[2], sum, y, inv_rms, f32::from_bits(d[2]));
        },
        Kernel::RmsNormBackward => |r, w, d, _| rmsnorm_backward(r[0], r[1], r[2], r[3], w[0], d[2] != 0),
        Kernel::RmsNormGainBackward => |r, w, _, _| rmsnorm_gain_backward(r[0], r[1], r[2], w[0]),
        Kernel::MatmulForward => |r, w, d, _| matmul_forward(r[0], r[1], w[0], size(d[1]), size(d[2])),
        Kernel::MatmulInputBackward => |r, w, d, _| matmul_input_backward(r[0], r[1], w[0], size(d[1]), size(d[2])),
        Kernel::MatmulWeightBackward => |r, w, d, _| matmul_weight_backward(r[0], r[1], w[0], size(d[1]), size(d[2])),
        Kernel::Rope => |r, w, d, step| {
            let [_, stride, heads, head_dim, time, backward, ..] = d.map(size);
            rope(r[0], w[0], stride, heads, head_dim, time, size(step.position), backward != 0);
        },
        Kernel::Attention => |r, w, d, _| {
            let [out, lse] = w else { unreachable!() };
            attention(r[0], out, lse, shape(d));
        },
        Kernel::AttentionDelta => |r, w, d, _| attention_delta(r[0], r[1], w[0], shape(d)),
        Kernel::AttentionBackward => |r, w, d, _| attention_backward(r[0], r[1], r[2], r[3], w[0], shape(d)),
        Kernel::SwiGlu => |r, w, d, _| swiglu(r[0], w[0], size(d[1])),
        Kernel::SwiGluBackward => |r, w, d, _| swiglu_backward(r[0], r[1], w[0], size(d[1])),
        Kernel::CrossEntropy => |r, w, d, _| {
            let [logits, losses] = w else { unreachable!() };
            cross_entropy(r[0], r[1], logits, losses, size(d[1]), d[2] != 0);
        },
        Kernel::LossSum => |r, w, _, _| loss_sum(r[0], r[1], w[0]),
        Kernel::GradientNorm => |r, w, _, _| gradient_norm(r[0], w[0]),
        Kernel::ClipFactor => |r, w, _, step| clip_factor(r[0], w[0], step),
        Kernel::AdamW => |r, w, d, step| {
            let [weights, grads, m, v] = w else { unreachable!() };
            adamw(r[0][1], weights, grads, m, v, size(d[1]), step);
        },
        Kernel::AttentionDecode => |r, w, d, step| {
            let [keys, values, out] = w else { unreachable!() };
            attention_decode(r[0], keys, values, out, shape(d), size(step.position));
        },
        Kernel::Sample => |r, w, d, step| sample(r[0], w[0], size(d[1]), step),
    }
}

fn size(dim: u32) -> usize {
    dim as usize
}

fn shape(dims: &Dims) -> Shape {
    let [batch, time, heads, kv_heads, head_dim, ..] = dims.map(size);
    Shape { batch, time, heads, kv_heads, head_dim }
}
