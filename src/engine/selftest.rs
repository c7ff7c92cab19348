//! Every kernel on a device against its CPU twin, at odd shapes: what tests and the page's self-test run.

use std::rc::Rc;

use seven_steps_cpu::rng::pcg4d;

use super::EngineError;
use super::cpu::twin;
use super::device::Device;
use super::gpu::shaders::Tiles;
use super::gpu::tuning::{KERNELS, Tuning};
use super::kernels::Kernel::{self, *};
use super::kernels::{Access, FREE, METRICS};
use super::program::{Dims, Place, Recorder, StepParams, View, shape};
use crate::protocol::bench::KernelReport;

/// A kernel at a shape.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub kernel: Kernel,
    pub dims: Dims,
    pub step: StepParams,
}

/// The greatest difference that passes, relative to the largest magnitude in the twin's result: f32 sums in another order.
pub const TOLERANCE: f32 = 1e-5;

/// Runs [`cases`] on a device of its own, which it clears.
///
/// # Errors
/// Those of the device; a kernel that is wrong is not an error but a report that did not pass.
pub async fn run(device: &mut Device) -> Result<Vec<KernelReport>, EngineError> {
    let mut reports = Vec::new();
    for case in cases() {
        reports.push(check(device, &case).await?);
    }
    Ok(reports)
}

/// Runs the cases in every form that some GPU may be given: all as for a graphics card, and matmuls in all tiles.
///
/// # Errors
/// Those of the device.
pub async fn run_forms(device: &mut Device) -> Result<Vec<KernelReport>, EngineError> {
    let mut reports = Vec::new();
    for tiles in Tiles::ALL {
        if let Device::Gpu(gpu) = &mut *device {
            gpu.retune(Rc::new(Tuning::fixed(tiles)));
        }
        for case in cases().iter().filter(|case| tiles == Tiles::Small || KERNELS.contains(&case.kernel)) {
            let report = check(device, case).await?;
            reports.push(KernelReport { kernel: format!("{} ({tiles:?})", report.kernel), ..report });
        }
    }
    Ok(reports)
}

/// Small shapes that leave every tile and workgroup partly empty.
pub fn cases() -> Vec<Case> {
    let step = StepParams {
        lr: 2e-3,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weight_decay: 0.1,
        clip: 1.0,
        step: 3,
        position: 5,
        seed: 42,
        temperature: 0.8,
        top_k: 0,
        top_p: 1.0,
    };
    let epsilon = 1e-5_f32.to_bits();
    let mut cases = Vec::new();
    let mut add = |kernels: &[Kernel], step: StepParams, shapes: &[&[u32]]| {
        for (&kernel, shape) in kernels.iter().flat_map(|kernel| shapes.iter().map(move |shape| (kernel, shape))) {
            let mut dims = Dims::default();
            dims[..shape.len()].copy_from_slice(shape);
            cases.push(Case { kernel, dims, step });
        }
    };
    add(&[Embedding], step, &[&[1, 4], &[37, 20]]);
    add(&[EmbeddingBackward], step, &[&[1, 4, VOCAB], &[77, 132, VOCAB], &[2100, 264, VOCAB]]);
    add(&[RmsNorm, AddRmsNorm], step, &[&[1, 4, epsilon], &[67, 44, epsilon]]);
    add(&[RmsNormBackward], step, &[&[1, 4, 0], &[67, 44, 1], &[67, 140, 0]]);
    let matrices: &[&[u32]] = &[&[1, 1, 4], &[5, 8, 12], &[37, 44, 20], &[19, 67, 36], &[70, 130, 84], &[3, 44, 100]];
    add(&[MatmulForward, MatmulInputBackward, MatmulWeightBackward], step, matrices);
    add(&[Rope], step, &[&[1, 12, 2, 4, 1, 0], &[14, 40, 3, 8, 7, 0], &[14, 40, 3, 8, 7, 1]]);
    let heads: &[&[u32]] =
        &[&[1, 1, 1, 1, 4], &[2, 37, 3, 3, 8], &[3, 70, 4, 2, 32], &[2, 21, 6, 2, 36], &[1, 9, 2, 1, 12], &[1, 5, 2, 1, 128]];
    add(&[Attention, AttentionDelta, AttentionBackward], step, heads);
    add(&[AttentionDecode], step, &[&[1, 6, 1, 1, 4], &[2, 6, 4, 2, 8], &[3, 17, 4, 2, 32], &[2, 37, 2, 1, 128]]);
    add(&[AttentionDecode], StepParams { position: 0, ..step }, &[&[2, 5, 4, 2, 32]]);
    add(&[SwiGlu, SwiGluBackward], step, &[&[1, 4], &[37, 44]]);
    add(&[CrossEntropy], step, &[&[1, 1, 1], &[67, 65, 1], &[3, 513, 0]]);
    add(&[LossSum], step, &[&[1], &[133]]);
    add(&[GradientNorm], step, &[&[4], &[5003]]);
    add(&[ClipFactor], step, &[&[]]);
    add(&[ClipFactor], StepParams { step: 65, clip: 0.0, ..step }, &[&[]]);
    add(&[AdamW], step, &[&[4, 4], &[335, 122]]);
    add(&[AdamW], StepParams { step: 1, beta2: 0.999, ..step }, &[&[64, 0]]);
    for (temperature, top_k, top_p) in [(0.0, 0, 1.0), (0.8, 0, 1.0), (1.2, 5, 1.0), (0.7, 0, 0.6), (1.0, 40, 0.9)] {
        add(&[Sample], StepParams { temperature, top_k, top_p, ..step }, &[&[1, 1], &[9, 67], &[3, 1031]]);
    }
    add(&[Advance], step, &[&[1, 7], &[77, 9]]);
    add(&[SparseProduct], step, &[&[3, 4, 0, 3], &[13, 20, 0, 77], &[13, 20, 1, 77]]);
    add(&[LogisticPull], step, &[&[1, 4], &[37, 44], &[37, 400]]);
    cases
}

