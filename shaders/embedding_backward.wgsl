// Gradient of the token embedding: dtable[ids[r]] += dout[r].
// ids [M] (u32), dout [M,C] ⇄ dtable [V,C]; C is a multiple of 4. With TEAM a workgroup has a row and looks for those with the
// same token, an invocation at 32 of them, and adds them up, an invocation four channels; a row before its own ends its work, for
// that row's workgroup does it. Else an invocation owns a channel and walks the rows. So rows with the same token never race, and
// are added in order.
struct Dims { rows: u32, channels: u32, vocab: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
#if TEAM
@group(0) @binding(3) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dtable: array<vec4<f32>>;
const LANES = 64u;
// A bit for each of as many rows as the workgroup looks at together.
var<workgroup> found: array<u32, LANES>;
// Whether a row before holds the token.
var<workgroup> is_later: bool;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group_of(workgroup);
    if row >= dims.rows { return; }
    let token = ids[row];
    let width = dims.channels / 4u;
    for (var column = 0u; column < width; column += LANES) {
        let channel = column + lane;
        var sum = vec4<f32>();
        // No row before holds the token, and there is a channel to do.
        var is_first = channel < width;
        for (var start = 0u; start < dims.rows; start += 32u * LANES) {
            var same = 0u;
            for (var i = 0u; i < 32u; i++) {
                let other = start + 32u * lane + i;
                if other < dims.rows && ids[other] == token { same |= 1u << i; }
            }
            found[lane] = same;
            workgroupBarrier();
            for (var word = 0u; is_first && word < LANES; word++) {
                for (var rest = found[word]; is_first && rest != 0u; rest &= rest - 1u) {
                    let other = start + 32u * word + firstTrailingBit(rest);
                    is_first = other >= row;
                    if is_first { sum += dout[other * width + channel]; }
                }
            }
            if lane == 0u { is_later = !is_first; }
            if workgroupUniformLoad(&is_later) { return; }
        }
        if is_first { dtable[token * width + channel] += sum; }
    }
}
#else
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
#end
