//! The CPU executor, and the twin of each kernel.

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
        _ => |_, _, _, _| {},
    }
}
