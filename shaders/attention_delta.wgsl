// Each query's share of the softmax gradient: delta = Σ over channels of dout · out.
// out [M, H·D], dout [M, H·D] → delta [B,H,T]. An invocation does a query of a head.
@group(0) @binding(2) var<storage, read> out: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> delta: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= dims.batch * dims.heads * dims.time { return; }
    let t = i % dims.time;
    let head = i / dims.time % dims.heads;
    let batch = i / (dims.time * dims.heads);
    let at = ((batch * dims.time + t) * dims.heads + head) * HEAD;
    delta[i] = 0.0
#repeat d HEAD
        + dot(out[at + $du], dout[at + $du])
#end
    ;
}
