// The sum over the 64 invocations of a workgroup; every one of them gets it.
var<workgroup> addends: array<f32, 64>;

fn workgroup_sum(lane: u32, value: f32) -> f32 {
    workgroupBarrier();
    addends[lane] = value;
    workgroupBarrier();
    var total = 0.0;
    for (var i = 0u; i < 64u; i++) { total += addends[i]; }
    return total;
}