/// Rows of a table where the dims do not say.
const VOCAB: u32 = 41;

/// What a view holds before the call.
#[derive(Clone, Copy)]
enum Fill {
    /// From −1 to 1.
    Signed,
    /// From 0 to 1.
    Positive,
    /// Token ids below this.
    Ids(u32),
    /// Those, or none.
    Given(u32),
    /// Logits, many of them equal.
    Coarse,
    /// The log-sum-exp that attention writes for the same queries and keys.
    Lse,
    /// Pairs of places below these, which differ from word to word where the numbers are odd.
    Places([u32; 2]),
    /// A place below the first, and where its share of so many entries ends.
    Spans([u32; 2]),
}

/// Runs one case on the device and in the twin.
///
/// # Errors
/// Those of the device.
pub async fn check(device: &mut Device, case: &Case) -> Result<KernelReport, EngineError> {
    let Case { kernel, dims, step } = *case;
    let views = operands(case);
    device.clear();
    let mut recorder = Recorder::default();
    let mut bound = Vec::new();
    for words in &views {
        let buffer = device.buffer("A test's operand", words.len())?;
        device.write(buffer, 0, words);
        bound.push(View { place: Place::Persistent(buffer), offset: 0, len: words.len() });
    }
    recorder.call(kernel, &bound, dims);
    let program = device.load(recorder.finish("self-test")).await?;
    device.run(program, &step).await?;

    let expected = run_twin(kernel, &views, &dims, &step);
    let mut error = 0.0_f32;
    for (view, expected) in written(kernel).zip(&expected) {
        let Place::Persistent(buffer) = bound[view].place else { unreachable!() };
        let found: Vec<u32> = device.read(buffer, 0, views[view].len()).await?;
        error = error.max(difference(kernel, &found, expected));
    }
    Ok(KernelReport { kernel: kernel.name().into(), shape: shape(&dims), error, passed: error <= TOLERANCE })
}

/// What the views of a case hold before the call.
pub(super) fn operands(case: &Case) -> Vec<Vec<u32>> {
    let Case { kernel, dims, .. } = *case;
    let mut views: Vec<Vec<u32>> = Vec::new();
    for (index, (len, fill)) in layout(kernel, &dims).into_iter().enumerate() {
        let words = match fill {
            Fill::Lse => softmax_statistics(&views[0], &dims, len),
            _ if kernel.bindings()[index] == Access::Write => vec![1e9_f32.to_bits(); len],
            _ => (0..len as u32).map(|at| word(fill, [at, index as u32, dims[0], dims[1]])).collect(),
        };
        views.push(words);
    }
    views
}

/// The views that a kernel writes.
pub(super) fn written(kernel: Kernel) -> impl Iterator<Item = usize> {
    kernel.bindings().iter().enumerate().filter(|(_, access)| **access != Access::Read).map(|(view, _)| view)
}

/// What the twin leaves in the views that it writes.
pub(super) fn run_twin(kernel: Kernel, views: &[Vec<u32>], dims: &Dims, step: &StepParams) -> Vec<Vec<u32>> {
    let reads = views.iter().zip(kernel.bindings()).filter(|(_, access)| **access == Access::Read);
    let reads: Vec<&[f32]> = reads.map(|(words, _)| bytemuck::cast_slice(words)).collect();
    let mut outcome: Vec<Vec<u32>> = written(kernel).map(|view| views[view].clone()).collect();
    let mut writes: Vec<&mut [f32]> = outcome.iter_mut().map(|words| bytemuck::cast_slice_mut(words)).collect();
    twin(kernel)(&reads, &mut writes, dims, step);
    outcome
}

/// The greatest difference relative to the largest magnitude expected; infinite if any number is not finite, or any token another.
fn difference(kernel: Kernel, found: &[u32], expected: &[u32]) -> f32 {
    if matches!(kernel, Sample | Advance) {
        return if found == expected { 0.0 } else { f32::INFINITY };
    }
    let number = |&word: &u32| f32::from_bits(word);
    let largest = expected.iter().map(number).fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    let differences = found.iter().zip(expected).map(|(found, expected)| (number(found) - number(expected)).abs());
    differences.fold(0.0, |worst: f32, difference| if difference.is_finite() { worst.max(difference) } else { f32::INFINITY }) / largest
}

