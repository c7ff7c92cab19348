//! The best size at equal compute: a parabola of the loss over ln N for each budget, and lines through the valleys (Hoffmann et al.
//! 2022, section 3.2, approach 2).

use super::power_law::{Offset, power_law};
use super::statistics::{bootstrap, least_squares, mean, noise};
use super::{check, redrawn};
use crate::protocol::scaling::{ComputeOptimal, Count, IsoFlop, PowerLaw, ScalingRun, Valley};

/// Runs are of one budget if the costliest takes at most so many times the compute of the cheapest.
pub const ONE_BUDGET: f64 = 1.15;
/// The parabola goes through runs of at most so many times more or fewer parameters than the best: far away no loss is a parabola.
const NEAR: f64 = 4.0;

/// The valley of every budget, and how the best size and amount of text grow with compute.
///
/// # Errors
/// A sentence if no budget has three sizes, or a run no loss.
pub fn isoflop(runs: &[ScalingRun], count: Count) -> Result<IsoFlop, String> {
    check(runs, 3, "A valley")?;
    let valleys = valleys(runs, count);
    if valleys.is_empty() {
        return Err("No budget of compute has three sizes of model, which a valley takes: run more sizes at the same compute.".into());
    }
    let optimal = compute_optimal(&valleys).map(|mut optimal| {
        let noise = run_noise(runs, &valleys, count);
        let again = |exponent: fn(&ComputeOptimal) -> PowerLaw| {
            bootstrap(&noise, |draw| Some(exponent(&compute_optimal(&self::valleys(&redrawn(runs, draw), count)).ok()?).exponent))
        };
        optimal.parameters.exponent_interval = again(|optimal| optimal.parameters);
        optimal.tokens.exponent_interval = again(|optimal| optimal.tokens);
        optimal
    });
    Ok(IsoFlop { valleys, optimal })
}

/// The valleys of all budgets that have at least three sizes, by rising compute.
pub fn valleys(runs: &[ScalingRun], count: Count) -> Vec<Valley> {
    let mut sorted: Vec<&ScalingRun> = runs.iter().collect();
    sorted.sort_by(|a, b| a.flops.total_cmp(&b.flops));
    let mut valleys = Vec::new();
    while let Some(first) = sorted.first() {
        let limit = ONE_BUDGET * first.flops;
        let end = sorted.partition_point(|run| run.flops <= limit);
        valleys.extend(valley(&sorted.drain(..end).collect::<Vec<_>>(), count));
    }
    valleys
}

/// How far the logarithms of the losses lie from the parabolas: seeds, and whatever a parabola does not tell.
pub fn run_noise(runs: &[ScalingRun], valleys: &[Valley], count: Count) -> Vec<f64> {
    let of = |valley: &Valley, run: &ScalingRun| {
        let near = (valley.from..=valley.to).contains(&run.size(count)) && (run.flops / valley.flops).ln().abs() < ONE_BUDGET.ln();
        near.then(|| (run.nats / valley.at(run.size(count))).ln())
    };
    let residuals: Vec<f64> = runs.iter().filter_map(|run| valleys.iter().find_map(|valley| of(valley, run))).collect();
    noise(&residuals, 3 * valleys.len())
}

/// The parabola through the runs of one budget; `None` without three sizes.
fn valley(runs: &[&ScalingRun], count: Count) -> Option<Valley> {
    let best = runs.iter().min_by(|a, b| a.nats.total_cmp(&b.nats))?;
    let distance = |run: &ScalingRun| (run.size(count) / best.size(count)).ln();
    let near: Vec<&ScalingRun> = runs.iter().copied().filter(|run| distance(run).abs() <= NEAR.ln()).collect();
    let used = if sizes(&near, count).len() < 3 { runs.to_vec() } else { near };
    let sizes = sizes(&used, count);

    let rows: Vec<[f64; 3]> = used.iter().map(|run| distance(run)).map(|x| [1.0, x, x * x]).collect();
    let losses: Vec<f64> = used.iter().map(|run| run.nats).collect();
    let [at_best, slope, curvature] = least_squares(&rows, &losses)?;
    // A hill, or a straight slope, has no bottom: the best run stands for it.
    let bends = curvature > 0.0;
    let bottom = if bends { -slope / (2.0 * curvature) } else { 0.0 };
    let parameters = best.size(count) * bottom.exp();
    let flops = mean(&used.iter().map(|run| run.flops).collect::<Vec<_>>());
    let costs: Vec<(f64, f64)> = used.iter().map(|run| (run.size(count), run.flops / run.tokens as f64)).collect();
    let (from, to) = (*sizes.first()?, *sizes.last()?);
    Some(Valley {
        flops,
        parameters,
        tokens: flops / power_law(&costs, Offset::Zero).ok()?.at(parameters),
        loss: if bends { at_best - slope * slope / (4.0 * curvature) } else { best.nats },
        curvature,
        from,
        to,
        inside: bends && from < parameters && parameters < to,
    })
}

/// The different sizes, rising.
fn sizes(runs: &[&ScalingRun], count: Count) -> Vec<f64> {
    let mut sizes: Vec<f64> = runs.iter().map(|run| run.size(count)).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    sizes
}

fn compute_optimal(valleys: &[Valley]) -> Result<ComputeOptimal, String> {
    let inside: Vec<&Valley> = valleys.iter().filter(|valley| valley.inside).collect();
    if inside.len() < 2 {
        return Err(format!(
            "The best size lies inside the sizes tried at {} of {} budgets, and a line takes two: run smaller or larger models.",
            inside.len(),
            valleys.len()
        ));
    }
    let line = |y: fn(&Valley) -> f64| power_law(&inside.iter().map(|valley| (valley.flops, y(valley))).collect::<Vec<_>>(), Offset::Zero);
    Ok(ComputeOptimal { parameters: line(|valley| valley.parameters)?, tokens: line(|valley| valley.tokens)? })
}
