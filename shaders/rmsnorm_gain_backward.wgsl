// Gradient of RMSNorm by its gain: dgain += Σ over rows of dy · x · inv_rms.
// dy [M,C], x [M,C], inv_rms [M] ⇄ dgain [C]. A workgroup does four channels, an invocation every 64th row; the first then
// adds the 64 sums.
struct Dims { rows: u32, channels: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> inv_rms: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgain: array<vec4<f32>>;
var<workgroup> sums: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let width = dims.channels / 4u;
    var sum = vec4<f32>();
    for (var row = lane; row < dims.rows; row += 64u) {
        let i = row * width + workgroup.x;
        sum += dy[i] * x[i] * inv_rms[row];
    }
    sums[lane] = sum;
    workgroupBarrier();
    if lane > 0u { return; }
    for (var i = 1u; i < 64u; i++) { sum += sums[i]; }
    dgain[workgroup.x] += sum;
}
