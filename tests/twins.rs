//! Each kernel's forward on the CPU against brute force in f64.

#[allow(dead_code, reason = "each test file uses a part of the reference")]
mod reference;

use reference::*;
use seven_steps::engine::kernels::{Kernel, METRICS, RING};
use seven_steps::engine::program::StepParams;

const TOLERANCE: f64 = 2e-6;

/// Batch, time, heads, key/value heads, channels a head.
const ATTENTION: [Sizes; 6] =
    [[1, 1, 1, 1, 4], [2, 3, 4, 2, 8], [3, 17, 6, 2, 12], [1, 65, 4, 4, 32], [1, 130, 3, 1, 20], [1, 70, 2, 1, 68]];

/// Rows, outputs, inputs: within one tile, on the tiles' edges, over several blocks.
const MATMUL: [[usize; 3]; 9] =
    [[1, 1, 4], [3, 5, 12], [17, 257, 36], [1, 64, 128], [64, 1, 68], [33, 100, 300], [130, 17, 516], [200, 31, 20], [64, 1030, 8]];

fn step() -> StepParams {
    StepParams::default()
}

#[test]
fn embedding_gathers_rows() {
    let (rows, channels, vocab) = (17, 12, 7);
    let (ids, table) = (ids(rows, vocab, 1), noise(vocab * channels, 2));
    let mut out = vec![0.0; rows * channels];
    run(Kernel::Embedding, &[&ids, &table], &mut [&mut out], &[rows, channels], &step());
    for (i, &x) in out.iter().enumerate() {
        assert_eq!(x, table[ids[i / channels].to_bits() as usize * channels + i % channels]);
    }
}

#[test]
fn norms_match() {
    let epsilon = 1e-3f32;
    for [rows, channels] in [[1, 4], [3, 12], [17, 132]] {
        let (x, delta, gain) = (noise(rows * channels, 1), noise(rows * channels, 2), noise(channels, 3));
        let (mut sum, mut y, mut inv_rms) = (vec![9.0; x.len()], vec![9.0; x.len()], vec![9.0; rows]);
        let dims = [rows, channels, epsilon.to_bits() as usize];
        run(Kernel::RmsNorm, &[&x, &gain], &mut [&mut y, &mut inv_rms], &dims, &step());
        let expected = rmsnorm(&wide(&x), &wide(&gain), f64::from(epsilon));
        assert_close("y", &y, &expected.0, TOLERANCE);
        assert_close("inv_rms", &inv_rms, &expected.1, TOLERANCE);

        run(Kernel::AddRmsNorm, &[&x, &delta, &gain], &mut [&mut sum, &mut y, &mut inv_rms], &dims, &step());
        let added: Vec<f64> = wide(&x).iter().zip(wide(&delta)).map(|(x, delta)| x + delta).collect();
        let expected = rmsnorm(&added, &wide(&gain), f64::from(epsilon));
        assert_close("sum", &sum, &added, TOLERANCE);
        assert_close("y of sum", &y, &expected.0, TOLERANCE);
        assert_close("inv_rms of sum", &inv_rms, &expected.1, TOLERANCE);
    }
}

#[test]
fn matmul_matches() {
    for [m, n, k] in MATMUL {
        let (x, w) = (noise(m * k, 1), noise(n * k, 2));
        let mut y = vec![9.0; m * n];
        run(Kernel::MatmulForward, &[&x, &w], &mut [&mut y], &[m, n, k], &step());
        assert_close("y", &y, &matmul(&wide(&x), &wide(&w), m, n, k), TOLERANCE);
    }
}

#[test]
fn rope_turns_queries_and_keys_from_the_step_s_position() {
    let (rows, heads, head_dim, time) = (6, 3, 12, 3);
    let stride = (heads + 1) * head_dim;
    let table = rope_table(time + 5, head_dim);
    let qkv = noise(rows * stride, 1);
    let mut turned = qkv.clone();
    let step = StepParams { position: 5, ..step() };
    run(Kernel::Rope, &[&table], &mut [&mut turned], &[rows, stride, heads, head_dim, time, 0], &step);
    assert_close("turned", &turned, &rope(&wide(&qkv), stride, heads, head_dim, time, 5), TOLERANCE);
    run(Kernel::Rope, &[&table], &mut [&mut turned], &[rows, stride, heads, head_dim, time, 1], &step);
    assert_close("turned back", &turned, &wide(&qkv), TOLERANCE);
}

