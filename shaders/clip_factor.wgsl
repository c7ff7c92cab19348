// Closes a step's metrics: metrics[1] becomes the factor that clips the gradient's norm to `params.clip`; the step's entry of
// the ring of 64 becomes its loss, then the norm before clipping; metrics[0] becomes 0 for the next step.
// partials [256] ⇄ metrics. One invocation does it all.
@group(0) @binding(2) var<storage, read> partials: array<f32>;
@group(0) @binding(3) var<storage, read_write> metrics: array<f32>;

@compute @workgroup_size(1)
fn main() {
    var squares = 0.0;
    for (var i = 0u; i < 256u; i++) {
        squares += partials[i];
    }
    let norm = sqrt(squares);
    let entry = 2u + 2u * ((params.step - 1u) % 64u);
    metrics[entry] = metrics[0];
    metrics[entry + 1u] = norm;
    metrics[0] = 0.0;
    metrics[1] = 1.0;
    if params.clip > 0.0 && norm > params.clip { metrics[1] = params.clip / norm; }
}
