//! Sine and cosine of angles that are not huge. The library's own can reduce any angle by multiples of π/2, and bring the tables
//! of that into the download.

use std::f64::consts::FRAC_2_PI;

/// π/2 in two parts (Cody & Waite 1980), the first of 33 bits, so that a million times it is exact.
const HALF_PI: [f64; 2] = [1.570_796_326_734_125_6, 6.077_100_506_506_192e-11];

/// Sine and cosine of `x` radians, within 1e-15 for |x| below a million.
pub fn sin_cos(x: f64) -> (f64, f64) {
    let quarters = (x * FRAC_2_PI).round();
    let r = (x - quarters * HALF_PI[0]) - quarters * HALF_PI[1];
    // Taylor's series up to r¹⁷, which is enough up to π/4; each as a product of nested sums.
    let nested = |first: u32| (0..8).rev().map(|n| f64::from(2 * n + first)).fold(1.0, |sum, n| 1.0 - r * r / (n * (n + 1.0)) * sum);
    let (sin, cos) = (r * nested(2), nested(1));
    match quarters as i64 & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_the_library_says() {
        for step in -400_000..400_000 {
            let x = f64::from(step) * 2.3;
            let (sin, cos) = sin_cos(x);
            let (expected_sin, expected_cos) = x.sin_cos();
            assert!((sin - expected_sin).abs() < 1e-15 && (cos - expected_cos).abs() < 1e-15, "{x}: {sin}, {cos}");
        }
    }
}
