//! Which runs to make: sizes around the expected best one at each budget of compute, and for each its amount of text, batch and
//! learning rate by a rule.
//!
//! - Shape: one layer more for each doubling of the width (8 channels have 1), heads of 32 channels or one head.
//! - Text: D = C / (FLOPs a token).
//! - Batch: as many sequences as leave the run its least steps. Short runs starve for steps, not for the breadth of a batch.
//! - Learning rate: falls as 1 / width, up to a ceiling; warm-up is a share of the run, then a cosine to zero (Porian et al. 2024).

use crate::protocol::scaling::{Count, PlannedRun, SweepSpec};
use crate::spec::{ModelConfig, RunSpec};

/// Compute at which [`SweepSpec::best_size`] is the best.
const REFERENCE: f64 = 1e12;

/// The runs of a sweep: for each seed the cheapest budget first, and the smallest model first in it.
///
/// # Errors
/// A sentence about what cannot be followed.
pub fn plan(sweep: &SweepSpec) -> Result<Vec<PlannedRun>, String> {
    if sweep.budgets.is_empty() || sweep.seeds.is_empty() || sweep.sizes == 0 {
        return Err("A sweep needs at least one budget, one size and one seed.".into());
    }
    let ladder = ladder(sweep)?;
    let mut budgets = sweep.budgets.clone();
    budgets.sort_by(f64::total_cmp);
    let mut runs = Vec::new();
    for &seed in &sweep.seeds {
        for &flops in &budgets {
            for model in around(&ladder, sweep, flops)? {
                runs.push(run(sweep, model, flops, seed)?);
            }
        }
    }
    Ok(runs)
}

/// The run of `flops` whose model has as close to `parameters` as the shapes allow: the one to make once a law has said which size
/// is best.
///
/// # Errors
/// A sentence about what cannot be followed.
pub fn at_compute(sweep: &SweepSpec, flops: f64, parameters: f64, count: Count, seed: u32) -> Result<PlannedRun, String> {
    if !parameters.is_finite() || parameters <= 0.0 {
        return Err("The best size is not known: fit it to more runs first.".into());
    }
    let ladder = ladder(sweep)?;
    let distance = |model: &&ModelConfig| {
        let size = match count {
            Count::Total => model.parameters(),
            Count::NonEmbedding => model.non_embedding_parameters(),
        };
        (size as f64 / parameters).ln().abs()
    };
    let nearest = ladder.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).ok_or("There is no shape to choose from.")?;
    run(sweep, nearest, flops, seed)
}

/// Two runs of the same compute: a model of four times the best size that reads a fourth as much, as Gopher was to Chinchilla
/// (Hoffmann et al. 2022, section 4), and one of the best size, `parameters` in all.
///
/// # Errors
/// A sentence about what cannot be followed.
pub fn large_and_small(sweep: &SweepSpec, flops: f64, parameters: f64, seed: u32) -> Result<[PlannedRun; 2], String> {
    let of = |parameters| at_compute(sweep, flops, parameters, Count::Total, seed);
    Ok([of(4.0 * parameters)?, of(parameters)?])
}

/// The shapes between the narrowest and the widest, by rising parameters.
fn ladder(sweep: &SweepSpec) -> Result<Vec<ModelConfig>, String> {
    let SweepSpec { min_width, max_width, .. } = *sweep;
    // Narrow widths are multiples of 4, wider ones of 8: so sizes lie closer than a factor of two.
    let widths = (min_width.max(4)..=max_width.min(4096)).filter(|width| width.is_multiple_of(if *width < 32 { 4 } else { 8 }));
    let models = widths.map(|width| shaped(&sweep.base, width).model(sweep.base.expected_vocab()));
    let ladder: Vec<ModelConfig> = models.filter(|model| model.problem().is_none()).collect();
    if ladder.len() < sweep.sizes as usize {
        return Err(format!(
            "Between widths of {min_width} and {max_width} there are {} sizes of model, and {} are asked for: widen the range.",
            ladder.len(),
            sweep.sizes
        ));
    }
    Ok(ladder)
}

/// `base` with a model `width` wide.
fn shaped(base: &RunSpec, width: u32) -> RunSpec {
    RunSpec {
        depth: (width / 4).max(2).ilog2(),
        width: Some(width),
        heads: Some((width / 32).max(1)),
        kv_heads: None,
        ffn: None,
        context: Some(base.context.unwrap_or(128)),
        ..base.clone()
    }
}

/// As many models as asked for, evenly spaced in ln N between the expected best size divided and multiplied by the spread, or as
/// near as the ladder goes.
fn around<'a>(ladder: &'a [ModelConfig], sweep: &SweepSpec, flops: f64) -> Result<Vec<&'a ModelConfig>, String> {
    if !flops.is_finite() || flops <= 0.0 || !(sweep.best_size > 0.0 && sweep.spread > 1.0) {
        return Err("Budgets and the expected size must be above 0, and the spread above 1.".into());
    }
    let size = |model: &ModelConfig| model.parameters() as f64;
    let expected = sweep.best_size * (flops / REFERENCE).powf(sweep.size_exponent);
    let (least, most) = (size(&ladder[0]), size(&ladder[ladder.len() - 1]));
    let low = (expected / sweep.spread).clamp(least, most);
    let high = (expected * sweep.spread).clamp(least, most);
    let mut left: Vec<&ModelConfig> = ladder.iter().collect();
    let mut chosen = Vec::new();
    for i in 0..sweep.sizes {
        let share = if sweep.sizes == 1 { 0.5 } else { f64::from(i) / f64::from(sweep.sizes - 1) };
        let target = low.ln() + share * (high / low).ln();
        let distance = |at: &usize| (size(left[*at]).ln() - target).abs();
        let nearest = (0..left.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        chosen.extend(nearest.map(|at| left.remove(at)));
    }
    chosen.sort_by_key(|model| model.parameters());
    Ok(chosen)
}

