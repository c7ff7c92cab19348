// What the attention kernels share. A row of qkv holds H query heads, K key heads and K value heads of D channels each;
// query head h attends to key/value head h / (H/K). D is known when the shader is made, so that a head lives in registers.
struct Dims { batch: u32, time: u32, heads: u32, kv_heads: u32, head_dim: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
// In vectors of four: a head.
const HEAD = $HEADu;
const SCALE = inverseSqrt(4.0 * f32(HEAD));
// Positions in a row that an invocation does.
const SPAN = $SPANu;

// Vectors in a row of qkv.
fn stride() -> u32 {
    return (dims.heads + 2u * dims.kv_heads) * HEAD;
}
