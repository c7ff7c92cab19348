//! Which executor a run gets, and why.

use std::cell::Cell;

use super::message::Problem;
use crate::engine::EngineError;
use crate::engine::cpu::Cpu;
use crate::engine::device::Device;
use crate::engine::peak::peak_flops;
use crate::nn::model::Requirements;
use crate::protocol::{DeviceInfo, ExecutorKind, Subject};
use crate::spec::ExecutorChoice;

/// Bytes that a model may take on the CPU: a wasm module addresses four gibibytes, of which text, tokens and the copy of the
/// last good weights need some.
const CPU_MEMORY: u64 = if cfg!(target_arch = "wasm32") { 2 << 30 } else { 1 << 36 };

/// What this machine computes on.
pub struct Executors {
    pub info: DeviceInfo,
    /// Why there is no GPU.
    no_gpu: Option<EngineError>,
    /// Measured peaks of the GPU and the CPU in FLOP/s; 0 until measured.
    peaks: [Cell<f64>; 2],
}

/// An executor for a run.
pub struct Chosen {
    pub device: Device,
    /// Why it was chosen, in a sentence.
    pub why: String,
}

impl Executors {
    /// Looks for a GPU.
    pub async fn probe() -> Self {
        let why = "There is no graphics processor here, so the main processor computes.".to_owned();
        let info = DeviceInfo { gpu: None, software: false, auto: ExecutorKind::Cpu, why };
        Self { info, no_gpu: Some(EngineError::NoGpu("not built yet.".into())), peaks: Default::default() }
    }

    /// The executor that `choice` means here, and why.
    pub fn choose(&self, choice: ExecutorChoice) -> Result<(ExecutorKind, String), Problem> {
        match (choice, &self.no_gpu) {
            (ExecutorChoice::Auto, _) => Ok((self.info.auto, self.info.why.clone())),
            (ExecutorChoice::Cpu, _) => Ok((ExecutorKind::Cpu, "You chose the main processor.".into())),
            (ExecutorChoice::Gpu, None) => Ok((ExecutorKind::Gpu, "You chose the graphics processor.".into())),
            (ExecutorChoice::Gpu, Some(error)) => {
                Err(Problem::new(Subject::Device, format!("{error} Choose “auto” or “cpu” under “Runs on”.")))
            }
        }
    }

    /// An empty device.
    pub async fn open(&self, kind: ExecutorKind) -> Result<Device, EngineError> {
        match (kind, &self.no_gpu) {
            (ExecutorKind::Cpu, _) => Ok(Device::Cpu(Cpu::default())),
            (ExecutorKind::Gpu, Some(error)) => Err(error.clone()),
            (ExecutorKind::Gpu, None) => Err(EngineError::NoGpu("not built yet.".into())),
        }
    }

    /// Refuses what cannot fit before anything is built.
    pub fn check_fit(&self, kind: ExecutorKind, needed: &Requirements) -> Result<(), Problem> {
        let too_large = |what: &str, needed, available| EngineError::TooLarge { what: what.into(), needed, available }.into();
        match kind {
            ExecutorKind::Cpu if needed.total > CPU_MEMORY => Err(too_large("This model in training", needed.total, CPU_MEMORY)),
            _ => Ok(()),
        }
    }

    /// The peak of a device that holds nothing, measured once a session.
    pub async fn peak(&self, device: &mut Device) -> Result<f64, EngineError> {
        let known = &self.peaks[device.kind() as usize];
        if known.get() == 0.0 {
            known.set(peak_flops(device).await?);
        }
        Ok(known.get())
    }
}
