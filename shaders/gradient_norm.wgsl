// First half of the gradient's norm: the sum of squares of each of 256 equal parts of the gradient.
// grads [len] → partials [256]. A workgroup does a part, an invocation every 64th word of it.
struct Dims { len: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> grads: array<f32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) part: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let share = (dims.len + 255u) / 256u;
    let end = min((part.x + 1u) * share, dims.len);
    var sum = 0.0;
    for (var i = part.x * share + lane; i < end; i += 64u) {
        sum += grads[i] * grads[i];
    }
    let total = workgroup_sum(lane, sum);
    if lane == 0u { partials[part.x] = total; }
}
