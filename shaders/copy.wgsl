// The rate of copying: to = source; no part of a model.
// source [len] → to [len]; `len` is a multiple of 1,024. A workgroup copies 256 vectors in a row, an invocation every 64th.
struct Dims { len: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> to: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = workgroup.x * 256u + lane;
    if first >= dims.len / 4u { return; }
    let a = source[first];
    let b = source[first + 64u];
    let c = source[first + 128u];
    let d = source[first + 192u];
    to[first] = a;
    to[first + 64u] = b;
    to[first + 128u] = c;
    to[first + 192u] = d;
}
