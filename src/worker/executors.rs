//! Which executor a run gets, and why.

use std::cell::Cell;
use std::rc::Rc;

use super::message::Problem;
use super::storage::{Disk, Storage};
use crate::engine::EngineError;
use crate::engine::cpu::Cpu;
use crate::engine::device::Device;
use crate::engine::gpu::Gpu;
use crate::engine::gpu::tuning::Tuning;
use crate::engine::peak::peak_flops;
use crate::engine::team::{Pool, cores};
use crate::nn::model::{Model, Requirements};
use crate::platform::agent;
use crate::platform::insecure;
use crate::protocol::{DeviceInfo, ExecutorKind, Subject, version};
use crate::spec::{ExecutorChoice, ModelConfig, RunSpec};

/// Bytes that a run may take in this process: a wasm module addresses four gibibytes, of which text and tokens need some.
const MEMORY: u64 = if cfg!(target_arch = "wasm32") { 7 << 29 } else { 1 << 36 };

/// What this machine computes on.
pub struct Executors {
    pub info: DeviceInfo,
    /// Why there is no GPU.
    no_gpu: Option<EngineError>,
    /// Bytes of the GPU's largest buffer.
    gpu_buffer: u64,
    /// Measured peaks of the GPU and the CPU in FLOP/s; 0 until measured.
    peaks: [Cell<f64>; 2],
    /// What is known of the GPU, and where that is kept.
    tuning: Rc<Tuning>,
    storage: Option<Storage>,
    /// Workers that share a run's work on the CPU.
    pub pool: Pool,
}

/// The slot and the file of what was learnt of the GPU.
const TUNED: (&str, &str) = ("device", "tiles");

impl Executors {
    /// Looks for a GPU, and in `storage` for what was learnt of it before.
    pub async fn probe(storage: Option<Storage>) -> Self {
        let (gpu, software, gpu_buffer, tuning, no_gpu) = match Gpu::new().await {
            Ok(gpu) => (Some(gpu.name().to_owned()), gpu.software(), gpu.largest_buffer(), Rc::clone(gpu.tuning()), None),
            Err(error) => (None, false, 0, Rc::default(), Some(error)),
        };
        let (auto, why) = match (&gpu, software) {
            (Some(name), false) => (ExecutorKind::Gpu, format!("The graphics processor ({name}) computes.")),
            (Some(name), true) => {
                let why = format!(
                    "The main processor computes: the graphics adapter here ({name}) works in software, which is several times slower."
                );
                (ExecutorKind::Cpu, why)
            }
            (None, _) => {
                let why = "The main processor computes, since this browser offers no graphics processor through WebGPU.";
                let why = insecure().map_or_else(|| why.to_owned(), |reason| format!("The main processor computes: {reason}"));
                (ExecutorKind::Cpu, why)
            }
        };
        let (info, pool) = (DeviceInfo { gpu, software, auto, why }, Pool::default());
        let executors = Self { info, no_gpu, gpu_buffer, peaks: Default::default(), tuning, storage, pool };
        executors.recall().await;
        executors
    }

    async fn recall(&self) {
        let Some(storage) = &self.storage else { return };
        let known = storage.read(TUNED.0, TUNED.1, usize::MAX).await.unwrap_or_default();
        if let Some(picks) = known.strip_prefix(self.device().as_bytes()) {
            self.tuning.recall(picks);
        }
    }

    /// Keeps what the GPU's contests have found, for the next visit.
    pub async fn remember(&self) {
        if let Some(storage) = self.storage.as_ref().filter(|_| self.tuning.is_news()) {
            let known = [self.device().as_bytes(), &self.tuning.picks()].concat();
            // Where it cannot be kept, the contests are held again.
            let _ = storage.write(TUNED.0, TUNED.1, &[known.into()]).await;
        }
    }

    /// The GPU, the browser and the build: what the fastest tiles depend on.
    fn device(&self) -> String {
        [version(), agent(), self.info.gpu.clone().unwrap_or_default()].concat()
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

    /// How many workers are to train together: as many as `spec` asks for, or else as suit the device, but so that they share the
    /// batch evenly and fit.
    pub fn threads(&self, kind: ExecutorKind, spec: &RunSpec, config: &ModelConfig) -> u32 {
        let most = match kind {
            ExecutorKind::Gpu => 1,
            ExecutorKind::Cpu if spec.threads == 0 => cores(),
            ExecutorKind::Cpu => spec.threads,
        };
        let all = |threads| u64::from(threads) * Model::requirements(config, spec.batch / threads).total;
        let suits = |threads: &u32| spec.batch.is_multiple_of(*threads) && all(*threads) <= MEMORY;
        (2..=most).rev().find(suits).unwrap_or(1)
    }

    /// An empty device.
    pub async fn open(&self, kind: ExecutorKind) -> Result<Device, EngineError> {
        match (kind, &self.no_gpu) {
            (ExecutorKind::Cpu, _) => Ok(Device::Cpu(Cpu::default())),
            (ExecutorKind::Gpu, Some(error)) => Err(error.clone()),
            (ExecutorKind::Gpu, None) => {
                let mut gpu = Gpu::new().await?;
                gpu.retune(Rc::clone(&self.tuning));
                Ok(Device::Gpu(gpu))
            }
        }
    }

    /// An empty device for a run of `choice` for which `kind` was chosen: the CPU's where a GPU was not asked for by name and
    /// has gone.
    pub async fn open_chosen(&self, choice: ExecutorChoice, (kind, why): (ExecutorKind, String)) -> Result<(Device, String), EngineError> {
        match self.open(kind).await {
            Err(EngineError::NoGpu(_)) if choice == ExecutorChoice::Auto => {
                let why = "The main processor computes, since the graphics processor does not answer any more.".into();
                Ok((self.open(ExecutorKind::Cpu).await?, why))
            }
            opened => opened.map(|device| (device, why)),
        }
    }

    /// Refuses what cannot fit before anything is built.
    pub fn check_fit(&self, kind: ExecutorKind, needed: &Requirements) -> Result<(), Problem> {
        // How much memory a GPU has in all is not told; it shows when the model is built.
        let too_large = |what: &str, needed, available| Err(EngineError::TooLarge { what: what.into(), needed, available }.into());
        if kind == ExecutorKind::Gpu && needed.largest > self.gpu_buffer {
            return too_large("The largest tensor of this model in training", needed.largest, self.gpu_buffer);
        }
        // Weights and moments three times: the last good ones, newer ones, and what is read or written of them.
        let here = 3 * needed.state + if kind == ExecutorKind::Cpu { needed.total } else { 0 };
        if here > MEMORY { too_large("This model in training", here, MEMORY) } else { Ok(()) }
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
