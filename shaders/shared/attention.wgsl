// What the attention kernels share. A row of qkv holds H query heads, K key heads and K value heads of D channels each;
// query head h attends to key/value head h / (H/K). D is known when the shader is made, so that a head lives in registers.
struct Dims { batch: u32, time: u32, heads: u32, kv_heads: u32, head_dim: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
const HEAD = $HEADu; // vec4s in a head: D/4
const SCALE = inverseSqrt(4.0 * f32(HEAD));
