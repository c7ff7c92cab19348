// Closes a step's metrics: metrics[1] becomes the factor that clips the gradient's norm to `params.clip`; the step's entry of
// the ring of 64 becomes its loss, then the norm before clipping; metrics[0] becomes 0 for the next step.
// partials [256] ⇄ metrics. One workgroup; an invocation sums every 64th part, the first does the rest.
@group(0) @binding(2) var<storage, read> partials: array<f32>;
@group(0) @binding(3) var<storage, read_write> metrics: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    let norm = sqrt(workgroup_sum(lane, partials[lane] + partials[64u + lane] + partials[128u + lane] + partials[192u + lane]));
    if lane > 0u { return; }
    let entry = 2u + 2u * ((params.step - 1u) % 64u);
    metrics[entry] = metrics[0];
    metrics[entry + 1u] = norm;
    metrics[0] = 0.0;
    metrics[1] = 1.0;
    if params.clip > 0.0 && norm > params.clip { metrics[1] = params.clip / norm; }
}
