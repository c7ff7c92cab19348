// Softmax cross-entropy: losses = −log softmax(logits)[target], in nats; where `gradient` is 1 the logits become
// weight · (softmax − onehot(target)).
// targets [M] (u32), weights [M] ⇄ logits [M,V] → losses [M]. An invocation does a row.
struct Dims { rows: u32, vocab: u32, gradient: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> logits: array<f32>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = flat(id);
    if row >= dims.rows { return; }
    let first = row * dims.vocab;
    let end = first + dims.vocab;
    var greatest = logits[first];
    for (var i = first + 1u; i < end; i++) {
        greatest = max(greatest, logits[i]);
    }
    var sum = 0.0;
    for (var i = first; i < end; i++) {
        sum += exp(logits[i] - greatest);
    }
    let at = first + targets[row];
    losses[row] = log(sum) + greatest - logits[at];
    if dims.gradient == 0u { return; }
    let share = weights[row] / sum;
    for (var i = first; i < end; i++) {
        logits[i] = share * exp(logits[i] - greatest);
    }
    logits[at] -= weights[row];
}
