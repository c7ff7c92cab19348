// Token embedding: out[r] = table[ids[r]].
// ids [M] (u32), table [V,C] → out [M,C]. An invocation copies four channels of a row.
struct Dims { rows: u32, channels: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let width = dims.channels / 4u;
    if i >= dims.rows * width { return; }
    out[i] = table[ids[i / width] * width + i % width];
}
