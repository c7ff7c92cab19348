// Gradient of the token embedding: dtable[ids[r]] += dout[r].
// ids [M] (u32), dout [M,C] ⇄ dtable [V,C]. An invocation owns a channel and walks the rows in order, so that rows with the
// same token never race and every run sums in the same order.
struct Dims { rows: u32, channels: u32, vocab: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read_write> dtable: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let channel = flat(id);
    if channel >= dims.channels { return; }
    for (var row = 0u; row < dims.rows; row++) {
        dtable[ids[row] * dims.channels + channel] += dout[row * dims.channels + channel];
    }
}
