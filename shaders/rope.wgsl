// Rotary position embedding (Su et al. 2021, arXiv:2104.09864): turns the pair (i, i + D/2) of each of the first `heads` heads
// by its position's angle i; backward turns the other way.
// table [T,D] (a position's D/2 cosines, then its D/2 sines) ⇄ qkv [M, stride]. An invocation does a head of a row.
struct Dims { rows: u32, stride: u32, heads: u32, head_dim: u32, time: u32, backward: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> table: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> qkv: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= dims.rows * dims.heads { return; }
    let row = i / dims.heads;
    let first = (row * dims.stride + i % dims.heads * dims.head_dim) / 2u;
    let angles = (params.position + row % dims.time) * dims.head_dim / 2u;
    let half = dims.head_dim / 4u;
    for (var j = 0u; j < half; j++) {
        let cosine = table[angles + j];
        var sine = table[angles + half + j];
        if dims.backward != 0u { sine = -sine; }
        let a = qkv[first + j];
        let b = qkv[first + half + j];
        qkv[first + j] = a * cosine - b * sine;
        qkv[first + half + j] = b * cosine + a * sine;
    }
}
