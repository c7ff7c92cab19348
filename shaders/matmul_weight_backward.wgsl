// Gradient of a linear layer by its weight: dW += dYᵀ X.
// dy [M,N], x [M,K] ⇄ dw [N,K]; K is a multiple of 4. An invocation holds a tile of 4·$ROWS × 4·$COLS outputs in registers and
// walks along M, four rows at a time; past the edges it repeats the last row or column and stores nothing.
struct Dims { m: u32, n: u32, k: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
#if PACKED
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
#else
@group(0) @binding(2) var<storage, read> dy: array<f32>;
#end
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dw: array<vec4<f32>>;

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
    if row + 4u * $ru + $iu < dims.n {
#repeat c COLS
        if column + $cu < k4 { dw[(row + 4u * $ru + $iu) * k4 + column + $cu] += dw$r_$i_$c; }
#end
    }
#end
#end
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
