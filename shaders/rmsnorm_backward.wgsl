// Gradients of RMSNorm: by its input, dx (+)= inv_rms · gain · dy − x · inv_rms³ · mean(gain · dy · x), and by its gain,
// dgain += Σ over rows of dy · x · inv_rms.
// dy [M,C], x [M,C], gain [C], inv_rms [M] ⇄ dx [M,C], added to where `accumulate` is 1, dgain [C]. The first workgroups do four
// channels of dgain each, an invocation every 64th row; in those after them `shared/rows.wgsl` says who does a row of dx.
struct Dims { rows: u32, channels: u32, accumulate: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gain: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> inv_rms: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dgain: array<vec4<f32>>;
var<workgroup> sums: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let group = group_of(workgroup);
    let width = dims.channels / 4u;
    if group < width { by_gain(group, lane); } else { by_input(group - width, lane); }
}

// Channels 4·column to 4·column + 3.
fn by_gain(column: u32, lane: u32) {
    let width = dims.channels / 4u;
    var sum = vec4<f32>();
    for (var row = lane; row < dims.rows; row += 64u) {
        let i = row * width + column;
        sum += dy[i] * x[i] * inv_rms[row];
    }
    sums[lane] = sum;
    workgroupBarrier();
    if lane > 0u { return; }
    for (var i = 1u; i < 64u; i++) { sum += sums[i]; }
    dgain[column] += sum;
}

fn by_input(group: u32, lane: u32) {
    let row = row_of(group, lane);
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
