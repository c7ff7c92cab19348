// Causal attention with grouped-query heads (Ainslie et al. 2023, arXiv:2305.13245), by online softmax (Dao et al. 2022,
// arXiv:2205.14135): out = softmax(q kᵀ / √D) v over the keys up to the query.
// qkv [M, (H+2K)·D] → out [M, H·D], lse [B,H,T] (log-sum-exp of the scaled scores). A span is $SPAN queries of a head, one
// after the other in time, so that each key and value that is read serves them all.
@group(0) @binding(2) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = group_of(workgroup);
    if number >= dims.batch * dims.heads * blocks() { return; }
    let slice = lane / PLACES;
    let place = lane % PLACES;
    let head = number / blocks() % dims.heads;
    let batch = number / (blocks() * dims.heads);
    let first = number % blocks() * BLOCK;
    let is_there = first + place * SPAN < dims.time;
#if TEAM
#else
    if !is_there { return; }
#end
    let row = batch * dims.time * stride();
    var key = row + slice * stride() + (dims.heads + head * dims.kv_heads / dims.heads) * HEAD;
    let to_value = dims.kv_heads * HEAD;
#repeat a SPAN
    let t$a = min(first + place * SPAN + $au, dims.time - 1u);
    let query$a = row + t$a * stride() + head * HEAD;
    var greatest$a = -1e30;
    var sum$a = 0.0;
#repeat d HEAD
    let q$a_$d = qkv[query$a + $du] * SCALE;
    var out$a_$d = vec4<f32>();
#end
#end
    for (var s = slice; s <= t$LAST; s += SLICES) {
#repeat d HEAD
        let k$d = qkv[key + $du];
        let v$d = qkv[key + to_value + $du];
#end
        key += SLICES * stride();
#repeat a SPAN
        let dot$a = 0.0
#repeat d HEAD
            + dot(q$a_$d, k$d)
#end
        ;
        let score$a = select(-1e30, dot$a, s <= t$a);
        let risen$a = max(greatest$a, score$a);
        let shrink$a = exp(greatest$a - risen$a);
        let p$a = exp(score$a - risen$a);
        greatest$a = risen$a;
        sum$a = sum$a * shrink$a + p$a;
#repeat d HEAD
        out$a_$d = out$a_$d * shrink$a + p$a * v$d;
#end
#end
    }
#if TEAM
    let part = share(lane, greatest0, sum0);
    for (var turn = 0u; turn < SLICES; turn++) {
        if turn == slice {
#repeat d HEAD
            add_part(slice, $du * PLACES + place, out0_$d * part.x);
#end
        }
        workgroupBarrier();
    }
    for (var i = lane; i < PLACES * HEAD && first + i / HEAD < dims.time; i += LANES) {
        out[((batch * dims.time + first + i / HEAD) * dims.heads + head) * HEAD + i % HEAD] = parts[i % HEAD * PLACES + i / HEAD];
    }
    if slice == 0u && is_there { lse[(batch * dims.heads + head) * dims.time + t0] = part.y; }
#else
#repeat a SPAN
    let to$a = ((batch * dims.time + t$a) * dims.heads + head) * HEAD;
#repeat d HEAD
    out[to$a + $du] = out$a_$d / sum$a;
#end
    lse[(batch * dims.heads + head) * dims.time + t$a] = greatest$a + log(sum$a);
#end
#end
}
