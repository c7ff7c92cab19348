// Gradient of SwiGLU: dgate = dact · up · σ(gate) · (1 + gate · (1 − σ(gate))), dup = dact · gate · σ(gate).
// gate_up [M,2F] (gate, then up, in each row), dact [M,F] → dgate_up [M,2F]. An invocation does four channels of a row.
struct Dims { rows: u32, ffn: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> gate_up: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dact: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dgate_up: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let width = dims.ffn / 4u;
    if i >= dims.rows * width { return; }
    let first = i + i / width * width;
    let gate = gate_up[first];
    let s = sigmoid(gate);
    let d = dact[i] * s;
    dgate_up[first] = d * gate_up[first + width] * (1.0 + gate * (1.0 - s));
    dgate_up[first + width] = d * gate;
}
