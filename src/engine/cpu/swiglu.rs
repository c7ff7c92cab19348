//! SwiGLU (Shazeer 2020, arXiv:2002.05202).

use super::math::sigmoid;
use super::simd::wide;
use super::threads::{ROWS, each};

wide! {
    /// act = silu(gate) · up: each row of `gate_up` [M,2F] is gate, then up; `act` [M,F].
    pub fn swiglu(gate_up: &[f32], act: &mut [f32], ffn: usize) {
        each(gate_up.chunks(ROWS * 2 * ffn).zip(act.chunks_mut(ROWS * ffn)), |(gate_up, act)| {
            for (gate_up, act) in gate_up.chunks_exact(2 * ffn).zip(act.chunks_exact_mut(ffn)) {
                let (gate, up) = gate_up.split_at(ffn);
                for ((act, &gate), up) in act.iter_mut().zip(gate).zip(up) {
                    *act = gate * sigmoid(gate) * up;
                }
            }
        });
    }
}
