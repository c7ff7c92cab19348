//! The CPU executor.

use std::hint::black_box;
use std::mem;

use seven_steps_cpu::{
    adamw::adamw,
    add_rmsnorm::add_rmsnorm,
    advance::advance,
    attention::{Shape, attention},
    attention_backward::attention_backward,
    attention_decode::attention_decode,
    attention_delta::attention_delta,
    clip_factor::clip_factor,
    copy::copy,
    cross_entropy::cross_entropy,
    embedding::embedding,
    embedding_backward::embedding_backward,
    gradient_norm::gradient_norm,
    logistic_pull::logistic_pull,
    loss_sum::loss_sum,
    matmul_forward::matmul_forward,
    matmul_input_backward::matmul_input_backward,
    matmul_weight_backward::matmul_weight_backward,
    rmsnorm::rmsnorm,
    rmsnorm_backward::rmsnorm_backward,
    rope::rope,
    sample::sample,
    sparse_product::sparse_product,
    swiglu::swiglu,
    swiglu_backward::swiglu_backward,
};

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
    /// The slots that the programs share.
    slots: Vec<Vec<f32>>,
}

impl Cpu {
    pub fn buffer(&mut self, name: &str, words: usize) -> Result<BufferId, EngineError> {
        let mut buffer = Vec::new();
        self.grow(&mut buffer, name, words)?;
        self.buffers.push(buffer);
        Ok(BufferId(self.buffers.len() - 1))
    }

    /// Makes a buffer as long as that, if it is not.
    fn grow(&self, buffer: &mut Vec<f32>, name: &str, words: usize) -> Result<(), EngineError> {
        let bytes = 4 * words as u64;
        let more = words.saturating_sub(buffer.len());
        if buffer.try_reserve_exact(more).is_err() || bytes > self.largest_buffer() {
            return Err(EngineError::TooLarge { what: name.to_owned(), needed: bytes, available: self.largest_buffer() });
        }
        buffer.resize(buffer.len() + more, 0.0);
        Ok(())
    }

