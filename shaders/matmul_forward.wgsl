// Linear layer: Y = X Wᵀ.
// x [M,K], w [N,K] → y [M,N]; K is a multiple of 4. In tiles that a workgroup shares (`shared/matmul_tiles.wgsl`); or for a
// VECTOR, a workgroup of 64 does four outputs of a row, and reads what lies side by side together; or else an invocation holds a
// tile of $ROWS × 4·$COLS outputs in registers and walks along K, four at a time. Past the edges the last row or column is
// repeated and nothing stored.
struct Dims { m: u32, n: u32, k: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> w: array<vec4<f32>>;
#if PACKED
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
#else
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
#end

#if TILED
fn depth() -> u32 { return dims.k; }

// Rows 4·i to 4·i + 3 of x, at 4·k to 4·k + 3, as four columns; zeros past the end of K.
fn left_block(i: u32, k: u32) -> mat4x4<f32> {
    let k4 = dims.k / 4u;
    let rows = min(4u * i + vec4(0u, 1u, 2u, 3u), vec4(dims.m - 1u)) * k4 + min(k, k4 - 1u);
    return transpose(mat4x4(x[rows.x], x[rows.y], x[rows.z], x[rows.w]) * f32(k < k4));
}

// The same of w.
fn right_block(j: u32, k: u32) -> mat4x4<f32> {
    let k4 = dims.k / 4u;
    let rows = min(4u * j + vec4(0u, 1u, 2u, 3u), vec4(dims.n - 1u)) * k4 + min(k, k4 - 1u);
    return transpose(mat4x4(w[rows.x], w[rows.y], w[rows.z], w[rows.w]));
}
#else
#if VECTOR
const LANES = 16u; // For an output.
var<workgroup> parts: array<f32, 4u * LANES>;

@compute @workgroup_size(4u * LANES)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let k4 = dims.k / 4u;
    let x_row = workgroup.y * k4;
    let w_row = min(4u * workgroup.x + lane / LANES, dims.n - 1u) * k4;
    var sum = 0.0;
    for (var k = lane % LANES; k < k4; k += LANES) { sum += dot(x[x_row + k], w[w_row + k]); }
    parts[lane] = sum;
    workgroupBarrier();
    if lane > 0u { return; }
    var outputs = vec4<f32>();
    for (var i = 0u; i < LANES; i++) { outputs += vec4(parts[i], parts[LANES + i], parts[2u * LANES + i], parts[3u * LANES + i]); }
    store(workgroup.y, workgroup.x, outputs);
}
#else
@compute @workgroup_size($WIDE, $HIGH)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.y * $ROWSu;
    let column = id.x * (4u * $COLSu);
    if row >= dims.m || column >= dims.n { return; }
    let k4 = dims.k / 4u;
#repeat r ROWS
    let x_row$r = min(row + $ru, dims.m - 1u) * k4;
#repeat c COLS
    var y$r_$c = vec4<f32>();
#end
#end
#repeat c COLS
#repeat i 4
    let w_row$c_$i = min(column + 4u * $cu + $iu, dims.n - 1u) * k4;
#end
#end
    for (var k = 0u; k < k4; k++) {
#repeat r ROWS
        let x$r = x[x_row$r + k];
#end
#repeat c COLS
#repeat i 4
        let w$c_$i = w[w_row$c_$i + k];
#end
#repeat r ROWS
        y$r_$c += vec4(dot(x$r, w$c_0), dot(x$r, w$c_1), dot(x$r, w$c_2), dot(x$r, w$c_3));
#end
#end
    }
#repeat r ROWS
#repeat c COLS
    store(row + $ru, column / 4u + $cu, y$r_$c);
#end
#end
}
#end
#end

// Columns 4·column4 to 4·column4 + 3 of a row.
fn store(row: u32, column4: u32, value: vec4<f32>) {
    let column = 4u * column4;
    if row >= dims.m { return; }
#if PACKED
    if column < dims.n { y[(row * dims.n + column) / 4u] = value; }
#else
    for (var i = 0u; i < 4u; i++) {
        if column + i < dims.n { y[row * dims.n + column + i] = value[i]; }
    }
#end
}
