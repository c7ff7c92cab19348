// Gradient of a linear layer by its input: dX = dY W.
// dy [M,N], w [N,K] → dx [M,K]; K is a multiple of 4. In tiles that a workgroup shares (`shared/matmul_tiles.wgsl`), or else an
// invocation holds a tile of $ROWS × 4·$COLS outputs in registers and walks along N, four at a time. Past the edges the last
// row or column is repeated and nothing stored.
struct Dims { m: u32, n: u32, k: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
#if PACKED
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
#else
@group(0) @binding(2) var<storage, read> dy: array<f32>;
#end
@group(0) @binding(3) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>;

#if TILED
fn depth() -> u32 { return dims.n; }

// Rows 4·i to 4·i + 3 of dy, at 4·n to 4·n + 3, as four columns; zeros past the end of N.
fn left_block(i: u32, n: u32) -> mat4x4<f32> {
    let at = min(4u * n, dims.n - 1u);
    let rows = min(4u * i + vec4(0u, 1u, 2u, 3u), vec4(dims.m - 1u)) * dims.n;
    return transpose(mat4x4(load(rows.x, at), load(rows.y, at), load(rows.z, at), load(rows.w, at)) * f32(4u * n < dims.n));
}

// Four columns of w, 4·j to 4·j + 3, at each of its rows 4·n to 4·n + 3.
fn right_block(j: u32, n: u32) -> mat4x4<f32> {
    let k4 = dims.k / 4u;
    let rows = min(4u * n + vec4(0u, 1u, 2u, 3u), vec4(dims.n - 1u)) * k4 + min(j, k4 - 1u);
    return mat4x4(w[rows.x], w[rows.y], w[rows.z], w[rows.w]);
}
#else
@compute @workgroup_size($WIDE, $HIGH)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.y * $ROWSu;
    let column = id.x * $COLSu;
    let k4 = dims.k / 4u;
    if row >= dims.m || column >= k4 { return; }
#repeat r ROWS
    let dy_row$r = min(row + $ru, dims.m - 1u) * dims.n;
#repeat c COLS
    var dx$r_$c = vec4<f32>();
#end
#end
#repeat c COLS
    let column$c = min(column + $cu, k4 - 1u);
#end
    for (var n = 0u; n < dims.n; n += 4u) {
#repeat r ROWS
        let dy$r = load(dy_row$r, n);
#end
#repeat i 4
        let w_row$i = min(n + $iu, dims.n - 1u) * k4;
#end
#repeat c COLS
#repeat i 4
        let w$i_$c = w[w_row$i + column$c];
#end
#repeat r ROWS
        dx$r_$c += dy$r.x * w0_$c + dy$r.y * w1_$c + dy$r.z * w2_$c + dy$r.w * w3_$c;
#end
#end
    }
#repeat r ROWS
#repeat c COLS
    store(row + $ru, column + $cu, dx$r_$c);
#end
#end
}
#end

// Columns 4·column4 to 4·column4 + 3 of a row.
fn store(row: u32, column4: u32, value: vec4<f32>) {
    let k4 = dims.k / 4u;
    if row < dims.m && column4 < k4 { dx[row * k4 + column4] = value; }
}

// Four words of a row of dy, zeros past its end.
fn load(start: u32, n: u32) -> vec4<f32> {
#if PACKED
    return dy[(start + n) / 4u];
#else
    let inside = n + vec4(0u, 1u, 2u, 3u) < vec4(dims.n);
    let at = start + n;
    return select(vec4<f32>(), vec4(dy[at], dy[at + 1u], dy[at + 2u], dy[at + 3u]), inside);
#end
}