    pub fn load(&mut self, program: Program) -> Result<ProgramId, EngineError> {
        let mut slots = mem::take(&mut self.slots);
        slots.resize_with(slots.len().max(program.slots.len()), Vec::new);
        let name = format!("The working memory of “{}”", program.name);
        let grown = slots.iter_mut().zip(&program.slots).try_for_each(|(slot, &words)| self.grow(slot, &name, words));
        self.slots = slots;
        grown?;
        if !self.sound(&program) {
            return Err(EngineError::Rejected(format!(
                "a call of “{}” has a view outside its buffer, or over one that it writes",
                program.name
            )));
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

    pub fn read(&self, buffer: BufferId, offset: usize, len: usize) -> &[u32] {
        bytemuck::cast_slice(&self.buffers[buffer.0][offset..offset + len])
    }

    /// All of a buffer, where it lies.
    pub fn words(&mut self, buffer: BufferId) -> Option<&mut [f32]> {
        self.buffers.get_mut(buffer.0).map(Vec::as_mut_slice)
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

    /// Runs one call of a program `times` over.
    pub fn repeat(&mut self, program: ProgramId, call: usize, times: usize, step: &StepParams) {
        (0..times).for_each(|_| self.call(program.0, call, step));
    }

    /// Copies a whole buffer to another `times` over.
    pub fn copy(&mut self, from: BufferId, to: BufferId, times: usize) {
        let Ok([from, to]) = self.buffers.get_disjoint_mut([from.0, to.0]) else { return };
        (0..times).for_each(|_| copy(black_box(from), black_box(to)));
    }

    /// Bytes of all buffers and slots.
    pub fn allocated(&self) -> u64 {
        self.buffers.iter().chain(&self.slots).map(|buffer| 4 * buffer.capacity() as u64).sum()
    }

    /// The same at once, where no events are to be heard meanwhile.
    pub fn replay(&mut self, program: ProgramId) {
        for index in 0..self.programs[program.0].calls.len() {
            self.call(program.0, index, &StepParams::default());
        }
    }

    /// Four gibibytes are all that a wasm module can address, and it needs some for itself.
    pub fn largest_buffer(&self) -> u64 {
        if cfg!(target_arch = "wasm32") { 1 << 30 } else { 1 << 36 }
    }

    /// Runs one call.
    fn call(&mut self, program: usize, index: usize, step: &StepParams) {
        let call = &self.programs[program].calls[index];
        let mut reads: [&[f32]; MOST_VIEWS] = Default::default();
        let mut writes: [&mut [f32]; MOST_VIEWS] = Default::default();
        let (mut read, mut written) = (0, 0);
        for (view, access) in call.views.iter().zip(call.kernel.bindings()) {
            let buffer = match view.place {
                Place::Persistent(BufferId(buffer)) => &mut self.buffers[buffer],
                Place::Temporary(slot) => &mut self.slots[slot],
            };
            assert!(view.offset + view.len <= buffer.len(), "load refuses such views");
            // SAFETY: the range lies in the buffer, which nothing else touches before the kernel returns, and `load` has
            // seen that no view of the call overlaps a written one.
            unsafe {
                let start = buffer.as_mut_ptr().add(view.offset);
                if *access == Access::Read {
                    reads[read] = std::slice::from_raw_parts(start, view.len);
                    read += 1;
                } else {
                    writes[written] = std::slice::from_raw_parts_mut(start, view.len);
                    written += 1;
                }
            }
        }
        twin(call.kernel)(&reads[..read], &mut writes[..written], &call.dims, step);
    }

    /// Whether every view lies in its buffer, and no written one overlaps another of its call.
    fn sound(&self, program: &Program) -> bool {
        let words = |view: &View| match view.place {
            Place::Persistent(BufferId(buffer)) => self.buffers.get(buffer).map_or(0, Vec::len),
            Place::Temporary(slot) => program.slots.get(slot).copied().unwrap_or(0),
        };
        let end = |view: &View| view.offset + view.len;
        let apart = |a: &View, b: &View| a.place != b.place || end(a) <= b.offset || end(b) <= a.offset;
        program.calls.iter().all(|call| {
            call.views.iter().zip(call.kernel.bindings()).enumerate().all(|(i, (view, access))| {
                let mut others = call.views.iter().enumerate().filter(|&(j, _)| i != j);
                end(view) <= words(view) && (*access == Access::Read || others.all(|(_, other)| apart(view, other)))
            })
        })
    }
}

/// Views of the kernel that has most.
const MOST_VIEWS: usize = 6;

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
        Kernel::RmsNormBackward => |r, w, d, _| {
            let [dx, dgain] = w else { unreachable!() };
            rmsnorm_backward(r[0], r[1], r[2], r[3], dx, dgain, d[2] != 0);
        },
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
        Kernel::Advance => |r, w, d, step| {
            let [tokens, ids] = w else { unreachable!() };
            advance(r[0], tokens, ids, size(d[1]), size(step.position));
        },
        Kernel::SparseProduct => |r, w, d, _| sparse_product(r[0], r[1], r[2], r[3], w[0], size(d[1]), d[2] != 0),
        Kernel::LogisticPull => |r, w, d, step| logistic_pull(r[0], r[1], r[2], r[3], w[0], size(d[1]), step.lr),
    }
}

fn size(dim: u32) -> usize {
    dim as usize
}

fn shape(dims: &Dims) -> Shape {
    let [batch, time, heads, kv_heads, head_dim, ..] = dims.map(size);
    Shape { batch, time, heads, kv_heads, head_dim }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::program::{ALIGN, Recorder};

    /// Keys and values of decoding, both written, as views into one buffer at `keys` and `values`.
    fn load(keys: usize, values: usize) -> (Cpu, BufferId, Result<ProgramId, EngineError>) {
        let mut cpu = Cpu::default();
        let cache = cpu.buffer("cache", 2 * ALIGN).unwrap();
        let qkv = cpu.buffer("qkv", 12).unwrap();
        let view = |buffer, offset, len| View { place: Place::Persistent(buffer), offset, len };
        let mut recorder = Recorder::default();
        let out = recorder.tensor(4);
        let views = [view(qkv, 0, 12), view(cache, keys, 8), view(cache, values, 8), out];
        recorder.call(Kernel::AttentionDecode, &views, [1, 2, 1, 1, 4, 0, 0, 0]);
        cpu.write(qkv, 0, &[0f32, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0].map(f32::to_bits));
        let loaded = cpu.load(recorder.finish("decoding"));
        (cpu, cache, loaded)
    }

    #[test]
    fn a_call_writes_two_views_of_one_buffer() {
        let (mut cpu, cache, loaded) = load(0, ALIGN);
        pollster::block_on(cpu.run(loaded.unwrap(), &StepParams { position: 1, ..StepParams::default() }));
        let cached = cpu.read(cache, 0, 2 * ALIGN);
        assert_eq!(cached[4..8], [1f32, 2.0, 3.0, 4.0].map(f32::to_bits));
        assert_eq!(cached[ALIGN + 4..ALIGN + 8], [5f32, 6.0, 7.0, 8.0].map(f32::to_bits));
    }

    #[test]
    fn views_that_overlap_or_leave_their_buffer_are_refused() {
        for (keys, values) in [(0, 4), (0, 2 * ALIGN - 4)] {
            assert!(matches!(load(keys, values).2, Err(EngineError::Rejected(_))));
        }
    }
}
