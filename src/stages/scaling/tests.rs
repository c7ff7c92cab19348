//! The fits on runs whose law is known.

use proptest::prelude::*;

use super::*;
use crate::protocol::scaling::{Along, IsoFlop, Parametric, PlannedRun, SweepSpec};
use crate::rng;

/// A run of a law L(N, D) = E + A / N^α + B / D^β on all parameters, its loss off by a share of `noise`.
fn made(law: [f64; 5], parameters: f64, tokens: f64, flops: f64, noise: f64) -> ScalingRun {
    let [e, a, b, alpha, beta] = law;
    let nats = e + a / parameters.powf(alpha) + b / tokens.powf(beta);
    let stream = rng::stream(parameters as u32, tokens as u64);
    let nats = nats * (noise * rng::normal(stream, 0)).exp();
    let (parameters, tokens) = (parameters as u64, tokens as u64);
    let (non_embedding, bits_per_byte) = (parameters / 2, nats / 2.0);
    ScalingRun {
        width: 8,
        layers: 1,
        parameters,
        non_embedding,
        tokens,
        flops,
        batch: 1,
        lr: 0.01,
        seed: 1,
        bits_per_byte,
        nats,
        seconds: 1.0,
    }
}

/// E, A, B, α, β as Hoffmann et al. 2022 print them, to one more digit (Besiroglu et al. 2024, arXiv:2404.10102).
const CHINCHILLA: [f64; 5] = [1.6934, 406.4, 410.7, 0.3392, 0.2849];

/// 16 sizes of 1e7 to 1e10 on 1e9 to 1e12 tokens, thrice a decade.
fn chinchillas(noise: f64) -> Vec<ScalingRun> {
    let steps = |from: f64| (0..10).map(move |i| from * 10f64.powf(f64::from(i) / 3.0));
    steps(1e7).flat_map(|n| steps(1e9).map(move |d| made(CHINCHILLA, n, d, 6.0 * n * d, noise))).collect()
}

/// A law like that of small models on the built-in world: about 100,000 parameters are best at 1e12 FLOPs.
const SMALL: [f64; 5] = [1.2, 45.0, 242.0, 0.35, 0.41];

/// The runs of a sweep, were [`SMALL`] their law.
fn swept(sweep: &SweepSpec, noise: f64) -> Vec<ScalingRun> {
    let runs = plan(sweep).unwrap().into_iter();
    let of = |run: PlannedRun| ScalingRun {
        non_embedding: run.non_embedding,
        ..made(SMALL, run.parameters as f64, run.tokens as f64, run.flops, noise)
    };
    runs.map(of).collect()
}

fn five_budgets() -> SweepSpec {
    SweepSpec { budgets: (0..5).map(|i| 2e10 * 10f64.powf(f64::from(i) / 2.0)).collect(), ..SweepSpec::default() }
}

fn close(found: f64, expected: f64, share: f64) {
    assert!((found / expected - 1.0).abs() < share, "{found} for {expected}");
}

#[test]
fn chinchillas_constants_are_found_again() {
    let Parametric { e, a, b, alpha, beta, kappa, gamma, r_squared, .. } = parametric(&chinchillas(0.0), Count::Total).unwrap();
    for (found, expected) in [e, a, b, alpha, beta].into_iter().zip(CHINCHILLA) {
        close(found, expected, 0.001);
    }
    close(kappa, 6.0, 1e-6);
    close(gamma, 1.0, 1e-6);
    assert!(r_squared > 0.999_999);
}

#[test]
fn noise_of_one_percent_moves_the_law_little() {
    let law = parametric(&chinchillas(0.01), Count::Total).unwrap();
    close(law.e, CHINCHILLA[0], 0.05);
    close(law.at(7e10, 1.4e12), made(CHINCHILLA, 7e10, 1.4e12, 0.0, 0.0).nats, 0.02);
    let truth = CHINCHILLA[4] / (CHINCHILLA[3] + CHINCHILLA[4]);
    let interval = law.size_exponent_interval.unwrap();
    assert!(interval.holds(truth) && interval.high - interval.low < 0.1, "{interval:?} for {truth}");
}

#[test]
fn a_run_gone_wrong_counts_little() {
    let mut runs = chinchillas(0.0);
    runs[37].nats *= 1.5;
    let law = parametric(&runs, Count::Total).unwrap();
    close(law.e, CHINCHILLA[0], 0.01);
    close(law.size_exponent(), CHINCHILLA[4] / (CHINCHILLA[3] + CHINCHILLA[4]), 0.02);
}

#[test]
fn the_parametric_optimum_is_a_minimum_at_its_compute() {
    let law = parametric(&swept(&five_budgets(), 0.01), Count::NonEmbedding).unwrap();
    for flops in [1e11, 1e12, 1e13] {
        let (n, d) = law.optimum(flops);
        close(law.kappa * n.powf(law.gamma) * d, flops, 1e-9);
        let other = |share: f64| law.at(n * share, flops / (law.kappa * (n * share).powf(law.gamma)));
        assert!(law.at(n, d) < other(1.1) && law.at(n, d) < other(0.9));
        close(law.optimum(2.0 * flops).0 / n, 2f64.powf(law.size_exponent()), 1e-9);
    }
}

