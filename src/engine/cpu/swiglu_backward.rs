//! Gradient of SwiGLU.

use super::math::sigmoid;
use super::simd::wide;
use super::threads::{ROWS, each};

wide! {
    /// silu′(z) = σ(z) · (1 + z · (1 − σ(z))): `gate_up`, `dgate_up` [M,2F], `dact` [M,F].
    pub fn swiglu_backward(gate_up: &[f32], dact: &[f32], dgate_up: &mut [f32], ffn: usize) {
        let parts = gate_up.chunks(ROWS * 2 * ffn).zip(dact.chunks(ROWS * ffn)).zip(dgate_up.chunks_mut(ROWS * 2 * ffn));
        each(parts, |((gate_up, dact), dgate_up)| {
            let rows = gate_up.chunks_exact(2 * ffn).zip(dact.chunks_exact(ffn)).zip(dgate_up.chunks_exact_mut(2 * ffn));
            for ((gate_up, dact), dgate_up) in rows {
                let (gate, up) = gate_up.split_at(ffn);
                let (dgate, dup) = dgate_up.split_at_mut(ffn);
                for ((((dgate, dup), &gate), up), dact) in dgate.iter_mut().zip(dup).zip(gate).zip(up).zip(dact) {
                    let sigmoid = sigmoid(gate);
                    *dgate = dact * up * sigmoid * (1.0 + gate * (1.0 - sigmoid));
                    *dup = dact * gate * sigmoid;
                }
            }
        });
    }
}
