//! y = E + a · x^b, which is a straight line on double logarithmic paper if E is 0, and one that bends there.

use super::statistics::{least_squares, mean, r_squared, student};
use crate::protocol::scaling::{Interval, PowerLaw};

/// What is known of E.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offset {
    /// E is 0.
    Zero,
    /// E is whatever between 0 and the least y fits best.
    Fitted,
}

/// The law closest to the (x, y), all positive, by least squares of ln y; the exponent's interval by Student's t.
///
/// # Errors
/// A sentence if there are fewer than two different x, or four where E is fitted.
pub fn power_law(points: &[(f64, f64)], offset: Offset) -> Result<PowerLaw, String> {
    let (numbers, least) = if offset == Offset::Zero { (2, 2) } else { (3, 4) };
    let mut places: Vec<f64> = points.iter().map(|point| point.0).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    if places.len() < least {
        return Err(format!("A power law takes at least {least} different points, and there are {}: make more runs.", places.len()));
    }
    let fitted = match offset {
        Offset::Zero => Line::fit(points, 0.0),
        Offset::Fitted => best_offset(points),
    };
    let line = fitted.ok_or("No power law goes through these points: they must be positive and differ.")?;
    Ok(line.law(points, numbers))
}

/// The law whose logarithm is a parabola of ln x, closest to the (x, y), all positive, by least squares of ln y.
///
/// # Errors
/// A sentence if there are fewer than three different x.
pub fn bent_law(points: &[(f64, f64)]) -> Result<PowerLaw, String> {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let middle = mean(&logs.iter().map(|(x, _)| *x).collect::<Vec<_>>());
    let rows: Vec<[f64; 3]> = logs.iter().map(|(x, _)| x - middle).map(|x| [1.0, x, x * x]).collect();
    let targets: Vec<f64> = logs.iter().map(|(_, y)| *y).collect();
    let [at_middle, slope, bend] = least_squares(&rows, &targets)
        .ok_or_else(|| format!("A line that bends takes three different points, and there are {}: make more runs.", points.len()))?;
    let fitted: Vec<f64> = rows.iter().map(|[_, x, square]| at_middle + slope * x + bend * square).collect();
    Ok(PowerLaw {
        offset: 0.0,
        scale: (at_middle - slope * middle + bend * middle * middle).exp(),
        exponent: slope - 2.0 * bend * middle,
        bend,
        exponent_interval: None,
        r_squared: r_squared(&targets, &fitted),
    })
}

/// y = offset + e^at_mean · (x / e^mean)^slope.
struct Line {
    offset: f64,
    mean: f64,
    at_mean: f64,
    slope: f64,
    /// Sum of squared errors of ln y.
    squares: f64,
    /// Σ w² (ln x − mean)², which the slope's uncertainty follows from.
    reach: f64,
}

impl Line {
    /// By least squares of ln(y − E), each weighed by (y − E) / y: so errors count as those of ln y, however close y comes to E.
    fn fit(points: &[(f64, f64)], offset: f64) -> Option<Self> {
        let weights: Vec<f64> = points.iter().map(|(_, y)| (y - offset) / y).collect();
        let logs: Vec<f64> = points.iter().map(|(x, _)| x.ln()).collect();
        let mean = mean(&logs);
        let rows: Vec<[f64; 2]> = logs.iter().zip(&weights).map(|(x, w)| [*w, w * (x - mean)]).collect();
        let targets: Vec<f64> = points.iter().zip(&weights).map(|((_, y), w)| w * (y - offset).ln()).collect();
        let [at_mean, slope] = least_squares(&rows, &targets)?;
        let mut line = Self { offset, mean, at_mean, slope, squares: 0.0, reach: rows.iter().map(|row| row[1] * row[1]).sum() };
        line.squares = points.iter().map(|(x, y)| (y.ln() - line.at(*x).ln()).powi(2)).sum();
        Some(line)
    }

    fn at(&self, x: f64) -> f64 {
        self.offset + (self.at_mean + self.slope * (x.ln() - self.mean)).exp()
    }

    /// The law, of which so many `numbers` were fitted.
    fn law(&self, points: &[(f64, f64)], numbers: usize) -> PowerLaw {
        let freedom = points.len().saturating_sub(numbers);
        let half = student(freedom) * (self.squares / freedom as f64 / self.reach).sqrt();
        let logs: Vec<f64> = points.iter().map(|(_, y)| y.ln()).collect();
        let fitted: Vec<f64> = points.iter().map(|(x, _)| self.at(*x).ln()).collect();
        PowerLaw {
            offset: self.offset,
            scale: (self.at_mean - self.slope * self.mean).exp(),
            exponent: self.slope,
            bend: 0.0,
            exponent_interval: (freedom > 0).then_some(Interval { low: self.slope - half, high: self.slope + half }),
            r_squared: r_squared(&logs, &fitted),
        }
    }
}