#[test]
fn valleys_lie_where_the_law_has_them() {
    let sweep = SweepSpec::default();
    let law = parametric(&swept(&sweep, 0.0), Count::Total).unwrap();
    let found = isoflop(&swept(&sweep, 0.0), Count::Total).unwrap();
    assert_eq!(found.valleys.len(), 3);
    for valley in &found.valleys {
        let (n, d) = law.optimum(valley.flops);
        assert!(valley.inside, "{valley:?}");
        close(valley.parameters, n, 0.25);
        close(valley.tokens, d, 0.25);
        close(valley.loss, law.at(n, d), 0.01);
    }
    let optimal = found.optimal.unwrap();
    assert!((optimal.parameters.exponent - law.size_exponent()).abs() < 0.05, "{optimal:?} {law:?}");
    assert!((optimal.parameters.exponent + optimal.tokens.exponent - 1.0).abs() < 0.05);
}

#[test]
fn what_n_counts_changes_the_exponent() {
    let exponent = |count| isoflop(&swept(&five_budgets(), 0.0), count).unwrap().optimal.unwrap().parameters.exponent;
    assert!(exponent(Count::NonEmbedding) > exponent(Count::Total) + 0.05);
}

#[test]
fn seeds_leave_the_exponent_within_its_interval() {
    let seeds: Vec<ScalingRun> = swept(&SweepSpec { seeds: vec![1, 2, 3], ..five_budgets() }, 0.0);
    let noisy = |(i, mut run): (usize, ScalingRun)| {
        run.nats *= (0.01 * rng::normal(9, i as u64)).exp();
        run
    };
    let truth = isoflop(&seeds, Count::Total).unwrap().optimal.unwrap().parameters.exponent;
    let runs: Vec<ScalingRun> = seeds.into_iter().enumerate().map(noisy).collect();
    let found = isoflop(&runs, Count::Total).unwrap().optimal.unwrap().parameters;
    let interval = found.exponent_interval.unwrap();
    assert!(interval.holds(truth) && interval.high - interval.low < 0.4, "{found:?} for {truth}");
}

#[test]
fn a_slope_is_no_valley() {
    let runs: Vec<ScalingRun> = [1e4, 2e4, 4e4].iter().map(|&n| made([1.0, 50.0, 0.0, 0.3, 1.0], n, 1e10 / n, 6e10, 0.0)).collect();
    let found = isoflop(&runs, Count::Total).unwrap();
    assert!(!found.valleys[0].inside);
    assert!(found.optimal.unwrap_err().contains("at 0 of 1 budgets"));
}

#[test]
fn a_measured_table_has_its_valleys_inside_and_predicts_its_last_budget() {
    // Held-out nats a token of transformers trained in PyTorch on the built-in world, N in thousands, C = 6 N D.
    let table: [(f64, &[(f64, f64)]); 3] = [
        (2e11, &[(23., 3.63), (39., 3.45), (71., 3.69), (132., 4.21), (267., 4.91), (542., 5.44)]),
        (5e11, &[(39., 3.09), (71., 3.05), (132., 3.21), (267., 4.02), (542., 4.66)]),
        (1e12, &[(39., 2.93), (71., 2.66), (132., 2.69), (267., 3.13), (542., 3.92), (923., 4.37)]),
    ];
    let run = |flops: f64, (n, loss): (f64, f64)| ScalingRun { nats: loss, ..made(SMALL, 1e3 * n, flops / (6e3 * n), flops, 0.0) };
    let runs: Vec<ScalingRun> = table.iter().flat_map(|(flops, row)| row.iter().map(move |&point| run(*flops, point))).collect();
    let found = isoflop(&runs, Count::Total).unwrap();
    assert!(found.valleys.iter().all(|valley| valley.inside), "{found:?}");
    let exponent = found.optimal.unwrap().parameters.exponent;
    assert!((0.35..0.7).contains(&exponent), "{exponent}");
    let (before, last) = runs.split_at(11);
    let prediction = predict(before, Count::Total, Along::Valleys, Offset::Zero, 1e12).unwrap();
    let best = last.iter().map(|run| run.nats).fold(f64::INFINITY, f64::min);
    assert!(prediction.miss(best).abs() < 0.06, "{prediction:?}");
}

