// Gradient of RMSNorm by its gain: dgain += Σ over rows of dy · x · inv_rms.
// dy [M,C], x [M,C], inv_rms [M] ⇄ dgain [C]. An invocation sums a channel over all rows.
struct Dims { rows: u32, channels: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> inv_rms: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgain: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let channel = flat(id);
    if channel >= dims.channels { return; }
    var sum = 0.0;
    for (var row = 0u; row < dims.rows; row++) {
        let i = row * dims.channels + channel;
        sum += dy[i] * x[i] * inv_rms[row];
    }
    dgain[channel] += sum;
}
