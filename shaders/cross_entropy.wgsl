// Softmax cross-entropy: losses = −log softmax(logits)[target], in nats; where `gradient` is 1 the logits become
// weight · (softmax − onehot(target)).
// targets [M] (u32), weights [M] ⇄ logits [M,V] → losses [M]. A workgroup does a row, an invocation every 32nd logit of it: it
// keeps the greatest and the sum of exponentials below that, and then all of them are put together.
struct Dims { rows: u32, vocab: u32, gradient: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> logits: array<f32>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;
const LANES = 32u;
var<workgroup> tops: array<f32, LANES>;
var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(workgroup);
    if row >= dims.rows { return; }
    let first = row * dims.vocab;
    let end = first + dims.vocab;
    let at = first + targets[row];
    let logit = logits[at];
    var own = -3.4e38;
    var sum = 0.0;
    for (var i = first + lane; i < end; i += LANES) {
        let risen = max(own, logits[i]);
        sum = sum * exp(own - risen) + exp(logits[i] - risen);
        own = risen;
    }
    tops[lane] = own;
    sums[lane] = sum;
    // Below, logits are overwritten that others have read above.
    storageBarrier();
    workgroupBarrier();
    var top = own;
    for (var i = 0u; i < LANES; i++) { top = max(top, tops[i]); }
    var total = 0.0;
    for (var i = 0u; i < LANES; i++) { total += sums[i] * exp(tops[i] - top); }
    if lane == 0u { losses[row] = log(total) + top - logit; }
    if dims.gradient == 0u { return; }
    let share = weights[row] / total;
    for (var i = first + lane; i < end; i += LANES) {
        logits[i] = share * exp(logits[i] - top) - select(0.0, weights[row], i == at);
    }
}
