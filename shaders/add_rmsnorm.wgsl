// Residual add, then RMSNorm: sum = x + delta, y = sum · inv_rms · gain, inv_rms = 1 / √(mean(sum²) + epsilon).
// x [M,C], delta [M,C], gain [C] → sum [M,C], y [M,C], inv_rms [M]. `shared/rows.wgsl` says who does a row.
struct Dims { rows: u32, channels: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> delta: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gain: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> sum: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> inv_rms: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = row_of(group_of(workgroup), lane);
    if row >= dims.rows { return; }
    let start = first_of(lane);
    let width = dims.channels / 4u;
    var squares = vec4<f32>();
    for (var i = start; i < width; i += STEP) {
        let value = x[row * width + i] + delta[row * width + i];
        sum[row * width + i] = value;
        squares += value * value;
    }
    let inverse = inverseSqrt(row_sum(lane, dot(squares, vec4(1.0))) / f32(dims.channels) + dims.epsilon);
    for (var i = start; i < width; i += STEP) {
        y[row * width + i] = sum[row * width + i] * inverse * gain[i];
    }
    if start == 0u { inv_rms[row] = inverse; }
}
