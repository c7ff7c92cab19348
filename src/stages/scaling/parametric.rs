//! L(N, D) = E + A / N^α + B / D^β, fitted to all runs at once (Hoffmann et al. 2022, section 3.3, approach 3).
//!
//! The Huber loss (δ = 10⁻³) of ln L is least, so that a few odd runs count little. Given α and β the rest is linear: a grid over
//! the two, each with E, A and B ≥ 0 by least squares of relative errors, says where to begin, and the method of Levenberg (1944)
//! and Marquardt (1963) goes on from there in ln E, ln A, ln B, α and β. Hoffmann et al. begin L-BFGS from a grid over all five.

use std::ops::RangeInclusive;

use super::power_law::{Offset, power_law};
use super::statistics::{bootstrap, least_squares, mean, noise, r_squared};
use super::{check, redrawn};
use crate::protocol::scaling::{Count, Parametric, ScalingRun};

/// Where the Huber loss turns from a parabola into a line.
const DELTA: f64 = 1e-3;
/// Where α and β may lie: losses that follow no law would drive them anywhere.
const EXPONENTS: RangeInclusive<f64> = 0.01..=3.0;
/// Fewer runs would leave nothing that the five numbers could miss.
const LEAST: usize = 6;

/// The law closest to `runs`.
///
/// # Errors
/// A sentence if there are fewer than six runs, three sizes or three amounts of text.
pub fn parametric(runs: &[ScalingRun], count: Count) -> Result<Parametric, String> {
    check(runs, LEAST, "A law of parameters and tokens")?;
    for (what, of) in
        [("sizes", (|run, count| run.size(count)) as fn(&ScalingRun, Count) -> f64), ("amounts of text", |run, _| run.tokens as f64)]
    {
        let mut different: Vec<f64> = runs.iter().map(|run| of(run, count)).collect();
        different.sort_by(f64::total_cmp);
        different.dedup();
        if different.len() < 3 {
            return Err(format!("A law of parameters and tokens takes three {what}, and there are {}: run others.", different.len()));
        }
    }
    let costs: Vec<(f64, f64)> = runs.iter().map(|run| (run.size(count), run.flops / run.tokens as f64)).collect();
    let cost = power_law(&costs, Offset::Zero)?;
    let points = Points::new(runs, count);
    let law = points.refined(points.best_of_grid().ok_or("No law of parameters and tokens goes through these runs: run others.")?);

    let size_exponent = |law: &Law| law.0[4] / (law.0[3] + cost.exponent * law.0[4]);
    let noise = noise(&points.errors(&law), 5);
    let interval = bootstrap(&noise, |draw| Some(size_exponent(&Points::new(&redrawn(runs, draw), count).refined(law))));
    let logs: Vec<f64> = points.losses.iter().map(|loss| loss.ln()).collect();
    let fitted: Vec<f64> = logs.iter().zip(points.errors(&law)).map(|(log, error)| log - error).collect();
    let [e, a, b, alpha, beta] = law.0;
    Ok(Parametric {
        e: e.exp(),
        a: (a + alpha * points.middle.0).exp(),
        b: (b + beta * points.middle.1).exp(),
        alpha,
        beta,
        kappa: cost.scale,
        gamma: cost.exponent,
        r_squared: r_squared(&logs, &fitted),
        size_exponent_interval: interval,
    })
}

/// ln E, ln A, ln B, α, β, with N and D in units of their geometric means: so all five are of like size.
#[derive(Clone, Copy)]
struct Law([f64; 5]);

impl Law {
    /// E, A / N^α and B / D^β.
    fn terms(&self, (n, d): (f64, f64)) -> [f64; 3] {
        let [e, a, b, alpha, beta] = self.0;
        [e.exp(), (a - alpha * n).exp(), (b - beta * d).exp()]
    }
}

/// Runs as the fit sees them.
struct Points {
    /// Geometric means of N and D, as logarithms.
    middle: (f64, f64),
    /// ln N and ln D, less those of the middle.
    places: Vec<(f64, f64)>,
    losses: Vec<f64>,
}

impl Points {
    fn new(runs: &[ScalingRun], count: Count) -> Self {
        let logs: Vec<(f64, f64)> = runs.iter().map(|run| (run.size(count).ln(), (run.tokens as f64).ln())).collect();
        let middle_of = |of: fn(&(f64, f64)) -> f64| mean(&logs.iter().map(of).collect::<Vec<_>>());
        let middle = (middle_of(|log| log.0), middle_of(|log| log.1));
        let places = logs.iter().map(|log| (log.0 - middle.0, log.1 - middle.1)).collect();
        Self { middle, places, losses: runs.iter().map(|run| run.nats).collect() }
    }

