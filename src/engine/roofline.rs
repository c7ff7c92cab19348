//! The least time of a call on a device: it cannot beat multiply-adds that stay in registers, nor a plain copy of as many bytes
//! (Williams et al. 2009, "Roofline", CACM 52(4)).

use std::hint::black_box;

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
    /// For each of [`COPIES`] the bytes that are read or written in a second, by it or a larger one: small ones stay in a cache.
    pub bytes: [f64; COPIES.len()],
}

/// Words of the copies: from 64 KiB there and as many back to 64 MiB.
pub const COPIES: [usize; 6] = [1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24];

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

    /// The least seconds that a call of this cost takes: no faster than the nearest copy that is not larger.
    pub fn floor(&self, cost: Cost) -> f64 {
        let place = COPIES.iter().rposition(|&words| 8.0 * words as f64 <= cost.bytes).unwrap_or(0);
        (cost.flops / self.flops).max(cost.bytes / self.bytes[place])
    }

    /// Bytes a second from and to memory, beyond all caches.
    pub fn memory(&self) -> f64 {
        self.bytes[COPIES.len() - 1]
    }
}

/// Milliseconds of a round, so long that clocks which browsers make coarse do not matter.
const ROUND: f64 = 30.0;
/// Rounds without getting faster that end it: others may use the machine too, and engines of wasm compile better code meanwhile.
const ROUNDS: u32 = 3;
/// What counts as faster.
const FASTER: f64 = 0.97;

/// Seconds of one of the runs that `queue` is told to queue so many of: the fewest of some rounds, each between two waits.
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
            continue;
        }
        let found = span / times as f64;
        rounds = if found < FASTER * least { 0 } else { rounds + 1 };
        least = least.min(found);
    }
    Ok(least / 1000.0)
}

/// FLOP/s in registers.
async fn multiply_adds(device: &mut Device) -> Result<f64, EngineError> {
    let operations = |words: usize, rounds: u32| 2.0 * words as f64 * f64::from(rounds);
    if let Device::Cpu(_) = device {
        // Some tens of microseconds for each thread.
        let (mut words, rounds) = ([0f32; 64 * GROUP], 4096);
        let seconds = seconds(device, |_, times| {
            (0..times).for_each(|_| multiply_add(black_box(&mut words), rounds));
            Ok(())
        });
        return Ok(operations(64 * GROUP, rounds as u32) / seconds.await?);
    }
    // Every thread of a large GPU has something to do, and more and more, until its start does not count.
    let words = 12 << 17;
    let mut best = 0f64;
    for rounds in [16, 256, 4096, 65536] {
        device.clear();
        let buffer = device.buffer("The speed test", words)?;
        let program = device.load_probe(Probe::MultiplyAdd, &[buffer], words as u32, rounds).await?;
        let seconds = seconds(device, |device, times| device.repeat(program, 0, times, &StepParams::default())).await?;
        best = best.max(operations(words, rounds) / seconds);
        if seconds > 0.02 {
            break;
        }
    }
    device.clear();
    Ok(best)
}

/// Seconds of a copy of so many words; on a GPU by its driver or a kernel, whichever is faster.
async fn copy_seconds(device: &mut Device, words: usize) -> Result<f64, EngineError> {
    device.clear();
    let [from, to] = [device.buffer("The speed test", words)?, device.buffer("The speed test", words)?];
    let mut least = seconds(device, |device, times| device.copy(from, to, times)).await?;
    if let Device::Gpu(_) = device {
        let program = device.load_probe(Probe::Copy, &[from, to], words as u32, 0).await?;
        least = least.min(seconds(device, |device, times| device.repeat(program, 0, times, &StepParams::default())).await?);
    }
    device.clear();
    Ok(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_of_computing_and_copying_counts() {
        let roofline = Roofline { flops: 1e9, bytes: [32e9, 16e9, 8e9, 4e9, 2e9, 1e9] };
        let floor = |flops, bytes| roofline.floor(Cost { flops, bytes });
        assert_eq!(floor(2e9, 1000.0), 2.0, "computing");
        assert_eq!(floor(0.0, 1000.0), 1000.0 / 32e9, "copying less than any of the copies");
        assert_eq!(floor(0.0, 8.0 * 65536.0 - 4.0), (8.0 * 65536.0 - 4.0) / 32e9, "and just below the second");
        assert_eq!(floor(0.0, 8.0 * 65536.0), 8.0 * 65536.0 / 16e9, "as much as that");
        assert_eq!(floor(1000.0, 3e9), 3.0, "copying from memory");
    }
}
