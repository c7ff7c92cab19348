// Gradient of attention from the saved log-sum-exp (Dao et al. 2022, arXiv:2205.14135). With p = exp(q·k / √D − lse) and
// ds = p · (dout·v − delta) / √D: dq = Σ ds·k over the keys up to the query, dk = Σ ds·q and dv = Σ p·dout over the queries
// from the key on.
// qkv [M, (H+2K)·D], dout [M, H·D], lse [B,H,T], delta [B,H,T] → dqkv [M, (H+2K)·D]. The first workgroups do spans of $SPAN
// queries of a head and look back, the others spans of keys of a key/value head and look ahead.
@group(0) @binding(2) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<vec4<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = group_of(workgroup);
    let first = number % blocks() * BLOCK;
    let number_of_head = number / blocks();
    if number_of_head < dims.batch * dims.heads {
        look_back(number_of_head / dims.heads, number_of_head % dims.heads, first, lane);
    } else if number_of_head < dims.batch * (dims.heads + dims.kv_heads) {
        let behind = number_of_head - dims.batch * dims.heads;
        look_ahead(behind / dims.kv_heads, behind % dims.kv_heads, first, lane);
    }
}

fn look_back(batch: u32, head: u32, first: u32, lane: u32) {
    let slice = lane / PLACES;
    let place = lane % PLACES;
#if TEAM
#else
    if first + place * SPAN >= dims.time { return; }
#end
    let row = batch * dims.time * stride();
    let to_value = dims.kv_heads * HEAD;
    var key = row + slice * stride() + (dims.heads + head * dims.kv_heads / dims.heads) * HEAD;
#repeat a SPAN
    let t$a = min(first + place * SPAN + $au, dims.time - 1u);
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
    for (var turn = 0u; turn < SLICES; turn++) {
        if turn == slice {
#repeat d HEAD
            add_part(slice, $du * PLACES + place, dq0_$d);
#end
        }
        workgroupBarrier();
    }
    write_parts(row + head * HEAD, first, lane);
#else
#repeat a SPAN
#repeat d HEAD
    dqkv[query$a + $du] = dq$a_$d;
#end
#end
#end
}

fn look_ahead(batch: u32, kv_head: u32, first: u32, lane: u32) {
    let slice = lane / PLACES;
    let place = lane % PLACES;
#if TEAM
    // A workgroup reads the same queries at the same time.
    let start = first + slice;
#else
    if first + place * SPAN >= dims.time { return; }
    let start = first + place * SPAN;
#end
    let row = batch * dims.time * stride();
    let keys = row + (dims.heads + kv_head) * HEAD;
    let to_value = dims.kv_heads * HEAD;
    let group = dims.heads / dims.kv_heads;
#repeat a SPAN
    let t$a = min(first + place * SPAN + $au, dims.time - 1u);
    let own$a = keys + t$a * stride();
#repeat d HEAD
    let k$a_$d = qkv[own$a + $du] * SCALE;
    let v$a_$d = qkv[own$a + to_value + $du];
    var dk$a_$d = vec4<f32>();
    var dv$a_$d = vec4<f32>();
#end
#end
    for (var head = kv_head * group; head < (kv_head + 1u) * group; head++) {
        for (var s = start; s < dims.time; s += SLICES) {
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
    for (var turn = 0u; turn < SLICES; turn++) {
        if turn == slice {
#repeat d HEAD
            add_part(slice, $du * PLACES + place, dk0_$d);
#end
        }
        workgroupBarrier();
    }
    write_parts(keys, first, lane);
    workgroupBarrier();
    for (var turn = 0u; turn < SLICES; turn++) {
        if turn == slice {
#repeat d HEAD
            add_part(slice, $du * PLACES + place, dv0_$d);
#end
        }
        workgroupBarrier();
    }
    write_parts(keys + to_value, first, lane);
#else
#repeat a SPAN
#repeat d HEAD
    dqkv[own$a + $du] = dk$a_$d;
    dqkv[own$a + to_value + $du] = dv$a_$d;
#end
#end
#end
}
#if TEAM

// The sums of a workgroup's positions, the first of which is `first`, to where that of a sequence's first position begins.
fn write_parts(begin: u32, first: u32, lane: u32) {
    for (var i = lane; i < PLACES * HEAD && first + i / HEAD < dims.time; i += LANES) {
        dqkv[begin + (first + i / HEAD) * stride() + i % HEAD] = parts[i % HEAD * PLACES + i / HEAD];
    }
}
#end
