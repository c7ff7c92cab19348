//! Elementwise functions and reductions in a form that compilers turn into vectors.

/// eˣ within 1.5 units in the last place, without branches: 2ⁿ · p(r) for x = n · ln 2 + r, where p is the polynomial of least
/// greatest relative error (3·10⁻⁹) on |r| ≤ ln 2 / 2 among those that begin 1 + r. Beyond ±87 it stays at e^±87; NaN stays.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    /// Adding it leaves a float's nearest integer in its lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 87.0 { 87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let tail = 0.499_999_93 + r * (0.166_665_2 + r * (0.041_668_39 + r * (0.008_368_717 + r * 0.001_381_46)));
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    (1.0 + (r + r * r * tail)) * power
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Sums that are kept side by side, so that each waits for no other.
const LANES: usize = 16;

/// Inner product.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for i in 0..LANES {
            sums[i] += a[i] * b[i];
        }
    }
    total(sums) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// Σ a · b · c.
#[inline(always)]
pub fn dot3(a: &[f32], b: &[f32], c: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest), (c, c_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>(), c.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for i in 0..LANES {
            sums[i] += a[i] * b[i] * c[i];
        }
    }
    total(sums) + a_rest.iter().zip(b_rest).zip(c_rest).map(|((a, b), c)| a * b * c).sum::<f32>()
}

#[inline(always)]
pub fn sum(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for i in 0..LANES {
            sums[i] += chunk[i];
        }
    }
    total(sums) + rest.iter().sum::<f32>()
}

/// The greatest of `x`, −∞ if there is none.
#[inline(always)]
pub fn greatest(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let larger = |a: f32, b: f32| if a < b { b } else { a };
    let mut most = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for i in 0..LANES {
            most[i] = larger(most[i], chunk[i]);
        }
    }
    rest.iter().fold(halved(most, larger), |a, &b| larger(a, b))
}

#[inline(always)]
fn total(sums: [f32; LANES]) -> f32 {
    halved(sums, |a, b| a + b)
}

/// All joined, half against half, so that the last joinings are of vectors too.
#[inline(always)]
fn halved(x: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|i| join(x[i], x[i + 8]));
    let four: [f32; 4] = std::array::from_fn(|i| join(eight[i], eight[i + 4]));
    join(join(four[0], four[2]), join(four[1], four[3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_accurate_and_keeps_nan() {
        let mut worst = 0.0f64;
        for i in -870_000..=870_000 {
            let x = i as f32 * 1e-4;
            worst = worst.max((f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs());
        }
        assert!(worst < 1.5e-7, "{worst:e}");
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NEG_INFINITY) < 2e-38);
        assert!(exp(f32::INFINITY).is_finite());
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn reductions_take_every_element_once() {
        for len in [0, 1, 15, 16, 17, 50] {
            let a: Vec<f32> = (0..len).map(|i| (i * 7 % 13) as f32 - 6.0).collect();
            let squares: f32 = a.iter().map(|a| a * a).sum();
            assert_eq!(dot(&a, &a), squares);
            assert_eq!(dot3(&a, &vec![2.0; len], &a), 2.0 * squares);
            assert_eq!(sum(&a), a.iter().sum::<f32>());
            assert_eq!(greatest(&a), a.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        }
    }
}
