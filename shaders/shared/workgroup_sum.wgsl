// The sum over the 64 invocations of a workgroup, in eights; every one of them gets it.
var<workgroup> addends: array<f32, 64>;

fn workgroup_sum(lane: u32, value: f32) -> f32 {
    workgroupBarrier();
    addends[lane] = value;
    workgroupBarrier();
    var part = 0.0;
    for (var i = 0u; i < 8u; i++) { part += addends[lane / 8u * 8u + i]; }
    workgroupBarrier();
    addends[lane] = part;
    workgroupBarrier();
    var total = 0.0;
    for (var i = 0u; i < 64u; i += 8u) { total += addends[i]; }
    return total;
}
