//! The GPU executor.

use super::EngineError;
use super::device::ProgramId;
use super::program::{BufferId, Program, StepParams};

/// A WebGPU device with its buffers and programs.
pub struct Gpu {}

impl Gpu {
    pub fn buffer(&mut self, _name: &str, _words: usize) -> Result<BufferId, EngineError> {
        Err(EngineError::NoGpu("not built yet.".into()))
    }
    pub async fn load(&mut self, _program: Program) -> Result<ProgramId, EngineError> {
        Err(EngineError::NoGpu("not built yet.".into()))
    }
    pub fn clear(&mut self) {}
    pub fn write(&mut self, _buffer: BufferId, _offset: usize, _words: &[u32]) {}
    pub fn run(&mut self, _program: ProgramId, _step: &StepParams) -> Result<(), EngineError> {
        Err(EngineError::NoGpu("not built yet.".into()))
    }
    pub async fn read(&mut self, _buffer: BufferId, _offset: usize, _len: usize) -> Result<Vec<u32>, EngineError> {
        Err(EngineError::NoGpu("not built yet.".into()))
    }
    pub async fn finish(&mut self) -> Result<(), EngineError> {
        Ok(())
    }
    pub fn largest_buffer(&self) -> u64 {
        0
    }
}
