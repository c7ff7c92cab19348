// The counter-based random numbers that both executors share; src/engine/cpu/rng.rs says how they are made.
fn mix(v: vec4<u32>) -> vec4<u32> {
    let x = v.x + v.y * v.w;
    let y = v.y + v.z * x;
    let z = v.z + x * y;
    return vec4(x, y, z, v.w + y * z);
}

// PCG-4D (Jarzynski & Olano 2020, JCGT 9(3)): four counters to four hashes.
fn pcg4d(counters: vec4<u32>) -> vec4<u32> {
    let v = mix(counters * 1664525u + 1013904223u);
    return mix(v ^ (v >> vec4(16u)));
}

// Gumbel noise −ln(−ln(1 − u)) of a hash, by a series where a logarithm of 1 − u would have no correct digits.
fn gumbel(hash: u32) -> f32 {
    let u = (f32(hash >> 9u) + 0.5) / 8388608.0;
    var exponential = u * (1.0 + u * (1.0 / 2.0 + u * (1.0 / 3.0 + u / 4.0)));
    if u >= 1.0 / 64.0 { exponential = -log(1.0 - u); }
    return -log(exponential);
}
