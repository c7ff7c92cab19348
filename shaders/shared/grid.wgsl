// Workgroups are folded into rows of at most 65,535, the most that WebGPU allows in a dimension.
fn group_of(workgroup: vec3<u32>) -> u32 {
    return workgroup.x + workgroup.y * 65535u;
}

// Of kernels over a flat range, with 64 invocations a workgroup.
fn flat(id: vec3<u32>) -> u32 {
    return id.x + id.y * (65535u * 64u);
}
