//! The contest among the tiles of a matmul: each must give the right product, and the fastest wins.

use std::{iter, slice};

use super::shaders::{Shader, Tiles};
use super::{Bound, Gpu};
use crate::engine::EngineError;
use crate::engine::cpu::twin;
use crate::engine::kernels::Kernel::{self, *};
use crate::engine::program::{BufferId, Call, Dims, Place, StepParams, View};
use crate::platform::now;
use crate::rng;

/// The most outputs of a product in a contest, and the longest sum; more tells nothing new.
const OUTPUTS: u32 = 1 << 22;
const DEPTH: u32 = 1024;
/// Milliseconds that a measurement takes at least: clocks of browsers are coarse, some to a millisecond.
const SPAN: f64 = 6.0;
/// The greatest difference from the CPU's product, relative to its largest magnitude.
const TOLERANCE: f32 = 1e-4;

impl Gpu {
    /// The fastest tiles for products like this.
    ///
    /// # Errors
    /// [`EngineError::Rejected`] where no product is right; those of the device.
    pub(super) async fn contest(&mut self, kernel: Kernel, dims: &Dims) -> Result<Tiles, EngineError> {
        let (first, allocated) = (self.buffers.len(), self.allocated);
        let winner = self.compete(kernel, shortened(kernel, dims)).await;
        self.buffers.drain(first..).for_each(|buffer| buffer.destroy());
        self.allocated = allocated;
        winner
    }

    async fn compete(&mut self, kernel: Kernel, dims: Dims) -> Result<Tiles, EngineError> {
        let [m, n, k, ..] = dims.map(|dim| dim as usize);
        let [left, right, product] = match kernel {
            MatmulInputBackward => [m * n, n * k, m * k],
            MatmulWeightBackward => [m * n, m * k, n * k],
            _ => [m * k, n * k, m * n],
        };
        let numbers = |seed, len| (0..len as u64).map(|at| rng::uniform(rng::stream(seed, 0), at) as f32 - 0.5).collect::<Vec<f32>>();
        let (left, right, mut expected) = (numbers(1, left), numbers(2, right), vec![0.0; product]);
        twin(kernel)(&[&left, &right], &mut [&mut expected], &dims, &StepParams::default());
        let mut views = Vec::new();
        for words in [&left, &right, &vec![0.0; product]] {
            let buffer = self.buffer("A matrix of the contest", words.len())?;
            self.write(buffer, 0, bytemuck::cast_slice(words));
            views.push(View { place: Place::Persistent(buffer), offset: 0, len: words.len() });
        }
        let output = BufferId(self.buffers.len() - 1);
        let call = Call { kernel, views, dims };
        let mut best: Option<(f64, Tiles)> = None;
        // Large tiles take long to compile, and leave a graphics card without threads.
        for tiles in Tiles::ALL.into_iter().filter(|&tiles| tiles != Tiles::Large) {
            let limit = best.map_or(f64::INFINITY, |(seconds, _)| seconds);
            match self.try_out(&call, tiles, output, &expected, limit).await {
                Ok(Some(time)) if time < limit => best = Some((time, tiles)),
                // What a driver does not take, or does wrong, is out.
                Ok(_) | Err(EngineError::Rejected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        best.map(|(_, tiles)| tiles).ok_or_else(|| EngineError::Rejected("its matrix products are wrong.".into()))
    }

    /// Milliseconds of the product in these tiles, or none if it is wrong; measured but once where it is far from `limit`.
    async fn try_out(
        &mut self,
        call: &Call,
        tiles: Tiles,
        output: BufferId,
        expected: &[f32],
        limit: f64,
    ) -> Result<Option<f64>, EngineError> {
        let shader = Shader::of(call.kernel, &call.dims, tiles);
        self.compile(call.kernel, shader.clone()).await?;
        let dims = self.dims_buffer(slice::from_ref(call));
        let bound = self.bind(call, &shader, &dims, 0);
        // The gradient of a weight is added to what is there.
        self.write(output, 0, &vec![0; expected.len()]);
        self.submit(&mut iter::once(&bound));
        let found = self.read(&[(output, 0, expected.len())]).await?;
        let largest = expected.iter().fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
        let is_right = |(found, expected): (&f32, &f32)| (found - expected).abs() <= TOLERANCE * largest;
        if !bytemuck::cast_slice(&found).iter().zip(expected).all(is_right) {
            return Ok(None);
        }
        let once = self.milliseconds(&bound).await?;
        if once > 1.5 * limit {
            return Ok(Some(once));
        }
        Ok(Some(once.min(self.milliseconds(&bound).await?)))
    }

    /// Milliseconds of one call, from as many in a row as take [`SPAN`].
    async fn milliseconds(&mut self, bound: &Bound) -> Result<f64, EngineError> {
        let mut times = 1;
        loop {
            let from = now();
            self.submit(&mut iter::repeat_n(bound, times));
            self.finish().await?;
            let span = now() - from;
            if span >= SPAN || times >= 1 << 12 {
                return Ok(span / times as f64);
            }
            times *= if span < SPAN / 8.0 { 8 } else { 2 };
        }
    }
}

/// Dims of a product of the same sort that takes no longer than is needed: of fewer rows or columns, whichever are more, and
/// with a shorter sum.
fn shortened(kernel: Kernel, dims: &Dims) -> Dims {
    let (depth, [rows, columns]) = match kernel {
        MatmulWeightBackward => (0, [1, 2]),
        MatmulInputBackward => (1, [0, 2]),
        _ => (2, [0, 1]),
    };
    let mut dims = *dims;
    dims[depth] = dims[depth].min(DEPTH);
    let (long, short) = if dims[rows] >= dims[columns] { (rows, columns) } else { (columns, rows) };
    dims[short] = dims[short].min(OUTPUTS.isqrt());
    // A vector of four must stay whole.
    dims[long] = dims[long].min(OUTPUTS / dims[short]).next_multiple_of(4).min(dims[long]);
    dims
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contest_s_product_is_of_the_same_sort_and_no_larger_than_needed() {
        let dims = |m, n, k| [m, n, k, 0, 0, 0, 0, 0];
        assert_eq!(shortened(MatmulForward, &dims(1024, 384, 128)), dims(1024, 384, 128), "small enough");
        assert_eq!(shortened(MatmulForward, &dims(65_536, 384, 2000)), dims(10_924, 384, 1024));
        assert_eq!(shortened(MatmulInputBackward, &dims(9000, 5000, 4096)), dims(2048, 1024, 2048));
        assert_eq!(shortened(MatmulWeightBackward, &dims(65_536, 16_384, 132)), dims(1024, 16_384, 132));
    }
}
