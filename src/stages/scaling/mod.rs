//! Scaling laws: how the loss falls with parameters, tokens and compute (Kaplan et al. 2020, arXiv:2001.08361; Hoffmann et al. 2022,
//! arXiv:2203.15556).
//!
//! - Data: finished runs of pretraining, each a size N, an amount of text D, its compute C and its held-out loss L.
//! - Signal: none of its own; [`plan`] says which runs to make, and [`pretrain`](super::pretrain) makes them.
//! - Metrics: power laws along the best runs ([`frontier`]), the valley of each budget of compute ([`isoflop`]), L(N, D) fitted to all
//!   runs at once ([`parametric`]), and the loss predicted for a run that nobody has made ([`predict`]).
//!
//! Departures from the papers: every run has its own cosine to its own end, batch and learning rate follow from its size and length,
//! and C counts the output layer (Porian et al. 2024, arXiv:2406.19146), whichever parameters N counts.

mod frontier;
mod isoflop;
mod parametric;
mod plan;
mod power_law;
mod statistics;

pub use frontier::{Axis, frontier, predict};
pub use isoflop::isoflop;
pub use parametric::parametric;
pub use plan::{at_compute, large_and_small, plan};
pub use power_law::{Offset, power_law};

use crate::protocol::scaling::{Count, ScalingFits, ScalingRun};

/// Everything that can be fitted to `runs`.
pub fn fit(runs: &[ScalingRun], count: Count, offset: Offset) -> ScalingFits {
    ScalingFits {
        count,
        over_parameters: frontier(runs, Axis::Parameters(count), offset),
        over_tokens: frontier(runs, Axis::Tokens, offset),
        over_compute: frontier(runs, Axis::Compute, offset),
        isoflop: isoflop(runs, count),
        parametric: parametric(runs, count),
    }
}

/// Why nothing can be fitted to `runs`, if so: a run that diverged has no finite loss.
fn check(runs: &[ScalingRun], least: usize, what: &str) -> Result<(), String> {
    if runs.len() < least {
        let made = runs.len();
        return Err(format!("{what} takes at least {least} runs, and there are {made}: make more runs."));
    }
    let sound = |run: &ScalingRun| [run.nats, run.flops].iter().all(|&x| x.is_finite() && x > 0.0) && run.non_embedding.min(run.tokens) > 0;
    match runs.iter().find(|run| !sound(run)) {
        Some(run) => Err(format!(
            "The run of {} parameters on {} tokens has no usable loss ({}): leave it out or run it again.",
            run.parameters, run.tokens, run.nats
        )),
        None => Ok(()),
    }
}

/// `runs` with a draw of noise added to the logarithm of each loss.
fn redrawn(runs: &[ScalingRun], draw: &dyn Fn(usize) -> f64) -> Vec<ScalingRun> {
    let mut runs = runs.to_vec();
    runs.iter_mut().enumerate().for_each(|(index, run)| run.nats *= draw(index).exp());
    runs
}

#[cfg(test)]
mod tests;
