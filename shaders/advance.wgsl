// The token after `params.position` of each sequence: the one that is given there, or else the one drawn, which takes its place.
// choices [B] (u32) ⇄ tokens [B,T] (u32) → ids [B] (u32). An invocation does a sequence.
struct Dims { batch: u32, time: u32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(2) var<storage, read> choices: array<u32>;
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(4) var<storage, read_write> ids: array<u32>;

// Marks a place that no token was given for.
const FREE: u32 = 0x80000000u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= dims.batch { return; }
    let place = i * dims.time + params.position + 1u;
    let given = tokens[place];
    let next = select(given, choices[i], given == FREE);
    tokens[place] = next;
    ids[i] = next;
}