#[test]
fn attention_matches() {
    for sizes in ATTENTION {
        let [batch, time, heads, kv_heads, head_dim] = sizes;
        let mut qkv = noise(batch * time * (heads + 2 * kv_heads) * head_dim, 1);
        qkv.iter_mut().for_each(|x| *x *= 4.0);
        let (mut out, mut lse) = (vec![9.0; batch * time * heads * head_dim], vec![9.0; batch * heads * time]);
        run(Kernel::Attention, &[&qkv], &mut [&mut out, &mut lse], &sizes, &step());
        // Scores of up to 50 round to 4e-6, and so do their exponentials.
        let expected = attention(&wide(&qkv), sizes);
        assert_close("out", &out, &expected.0, 5.0 * TOLERANCE);
        assert_close("lse", &lse, &expected.1, 5.0 * TOLERANCE);
    }
}

#[test]
fn attention_of_far_apart_scores_is_finite() {
    let sizes = [1, 40, 1, 1, 4];
    let qkv: Vec<f32> = noise(40 * 12, 1).iter().map(|x| x * 100.0).collect();
    let (mut out, mut lse) = (vec![9.0; 160], vec![9.0; 40]);
    run(Kernel::Attention, &[&qkv], &mut [&mut out, &mut lse], &sizes, &step());
    assert!(out.iter().all(|x| x.abs() <= 100.0));
    assert!(lse.iter().all(|x| x.is_finite()));
}

#[test]
fn decoding_token_by_token_equals_attention() {
    for sizes in ATTENTION {
        let [batch, time, heads, kv_heads, head_dim] = sizes;
        let stride = (heads + 2 * kv_heads) * head_dim;
        let qkv = noise(batch * time * stride, 1);
        let (whole, _) = attention(&wide(&qkv), sizes);
        let width = heads * head_dim;
        // The cache has room to spare, and what stands in it must not be read.
        let room = time + 2;
        let mut keys = vec![f32::NAN; batch * room * kv_heads * head_dim];
        let mut values = keys.clone();
        for t in 0..time {
            let rows = (0..batch).flat_map(|b| &qkv[(b * time + t) * stride..][..stride]).copied().collect::<Vec<f32>>();
            let mut out = vec![9.0; batch * width];
            let dims = [batch, room, heads, kv_heads, head_dim];
            let step = StepParams { position: t as u32, ..step() };
            run(Kernel::AttentionDecode, &[&rows], &mut [&mut keys, &mut values, &mut out], &dims, &step);
            let expected: Vec<f64> = (0..batch).flat_map(|b| &whole[(b * time + t) * width..][..width]).copied().collect();
            assert_close("out", &out, &expected, TOLERANCE);
        }
    }
}

#[test]
fn swiglu_matches_from_underflow_to_overflow() {
    for [rows, ffn] in [[1, 4], [3, 12], [17, 20]] {
        let gate_up: Vec<f32> = noise(rows * 2 * ffn, 1).iter().enumerate().map(|(i, x)| x * (1 + i % 200) as f32).collect();
        let mut act = vec![9.0; rows * ffn];
        run(Kernel::SwiGlu, &[&gate_up], &mut [&mut act], &[rows, ffn], &step());
        assert_close("act", &act, &swiglu(&wide(&gate_up), ffn), TOLERANCE);
    }
}

