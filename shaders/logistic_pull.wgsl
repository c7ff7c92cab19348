// How strongly pairs of rows pull at each other in logistic regression: pulls = lr · (label − σ(x·t)), or 0 where |x·t| ≥ SETTLED.
// pairs [P,2] (u32: a row of x, one of t), labels [P], x [·,C], t [·,C] → pulls [P]. An invocation does a pair.
struct Dims { pairs: u32, channels: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> pairs: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> labels: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> t: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> pulls: array<f32>;

const SETTLED: f32 = 6.0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= dims.pairs { return; }
    let width = dims.channels / 4u;
    let first = pairs[i] * width;
    var sums = vec4(0.0);
    for (var channel = 0u; channel < width; channel++) {
        sums += x[first.x + channel] * t[first.y + channel];
    }
    let score = sums.x + sums.y + sums.z + sums.w;
    pulls[i] = select(params.lr * (labels[i] - sigmoid(vec4(score)).x), 0.0, abs(score) >= SETTLED);
}
