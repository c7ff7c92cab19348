//! What a call costs at least, on whatever device: the operations of its formula, and each of its words moved once.

use super::kernels::Access;
use super::kernels::Kernel::{self, *};
use super::program::{Call, Dims};

/// The least that a call takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Floating-point operations; a multiply-add is two, an exponential or a root one.
    pub flops: f64,
    /// Bytes between the kernel and memory: every operand read once, every result written once.
    pub bytes: f64,
}

impl Cost {
    /// Decoding counts as at the end of its context, and tokens as all different, as far as the vocabulary goes.
    pub fn of(call: &Call) -> Self {
        let flops = products(call.kernel, &call.dims).unwrap_or_else(|| elementwise(call.kernel, &call.dims));
        Self { flops, bytes: 4.0 * words(call) }
    }
}

/// Operations of the kernels that are all products of matrices; of attention the products alone.
pub fn products(kernel: Kernel, dims: &Dims) -> Option<f64> {
    let [a, b, c, d, e, ..] = dims.map(f64::from);
    // Of attention: queries and the keys that each sees, in all heads, and the two operations of each channel.
    let pairs = a * c * b * (b + 1.0) / 2.0;
    match kernel {
        MatmulForward | MatmulInputBackward | MatmulWeightBackward => Some(2.0 * a * b * c),
        // Scores and their sum of values.
        Attention => Some(2.0 * 2.0 * e * pairs),
        // Scores once more, their gradient, and the gradients of queries, keys and values.
        AttentionBackward => Some(5.0 * 2.0 * e * pairs),
        AttentionDecode => Some(2.0 * 2.0 * e * a * b * c),
        SparseProduct => Some(2.0 * d * b),
        LogisticPull => Some(2.0 * a * b),
        _ => None,
    }
}

/// Operations of the other kernels: those of an element, times the elements.
fn elementwise(kernel: Kernel, dims: &Dims) -> f64 {
    let [a, b, c, d, e, ..] = dims.map(f64::from);
    match kernel {
        EmbeddingBackward => a * b,
        RmsNorm => 4.0 * a * b,
        AddRmsNorm => 5.0 * a * b,
        RmsNormBackward => (9.0 + c) * a * b,
        // Four products and two sums turn a pair.
        Rope => 3.0 * a * c * d,
        AttentionDelta => 2.0 * a * b * c * e,
        SwiGlu => 5.0 * a * b,
        SwiGluBackward => 10.0 * a * b,
        // The greatest, then a difference, its exponential and their sum; with a gradient that much again.
        CrossEntropy => (4.0 + 4.0 * c) * a * b,
        LossSum | GradientNorm => 2.0 * a,
        ClipFactor => 256.0,
        AdamW => 15.0 * a,
        // A comparison finds the first.
        Sample => a * b,
        _ => 0.0,
    }
}

