//! Each backward on the CPU against central differences of the forward in f64.

#[allow(dead_code, reason = "each test file uses a part of the reference")]
mod reference;

use reference::*;
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::program::StepParams;

const TOLERANCE: f64 = 2e-6;

/// Batch, time, heads, key/value heads, channels a head.
const ATTENTION: [Sizes; 6] = [[1, 1, 1, 1, 4], [2, 3, 4, 2, 8], [2, 17, 3, 1, 4], [1, 17, 2, 2, 12], [1, 40, 2, 1, 4], [1, 67, 1, 1, 4]];

/// Rows, outputs, inputs.
const MATMUL: [[usize; 3]; 5] = [[1, 1, 4], [3, 5, 12], [17, 9, 20], [1, 13, 8], [40, 3, 4]];

fn step() -> StepParams {
    StepParams::default()
}

/// Central differences of Σ dout · f(x) by each of x.
fn gradient(x: &[f32], dout: &[f32], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    const H: f64 = 1e-5;
    let mut x = wide(x);
    let weighed = |x: &[f64]| f(x).iter().zip(wide(dout)).map(|(y, dout)| y * dout).sum::<f64>();
    (0..x.len())
        .map(|i| {
            let at = x[i];
            x[i] = at + H;
            let above = weighed(&x);
            x[i] = at - H;
            let below = weighed(&x);
            x[i] = at;
            (above - below) / (2.0 * H)
        })
        .collect()
}

/// What a kernel that adds must give when it starts from `before`.
fn added(before: &[f32], gradient: &[f64]) -> Vec<f64> {
    wide(before).iter().zip(gradient).map(|(before, gradient)| before + gradient).collect()
}

#[test]
fn embedding_backward_adds_repeated_ids() {
    let (rows, channels, vocab) = (17, 12, 5);
    let (ids, dout, before) = (ids(rows, vocab, 1), noise(rows * channels, 2), noise(vocab * channels, 3));
    let gather = |table: &[f64]| -> Vec<f64> {
        (0..rows * channels).map(|i| table[ids[i / channels].to_bits() as usize * channels + i % channels]).collect()
    };
    let expected = added(&before, &gradient(&before, &dout, gather));
    let mut dtable = before;
    run(Kernel::EmbeddingBackward, &[&ids, &dout], &mut [&mut dtable], &[rows, channels, vocab], &step());
    assert_close("dtable", &dtable, &expected, TOLERANCE);
}

#[test]
fn norm_gradients_match() {
    let epsilon = 1e-3f32;
    for [rows, channels] in [[1, 4], [3, 12], [17, 36]] {
        let (x, gain, dy) = (noise(rows * channels, 1), noise(channels, 2), noise(rows * channels, 3));
        let (_, inv_rms) = rmsnorm(&wide(&x), &wide(&gain), f64::from(epsilon));
        let inv_rms: Vec<f32> = inv_rms.iter().map(|&x| x as f32).collect();
        let by_x = gradient(&x, &dy, |x| rmsnorm(x, &wide(&gain), f64::from(epsilon)).0);
        let by_gain = gradient(&gain, &dy, |gain| rmsnorm(&wide(&x), gain, f64::from(epsilon)).0);
        let before = noise(rows * channels, 4);
        for (accumulate, expected) in [(0, by_x.clone()), (1, added(&before, &by_x))] {
            let (mut dx, mut dgain) = (before.clone(), noise(channels, 5));
            let expected_gain = added(&dgain, &by_gain);
            let dims = [rows, channels, accumulate];
            run(Kernel::RmsNormBackward, &[&dy, &x, &gain, &inv_rms], &mut [&mut dx, &mut dgain], &dims, &step());
            assert_close("dx", &dx, &expected, TOLERANCE);
            assert_close("dgain", &dgain, &expected_gain, TOLERANCE);
        }
    }
}

#[test]
fn matmul_gradients_match() {
    for [m, n, k] in MATMUL {
        let (x, w, dy) = (noise(m * k, 1), noise(n * k, 2), noise(m * n, 3));
        let mut dx = vec![9.0; m * k];
        run(Kernel::MatmulInputBackward, &[&dy, &w], &mut [&mut dx], &[m, n, k], &step());
        assert_close("dx", &dx, &gradient(&x, &dy, |x| matmul(x, &wide(&w), m, n, k)), TOLERANCE);
        let mut dw = noise(n * k, 4);
        let expected = added(&dw, &gradient(&w, &dy, |w| matmul(&wide(&x), w, m, n, k)));
        run(Kernel::MatmulWeightBackward, &[&dy, &x], &mut [&mut dw], &[m, n, k], &step());
        assert_close("dw", &dw, &expected, TOLERANCE);
    }
}

