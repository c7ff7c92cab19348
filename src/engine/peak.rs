//! The most that a device computes: what its large matrix product reaches.

use super::EngineError;
use super::device::Device;
use super::kernels::Kernel;
use super::program::{Recorder, StepParams};
use crate::platform;

/// Floating-point operations a second in a square matmul, the best of a few; takes about 0.2 s and leaves the device empty.
///
/// # Errors
/// Errors of loading or running it.
pub async fn peak_flops(device: &mut Device) -> Result<f64, EngineError> {
    let mut best = 0f64;
    // Small matrices suit a cache, large ones many threads.
    for side in [256u32, 512] {
        let mut recorder = Recorder::default();
        let [x, w, y] = std::array::from_fn(|_| recorder.tensor((side * side) as usize));
        recorder.call(Kernel::MatmulForward, &[x, w, y], [side, side, side, 0, 0, 0, 0, 0]);
        let program = device.load(recorder.finish("the speed test")).await?;
        let operations = 2.0 * f64::from(side).powi(3);
        let started = platform::now();
        while platform::now() - started < 100.0 {
            // Long enough for clocks that browsers make coarse, some to a millisecond.
            let (from, mut times) = (platform::now(), 0.0);
            while platform::now() - from < 25.0 {
                device.run(program, &StepParams::default()).await?;
                device.finish().await?;
                times += 1.0;
            }
            best = best.max(times * operations / ((platform::now() - from) / 1000.0));
        }
        device.clear();
    }
    Ok(best)
}
