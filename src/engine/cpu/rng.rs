//! The counter-based random numbers that both executors share (`shaders/shared/rng.wgsl` mirrors them).

/// PCG-4D (Jarzynski & Olano 2020, "Hash Functions for GPU Rendering", JCGT 9(3)): four counters to four hashes, all
/// arithmetic modulo 2³².
///
/// 1. every v = v · 1664525 + 1013904223
/// 2. x += y·w; y += z·x; z += x·y; w += y·z, one after the other
/// 3. every v ^= v >> 16
/// 4. step 2 again
pub fn pcg4d(counters: [u32; 4]) -> [u32; 4] {
    let mut v = counters.map(|v| v.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    mix(&mut v);
    v = v.map(|v| v ^ (v >> 16));
    mix(&mut v);
    v
}

fn mix([x, y, z, w]: &mut [u32; 4]) {
    *x = x.wrapping_add(y.wrapping_mul(*w));
    *y = y.wrapping_add(z.wrapping_mul(*x));
    *z = z.wrapping_add(x.wrapping_mul(*y));
    *w = w.wrapping_add(y.wrapping_mul(*z));
}

/// The Gumbel noise −ln(−ln(1 − u)) of a hash: u = ((hash >> 9) + ½) · 2⁻²³, exact in f32 and inside (0, 1).
///
/// Near 0 a GPU's logarithm of 1 − u has no correct digits, and that is where the large noise comes from: below 1/64,
/// −ln(1 − u) is the series u + u²/2 + u³/3 + u⁴/4.
pub fn gumbel(hash: u32) -> f32 {
    let u = ((hash >> 9) as f32 + 0.5) / 8_388_608.0;
    let exponential = if u < 1.0 / 64.0 { u * (1.0 + u * (1.0 / 2.0 + u * (1.0 / 3.0 + u / 4.0))) } else { -(1.0 - u).ln() };
    -exponential.ln()
}
