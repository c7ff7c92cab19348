// Gradient of a linear layer by its weight: dW += dYᵀ X.
// dy [M,N], x [M,K] ⇄ dw [N,K]; K is a multiple of 4. In tiles that a workgroup shares (`shared/matmul_tiles.wgsl`), or else an
// invocation holds a tile of 4·$ROWS × 4·$COLS outputs in registers and walks along M, four rows at a time. Past the edges the
// last row or column is repeated and nothing stored.
struct Dims { m: u32, n: u32, k: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
#if PACKED
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
#else
@group(0) @binding(2) var<storage, read> dy: array<f32>;
#end
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dw: array<vec4<f32>>;

#if TILED
fn depth() -> u32 { return dims.m; }

// Columns 4·i to 4·i + 3 of dy, at each of its rows 4·m to 4·m + 3; zeros past the end of M.
fn left_block(i: u32, m: u32) -> mat4x4<f32> {
    let rows = 4u * m + vec4(0u, 1u, 2u, 3u);
    let inside = vec4<f32>(rows < vec4(dims.m));
    let at = min(rows, vec4(dims.m - 1u));
    return mat4x4(load(at.x, 4u * i) * inside.x, load(at.y, 4u * i) * inside.y, load(at.z, 4u * i) * inside.z, load(at.w, 4u * i) * inside.w);
}

// The same of x.
fn right_block(j: u32, m: u32) -> mat4x4<f32> {
    let k4 = dims.k / 4u;
    let rows = min(4u * m + vec4(0u, 1u, 2u, 3u), vec4(dims.m - 1u)) * k4 + min(j, k4 - 1u);
    return mat4x4(x[rows.x], x[rows.y], x[rows.z], x[rows.w]);
}
#else
@compute @workgroup_size($WIDE, $HIGH)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.y * (4u * $ROWSu);
    let column = id.x * $COLSu;
    let k4 = dims.k / 4u;
    if row >= dims.n || column >= k4 { return; }
#repeat r ROWS
#repeat c COLS
#repeat i 4
    var dw$r_$i_$c = vec4<f32>();
#end
#end
#end
#repeat c COLS
    let column$c = min(column + $cu, k4 - 1u);
#end
    for (var m = 0u; m < dims.m; m += 4u) {
#repeat j 4
        let m$j = min(m + $ju, dims.m - 1u);
#repeat c COLS
        let x$j_$c = x[m$j * k4 + column$c];
#end
#end
#repeat r ROWS
#repeat j 4
        let dy$r_$j = select(vec4<f32>(), load(m$j, row + 4u * $ru), m + $ju < dims.m);
#end
#repeat c COLS
#repeat i 4
        dw$r_$i_$c += dy$r_0[$i] * x0_$c + dy$r_1[$i] * x1_$c + dy$r_2[$i] * x2_$c + dy$r_3[$i] * x3_$c;
#end
#end
#end
    }
#repeat r ROWS
#repeat i 4
#repeat c COLS
    store(row + 4u * $ru + $iu, column + $cu, dw$r_$i_$c);
#end
#end
#end
}
#end

// Adds to columns 4·column4 to 4·column4 + 3 of a row.
fn store(row: u32, column4: u32, value: vec4<f32>) {
    let k4 = dims.k / 4u;
    if row < dims.n && column4 < k4 { dw[row * k4 + column4] += value; }
}

// Four words of row m of dy.
fn load(m: u32, n: u32) -> vec4<f32> {
#if PACKED
    return dy[(m * dims.n + min(n, dims.n - 4u)) / 4u];
#else
    let at = m * dims.n;
    let last = dims.n - 1u;
    return vec4(dy[at + min(n, last)], dy[at + min(n + 1u, last)], dy[at + min(n + 2u, last)], dy[at + min(n + 3u, last)]);
#end
}