#[test]
fn cross_entropy_matches_and_leaves_the_logits() {
    for [rows, vocab] in [[1, 1], [3, 7], [17, 300]] {
        for scale in [1.0, 50.0, 1e30] {
            let logits: Vec<f32> = noise(rows * vocab, 1).iter().map(|x| x * scale).collect();
            let (targets, weights) = (ids(rows, vocab, 2), noise(rows, 3));
            let (mut kept, mut losses) = (logits.clone(), vec![9.0; rows]);
            run(Kernel::CrossEntropy, &[&targets, &weights], &mut [&mut kept, &mut losses], &[rows, vocab, 0], &step());
            assert_eq!(kept, logits);
            assert_close("losses", &losses, &cross_entropy(&wide(&logits), &targets, vocab), TOLERANCE);
        }
    }
}

#[test]
fn a_step_s_metrics_close() {
    let (rows, len) = (17, 1003);
    let (losses, weights, grads) = (noise(rows, 1), noise(rows, 2), noise(len, 3));
    let mut metrics = vec![0.0; METRICS];
    for _ in 0..2 {
        run(Kernel::LossSum, &[&losses, &weights], &mut [&mut metrics], &[rows], &step());
    }
    let loss = 2.0 * wide(&losses).iter().zip(wide(&weights)).map(|(loss, weight)| loss * weight).sum::<f64>();
    assert_close("loss", &metrics[..1], &[loss], TOLERANCE);

    let mut partials = vec![9.0; 256];
    run(Kernel::GradientNorm, &[&grads], &mut [&mut partials], &[len], &step());
    let norm = wide(&grads).iter().map(|g| g * g).sum::<f64>().sqrt();
    for (clip, factor) in [(0.0, 1.0), (100.0, 1.0), (2.0, 2.0 / norm)] {
        let number = 3 * RING as u32 + 6;
        metrics[0] = loss as f32;
        run(Kernel::ClipFactor, &[&partials], &mut [&mut metrics], &[], &StepParams { step: number, clip, ..step() });
        assert_close("metrics", &metrics[..2], &[0.0, factor], TOLERANCE);
        assert_close("ring", &metrics[2 + 2 * 5..][..2], &[loss, norm], TOLERANCE);
        assert!(metrics[2 + 2 * 6..].iter().all(|&x| x == 0.0), "only this step's entry is written");
    }
}

#[test]
fn adamw_follows_its_paper_for_ten_steps() {
    let (len, decayed) = (103, 57);
    let (beta1, beta2, epsilon, lr, weight_decay, clip) = (0.9, 0.95, 1e-8, 1e-2, 0.1, 0.5);
    let mut weights = noise(len, 1);
    let (mut m, mut v) = (vec![0.0; len], vec![0.0; len]);
    let (mut w64, mut m64, mut v64) = (wide(&weights), vec![0.0; len], vec![0.0; len]);
    for number in 1..=10 {
        let mut grads = noise(len, 10 + number);
        let step = StepParams {
            lr: lr as f32,
            beta1: beta1 as f32,
            beta2: beta2 as f32,
            epsilon: epsilon as f32,
            weight_decay: weight_decay as f32,
            step: number,
            ..step()
        };
        let metrics = [0.0, clip as f32];
        for i in 0..len {
            let g = clip * f64::from(grads[i]);
            m64[i] = beta1 * m64[i] + (1.0 - beta1) * g;
            v64[i] = beta2 * v64[i] + (1.0 - beta2) * g * g;
            let (m_hat, v_hat) = (m64[i] / (1.0 - beta1.powi(number as i32)), v64[i] / (1.0 - f64::from(beta2 as f32).powi(number as i32)));
            let decay: f64 = if i < decayed { weight_decay } else { 0.0 };
            w64[i] -= lr * (m_hat / (v_hat.sqrt() + epsilon) + decay * w64[i]);
        }
        let writes = &mut [&mut weights[..], &mut grads, &mut m, &mut v];
        run(Kernel::AdamW, &[&metrics], writes, &[len, decayed], &step);
        assert!(grads.iter().all(|&g| g == 0.0));
    }
    assert_close("weights", &weights, &w64, 1e-5);
    assert_close("m", &m, &m64, TOLERANCE);
    assert_close("v", &v, &v64, TOLERANCE);
}