/// The line with the E of least squared error: on a grid from 0 to just below the least y, made finer around the best four times.
fn best_offset(points: &[(f64, f64)]) -> Option<Line> {
    const STEPS: u32 = 40;
    let ceiling = 0.999 * points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let (mut low, mut high) = (0.0, ceiling);
    let mut best = Line::fit(points, 0.0)?;
    for _ in 0..4 {
        let step = (high - low) / f64::from(STEPS);
        let lines = (0..=STEPS).filter_map(|i| Line::fit(points, low + f64::from(i) * step));
        best = lines.fold(best, |best, line| if line.squares < best.squares { line } else { best });
        (low, high) = ((best.offset - step).max(0.0), (best.offset + step).min(ceiling));
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rng;

    fn points(offset: f64, scale: f64, exponent: f64, noise: f64) -> Vec<(f64, f64)> {
        let x = (0..12).map(|i| 1e10 * 2f64.powi(i));
        x.zip(0..).map(|(x, i)| (x, (offset + scale * x.powf(exponent)) * (noise * rng::normal(3, i)).exp())).collect()
    }

    proptest! {
        #[test]
        fn a_law_is_found_again(scale in 0.1..1e3f64, exponent in -1.0..1.0f64) {
            let law = power_law(&points(0.0, scale, exponent, 0.0), Offset::Zero).unwrap();
            prop_assert!((law.exponent - exponent).abs() < 1e-9 && (law.scale / scale - 1.0).abs() < 1e-6, "{law:?}");
        }

        #[test]
        fn so_is_one_with_an_offset(offset in 0.2..3.0f64, scale in 50.0..1e3f64, exponent in -0.3..-0.12f64) {
            let law = power_law(&points(offset, scale, exponent, 0.0), Offset::Fitted).unwrap();
            prop_assert!((law.offset - offset).abs() < 0.01 && (law.exponent / exponent - 1.0).abs() < 0.01, "{law:?}");
        }
    }

    #[test]
    fn noise_shows_in_the_interval_and_in_r_squared() {
        let law = power_law(&points(0.0, 60.0, -0.12, 0.01), Offset::Zero).unwrap();
        let interval = law.exponent_interval.unwrap();
        assert!(interval.holds(-0.12) && interval.high - interval.low < 0.02, "{law:?}");
        assert!(law.r_squared > 0.99 && law.r_squared < 1.0);
    }

    #[test]
    fn a_bend_is_found_again_and_goes_on() {
        let bent = |x: f64| (8.0 - 0.1 * x.ln() - 0.004 * x.ln().powi(2)).exp();
        let points: Vec<(f64, f64)> = [1e10, 4e10, 1.2e11, 4e11].map(|x| (x, bent(x))).into();
        let law = bent_law(&points).unwrap();
        assert!((law.exponent + 0.1).abs() < 1e-9 && (law.bend + 0.004).abs() < 1e-9 && law.r_squared > 0.999_999, "{law:?}");
        assert!((law.at(1.6e12) / bent(1.6e12) - 1.0).abs() < 1e-9);
        let straight = bent_law(&self::points(0.0, 60.0, -0.12, 0.0)).unwrap();
        assert!((straight.exponent + 0.12).abs() < 1e-6 && straight.bend.abs() < 1e-6, "{straight:?}");
        assert!(bent_law(&points[..2]).unwrap_err().contains("three different points"));
    }

    #[test]
    fn two_points_are_a_law_without_an_interval() {
        let law = power_law(&[(1.0, 8.0), (4.0, 4.0)], Offset::Zero).unwrap();
        assert!((law.exponent + 0.5).abs() < 1e-12 && (law.at(16.0) - 2.0).abs() < 1e-12);
        assert_eq!(law.exponent_interval, None);
    }

    #[test]
    fn too_few_points_are_refused_in_a_sentence() {
        assert!(power_law(&[(1.0, 8.0), (1.0, 7.0)], Offset::Zero).unwrap_err().contains("at least 2 different points"));
        assert!(power_law(&[(1.0, 8.0), (2.0, 7.0), (3.0, 6.5)], Offset::Fitted).unwrap_err().contains("at least 4"));
        assert!(power_law(&[(1.0, -8.0), (2.0, 7.0)], Offset::Zero).unwrap_err().contains("positive"));
    }
}
