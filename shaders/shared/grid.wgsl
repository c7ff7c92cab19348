// Kernels over a flat range run 64 invocations a workgroup and fold their workgroups into rows of at most 65,535, the most
// that WebGPU allows in a dimension.
fn flat(id: vec3<u32>) -> u32 {
    return id.x + id.y * (65535u * 64u);
}
