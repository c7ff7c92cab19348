//! The engine: programs of kernel calls, recorded once and replayed on the GPU or on the CPU.
//!
//! - [`program`]: a recorded list of kernel calls over named buffers.
//! - [`kernels`]: the registry: each kernel's bindings, grid, WGSL and CPU twin.
//! - [`device`]: one interface over both executors.
//! - [`gpu`]: wgpu: adapter, buffers, pipelines, replay.
//! - [`peak`]: what the device reaches in our own products, for the page.
//! - [`cost`]: what a call takes at least. [`roofline`]: how fast the device could do it.
//! - [`cpu`]: the CPU executor; its kernels are the package in `cpu/`.
//! - [`team`]: CPU executors in other workers, which share the work.
//! - [`selftest`]: every kernel on a device against its twin.

pub mod cost;
pub mod cpu;
pub mod device;
pub mod gpu;
pub mod kernels;
pub mod peak;
pub mod program;
pub mod roofline;
pub mod selftest;
pub mod team;

use std::fmt;

/// Why the engine could not do what it was asked; each displays as a sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// There is no usable GPU; the reason.
    NoGpu(String),
    /// The GPU went away (driver reset, sleep, or destroyed); what it said.
    DeviceLost(String),
    /// A worker that shared the work went away, or does not answer.
    HelperLost,
    /// More memory is needed in one piece than there is, in bytes.
    TooLarge { what: String, needed: u64, available: u64 },
    /// A sequence is too short or too long, in tokens.
    Length { tokens: usize, least: usize, most: usize },
    /// A shader or a call was refused; what the driver said.
    Rejected(String),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // What drivers say may lack its full stop.
        let said = |f: &mut fmt::Formatter, what: &str, reason: &str| {
            write!(f, "{what}: {}{}", reason.trim(), if reason.trim().ends_with('.') { "" } else { "." })
        };
        match self {
            Self::NoGpu(_) if let Some(reason) = crate::platform::insecure() => said(f, "There is no graphics processor", reason),
            Self::NoGpu(reason) => said(f, "This browser offers no usable graphics processor", reason),
            Self::DeviceLost(reason) => said(f, "The graphics processor was lost", reason),
            Self::HelperLost => f.write_str("A worker that shared the work was lost."),
            Self::TooLarge { what, needed, available } => {
                let mib = |bytes: u64| bytes.div_ceil(1 << 20);
                write!(
                    f,
                    "{what} needs {} MiB, but this device gives at most {} MiB: choose a smaller model, batch or context.",
                    mib(*needed),
                    mib(*available)
                )
            }
            Self::Length { tokens, least, most } => write!(
                f,
                "This text has {tokens} tokens, but the model takes from {least} to {most} here: choose a {} one.",
                if tokens < least { "longer" } else { "shorter" }
            ),
            Self::Rejected(reason) => said(f, "The graphics processor refused the work", reason),
        }
    }
}

impl std::error::Error for EngineError {}
