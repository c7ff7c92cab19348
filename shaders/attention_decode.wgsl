// One new token of each sequence, at `params.position`: its keys and values join the caches, then its queries attend to them
// up to there, by online softmax.
// qkv [B, (H+2K)·D] ⇄ keys [B,T,K·D], values [B,T,K·D] → out [B, H·D]. A span is a query head of a sequence; the first of a
// group writes the caches, and all take the new key and value from qkv, so that none waits for another.
@group(0) @binding(2) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> keys: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> values: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let count = dims.batch * dims.heads;
    let span = group_of(workgroup) * PLACES + lane % PLACES;
    let is_there = span < count;
    let i = min(span, count - 1u);
    let slice = lane / PLACES;
    let batch = i / dims.heads;
    let head = i % dims.heads;
    let group = dims.heads / dims.kv_heads;
    let kv_head = head / group;
    let row = batch * (dims.heads + 2u * dims.kv_heads) * HEAD;
    let new_key = row + (dims.heads + kv_head) * HEAD;
    let new_value = new_key + dims.kv_heads * HEAD;
    let stride = dims.kv_heads * HEAD;
    let first = batch * dims.time * stride + kv_head * HEAD;
#repeat d HEAD
    let q$d = qkv[row + head * HEAD + $du] * SCALE;
    var out$d = vec4<f32>();
#end
    // The first slice begins with the new key.
    var greatest = -1e30;
    var sum = 0.0;
    if slice == 0u {
        greatest = 0.0
#repeat d HEAD
            + dot(q$d, qkv[new_key + $du])
#end
        ;
        sum = 1.0;
#repeat d HEAD
        out$d = qkv[new_value + $du];
#end
    }
    for (var s = slice; s < params.position; s += SLICES) {
        let cached = first + s * stride;
        let score = 0.0
#repeat d HEAD
            + dot(q$d, keys[cached + $du])
#end
        ;
        let risen = max(greatest, score);
        let shrink = exp(greatest - risen);
        let p = exp(score - risen);
        greatest = risen;
        sum = sum * shrink + p;
#repeat d HEAD
        out$d = out$d * shrink + p * values[cached + $du];
#end
    }
    if is_there && slice == 0u && head % group == 0u {
        let joins = first + params.position * stride;
#repeat d HEAD
        keys[joins + $du] = qkv[new_key + $du];
        values[joins + $du] = qkv[new_value + $du];
#end
    }
#if TEAM
    let part = share(lane, greatest, sum);
#repeat d HEAD
    parts[lane * HEAD + $du] = out$d * part.x;
#end
    workgroupBarrier();
    for (var d = slice; is_there && d < HEAD; d += SLICES) { out[i * HEAD + d] = gathered(d); }
#else
    if !is_there { return; }
#repeat d HEAD
    out[i * HEAD + $du] = out$d / sum;
#end
#end
}
#if TEAM

// The sum over all slices of a vector of the head in `parts`.
fn gathered(d: u32) -> vec4<f32> {
    var sum = vec4<f32>();
    for (var slice = 0u; slice < SLICES; slice++) { sum += parts[slice * HEAD + d]; }
    return sum;
}
#end
