// Gradient of attention from the saved log-sum-exp (Dao et al. 2022, arXiv:2205.14135). With p = exp(q·k / √D − lse) and
// ds = p · (dout·v − delta) / √D: dq = Σ ds·k over the keys up to the query, dk = Σ ds·q and dv = Σ p·dout over the queries
// from the key on.
// qkv [M, (H+2K)·D], dout [M, H·D], lse [B,H,T], delta [B,H,T] → dqkv [M, (H+2K)·D]. A span is $SPAN positions of a
// key/value head, one after the other in time: dq of each query head of its group, looking back, then dk and dv, looking
// ahead; so all spans are equal work.
@group(0) @binding(2) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<vec4<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let spans = (dims.time + SPAN - 1u) / SPAN;
    let count = dims.batch * dims.kv_heads * spans;
    let is_there = span_of(workgroup, lane) < count;
    let i = min(span_of(workgroup, lane), count - 1u);
    let slice = lane / PLACES;
    let kv_head = i / spans % dims.kv_heads;
    let batch = i / (spans * dims.kv_heads);
    let group = dims.heads / dims.kv_heads;
    let row = batch * dims.time * stride();
    let keys = row + (dims.heads + kv_head) * HEAD;
    let to_value = dims.kv_heads * HEAD;
#repeat a SPAN
    let t$a = min(i % spans * SPAN + $au, dims.time - 1u);
#end

    for (var member = 0u; member < group; member++) {
        let head = kv_head * group + member;
#repeat a SPAN
        let query$a = row + t$a * stride() + head * HEAD;
        let out$a = ((batch * dims.time + t$a) * dims.heads + head) * HEAD;
        let lse$a = lse[(batch * dims.heads + head) * dims.time + t$a];
        let delta$a = delta[(batch * dims.heads + head) * dims.time + t$a];
#repeat d HEAD
        let q$a_$d = qkv[query$a + $du] * SCALE;
        let do$a_$d = dout[out$a + $du];
        var dq$a_$d = vec4<f32>();
#end
#end
        var key = keys + slice * stride();
        for (var s = slice; s <= t$LAST; s += SLICES) {
#repeat d HEAD
            let k$d = qkv[key + $du];
            let v$d = qkv[key + to_value + $du];
#end
            key += SLICES * stride();
#repeat a SPAN
            let score$a = -lse$a
#repeat d HEAD
                + dot(q$a_$d, k$d)
#end
            ;
            let dp$a = -delta$a
#repeat d HEAD
                + dot(do$a_$d, v$d)
#end
            ;
            let ds$a = select(0.0, exp(min(score$a, 0.0)) * dp$a * SCALE, s <= t$a);
#repeat d HEAD
            dq$a_$d += ds$a * k$d;
#end
#end
        }
#if TEAM
        workgroupBarrier();
#repeat d HEAD
        parts[lane * HEAD + $du] = dq0_$d;
#end
        workgroupBarrier();
        for (var d = slice; is_there && d < HEAD; d += SLICES) { dqkv[query0 + d] = gathered(lane, d); }
#else
        if is_there {
#repeat a SPAN
#repeat d HEAD
            dqkv[query$a + $du] = dq$a_$d;
#end
#end
        }
#end
    }

#repeat a SPAN
    let own$a = keys + t$a * stride();
#repeat d HEAD
    let k$a_$d = qkv[own$a + $du] * SCALE;
    let v$a_$d = qkv[own$a + to_value + $du];
    var dk$a_$d = vec4<f32>();
    var dv$a_$d = vec4<f32>();
#end
#end
    for (var member = 0u; member < group; member++) {
        let head = kv_head * group + member;
        for (var s = t0 + slice; s < dims.time; s += SLICES) {
            let query = row + s * stride() + head * HEAD;
            let out = ((batch * dims.time + s) * dims.heads + head) * HEAD;
            let lse_s = lse[(batch * dims.heads + head) * dims.time + s];
            let delta_s = delta[(batch * dims.heads + head) * dims.time + s];
#repeat d HEAD
            let q$d = qkv[query + $du];
            let do$d = dout[out + $du];
#end
#repeat a SPAN
            let score$a = -lse_s
#repeat d HEAD
                + dot(k$a_$d, q$d)
#end
            ;
            let dp$a = -delta_s
#repeat d HEAD
                + dot(v$a_$d, do$d)
#end
            ;
            let p$a = select(0.0, exp(min(score$a, 0.0)), s >= t$a);
            let ds$a = p$a * dp$a * SCALE;
#repeat d HEAD
            dk$a_$d += ds$a * q$d;
            dv$a_$d += p$a * do$d;
#end
#end
        }
    }
#if TEAM
    workgroupBarrier();
#repeat d HEAD
    parts[lane * HEAD + $du] = dk0_$d;
#end
    workgroupBarrier();
    for (var d = slice; is_there && d < HEAD; d += SLICES) { dqkv[own0 + d] = gathered(lane, d); }
    workgroupBarrier();
#repeat d HEAD
    parts[lane * HEAD + $du] = dv0_$d;
#end
    workgroupBarrier();
    for (var d = slice; is_there && d < HEAD; d += SLICES) { dqkv[own0 + to_value + d] = gathered(lane, d); }
#else
    if !is_there { return; }
#repeat a SPAN
#repeat d HEAD
    dqkv[own$a + $du] = dk$a_$d;
    dqkv[own$a + to_value + $du] = dv$a_$d;
#end
#end
#end
}
