// AdamW with decoupled decay (Loshchilov & Hutter 2019, arXiv:1711.05101) on the clipped gradient g:
// m = beta1·m + (1 − beta1)·g, v = beta2·v + (1 − beta2)·g², w = w·(1 − lr·decay) − lr·m̂ / (√v̂ + epsilon).
// metrics (the clip factor is [1]) ⇄ weights [len], grads [len] (zeroed), m [len], v [len]; weights before `decayed` decay.
// An invocation does four weights.
struct Dims { len: u32, decayed: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> metrics: array<f32>;
@group(0) @binding(3) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> grads: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> v: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= (dims.len + 3u) / 4u { return; }
    let gradient = grads[i] * metrics[1];
    let mean = params.beta1 * m[i] + (1.0 - params.beta1) * gradient;
    let square = params.beta2 * v[i] + (1.0 - params.beta2) * gradient * gradient;
    let decays = 4u * i + vec4(0u, 1u, 2u, 3u) < vec4(dims.decayed);
    let kept = select(vec4(1.0), vec4(1.0 - params.lr * params.weight_decay), decays);
    let change = mean / params.correction1 / (sqrt(square / params.correction2) + params.epsilon);
    weights[i] = weights[i] * kept - params.lr * change;
    grads[i] = vec4<f32>();
    m[i] = mean;
    v[i] = square;
}
