// Gradient of RMSNorm by its input: dx (+)= inv_rms · gain · dy − x · inv_rms³ · mean(gain · dy · x).
// dy [M,C], x [M,C], gain [C], inv_rms [M] ⇄ dx [M,C], added to where `accumulate` is 1. `shared/rows.wgsl` says who does a row.
struct Dims { rows: u32, channels: u32, accumulate: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gain: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> inv_rms: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = row_of(id, workgroup);
    if row >= dims.rows { return; }
    let start = first_of(lane);
    let width = dims.channels / 4u;
    let first = row * width;
    var products = vec4<f32>();
    for (var i = start; i < width; i += STEP) {
        products += dy[first + i] * x[first + i] * gain[i];
    }
    let inverse = inv_rms[row];
    let along_x = inverse * inverse * inverse * row_sum(lane, dot(products, vec4(1.0))) / f32(dims.channels);
    for (var i = start; i < width; i += STEP) {
        var before = vec4<f32>();
        if dims.accumulate != 0u { before = dx[first + i]; }
        dx[first + i] = before + inverse * gain[i] * dy[first + i] - along_x * x[first + i];
    }
}
