// What the attention kernels share. A row of qkv holds H query heads, K key heads and K value heads of D channels each;
// query head h attends to key/value head h / (H/K). D is known when the shader is made, so that a head lives in registers.
// $SLICES invocations share the work of a position, each taking every $SLICESth of the others; in the end their sums are added
// up. A graphics card has that many threads to feed, and what computes on the CPU none: one slice, and nothing to add up.
struct Dims { batch: u32, time: u32, heads: u32, kv_heads: u32, head_dim: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
// In vectors of four: a head.
const HEAD = $HEADu;
const SCALE = inverseSqrt(4.0 * f32(HEAD));
// Positions in a row that an invocation does.
const SPAN = $SPANu;
const SLICES = $SLICESu;
// Spans of positions that a workgroup does: side by side, so that what it reads of another position it reads for all of them; but
// of decoding, which has one position, heads and sequences.
const PLACES = $PLACESu;
const LANES = SLICES * PLACES;
const BLOCK = SPAN * PLACES;

// Vectors in a row of qkv.
fn stride() -> u32 {
    return (dims.heads + 2u * dims.kv_heads) * HEAD;
}

// Workgroups that do a head of a sequence.
fn blocks() -> u32 {
    return (dims.time + BLOCK - 1u) / BLOCK;
}

#if TEAM
// What is added up, of spans of one position: vectors [HEAD, PLACES], of decoding [SLICES, HEAD].
var<workgroup> parts: array<vec4<f32>, $PARTSu>;
var<workgroup> sums: array<vec2<f32>, LANES>;

// From an invocation's greatest score and its sum of exponentials below that: what its weighted values are to be multiplied by,
// and the log-sum-exp of the whole span.
fn share(lane: u32, greatest: f32, sum: f32) -> vec2<f32> {
    sums[lane] = vec2(greatest, sum);
    workgroupBarrier();
    var top = greatest;
    for (var other = lane % PLACES; other < LANES; other += PLACES) { top = max(top, sums[other].x); }
    var total = 0.0;
    for (var other = lane % PLACES; other < LANES; other += PLACES) { total += sums[other].y * exp(sums[other].x - top); }
    return vec2(exp(greatest - top) / total, top + log(total));
}

// Adds a slice's vector to what those before it left there; the first one's stands alone.
fn add_part(slice: u32, at: u32, vector: vec4<f32>) {
    parts[at] = vector + select(vec4<f32>(), parts[at], slice != 0u);
}
#end