/// Sizes that span several blocks are too many for differences; here the gradients are again products, so brute force it is.
#[test]
fn large_matmul_gradients_match() {
    for [m, n, k] in [[130, 17, 516], [17, 257, 36], [300, 100, 68], [520, 7, 12], [64, 1030, 8]] {
        let (x, w, dy) = (noise(m * k, 1), noise(n * k, 2), noise(m * n, 3));
        let transposed = |a: &[f32], columns: usize| -> Vec<f64> {
            let rows = a.len() / columns;
            (0..a.len()).map(|i| f64::from(a[i % rows * columns + i / rows])).collect()
        };
        let mut dx = vec![9.0; m * k];
        run(Kernel::MatmulInputBackward, &[&dy, &w], &mut [&mut dx], &[m, n, k], &step());
        assert_close("dx", &dx, &matmul(&wide(&dy), &transposed(&w, k), m, k, n), TOLERANCE);
        let mut dw = noise(n * k, 4);
        let expected = added(&dw, &matmul(&transposed(&dy, n), &transposed(&x, k), n, k, m));
        run(Kernel::MatmulWeightBackward, &[&dy, &x], &mut [&mut dw], &[m, n, k], &step());
        assert_close("dw", &dw, &expected, TOLERANCE);
    }
}

#[test]
fn rope_s_gradient_is_the_rotation_back() {
    let (rows, heads, head_dim, time) = (6, 3, 8, 3);
    let stride = (heads + 1) * head_dim;
    let (x, mut dx) = (noise(rows * stride, 1), noise(rows * stride, 2));
    let expected = gradient(&x, &dx, |x| rope(x, stride, heads, head_dim, time, 0));
    let table = rope_table(time, head_dim);
    run(Kernel::Rope, &[&table], &mut [&mut dx], &[rows, stride, heads, head_dim, time, 1], &step());
    assert_close("dx", &dx, &expected, TOLERANCE);
}

#[test]
fn attention_gradients_match() {
    for sizes in ATTENTION {
        let [batch, time, heads, kv_heads, head_dim] = sizes;
        let mut qkv = noise(batch * time * (heads + 2 * kv_heads) * head_dim, 1);
        qkv.iter_mut().for_each(|x| *x *= 2.0);
        let (out, lse) = attention(&wide(&qkv), sizes);
        let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<f32>>();
        let (out, lse) = (narrow(&out), narrow(&lse));
        let dout = noise(out.len(), 2);
        let mut delta = vec![9.0; lse.len()];
        run(Kernel::AttentionDelta, &[&out, &dout], &mut [&mut delta], &sizes, &step());
        let mut dqkv = vec![9.0; qkv.len()];
        run(Kernel::AttentionBackward, &[&qkv, &dout, &lse, &delta], &mut [&mut dqkv], &sizes, &step());
        assert_close("dqkv", &dqkv, &gradient(&qkv, &dout, |qkv| attention(qkv, sizes).0), TOLERANCE);
    }
}

#[test]
fn swiglu_gradients_match() {
    for [rows, ffn] in [[1, 4], [3, 12], [17, 20]] {
        let gate_up: Vec<f32> = noise(rows * 2 * ffn, 1).iter().enumerate().map(|(i, x)| x * (1 + i % 30) as f32).collect();
        let dact = noise(rows * ffn, 2);
        let mut dgate_up = vec![9.0; gate_up.len()];
        run(Kernel::SwiGluBackward, &[&gate_up, &dact], &mut [&mut dgate_up], &[rows, ffn], &step());
        assert_close("dgate_up", &dgate_up, &gradient(&gate_up, &dact, |x| swiglu(x, ffn)), TOLERANCE);
    }
}

#[test]
fn cross_entropy_s_gradient_takes_the_place_of_the_logits() {
    for [rows, vocab] in [[1, 1], [3, 7], [17, 33]] {
        let (mut logits, targets, weights) = (noise(rows * vocab, 1), ids(rows, vocab, 2), noise(rows, 3));
        logits.iter_mut().for_each(|x| *x *= 5.0);
        let expected = gradient(&logits, &weights, |logits| cross_entropy(logits, &targets, vocab));
        let mut losses = vec![9.0; rows];
        run(Kernel::CrossEntropy, &[&targets, &weights], &mut [&mut logits, &mut losses], &[rows, vocab, 1], &step());
        assert_close("dlogits", &logits, &expected, TOLERANCE);
    }
}

#[test]
fn cross_entropy_of_huge_logits_stays_finite() {
    let mut logits = vec![3e38, -3e38, 0.0, -3e38, -3e38, -3e38];
    let targets = [1u32, 2].map(f32::from_bits);
    let mut losses = vec![9.0; 2];
    run(Kernel::CrossEntropy, &[&targets, &[1.0, 0.5]], &mut [&mut logits, &mut losses], &[2, 3, 1], &step());
    assert!(logits.iter().all(|x| x.abs() <= 1.0), "{logits:?}");
    assert_close("dlogits", &logits[..3], &[1.0, -1.0, 0.0], TOLERANCE);
    assert!((losses[1] - 3f32.ln()).abs() < 1e-6);
}