/// Words read and words written.
fn words(call: &Call) -> f64 {
    let [a, b, c, d, time, ..] = call.dims.map(f64::from);
    let len = |view: usize| call.views[view].len as f64;
    let moved = |access: &Access| if *access == Access::ReadWrite { 2.0 } else { 1.0 };
    let all = call.kernel.bindings().iter().enumerate().map(|(view, access)| moved(access) * len(view)).sum::<f64>();
    match call.kernel {
        Embedding => a + a.min(len(1) / b) * b + a * b,
        EmbeddingBackward => a + a * b + 2.0 * a.min(c) * b,
        // Nothing to add to.
        RmsNormBackward if c == 0.0 => all - len(4),
        // Values are not turned.
        Rope => a.min(time) * d + 2.0 * a * c * d,
        // A place in a cache is either read or written.
        AttentionDecode => all - len(1) - len(2),
        // Without a gradient, weights are not read and logits not written.
        CrossEntropy if c == 0.0 => all - len(1) - len(2),
        // Of the metrics only the words that the kernel is about.
        LossSum => 2.0 * a + 2.0,
        ClipFactor => 256.0 + 5.0,
        AdamW => 1.0 + 8.0 * a,
        // A place of each sequence.
        Advance => 4.0 * a,
        // Values and rows as far as there are entries for them.
        SparseProduct => 3.0 * d + 2.0 * a + d.min(len(3) / b) * b + (1.0 + c) * a * b,
        LogisticPull => 4.0 * a + (a.min(len(2) / b) + a.min(len(3) / b)) * b,
        _ => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::kernels::FREE;
    use crate::engine::program::{Place, View};
    use crate::engine::selftest::{Case, cases, operands, run_twin, written};

    /// What stands in for a word, to see whether anything depends on it.
    const OTHERS: [f32; 3] = [1e30, -1e30, f32::NAN];

    fn call(case: &Case, operands: &[Vec<u32>]) -> Call {
        let view = |words: &Vec<u32>| View { place: Place::Temporary(0), offset: 0, len: words.len() };
        Call { kernel: case.kernel, views: operands.iter().map(view).collect(), dims: case.dims }
    }

    /// Whether the twin reads, and whether it writes, the word at `at` of a view; if it is a place, one below `ids`.
    fn use_of(case: &Case, operands: &mut [Vec<u32>], outcome: &[Vec<u32>], [view, at]: [usize; 2], ids: Option<u32>) -> (bool, bool) {
        let before = operands[view][at];
        let output = written(case.kernel).position(|other| other == view);
        let others = ids.map_or(OTHERS.map(f32::to_bits), |count| [(before + 1) % count; 3]);
        let (mut is_read, mut is_written) = (false, false);
        for other in others {
            operands[view][at] = other;
            let found = run_twin(case.kernel, operands, &case.dims, &case.step);
            operands[view][at] = before;
            // What only went through is neither.
            let untouched = output.is_some_and(|output| outcome[output][at] == before && found[output][at] == other);
            is_written |= output.is_some() && !untouched;
            let mut differences = 0;
            for (found, outcome) in found.iter().zip(outcome) {
                differences += found.iter().zip(outcome).filter(|(found, outcome)| found != outcome).count();
            }
            is_read |= differences > usize::from(untouched);
            if is_read && (is_written || output.is_none()) {
                break;
            }
        }
        (is_read, is_written)
    }

    /// Every word of every view is changed, one after the other, in the cases that are small enough.
    #[test]
    fn bytes_are_those_of_the_words_that_matter() {
        let more = [[77, 4, 41, 0, 0, 0, 0, 0]].map(|dims| Case { kernel: EmbeddingBackward, dims, ..cases()[0] });
        let mut seen = Vec::new();
        for mut case in cases().into_iter().chain(more) {
            if case.kernel == AttentionDecode {
                case.step.position = case.dims[1] - 1;
            }
            let mut operands = operands(&case);
            let words: usize = operands.iter().map(Vec::len).sum();
            // Where views hold places instead of numbers: how many there are, for every other word.
            let rows = |view: usize| operands[view].len() as u32 / case.dims[1];
            let counts = match case.kernel {
                Embedding => [[rows(1); 2]].to_vec(),
                EmbeddingBackward => [[case.dims[2]; 2]].to_vec(),
                CrossEntropy => [[case.dims[1]; 2]].to_vec(),
                SparseProduct => [[rows(3), case.dims[3]], [case.dims[0], case.dims[3] + 1]].to_vec(),
                LogisticPull => [[rows(2), rows(3)]].to_vec(),
                _ => Vec::new(),
            };
            // Of one token there is nothing else to be.
            let is_settled = matches!(case.kernel, CrossEntropy | Sample) && case.dims[1] == 1;
            if words > 9000 || is_settled {
                continue;
            }
            if let Some(counts) = counts.first() {
                operands[0].iter_mut().zip(0..).for_each(|(id, place)| *id = place % counts[place as usize % 2]);
            }
            // Where no token is given, the choice matters.
            if case.kernel == Advance {
                operands[1].fill(FREE);
            }
            let outcome = run_twin(case.kernel, &operands, &case.dims, &case.step);
            let mut moved = 0;
            for view in 0..operands.len() {
                for at in 0..operands[view].len() {
                    let (read, written) = use_of(&case, &mut operands, &outcome, [view, at], counts.get(view).map(|counts| counts[at % 2]));
                    moved += usize::from(read) + usize::from(written);
                }
            }
            assert_eq!(Cost::of(&call(&case, &operands)).bytes, 4.0 * moved as f64, "{case:?}");
            seen.push(case.kernel);
        }
        assert!(Kernel::ALL.iter().all(|kernel| seen.contains(kernel)), "only {seen:?}");
    }

    /// Pair by pair of query and key, product by product.
    #[test]
    fn attention_counts_what_each_query_sees() {
        let [batch, time, heads, kv_heads, channels] = [2, 7, 4, 2, 8];
        let mut seen = 0u32;
        for query in 0..batch * heads * time {
            seen += (0..time).filter(|key| *key <= query % time).count() as u32;
        }
        let dims = [batch, time, heads, kv_heads, channels, 0, 0, 0];
        assert_eq!(products(Attention, &dims), Some(f64::from(seen * channels * 2 * 2)));
        assert_eq!(products(AttentionBackward, &dims), Some(f64::from(seen * channels * 2 * 5)));
        assert_eq!(products(AttentionDecode, &dims), Some(f64::from(batch * heads * time * channels * 2 * 2)));
    }
}
