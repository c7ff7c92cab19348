// Kernels that sum over a row of M: with TEAM a workgroup does a row, an invocation every 64th vector of it, which suits
// graphics processors, and else an invocation does a row alone, which suits those that compute on the CPU.
#if TEAM
const STEP = 64u;

fn row_of(group: u32, lane: u32) -> u32 {
    return group;
}

fn first_of(lane: u32) -> u32 {
    return lane;
}

fn row_sum(lane: u32, value: f32) -> f32 {
    return workgroup_sum(lane, value);
}
#else
const STEP = 1u;

fn row_of(group: u32, lane: u32) -> u32 {
    return 64u * group + lane;
}

fn first_of(lane: u32) -> u32 {
    return 0u;
}

fn row_sum(lane: u32, value: f32) -> f32 {
    return value;
}
#end
