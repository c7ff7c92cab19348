// Draws the next token of each sequence. Tokens are ranked by logit, the lower id first among equals; temperature 0 takes the
// first. Else top-k keeps the first k; of these, by their softmax at the temperature, top-p (nucleus, Holtzman et al. 2020,
// arXiv:1904.09751) keeps the shortest beginning whose mass is at least p; of these, the greatest of logit / temperature +
// Gumbel noise wins.
// logits [B,V] → choices [B] (u32). A workgroup does a sequence, an invocation every 64th token. Nothing is sorted: where the
// ranking is cut is found bit by bit, each bit by one sum over the tokens.
struct Dims { batch: u32, vocab: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read_write> choices: array<u32>;

var<workgroup> values: array<f32, 64>;
var<workgroup> ids: array<u32, 64>;

// A place in the ranking: a token's key, which rises with its logit, and its id.
struct Cut { key: u32, id: u32 }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = workgroup.x * dims.vocab;
    var best = NONE;
    for (var id = lane; id < dims.vocab; id += 64u) {
        best = better(best, Best(logits[first + id], id));
    }
    let top = workgroup_best(lane, best);
    if params.temperature <= 0.0 {
        choose(lane, workgroup.x, top.id);
        return;
    }
    var cut = Cut(0u, dims.vocab);
    if params.top_k > 0u && params.top_k < dims.vocab {
        cut = find_cut(lane, first, cut, 0.0, top.value, f32(params.top_k));
    }
    if params.top_p < 1.0 {
        var mass = 0.0;
        for (var id = lane; id < dims.vocab; id += 64u) {
            mass += weight(first, id, cut, 1.0, top.value);
        }
        cut = find_cut(lane, first, cut, 1.0, top.value, max(params.top_p * workgroup_sum(lane, mass), 1e-30));
    }
    best = NONE;
    for (var id = lane; id < dims.vocab; id += 64u) {
        if before(first, id, cut) {
            let hash = pcg4d(vec4(params.seed, params.position, workgroup.x, id)).x;
            best = better(best, Best(logits[first + id] / params.temperature + gumbel(hash), id));
        }
    }
    choose(lane, workgroup.x, workgroup_best(lane, best).id);
}

// A value and whose it is; greater values are better, among equals the lower id.
struct Best { value: f32, id: u32 }
const NONE = Best(-3.4e38, 0xffffffffu);

fn better(a: Best, b: Best) -> Best {
    if b.value > a.value || (b.value == a.value && b.id < a.id) { return b; }
    return a;
}

// The best of all invocations.
fn workgroup_best(lane: u32, own: Best) -> Best {
    workgroupBarrier();
    values[lane] = own.value;
    ids[lane] = own.id;
    workgroupBarrier();
    var best = NONE;
    for (var i = 0u; i < 64u; i++) { best = better(best, Best(values[i], ids[i])); }
    return best;
}

fn choose(lane: u32, sequence: u32, id: u32) {
    if lane == 0u { choices[sequence] = select(id, 0u, id == NONE.id); }
}

fn key(logit: f32) -> u32 {
    let bits = bitcast<u32>(logit);
    return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

// Whether a token ranks before a cut.
fn before(first: u32, id: u32, cut: Cut) -> bool {
    let own = key(logits[first + id]);
    return own > cut.key || (own == cut.key && id < cut.id);
}

// 0 for a token that does not rank before `kept`; else 1, or with `softmax` 1 its share of the softmax, unnormalised.
fn weight(first: u32, id: u32, kept: Cut, softmax: f32, top: f32) -> f32 {
    if !before(first, id, kept) { return 0.0; }
    return exp(softmax * (logits[first + id] - top) / params.temperature);
}

// The place after the last token of which the weight of all tokens before it is less than `enough` (which is more than 0).
fn find_cut(lane: u32, first: u32, kept: Cut, softmax: f32, top: f32, enough: f32) -> Cut {
    // The lowest key above which there is not enough, then the last id of that key before which there is not enough.
    var cut = Cut(0xffffffffu, 0u);
    for (var bit = 0x80000000u; bit > 0u; bit >>= 1u) {
        let lower = Cut(cut.key & ~bit, 0u);
        if weight_before(lane, first, lower, kept, softmax, top) < enough { cut = lower; }
    }
    for (var bit = 0x80000000u >> countLeadingZeros(dims.vocab); bit > 0u; bit >>= 1u) {
        let later = Cut(cut.key, cut.id | bit);
        if weight_before(lane, first, later, kept, softmax, top) < enough { cut = later; }
    }
    return Cut(cut.key, cut.id + 1u);
}

fn weight_before(lane: u32, first: u32, cut: Cut, kept: Cut, softmax: f32, top: f32) -> f32 {
    var sum = 0.0;
    for (var id = lane; id < dims.vocab; id += 64u) {
        if before(first, id, cut) { sum += weight(first, id, kept, softmax, top); }
    }
    return workgroup_sum(lane, sum);
}
