// SwiGLU (Shazeer 2020, arXiv:2002.05202): act = silu(gate) · up, silu(z) = z · σ(z).
// gate_up [M,2F] (gate, then up, in each row) → act [M,F]. An invocation does four channels of a row.
struct Dims { rows: u32, ffn: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> gate_up: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> act: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let width = dims.ffn / 4u;
    if i >= dims.rows * width { return; }
    let first = i + i / width * width;
    let gate = gate_up[first];
    act[i] = gate * sigmoid(gate) * gate_up[first + width];
}