    /// ln L measured − ln L of the law.
    fn errors(&self, law: &Law) -> Vec<f64> {
        let of = |(place, loss): (&(f64, f64), &f64)| (loss / law.terms(*place).iter().sum::<f64>()).ln();
        self.places.iter().zip(&self.losses).map(of).collect()
    }

    /// Sum of the Huber loss: e²/2 up to δ, and δ (|e| − δ/2) beyond.
    fn cost(&self, law: &Law) -> f64 {
        let huber = |e: &f64| if e.abs() <= DELTA { e * e / 2.0 } else { DELTA * (e.abs() - DELTA / 2.0) };
        self.errors(law).iter().map(huber).sum()
    }

    /// The best law with α and β on a grid from 0.05 to 2.
    fn best_of_grid(&self) -> Option<Law> {
        let exponents: Vec<f64> = (0..21).map(|i| 0.05 * 1.2f64.powi(i)).collect();
        let laws = exponents.iter().flat_map(|&alpha| exponents.iter().map(move |&beta| (alpha, beta)));
        let laws = laws.filter_map(|(alpha, beta)| self.best_of_line(alpha, beta));
        let costs = laws.map(|law| (self.cost(&law), law)).filter(|(cost, _)| cost.is_finite());
        costs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, law)| law)
    }

    /// The best E, A and B ≥ 0 for given exponents: least squares with each set of them held at 0, the first that needs no
    /// number below 0 and errs least.
    fn best_of_line(&self, alpha: f64, beta: f64) -> Option<Law> {
        /// What stands for 0, which has no logarithm.
        const NOTHING: f64 = 1e-6;
        let terms = |(place, loss): (&(f64, f64), &f64)| Law([0.0, 0.0, 0.0, alpha, beta]).terms(*place).map(|term| term / loss);
        let all: Vec<[f64; 3]> = self.places.iter().zip(&self.losses).map(terms).collect();
        let held_at_0 = |held: usize| {
            let mut rows = all.clone();
            let mut targets = vec![1.0; rows.len()];
            for k in (0..3).filter(|k| held >> k & 1 == 1) {
                rows.iter_mut().for_each(|row| row[k] = 0.0);
                rows.push(std::array::from_fn(|at| if at == k { 1.0 } else { 0.0 }));
                targets.push(0.0);
            }
            let factors = least_squares(&rows, &targets)?;
            let [e, a, b] = factors.map(|factor| factor.max(NOTHING).ln());
            factors.iter().all(|&factor| factor >= 0.0).then_some(Law([e, a, b, alpha, beta]))
        };
        let costs = (0..7).filter_map(held_at_0).map(|law| (self.cost(&law), law));
        costs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, law)| law)
    }

    /// The law at the bottom that `law` lies above: each step solves the problem made linear, an error beyond δ weighed down to
    /// the slope that the Huber loss has there, and is kept short by a damping that falls while steps help.
    fn refined(&self, mut law: Law) -> Law {
        let mut cost = self.cost(&law);
        let mut damping = 1e-2;
        for _ in 0..300 {
            let errors = self.errors(&law);
            let weights = errors.iter().map(|error| (DELTA / error.abs()).min(1.0).sqrt());
            let (mut rows, mut targets): (Vec<[f64; 5]>, Vec<f64>) = (Vec::new(), Vec::new());
            for ((weight, error), &(n, d)) in weights.zip(&errors).zip(&self.places) {
                let [e, a, b] = law.terms((n, d));
                rows.push([e, a, b, -n * a, -d * b].map(|slope| weight * slope / (e + a + b)));
                targets.push(weight * error);
            }
            for k in 0..5 {
                rows.push(std::array::from_fn(|at| if at == k { f64::sqrt(damping) } else { 0.0 }));
                targets.push(0.0);
            }
            let Some(step) = least_squares(&rows, &targets) else { break };
            let next = Law(std::array::from_fn(|k| law.0[k] + step[k]));
            let next_cost = self.cost(&next);
            if next_cost < cost && next.0[3..].iter().all(|exponent| EXPONENTS.contains(exponent)) {
                let done = cost - next_cost <= 1e-13 * cost;
                (law, cost, damping) = (next, next_cost, f64::max(damping * 0.3, 1e-14));
                if done {
                    break;
                }
            } else {
                damping *= 4.0;
                if damping > 1e6 {
                    break;
                }
            }
        }
        law
    }
}