/// The run of a model that takes `flops`, to the nearest step.
fn run(sweep: &SweepSpec, model: &ModelConfig, flops: f64, seed: u32) -> Result<PlannedRun, String> {
    let context = f64::from(model.context);
    let sequences = flops / (model.train_flops_per_token() * context);
    let batch = (sequences / f64::from(sweep.min_steps.max(1))).floor().clamp(1.0, f64::from(sweep.max_batch.max(1)));
    let steps = (sequences / batch).round();
    if !(1.0..=f64::from(u32::MAX)).contains(&steps) {
        return Err(format!(
            "A compute of {flops:.1e} operations gives a model of {} parameters {steps} steps: choose another budget or other sizes.",
            model.parameters()
        ));
    }
    let tokens = steps * batch * context;
    let spec = RunSpec {
        batch: batch as u32,
        accumulation: 1,
        steps: steps as u32,
        lr: sweep.max_lr.min(sweep.lr_times_width / model.width as f32),
        warmup: (steps * f64::from(sweep.warmup)).round().max(1.0) as u32,
        seed,
        // Eight looks at the held-out text on the way, the last of them at the end.
        validate_every: (steps / 8.0).ceil() as u32,
        ..shaped(&sweep.base, model.width)
    };
    Ok(PlannedRun {
        spec,
        parameters: model.parameters(),
        non_embedding: model.non_embedding_parameters(),
        tokens: tokens as u64,
        flops: tokens * model.train_flops_per_token(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::Decay;

    #[test]
    fn the_default_sweep_surrounds_what_is_expected_at_every_budget() {
        let sweep = SweepSpec::default();
        let runs = plan(&sweep).unwrap();
        assert_eq!(runs.len(), 15);
        for (budget, runs) in sweep.budgets.iter().zip(runs.chunks(5)) {
            let expected = 1e5 * (budget / 1e12).powf(0.54);
            assert!((runs[0].parameters as f64) < expected && expected < runs[4].parameters as f64, "{budget:e}");
            assert!(runs.windows(2).all(|pair| pair[0].parameters < pair[1].parameters && pair[0].tokens > pair[1].tokens));
        }
    }

    #[test]
    fn runs_have_their_steps_unless_the_batch_is_one_sequence() {
        for run in plan(&SweepSpec::default()).unwrap() {
            let RunSpec { batch, steps, warmup, lr, .. } = run.spec;
            assert!(steps >= 1000 || batch == 1, "{batch} × {steps}");
            assert!(warmup >= 1 && (f64::from(warmup) / f64::from(steps) - 0.05).abs() < 0.01);
            assert!((lr - f32::min(0.01, 0.256 / run.spec.width.unwrap() as f32)).abs() < 1e-9);
            assert_eq!((run.spec.decay, run.spec.final_lr), (Decay::Cosine, 0.0));
        }
    }

    #[test]
    fn the_two_runs_take_the_same_compute() {
        let [large, small] = large_and_small(&SweepSpec::default(), 2e12, 1.5e5, 1).unwrap();
        assert!((large.flops / small.flops - 1.0).abs() < 0.01);
        let (size, text) = (large.parameters as f64 / small.parameters as f64, small.tokens as f64 / large.tokens as f64);
        assert!((3.0..5.0).contains(&size) && (3.0..5.0).contains(&text), "{size} {text}");
    }

    #[test]
    fn sizes_are_matched_as_they_are_counted() {
        let sweep = SweepSpec::default();
        let total = at_compute(&sweep, 1e12, 1e5, Count::Total, 1).unwrap();
        let others = at_compute(&sweep, 1e12, 1e5, Count::NonEmbedding, 1).unwrap();
        assert!((total.parameters as f64 / 1e5).ln().abs() < 0.35, "{}", total.parameters);
        assert!((others.non_embedding as f64 / 1e5).ln().abs() < 0.35, "{}", others.non_embedding);
    }

    #[test]
    fn what_cannot_be_planned_is_refused_in_a_sentence() {
        let refusal = |sweep: SweepSpec| plan(&sweep).unwrap_err();
        assert!(refusal(SweepSpec { budgets: vec![], ..SweepSpec::default() }).contains("at least one budget"));
        assert!(refusal(SweepSpec { max_width: 16, ..SweepSpec::default() }).contains("widen the range"));
        assert!(refusal(SweepSpec { budgets: vec![1e6], ..SweepSpec::default() }).contains("another budget"));
        assert!(refusal(SweepSpec { budgets: vec![f64::NAN], ..SweepSpec::default() }).contains("above 0"));
        assert!(at_compute(&SweepSpec::default(), 1e12, f64::NAN, Count::Total, 1).unwrap_err().contains("best size"));
    }

    proptest! {
        #[test]
        fn every_planned_model_can_be_built_and_spends_its_budget(budget in 1e10..1e15f64, sizes in 1..8u32) {
            let sweep = SweepSpec { budgets: vec![budget], sizes, ..SweepSpec::default() };
            for run in plan(&sweep).unwrap() {
                let model = run.spec.model(run.spec.vocab);
                prop_assert!(model.problem().is_none());
                prop_assert_eq!((model.parameters(), run.spec.tokens_per_step() * u64::from(run.spec.steps)), (run.parameters, run.tokens));
                prop_assert!((run.flops / budget - 1.0).abs() < 0.02, "{}", run.flops / budget);
            }
        }
    }
}