#[test]
fn a_run_of_four_times_the_compute_comes_out_as_predicted() {
    let sweep = five_budgets();
    let exact = swept(&sweep, 0.0);
    let (n, _) = isoflop(&exact, Count::Total).unwrap().optimal.unwrap().at(8e12);
    let next = at_compute(&sweep, 8e12, n, Count::Total, 1).unwrap();
    let truth = made(SMALL, next.parameters as f64, next.tokens as f64, next.flops, 0.0).nats;
    for along in [Along::Valleys, Along::BestRuns] {
        let fitted = predict(&exact, Count::Total, along, Offset::Fitted, next.flops).unwrap();
        assert!(fitted.miss(truth).abs() < 0.03, "{along:?} {fitted:?} for {truth}");
        // Without E the law falls for ever, and so promises too much.
        let straight = predict(&exact, Count::Total, along, Offset::Zero, next.flops).unwrap();
        assert!(straight.miss(truth) > 0.0 && straight.miss(truth) < 0.1, "{along:?} {straight:?} for {truth}");
        close(straight.bits_per_byte, straight.loss / 2.0, 1e-9);
    }
    // A bend follows the flattening that E makes.
    let bent = predict(&exact, Count::Total, Along::LastValleys, Offset::Zero, next.flops).unwrap();
    assert!(bent.frontier.points.len() == 3 && bent.miss(truth).abs() < 0.03, "{bent:?} for {truth}");
    let noisy = predict(&swept(&sweep, 0.01), Count::Total, Along::Valleys, Offset::Fitted, next.flops).unwrap();
    assert!(noisy.interval.unwrap().holds(truth), "{noisy:?} for {truth}");
}

#[test]
fn the_frontier_is_of_runs_that_nothing_cheaper_beats() {
    let run = |flops, nats| ScalingRun { nats, ..made(SMALL, 1e4, 1e5, flops, 0.0) };
    // The last but one is of the budget of the one before it, which is better.
    let runs = [run(4.0, 2.0), run(1.0, 4.0), run(2.0, 5.0), run(3.0, 3.0), run(2.9, 3.5), run(3.0, 3.5)];
    let found = frontier(&runs, Axis::Compute, Offset::Zero).unwrap();
    assert_eq!(found.points, [(1.0, 4.0), (3.0, 3.0), (4.0, 2.0)]);
    assert!(found.law.exponent < 0.0);
}

#[test]
fn too_little_is_refused_in_a_sentence() {
    let runs = swept(&SweepSpec::default(), 0.0);
    let none = fit(&[], Count::Total, Offset::Zero);
    let refusals = [none.over_compute.unwrap_err(), none.isoflop.unwrap_err(), none.parametric.unwrap_err()];
    assert!(refusals.iter().all(|refusal| refusal.contains("make more runs")), "{refusals:?}");
    assert!(isoflop(&[runs[0].clone(), runs[5].clone(), runs[10].clone()], Count::Total).unwrap_err().contains("three sizes"));
    assert!(parametric(&vec![runs[0].clone(); 7], Count::Total).unwrap_err().contains("three sizes"));
    assert!(predict(&runs, Count::Total, Along::Valleys, Offset::Zero, 0.0).unwrap_err().contains("above 0"));
    let mut lost = runs;
    lost[3].nats = f64::NAN;
    assert!(fit(&lost, Count::Total, Offset::Zero).parametric.unwrap_err().contains("no usable loss"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the losses are, fits are made or refused, and none is infinite.
    #[test]
    fn no_runs_break_the_fits(losses in prop::collection::vec(0.01..20.0f64, 0..16)) {
        let planned = swept(&SweepSpec::default(), 0.0);
        let runs: Vec<ScalingRun> = planned.into_iter().zip(losses).map(|(run, nats)| ScalingRun { nats, ..run }).collect();
        let fits = fit(&runs, Count::Total, Offset::Fitted);
        if let Ok(law) = &fits.parametric {
            prop_assert!(law.at(1e5, 1e6).is_finite());
        }
        if let Ok(IsoFlop { valleys, .. }) = &fits.isoflop {
            prop_assert!(valleys.iter().all(|valley| valley.loss.is_finite() && valley.curvature.is_finite()));
        }
    }
}

#[test]
fn no_budget_is_mixed_with_another() {
    let recipe: serde_json::Value = serde_json::from_str(include_str!("../../../recipes/law.json")).unwrap();
    let baked: SweepSpec = serde_json::from_value(recipe["ask"]["sweep"]["sweep"].clone()).unwrap();
    assert_eq!(baked.budgets.len(), 5);
    let small = SweepSpec::small().budgets;
    // A plan meets its budget to within 2 %.
    let apart = 1.02 * 1.02 * isoflop::ONE_BUDGET;
    for budget in &small {
        for other in small.iter().chain(&baked.budgets).chain(&SweepSpec::default().budgets) {
            assert!(budget == other || (budget / other).ln().abs() > apart.ln(), "{budget:e} and {other:e}");
        }
    }
}

#[test]
fn only_compute_has_runs_that_are_nearly_alike() {
    let run = |n, nats| ScalingRun { nats, ..made(SMALL, n, 1e5, 6.0 * n * 1e5, 0.0) };
    // The second has a tenth more of N and C, and is better; the third better still, and far larger.
    let runs = [run(1e4, 3.0), run(1.1e4, 2.9), run(1e5, 2.0)];
    let best = |axis| frontier(&runs, axis, Offset::Zero).unwrap().points.len();
    assert_eq!((best(Axis::Parameters(Count::Total)), best(Axis::Compute)), (3, 2));
}
