//! Counter-based random numbers: a number follows from its stream and its index alone, so nothing needs to be kept to go on.

use crate::trig::sin_cos;

/// The stream number `index` of a seed.
pub fn stream(seed: u32, index: u64) -> u64 {
    mix(mix(u64::from(seed)).wrapping_add(index))
}

/// 64 random bits: the `index`th output of SplitMix64 (Steele, Lea & Flood 2014) begun at `stream`.
pub fn bits(stream: u64, index: u64) -> u64 {
    mix(stream.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// Uniform below `n` (by multiplication; the bias is under n / 2⁶⁴).
pub fn below(stream: u64, index: u64, n: u64) -> u64 {
    ((u128::from(bits(stream, index)) * u128::from(n)) >> 64) as u64
}

/// Uniform in the open interval (0, 1).
pub fn uniform(stream: u64, index: u64) -> f64 {
    ((bits(stream, index) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

/// Standard normal, by the transform of Box & Muller (1958).
pub fn normal(stream: u64, index: u64) -> f64 {
    let radius = (-2.0 * uniform(stream, 2 * index).ln()).sqrt();
    radius * sin_cos(std::f64::consts::TAU * uniform(stream, 2 * index + 1)).1
}

/// The finaliser of SplitMix64.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_matches_the_published_sequence() {
        // The first outputs for state 1234567, as the reference implementation prints them.
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|index| bits(1_234_567, index)), expected);
    }

    #[test]
    fn normal_has_the_moments_of_a_normal() {
        let draws: Vec<f64> = (0..100_000).map(|index| normal(stream(7, 3), index)).collect();
        let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / draws.len() as f64;
        assert!(moment(1).abs() < 0.01, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.02, "{}", moment(2));
        assert!((moment(4) - 3.0).abs() < 0.15, "{}", moment(4));
    }
}