fn softmax_statistics(qkv: &[u32], dims: &Dims, len: usize) -> Vec<u32> {
    let views = [qkv.to_vec(), vec![0; qkv.len()], vec![0; len]];
    run_twin(Attention, &views, dims, &StepParams::default()).swap_remove(1)
}

fn word(fill: Fill, counters: [u32; 4]) -> u32 {
    let [hash, ..] = pcg4d(counters);
    let unit = (hash >> 8) as f32 / (1 << 24) as f32;
    match fill {
        Fill::Signed | Fill::Lse => (2.0 * unit - 1.0).to_bits(),
        Fill::Positive => unit.to_bits(),
        Fill::Ids(vocab) => hash % vocab,
        Fill::Given(vocab) => [FREE, hash % vocab][(hash >> 31) as usize],
        Fill::Places(counts) => counters[0] % counts[counters[0] as usize % 2],
        Fill::Spans([rows, entries]) => [counters[0] % rows, (counters[0] / 2 + 1) * entries / rows][counters[0] as usize % 2],
        Fill::Coarse => ((16.0 * unit).floor() / 4.0).to_bits(),
    }
}

/// The length of each view, and what it holds.
fn layout(kernel: Kernel, dims: &Dims) -> Vec<(usize, Fill)> {
    use Fill::{Coarse, Given, Ids, Lse, Places, Positive, Signed, Spans};
    let [a, b, c, d, e, ..] = dims.map(|dim| dim as usize);
    // Of the attention kernels: rows, words of a row of qkv and of out, statistics.
    let (rows, qkv, out, statistics) = (a * b, (c + 2 * d) * e, c * e, a * b * c);
    match kernel {
        Embedding => vec![(a, Ids(VOCAB)), (VOCAB as usize * b, Signed), (a * b, Signed)],
        EmbeddingBackward => vec![(a, Ids(dims[2])), (a * b, Signed), (b * c, Signed)],
        RmsNorm => vec![(a * b, Signed), (b, Signed), (a * b, Signed), (a, Signed)],
        AddRmsNorm => {
            vec![(a * b, Signed), (a * b, Signed), (b, Signed), (a * b, Signed), (a * b, Signed), (a, Signed)]
        }
        RmsNormBackward => vec![(a * b, Signed), (a * b, Signed), (b, Signed), (a, Positive), (a * b, Signed), (b, Signed)],
        MatmulForward => vec![(a * c, Signed), (b * c, Signed), (a * b, Signed)],
        MatmulInputBackward => vec![(a * b, Signed), (b * c, Signed), (a * c, Signed)],
        MatmulWeightBackward => vec![(a * b, Signed), (a * c, Signed), (b * c, Signed)],
        Rope => vec![((e + 8) * d, Signed), (a * b, Signed)],
        Attention => vec![(rows * qkv, Signed), (rows * out, Signed), (statistics, Signed)],
        AttentionDelta => vec![(rows * out, Signed), (rows * out, Signed), (statistics, Signed)],
        AttentionBackward => {
            vec![(rows * qkv, Signed), (rows * out, Signed), (statistics, Lse), (statistics, Signed), (rows * qkv, Signed)]
        }
        AttentionDecode => vec![(a * qkv, Signed), (rows * d * e, Signed), (rows * d * e, Signed), (a * out, Signed)],
        SwiGlu => vec![(2 * a * b, Signed), (a * b, Signed)],
        SwiGluBackward => vec![(2 * a * b, Signed), (a * b, Signed), (2 * a * b, Signed)],
        CrossEntropy => vec![(a, Ids(dims[1])), (a, Signed), (a * b, Signed), (a, Signed)],
        LossSum => vec![(a, Signed), (a, Signed), (METRICS, Signed)],
        GradientNorm => vec![(a, Signed), (256, Signed)],
        ClipFactor => vec![(256, Positive), (METRICS, Signed)],
        AdamW => vec![(METRICS, Signed), (a, Signed), (a, Signed), (a, Signed), (a, Positive)],
        Sample => vec![(a * b, Coarse), (a, Ids(1))],
        Advance => vec![(a, Ids(VOCAB)), (a * b, Given(VOCAB)), (a, Signed)],
        SparseProduct => {
            let (entries, rows) = (Places([VOCAB, dims[3]]), Spans([dims[0], dims[3]]));
            vec![(2 * d, entries), (2 * a, rows), (d, Signed), (VOCAB as usize * b, Signed), (a * b, Signed)]
        }
        LogisticPull => {
            let table = (VOCAB as usize * b, Signed);
            vec![(2 * a, Places([VOCAB; 2])), (a, Positive), table, table, (a, Signed)]
        }
    }
}
