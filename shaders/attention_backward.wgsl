// Gradient of attention from the saved log-sum-exp (Dao et al. 2022, arXiv:2205.14135). With p = exp(q·k / √D − lse) and
// ds = p · (dout·v − delta) / √D: dq = Σ ds·k over the keys up to the query, dk = Σ ds·q and dv = Σ p·dout over the queries
// from the key on.
// qkv [M, (H+2K)·D], dout [M, H·D], lse [B,H,T], delta [B,H,T] → dqkv [M, (H+2K)·D]. An invocation does a position of a
// key/value head: dq of each query head of its group, looking back, then dk and dv, looking ahead; so all do equal work.
@group(0) @binding(2) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= dims.batch * dims.kv_heads * dims.time { return; }
    let t = i % dims.time;
    let kv_head = i / dims.time % dims.kv_heads;
    let batch = i / (dims.time * dims.kv_heads);
    let group = dims.heads / dims.kv_heads;
    let stride = (dims.heads + 2u * dims.kv_heads) * HEAD;
    let row = batch * dims.time * stride;
    let keys = row + (dims.heads + kv_head) * HEAD;
    let to_value = dims.kv_heads * HEAD;

    for (var head = kv_head * group; head < (kv_head + 1u) * group; head++) {
        let query = row + t * stride + head * HEAD;
        let output = ((batch * dims.time + t) * dims.heads + head) * HEAD;
        let statistics = (batch * dims.heads + head) * dims.time + t;
        let lse_t = lse[statistics];
        let delta_t = delta[statistics];
#repeat d HEAD
        let q$d = qkv[query + $du] * SCALE;
        let dout$d = dout[output + $du];
        var dq$d = vec4<f32>();
#end
        var key = keys;
        for (var s = 0u; s <= t; s++) {
#repeat d HEAD
            let k$d = qkv[key + $du];
#end
            let score = 0.0
#repeat d HEAD
                + dot(q$d, k$d)
#end
            ;
            let dp = 0.0
#repeat d HEAD
                + dot(dout$d, qkv[key + to_value + $du])
#end
            ;
            let ds = exp(min(score - lse_t, 0.0)) * (dp - delta_t) * SCALE;
#repeat d HEAD
            dq$d += ds * k$d;
#end
            key += stride;
        }
#repeat d HEAD
        dqkv[query + $du] = dq$d;
#end
    }

    let own = keys + t * stride;
#repeat d HEAD
    let k$d = qkv[own + $du] * SCALE;
    let v$d = qkv[own + to_value + $du];
    var dk$d = vec4<f32>();
    var dv$d = vec4<f32>();
#end
    for (var head = kv_head * group; head < (kv_head + 1u) * group; head++) {
        let statistics = (batch * dims.heads + head) * dims.time;
        for (var s = t; s < dims.time; s++) {
            let query = row + s * stride + head * HEAD;
            let output = ((batch * dims.time + s) * dims.heads + head) * HEAD;
#repeat d HEAD
            let q$d = qkv[query + $du];
            let dout$d = dout[output + $du];
#end
            let score = 0.0
#repeat d HEAD
                + dot(q$d, k$d)
#end
            ;
            let dp = 0.0
#repeat d HEAD
                + dot(dout$d, v$d)
#end
            ;
            let p = exp(min(score - lse[statistics + s], 0.0));
            let ds = p * (dp - delta[statistics + s]) * SCALE;
#repeat d HEAD
            dk$d += ds * q$d;
            dv$d += p * dout$d;
#end
        }
    }
#repeat d HEAD
    dqkv[own + $du] = dk$d;
    dqkv[own + to_value + $du] = dv$d;
#end
}
