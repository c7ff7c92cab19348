// The step's loss: metrics[0] += Σ weights · losses.
// losses [M], weights [M] ⇄ metrics. One workgroup; an invocation sums every 64th row.
struct Dims { rows: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> losses: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> metrics: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var sum = 0.0;
    for (var row = lane; row < dims.rows; row += 64u) {
        sum += losses[row] * weights[row];
    }
    let total = workgroup_sum(lane, sum);
    if lane == 0u { metrics[0] += total; }
}
