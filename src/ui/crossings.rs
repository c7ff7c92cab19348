//! When a loss that falls passes a line, and how far a guess of a curve is from what was measured.

use crate::protocol::Validation;

/// Where a run's loss passed a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// Steps done and tokens read when it was below for the first time, read off a straight line between two tests.
    pub step: f64,
    pub tokens: f64,
    /// Whether it was below at the first test already, so that it passed no later than that.
    pub is_latest: bool,
}

/// The first time that a run's loss on held-out text is below `level`, in bits per byte.
pub fn crossing(validations: &[Validation], level: f32) -> Option<Crossing> {
    let at = validations.iter().position(|validation| validation.bits_per_byte < level)?;
    let below = validations[at];
    let Some(above) = at.checked_sub(1).map(|before| validations[before]) else {
        return Some(Crossing { step: f64::from(below.step), tokens: below.tokens as f64, is_latest: true });
    };
    let share = f64::from((above.bits_per_byte - level) / (above.bits_per_byte - below.bits_per_byte));
    let between = |from: f64, to: f64| from + share * (to - from);
    Some(Crossing {
        step: between(above.step.into(), below.step.into()),
        tokens: between(above.tokens as f64, below.tokens as f64),
        is_latest: false,
    })
}

/// The height at `x` of the line through `points`, x rising and above 0, along a logarithmic axis; level beyond its ends.
pub fn height(points: &[(f64, f64)], x: f64) -> Option<f64> {
    let after = points.partition_point(|(known, _)| *known < x);
    let &(x1, y1) = points.get(after).or(points.last())?;
    let (x0, y0) = points[after.saturating_sub(1).min(points.len() - 1)];
    let share = if x1 > x0 { ((x / x0).ln() / (x1 / x0).ln()).clamp(0.0, 1.0) } else { 1.0 };
    Some(y0 + share * (y1 - y0))
}

/// The mean distance between a guess and what was measured, over the points that were.
pub fn distance(guess: &[(f64, f64)], measured: &[(f64, f64)]) -> Option<f64> {
    let far: Vec<f64> = measured.iter().filter_map(|(x, y)| height(guess, *x).map(|guessed| (guessed - y).abs())).collect();
    (!far.is_empty()).then(|| far.iter().sum::<f64>() / far.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(step: u32, bits_per_byte: f32) -> Validation {
        Validation { step, tokens: u64::from(step) * 1000, bits_per_byte, seconds: 0.0 }
    }

    #[test]
    fn a_line_is_passed_between_two_tests() {
        let tests = [test(100, 3.0), test(200, 2.0), test(300, 2.5), test(400, 1.0)];
        assert_eq!(crossing(&tests, 2.25), Some(Crossing { step: 175.0, tokens: 175_000.0, is_latest: false }));
        assert_eq!(crossing(&tests, 1.75), Some(Crossing { step: 350.0, tokens: 350_000.0, is_latest: false }));
        assert_eq!(crossing(&tests, 3.5), Some(Crossing { step: 100.0, tokens: 100_000.0, is_latest: true }));
        assert_eq!(crossing(&tests, 1.0), None);
        assert_eq!(crossing(&[], 1.0), None);
    }

    #[test]
    fn a_guess_is_as_far_as_it_is_wrong_on_the_mean() {
        let guess = [(1.0, 1.0), (100.0, 0.5)];
        assert!((height(&guess, 10.0).unwrap() - 0.75).abs() < 1e-12, "halfway on a logarithmic axis");
        assert_eq!([0.5, 1.0, 100.0, 200.0].map(|x| height(&guess, x)), [1.0, 1.0, 0.5, 0.5].map(Some));
        assert!((distance(&guess, &[(1.0, 0.9), (10.0, 0.75), (100.0, 0.7)]).unwrap() - 0.1).abs() < 1e-12);
        assert_eq!((distance(&guess, &[]), height(&[], 1.0)), (None, None));
    }
}
