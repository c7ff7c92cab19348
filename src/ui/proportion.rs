//! How far a share of trials is known.

/// The normal quantile that leaves 2.5 % on either side.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval, low and high, of a probability that was met `hits` times in `of` trials (Wilson 1927); all from 0 to 1 where
/// there was no trial.
pub fn wilson(hits: u32, of: u32) -> [f64; 2] {
    if of == 0 {
        return [0.0, 1.0];
    }
    let of = f64::from(of);
    let share = f64::from(hits) / of;
    let scale = 1.0 + Z * Z / of;
    let middle = (share + Z * Z / of / 2.0) / scale;
    let half = Z / scale * (share * (1.0 - share) / of + (Z / of / 2.0).powi(2)).sqrt();
    [(middle - half).max(0.0), (middle + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_statsmodels() {
        // proportion_confint(hits, of, method="wilson") of statsmodels 0.15.0.
        let expected = [
            (0, 10, [0.0, 0.277_532_799_9]),
            (5, 10, [0.236_593_090_5, 0.763_406_909_5]),
            (10, 10, [0.722_467_200_1, 1.0]),
            (1, 3, [0.061_491_944_7, 0.792_340_399_2]),
            (74, 181, [0.339_836_524_2, 0.481_632_099_8]),
            (455, 500, [0.881_690_588_7, 0.932_057_452_1]),
        ];
        for (hits, of, interval) in expected {
            let found = wilson(hits, of);
            assert!(found.iter().zip(interval).all(|(found, expected)| (found - expected).abs() < 1e-9), "{hits} of {of}: {found:?}");
        }
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
    }
}
