//! One interface over both executors.
//!
//! A device owns buffers of 32-bit words, zeroed when made, and loaded programs. Work is queued in order; [`Device::read`]
//! and [`Device::finish`] wait for it.

use super::EngineError;
use super::cpu::Cpu;
use super::gpu::Gpu;
use super::gpu::measure::Probe;
use super::program::{BufferId, Program, StepParams};
use crate::protocol::ExecutorKind;

/// A program that a device holds ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramId(pub usize);

/// An executor.
#[allow(clippy::large_enum_variant)] // A session has one device, so nothing is won by a smaller one.
pub enum Device {
    Gpu(Gpu),
    Cpu(Cpu),
}

impl Device {
    pub fn kind(&self) -> ExecutorKind {
        match self {
            Self::Gpu(_) => ExecutorKind::Gpu,
            Self::Cpu(_) => ExecutorKind::Cpu,
        }
    }

    /// A zeroed buffer of `words` 32-bit words.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] when a buffer of that size cannot be had.
    pub fn buffer(&mut self, name: &str, words: usize) -> Result<BufferId, EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.buffer(name, words),
            Self::Cpu(cpu) => cpu.buffer(name, words),
        }
    }

    /// Makes a program ready: allocates its slots, compiles its pipelines, binds its calls.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] for a slot, [`EngineError::Rejected`] for a shader.
    pub async fn load(&mut self, program: Program) -> Result<ProgramId, EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.load(program).await,
            Self::Cpu(cpu) => cpu.load(program),
        }
    }

    /// Frees everything: buffers, programs. The device stays usable.
    pub fn clear(&mut self) {
        match self {
            Self::Gpu(gpu) => gpu.clear(),
            Self::Cpu(cpu) => cpu.clear(),
        }
    }

    /// Overwrites words of a buffer from word `offset` on.
    pub fn write<T: bytemuck::Pod>(&mut self, buffer: BufferId, offset: usize, words: &[T]) {
        const { assert!(size_of::<T>() == 4) };
        match self {
            Self::Gpu(gpu) => gpu.write(buffer, offset, bytemuck::cast_slice(words)),
            Self::Cpu(cpu) => cpu.write(buffer, offset, bytemuck::cast_slice(words)),
        }
    }

    /// Queues one replay. The CPU executor computes here, and yields to the event loop about every 50 ms.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] when the GPU is gone.
    pub async fn run(&mut self, program: ProgramId, step: &StepParams) -> Result<(), EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.run(program, step),
            Self::Cpu(cpu) => {
                cpu.run(program, step).await;
                Ok(())
            }
        }
    }

    /// Queues one call of a program `times` over, to be timed; the CPU executor computes here, without yielding.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] when the GPU is gone.
    pub fn repeat(&mut self, program: ProgramId, call: usize, times: usize, step: &StepParams) -> Result<(), EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.repeat(program, call, times, step),
            Self::Cpu(cpu) => {
                cpu.repeat(program, call, times, step);
                Ok(())
            }
        }
    }

    /// Queues a copy of a whole buffer to one of the same length `times` over, to be timed as [`Self::repeat`].
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] when the GPU is gone.
    pub fn copy(&mut self, from: BufferId, to: BufferId, times: usize) -> Result<(), EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.copy(from, to, times),
            Self::Cpu(cpu) => {
                cpu.copy(from, to, times);
                Ok(())
            }
        }
    }

    /// As [`Gpu::load_probe`].
    ///
    /// # Errors
    /// As there, and [`EngineError::NoGpu`] on the CPU.
    pub async fn load_probe(&mut self, probe: Probe, buffers: &[BufferId], len: u32, rounds: u32) -> Result<ProgramId, EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.load_probe(probe, buffers, len, rounds).await,
            Self::Cpu(_) => Err(EngineError::NoGpu("the main processor was chosen.".into())),
        }
    }

    /// Words `offset..offset + len` of a buffer, after all queued work.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] when the GPU is gone.
    pub async fn read<T: bytemuck::Pod>(&mut self, buffer: BufferId, offset: usize, len: usize) -> Result<Vec<T>, EngineError> {
        const { assert!(size_of::<T>() == 4) };
        Ok(bytemuck::cast_slice(&self.read_parts(&[(buffer, offset, len)]).await?).to_vec())
    }

    /// The words of several parts (buffer, offset, length), one after the other, in one wait.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] when the GPU is gone.
    pub async fn read_parts(&mut self, parts: &[(BufferId, usize, usize)]) -> Result<Vec<u32>, EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.read(parts).await,
            Self::Cpu(cpu) => Ok(parts.iter().map(|&(buffer, offset, len)| cpu.read(buffer, offset, len)).collect::<Vec<_>>().concat()),
        }
    }

    /// Waits for all queued work.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] when the GPU is gone.
    pub async fn finish(&mut self) -> Result<(), EngineError> {
        match self {
            Self::Gpu(gpu) => gpu.finish().await,
            Self::Cpu(_) => Ok(()),
        }
    }

    /// The largest buffer that can be bound, in bytes.
    pub fn largest_buffer(&self) -> u64 {
        match self {
            Self::Gpu(gpu) => gpu.largest_buffer(),
            Self::Cpu(cpu) => cpu.largest_buffer(),
        }
    }

    /// Bytes of all buffers and slots.
    pub fn allocated(&self) -> u64 {
        match self {
            Self::Gpu(gpu) => gpu.allocated(),
            Self::Cpu(cpu) => cpu.allocated(),
        }
    }
}
