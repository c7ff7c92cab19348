//! The best loss reached over parameters, tokens or compute, and what it promises for a run that nobody has made.

use super::isoflop::{ONE_BUDGET, run_noise, valleys};
use super::power_law::{Offset, bent_law, power_law};
use super::statistics::{bootstrap, mean, noise};
use super::{check, redrawn};
use crate::protocol::scaling::{Along, Count, Frontier, Prediction, ScalingRun};

/// What the loss is drawn over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// N.
    Parameters(Count),
    /// D.
    Tokens,
    /// C.
    Compute,
}

impl Axis {
    /// Values count as equal if the larger is at most so many times the smaller: runs of one budget differ a little in compute.
    fn one(self) -> f64 {
        if self == Self::Compute { ONE_BUDGET } else { 1.0 }
    }

    fn of(self, run: &ScalingRun) -> f64 {
        match self {
            Self::Parameters(count) => run.size(count),
            Self::Tokens => run.tokens as f64,
            Self::Compute => run.flops,
        }
    }
}

/// The lower envelope of `runs`, which is every run that beats all those with as much of the axis or less, and the law along it; runs
/// of one budget have as much compute (Kaplan et al. 2020, figure 1; Hoffmann et al. 2022, approach 1).
///
/// # Errors
/// A sentence if it has too few points for a law.
pub fn frontier(runs: &[ScalingRun], axis: Axis, offset: Offset) -> Result<Frontier, String> {
    check(runs, 2, "A law")?;
    let mut points: Vec<(f64, f64)> = runs.iter().map(|run| (axis.of(run), run.nats)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all = points.clone();
    points.retain(|&(x, loss)| all.iter().all(|&(other, theirs)| other > axis.one() * x || (other, theirs) == (x, loss) || loss < theirs));
    Ok(Frontier { law: power_law(&points, offset)?, points })
}

/// The loss of the best run of `flops`, from `runs` alone. The interval is the bootstrap's over the noise of runs, that of the new
/// one among them; that the law goes on is taken for granted.
///
/// # Errors
/// A sentence if the runs give no law.
pub fn predict(runs: &[ScalingRun], count: Count, along: Along, offset: Offset, flops: f64) -> Result<Prediction, String> {
    if !flops.is_finite() || flops <= 0.0 {
        return Err("A prediction needs to know the new run's compute: give it a number of operations above 0.".into());
    }
    let frontier = led_along(runs, count, along, offset)?;
    let loss = frontier.law.at(flops);
    let noise = match along {
        Along::Valleys | Along::LastValleys => run_noise(runs, &valleys(runs, count), count),
        Along::BestRuns => {
            let residuals: Vec<f64> = frontier.points.iter().map(|&(x, y)| (y / frontier.law.at(x)).ln()).collect();
            noise(&residuals, if offset == Offset::Zero { 2 } else { 3 })
        }
    };
    let interval = bootstrap(&noise, |draw| {
        let law = led_along(&redrawn(runs, draw), count, along, offset).ok()?.law;
        Some(law.at(flops) * draw(runs.len()).exp())
    });
    let bits_per_nat = mean(&runs.iter().map(|run| run.bits_per_byte / run.nats).collect::<Vec<_>>());
    Ok(Prediction { along, frontier, flops, loss, interval, bits_per_byte: loss * bits_per_nat })
}

fn led_along(runs: &[ScalingRun], count: Count, along: Along, offset: Offset) -> Result<Frontier, String> {
    match along {
        Along::BestRuns => frontier(runs, Axis::Compute, offset),
        Along::Valleys => {
            let points = bottoms(runs, count)?;
            Ok(Frontier { law: power_law(&points, offset)?, points })
        }
        Along::LastValleys => {
            let mut points = bottoms(runs, count)?;
            points.drain(..points.len().saturating_sub(3));
            Ok(Frontier { law: bent_law(&points)?, points })
        }
    }
}

/// (C, L*) of the valleys whose bottom was tried, by rising C.
fn bottoms(runs: &[ScalingRun], count: Count) -> Result<Vec<(f64, f64)>, String> {
    check(runs, 3, "A valley")?;
    let inside = valleys(runs, count).into_iter().filter(|valley| valley.inside);
    Ok(inside.map(|valley| (valley.flops, valley.loss)).collect())
}
