// Gradient of the token embedding: dtable[ids[r]] += dout[r].
// ids [M] (u32), dout [M,C] ⇄ dtable [V,C]. With TEAM an invocation owns an entry of the table and looks for its token in all
// rows, else it owns a channel and walks the rows: so rows with the same token never race, and are added in order.
struct Dims { rows: u32, channels: u32, vocab: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read_write> dtable: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
#if TEAM
    let entry = flat(id);
    if entry >= dims.vocab * dims.channels { return; }
    let token = entry / dims.channels;
    let channel = entry % dims.channels;
    var sum = dtable[entry];
    for (var row = 0u; row < dims.rows; row++) {
        if ids[row] == token { sum += dout[row * dims.channels + channel]; }
    }
    dtable[entry] = sum;
#else
    let channel = flat(id);
    if channel >= dims.channels { return; }
    for (var row = 0u; row < dims.rows; row++) {
        dtable[ids[row] * dims.channels + channel] += dout[row * dims.channels + channel];
    }
#end
}
