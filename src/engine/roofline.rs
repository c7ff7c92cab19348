//! The least time of a call on a device: it cannot beat multiply-adds that stay in registers, nor a plain copy of as many bytes
//! (Williams et al. 2009, "Roofline", CACM 52(4)).

use std::hint::black_box;

use seven_steps_cpu::copy::copy;
use seven_steps_cpu::multiply_add::{GROUP, multiply_add};

use super::EngineError;
use super::cost::Cost;
use super::device::Device;
use super::gpu::measure::Probe;
use super::program::StepParams;
use crate::platform;

/// What a device reaches where nothing else holds it up.
#[derive(Clone, Debug, PartialEq)]
pub struct Roofline {
    /// Floating-point operations a second, two a multiply-add.
    pub flops: f64,
    /// For each of [`COPIES`] the bytes that are read or written in a second, there or with more words: small copies stay in a cache.
    pub bytes: [f64; COPIES.len()],
}

/// Words of the copies: 64 KiB to 64 MiB there, and as many back.
pub const COPIES: [usize; 5] = [1 << 14, 1 << 17, 1 << 20, 1 << 22, 1 << 24];

impl Roofline {
    /// Takes one to three seconds, and leaves the device empty.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn measure(device: &mut Device) -> Result<Self, EngineError> {
        let flops = multiply_adds(device).await?;
        let mut bytes = [0.0; COPIES.len()];
        let mut best = 0f64;
        // From the largest on, so that what only a larger copy reaches, for want of time to start, counts for smaller ones too.
        for (rate, words) in bytes.iter_mut().zip(COPIES).rev() {
            best = best.max(8.0 * words as f64 / copy_seconds(device, words).await?);
            *rate = best;
        }
        Ok(Self { flops, bytes })
    }

    /// The least seconds that a call of this cost takes.
    pub fn floor(&self, cost: Cost) -> f64 {
        let fits = COPIES.iter().position(|&words| 8.0 * words as f64 >= cost.bytes);
        let bytes = self.bytes[fits.unwrap_or(COPIES.len() - 1)];
        (cost.flops / self.flops).max(cost.bytes / bytes)
    }

    /// Bytes a second from and to memory, beyond all caches.
    pub fn memory(&self) -> f64 {
        self.bytes[COPIES.len() - 1]
    }
}

/// Milliseconds of a round, so long that clocks which browsers make coarse do not matter.
const ROUND: f64 = 30.0;
/// Rounds of which the fastest counts: others may use the machine too.
const ROUNDS: u32 = 3;

/// Seconds of one of the runs that `queue` is told to queue so many of: the fewest of a few rounds, each between two waits.
///
/// # Errors
/// Those of the device.
pub async fn seconds(
    device: &mut Device,
    mut queue: impl FnMut(&mut Device, usize) -> Result<(), EngineError>,
) -> Result<f64, EngineError> {
    let (mut times, mut least, mut rounds) = (1, f64::INFINITY, 0);
    while rounds < ROUNDS {
        let from = platform::now();
        queue(device, times)?;
        device.finish().await?;
        let span = platform::now() - from;
        if span < ROUND {
            times *= 2;
        } else {
            least = least.min(span / times as f64);
            rounds += 1;
        }
    }
    Ok(least / 1000.0)
}

/// FLOP/s in registers.
async fn multiply_adds(device: &mut Device) -> Result<f64, EngineError> {
    /// Words that fill every thread of a large GPU, and rounds until it is busy long enough not to count its start.
    const WIDE: (usize, [u32; 4]) = (12 << 17, [16, 256, 4096, 65536]);
    /// Words and rounds on a CPU: some tens of microseconds for each thread.
    const NARROW: (usize, usize) = (64 * GROUP, 4096);
    const BUSY: f64 = 0.02;
    let operations = |words: usize, rounds: f64| 2.0 * words as f64 * rounds;
    let Device::Gpu(_) = device else {
        let (words, rounds) = NARROW;
        let mut numbers = vec![0f32; words];
        let seconds = seconds(device, |_, times| {
            (0..times).for_each(|_| multiply_add(black_box(&mut numbers), rounds));
            Ok(())
        });
        return Ok(operations(words, rounds as f64) / seconds.await?);
    };
    let (words, all_rounds) = WIDE;
    let mut best = 0f64;
    for rounds in all_rounds {
        let seconds = probe_seconds(device, Probe::MultiplyAdd, 1, words, rounds).await?;
        best = best.max(operations(words, rounds.into()) / seconds);
        if seconds > BUSY {
            break;
        }
    }
    Ok(best)
}

/// Seconds of a copy of so many words.
async fn copy_seconds(device: &mut Device, words: usize) -> Result<f64, EngineError> {
    let Device::Gpu(_) = device else {
        let (from, mut to) = (vec![1f32; words], vec![0f32; words]);
        let queue = |_: &mut Device, times| {
            (0..times).for_each(|_| copy(black_box(&from), black_box(&mut to)));
            Ok(())
        };
        return seconds(device, queue).await;
    };
    probe_seconds(device, Probe::Copy, 2, words, 0).await
}

/// Seconds of a probe on the GPU, over so many buffers of so many words each.
async fn probe_seconds(device: &mut Device, probe: Probe, buffers: usize, words: usize, rounds: u32) -> Result<f64, EngineError> {
    device.clear();
    let mut bound = Vec::new();
    for _ in 0..buffers {
        bound.push(device.buffer("The speed test", words)?);
    }
    let Device::Gpu(gpu) = &mut *device else { unreachable!("only a GPU has probes") };
    let program = gpu.load_probe(probe, &bound, words as u32, rounds).await?;
    let seconds = seconds(device, |device, times| device.repeat(program, 0, times, &StepParams::default())).await;
    device.clear();
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_of_computing_and_copying_counts() {
        let roofline = Roofline { flops: 1e9, bytes: [16e9, 8e9, 4e9, 2e9, 1e9] };
        let floor = |flops, bytes| roofline.floor(Cost { flops, bytes });
        assert_eq!(floor(2e9, 1000.0), 2.0, "computing");
        assert_eq!(floor(1000.0, 8.0 * 16384.0), 8.0 * 16384.0 / 16e9, "copying in the nearest cache");
        assert_eq!(floor(1000.0, 8.0 * 16384.0 + 4.0), (8.0 * 16384.0 + 4.0) / 8e9, "and just beyond it");
        assert_eq!(floor(1000.0, 3e9), 3.0, "copying from memory");
    }
}
