//! Least squares, and how sure one can be of what it finds.

use crate::protocol::scaling::Interval;
use crate::rng;

/// Times that an estimate is made anew on data drawn from the fit.
const REPLICATES: u64 = 200;

/// The K coefficients that bring rows · coefficients closest to y, by the modified Gram–Schmidt process on columns of unit length;
/// `None` if the rows do not settle them.
pub fn least_squares<const K: usize>(rows: &[[f64; K]], y: &[f64]) -> Option<[f64; K]> {
    let mut columns: [Vec<f64>; K] = std::array::from_fn(|k| rows.iter().map(|row| row[k]).collect());
    let lengths: [f64; K] = std::array::from_fn(|k| dot(&columns[k], &columns[k]).sqrt());
    let mut rest = y.to_vec();
    let mut upper = [[0.0; K]; K];
    let mut solution = [0.0; K];
    for k in 0..K {
        let length = dot(&columns[k], &columns[k]).sqrt();
        // What is left of a column that the others make up is rounding.
        if length.is_nan() || length <= 1e-11 * lengths[k] {
            return None;
        }
        columns[k].iter_mut().for_each(|x| *x /= length);
        upper[k][k] = length;
        let (done, later) = columns.split_at_mut(k + 1);
        for (column, at) in later.iter_mut().zip(k + 1..) {
            upper[k][at] = dot(&done[k], column);
            subtract(column, upper[k][at], &done[k]);
        }
        solution[k] = dot(&done[k], &rest);
        subtract(&mut rest, solution[k], &done[k]);
    }
    for k in (0..K).rev() {
        let known: f64 = (k + 1..K).map(|later| upper[k][later] * solution[later]).sum();
        solution[k] = (solution[k] - known) / upper[k][k];
    }
    solution.iter().all(|x| x.is_finite()).then_some(solution)
}

/// Share of the variance of `y` that `fitted` explains.
pub fn r_squared(y: &[f64], fitted: &[f64]) -> f64 {
    let mean = mean(y);
    let around: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let left: f64 = y.iter().zip(fitted).map(|(y, fitted)| (y - fitted).powi(2)).sum();
    if around > 0.0 { 1.0 - left / around } else { 1.0 }
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Residuals of a fit of `parameters` numbers, made as wide as the noise that they come from: a fit lies closer to its own data
/// than the truth does. Empty where the fit goes through all its data, and so says nothing of their noise.
pub fn noise(residuals: &[f64], parameters: usize) -> Vec<f64> {
    let n = residuals.len();
    if n <= parameters {
        return Vec::new();
    }
    let widening = (n as f64 / (n - parameters) as f64).sqrt();
    let mean = mean(residuals);
    residuals.iter().map(|residual| widening * (residual - mean)).collect()
}

/// The interval of an estimate by the bootstrap of residuals (Efron & Tibshirani 1993, chapter 9): `estimate` is made from data to
/// which a draw of noise was added, 200 times. It asks for each draw by its index, and is `None` where such data allow none.
pub fn bootstrap(noise: &[f64], estimate: impl Fn(&dyn Fn(usize) -> f64) -> Option<f64>) -> Option<Interval> {
    if noise.is_empty() {
        return None;
    }
    let drawn = |replicate: u64| {
        let stream = rng::stream(1, replicate);
        estimate(&|index| noise[rng::below(stream, index as u64, noise.len() as u64) as usize])
    };
    interval((0..REPLICATES).filter_map(drawn).collect())
}

/// Where the middle 95 % of `values` lie; `None` if hardly any could be made.
fn interval(mut values: Vec<f64>) -> Option<Interval> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
    (values.len() as u64 > REPLICATES / 2).then(|| Interval { low: at(0.025), high: at(0.975) })
}

/// The 97.5 % point of Student's t with `freedom` degrees, from a table up to 10 and by Fisher's expansion beyond.
pub fn student(freedom: usize) -> f64 {
    const TABLE: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    let (z, n) = (1.959_964_f64, freedom as f64);
    let expansion = || {
        let first = (z.powi(3) + z) / (4.0 * n);
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n);
        let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * n.powi(3));
        z + first + second + third
    };
    TABLE.get(freedom.wrapping_sub(1)).copied().unwrap_or_else(expansion)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// from − times · what.
fn subtract(from: &mut [f64], times: f64, what: &[f64]) {
    from.iter_mut().zip(what).for_each(|(from, what)| *from -= times * what);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_parabola_is_found_again(coefficients in prop::array::uniform3(-10.0..10.0f64), shift in -5.0..5.0f64) {
            let rows: Vec<[f64; 3]> = (0..6).map(|i| f64::from(i) + shift).map(|x| [1.0, x, x * x]).collect();
            let y: Vec<f64> = rows.iter().map(|row| row.iter().zip(coefficients).map(|(x, c)| x * c).sum()).collect();
            let found = least_squares(&rows, &y).unwrap();
            for k in 0..3 {
                prop_assert!((found[k] - coefficients[k]).abs() < 1e-6, "{found:?} for {coefficients:?}");
            }
        }
    }

    #[test]
    fn rows_that_settle_nothing_are_refused() {
        assert_eq!(least_squares(&[[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], &[1.0, 2.0, 3.0]), None);
        assert_eq!(least_squares(&[[0.0]], &[1.0]), None);
        assert_eq!(least_squares(&[[1.0, 2.0]], &[1.0]), None);
    }

    #[test]
    fn students_t_agrees_with_the_printed_tables() {
        for (freedom, expected) in [(1, 12.706), (10, 2.228), (11, 2.201), (20, 2.086), (60, 2.000), (1000, 1.962)] {
            assert!((student(freedom) - expected).abs() < 1e-3, "{freedom}: {}", student(freedom));
        }
    }

    #[test]
    fn the_bootstraps_interval_of_a_mean_is_that_of_the_formula() {
        let sample: Vec<f64> = (0..100).map(|i| rng::normal(5, i)).collect();
        let noise = noise(&sample, 1);
        let interval = bootstrap(&noise, |draw| Some((0..100).map(draw).sum::<f64>() / 100.0)).unwrap();
        let width = 2.0 * 1.96 * (noise.iter().map(|x| x * x).sum::<f64>() / 100.0).sqrt() / 10.0;
        assert!((interval.high - interval.low) / width < 1.25 && (interval.high - interval.low) / width > 0.8, "{interval:?} {width}");
        assert!(interval.holds(0.0));
        assert_eq!(bootstrap(&[], |draw| Some(draw(0))), None);
    }
}
