//! Brute force in f64, written from the formulas and independent of the kernels.

use seven_steps::engine::cpu::twin;
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::program::StepParams;

/// Attention's sizes: batch, time, heads, key/value heads, channels a head.
pub type Sizes = [usize; 5];

/// Numbers in (-1, 1), the same for the same seed.
pub fn noise(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0
    };
    (0..len).map(|_| next() as f32).collect()
}

pub fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// Token ids below `vocab`, as kernels take them.
pub fn ids(len: usize, vocab: usize, seed: u32) -> Vec<f32> {
    noise(len, seed).iter().map(|x| f32::from_bits(((x.abs() * 1e6) as u32) % vocab as u32)).collect()
}

/// Runs the CPU form of a kernel.
pub fn run(kernel: Kernel, reads: &[&[f32]], writes: &mut [&mut [f32]], dims: &[usize], step: &StepParams) {
    let mut words = [0; 8];
    for (word, dim) in words.iter_mut().zip(dims) {
        *word = *dim as u32;
    }
    twin(kernel)(reads, writes, &words, step);
}

/// Fails where two tensors differ by more than `tolerance` of the greatest expected value (of 1, if that is more).
pub fn assert_close(what: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
    for (i, (&got, expected)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(got) - expected).abs() / scale;
        assert!(error <= tolerance, "{what}[{i}]: {got} for {expected}, off by {error:e}");
    }
}

pub fn rmsnorm(x: &[f64], gain: &[f64], epsilon: f64) -> (Vec<f64>, Vec<f64>) {
    let channels = gain.len();
    let inv_rms: Vec<f64> =
        x.chunks(channels).map(|row| 1.0 / (row.iter().map(|x| x * x).sum::<f64>() / channels as f64 + epsilon).sqrt()).collect();
    let y = (0..x.len()).map(|i| x[i] * inv_rms[i / channels] * gain[i % channels]).collect();
    (y, inv_rms)
}

/// Y = X Wᵀ.
pub fn matmul(x: &[f64], w: &[f64], m: usize, n: usize, k: usize) -> Vec<f64> {
    let at = |i: usize| (0..k).map(|p| x[i / n * k + p] * w[i % n * k + p]).sum();
    (0..m * n).map(at).collect()
}

/// Rotation of the first `heads` heads of each row by base-10,000 angles, row r at position `first + r mod time`.
pub fn rope(x: &[f64], stride: usize, heads: usize, head_dim: usize, time: usize, first: usize) -> Vec<f64> {
    let half = head_dim / 2;
    (0..x.len())
        .map(|i| {
            let (row, column) = (i / stride, i % stride);
            if column >= heads * head_dim {
                return x[i];
            }
            let d = column % head_dim;
            let angle = rope_angle(first + row % time, d % half, head_dim);
            if d < half { x[i] * angle.cos() - x[i + half] * angle.sin() } else { x[i] * angle.cos() + x[i - half] * angle.sin() }
        })
        .collect()
}

/// The kernels' table [T,D] of cosines and sines.
pub fn rope_table(positions: usize, head_dim: usize) -> Vec<f32> {
    let half = head_dim / 2;
    let entry = |i: usize| {
        let (position, d) = (i / head_dim, i % head_dim);
        let angle = rope_angle(position, d % half, head_dim);
        (if d < half { angle.cos() } else { angle.sin() }) as f32
    };
    (0..positions * head_dim).map(entry).collect()
}

fn rope_angle(position: usize, pair: usize, head_dim: usize) -> f64 {
    position as f64 / 10_000f64.powf(2.0 * pair as f64 / head_dim as f64)
}

/// The output [M, H·D] and the log-sum-exp [B,H,T] of causal attention.
pub fn attention(qkv: &[f64], [batch, time, heads, kv_heads, head_dim]: Sizes) -> (Vec<f64>, Vec<f64>) {
    let stride = (heads + 2 * kv_heads) * head_dim;
    let (mut out, mut lse) = (vec![0.0; batch * time * heads * head_dim], vec![0.0; batch * heads * time]);
    for b in 0..batch {
        for h in 0..heads {
            let shared = h * kv_heads / heads;
            for t in 0..time {
                let part = |s: usize, head: usize, d: usize| qkv[(b * time + s) * stride + head * head_dim + d];
                let score = |s| (0..head_dim).map(|d| part(t, h, d) * part(s, heads + shared, d)).sum::<f64>();
                let exps: Vec<f64> = (0..=t).map(|s| (score(s) / (head_dim as f64).sqrt()).exp()).collect();
                let sum: f64 = exps.iter().sum();
                for d in 0..head_dim {
                    let mixed: f64 = (0..=t).map(|s| exps[s] * part(s, heads + kv_heads + shared, d)).sum();
                    out[((b * time + t) * heads + h) * head_dim + d] = mixed / sum;
                }
                lse[(b * heads + h) * time + t] = sum.ln();
            }
        }
    }
    (out, lse)
}

pub fn swiglu(gate_up: &[f64], ffn: usize) -> Vec<f64> {
    let act = |row: &[f64]| (0..ffn).map(|i| row[i] / (1.0 + (-row[i]).exp()) * row[ffn + i]).collect::<Vec<f64>>();
    gate_up.chunks(2 * ffn).flat_map(act).collect()
}

/// −log softmax(logits)[target] for each row.
pub fn cross_entropy(logits: &[f64], targets: &[f32], vocab: usize) -> Vec<f64> {
    let loss = |(row, target): (&[f64], &f32)| {
        let greatest = row.iter().copied().fold(f64::MIN, f64::max);
        row.iter().map(|x| (x - greatest).exp()).sum::<f64>().ln() + greatest - row[target.to_bits() as usize]
    };
    logits.chunks(vocab).zip(targets).map(loss).collect()
}
