// Causal attention with grouped-query heads (Ainslie et al. 2023, arXiv:2305.13245), by online softmax (Dao et al. 2022,
// arXiv:2205.14135): out = softmax(q kᵀ / √D) v over the keys up to the query.
// qkv [M, (H+2K)·D] → out [M, H·D], lse [B,H,T] (log-sum-exp of the scaled scores). An invocation does a query of a head.
@group(0) @binding(2) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= dims.batch * dims.heads * dims.time { return; }
    let t = i % dims.time;
    let head = i / dims.time % dims.heads;
    let row = i / (dims.time * dims.heads) * dims.time;
    let stride = (dims.heads + 2u * dims.kv_heads) * HEAD;
    let query = (row + t) * stride + head * HEAD;
    var key = row * stride + (dims.heads + head * dims.kv_heads / dims.heads) * HEAD;
    let to_value = dims.kv_heads * HEAD;
#repeat d HEAD
    let q$d = qkv[query + $du] * SCALE;
    var out$d = vec4<f32>();
#end
    var greatest = -1e30;
    var sum = 0.0;
    for (var s = 0u; s <= t; s++) {
        let score = 0.0
#repeat d HEAD
            + dot(q$d, qkv[key + $du])
#end
        ;
        let risen = max(greatest, score);
        let shrink = exp(greatest - risen);
        let p = exp(score - risen);
        greatest = risen;
        sum = sum * shrink + p;
#repeat d HEAD
        out$d = out$d * shrink + p * qkv[key + to_value + $du];
#end
        key += stride;
    }
    let to = ((row + t) * dims.heads + head) * HEAD;
#repeat d HEAD
    out[to + $du] = out$d / sum;
#end
    lse[i] = greatest + log(sum);
}
