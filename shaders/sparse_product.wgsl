// A sparse matrix times a dense one: y[to] = Σ value · x[from], or += with `adds`.
// entries [E,2] (u32: from, the value's place), rows [R,2] (u32: to, the end of its entries), values, x [·,C] ⇄ y [·,C]. An
// invocation sums four channels of a row; no two rows have the same `to`. A row without entries is zero, with `adds` not touched.
struct Dims { rows: u32, channels: u32, adds: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> entries: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> rows: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> values: array<f32>;
@group(0) @binding(5) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let width = dims.channels / 4u;
    let row = i / width;
    let channel = i % width;
    if row >= dims.rows { return; }
    var entry = 0u;
    if row > 0u { entry = rows[row - 1u].y; }
    let end = rows[row].y;
    let place = rows[row].x * width + channel;
    var sum = vec4(0.0);
    if dims.adds != 0u {
        if entry == end { return; }
        sum = y[place];
    }
    for (; entry < end; entry++) {
        let source = entries[entry];
        sum += values[source.y] * x[source.x * width + channel];
    }
    y[place] = sum;
}
