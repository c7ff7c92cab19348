// Reductions over the 64 invocations of a workgroup; every one of them gets the result.
var<workgroup> addends: array<f32, 64>;
var<workgroup> candidates: array<u32, 64>;

fn workgroup_sum(lane: u32, value: f32) -> f32 {
    workgroupBarrier();
    addends[lane] = value;
    workgroupBarrier();
    var total = 0.0;
    for (var i = 0u; i < 64u; i++) { total += addends[i]; }
    return total;
}

// A value and whose it is; greater values are better, among equals the lower id.
struct Best { value: f32, id: u32 }
const NONE = Best(-3.4e38, 0xffffffffu);

fn better(a: Best, b: Best) -> Best {
    if b.value > a.value || (b.value == a.value && b.id < a.id) { return b; }
    return a;
}

fn workgroup_best(lane: u32, own: Best) -> Best {
    workgroupBarrier();
    addends[lane] = own.value;
    candidates[lane] = own.id;
    workgroupBarrier();
    var best = NONE;
    for (var i = 0u; i < 64u; i++) { best = better(best, Best(addends[i], candidates[i])); }
    return best;
}
