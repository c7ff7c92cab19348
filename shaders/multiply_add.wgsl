// The rate of multiply-adds: chains of them that touch nothing but registers; no part of a model.
// ⇄ words [len]: each becomes x · x − ½, `rounds` times over, which no compiler can shorten. An invocation holds $CHAINS vectors of
// words, and does $UNROLLED rounds at a time; both `len` and `rounds` are multiples of what it does.
struct Dims { len: u32, rounds: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read_write> words: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = id.x * $CHAINSu;
    if first >= dims.len / 4u { return; }
#repeat c CHAINS
    var x$c = words[first + $cu];
#end
    for (var round = 0u; round < dims.rounds; round += $UNROLLEDu) {
#repeat r UNROLLED
#repeat c CHAINS
        x$c = x$c * x$c - 0.5;
#end
#end
    }
#repeat c CHAINS
    words[first + $cu] = x$c;
#end
}
