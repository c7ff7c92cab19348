//! Runs that lie on a law without noise: where they are drawn, and what is said of them.

use super::*;
use crate::protocol::scaling::{Along, IsoFlop};
use crate::spec::RunSpec;

const PER_NAT: f64 = 0.5;

fn run(parameters: u64, tokens: u64, nats: f64) -> ScalingRun {
    ScalingRun {
        width: 8,
        layers: 1,
        parameters,
        non_embedding: parameters / 2,
        tokens,
        flops: 6.0 * parameters as f64 * tokens as f64,
        batch: 4,
        lr: 0.0075,
        seed: 1,
        bits_per_byte: PER_NAT * nats,
        nats,
        seconds: 2.0,
    }
}

fn planned(run: &ScalingRun) -> PlannedRun {
    let ScalingRun { parameters, non_embedding, tokens, flops, seed, .. } = *run;
    PlannedRun { spec: RunSpec { seed, ..RunSpec::default() }, parameters, non_embedding, tokens, flops }
}

/// L = 8 · C^−0.05, without noise.
fn law() -> PowerLaw {
    PowerLaw { offset: 0.0, scale: 8.0, exponent: -0.05, bend: 0.0, exponent_interval: None, r_squared: 1.0 }
}

fn foretold(run: Option<ScalingRun>) -> Foretold {
    let flops = 6e12;
    let loss = law().at(flops);
    let frontier = Frontier { points: vec![(6e8, law().at(6e8)), (6e10, law().at(6e10))], law: law() };
    let prediction = Prediction { along: Along::BestRuns, frontier, flops, loss, interval: None, bits_per_byte: PER_NAT * loss };
    let planned = planned(&self::run(1_000_000, 1_000_000, 1.0));
    Foretold { made: Some("2026-12-01".into()), guess: Some(1.0), prediction, planned, run }
}

fn fits(valleys: Vec<Valley>) -> ScalingFits {
    let over = |x: fn(&ScalingRun) -> f64| Ok(Frontier { points: cloud().runs().map(|run| (x(run), run.nats)).collect(), law: law() });
    ScalingFits {
        count: Count::Total,
        over_parameters: over(|run| run.size(Count::Total)),
        over_tokens: Err("Too few.".into()),
        over_compute: over(|run| run.flops),
        isoflop: Ok(IsoFlop { valleys, optimal: Err("Too few.".into()) }),
        parametric: Err("Too few.".into()),
    }
}

fn cloud() -> Cloud {
    let runs = [10_000, 100_000].map(|n| run(n, n, law().at(6.0 * (n * n) as f64)));
    let [baked, own] = runs.map(|run| vec![run]);
    Cloud { baked, own, foretold: vec![foretold(None)] }
}

#[test]
fn the_law_goes_through_its_runs_and_on_to_what_is_foretold() {
    let (cloud, fits) = (cloud(), fits(vec![]));
    let lines = cloud.law(Over::Compute, Count::Total, Some(&fits));
    let [law, continued] = &lines.series[..] else { panic!("two lines") };
    for (run, (x, bits)) in cloud.runs().zip(&law.points) {
        assert_eq!(*x, run.flops);
        assert!((bits - run.bits_per_byte).abs() < 1e-12);
    }
    let (x, bits) = *continued.points.last().unwrap();
    assert!((x / 6e12 - 1.0).abs() < 1e-9 && (bits - PER_NAT * 8.0 * 6e12_f64.powf(-0.05)).abs() < 1e-9);
    assert!(lines.x.from < 6e8 && lines.x.to > 6e12 && lines.y.from < bits, "all of it is on the axes");
    assert_eq!(cloud.points(&lines, Over::Compute, Count::Total, "own").matches('M').count(), 1);
    assert!(
        cloud.best(&lines, None, Over::Compute, Count::Total).contains("0.1 million parameters on 0.1 million tokens, 60 G operations")
    );
    let halves = cloud.law(Over::Parameters, Count::NonEmbedding, Some(&fits));
    assert!(halves.series.is_empty(), "a law of another count is not drawn");
    assert!(cloud.law(Over::Tokens, Count::Total, Some(&fits)).series.is_empty(), "nor one that was not found");
    let unfitted = cloud.law(Over::Compute, Count::Total, None);
    assert_eq!((unfitted.series.len(), unfitted.stops.len(), lines.stops.len()), (1, 0, 2), "what was foretold is no stop");
    assert!(cloud.best(&unfitted, None, Over::Compute, Count::Total).contains("60 G operations"), "the best of all");
}

#[test]
fn a_valley_is_a_curve_and_its_bottom_counts_if_it_was_tried() {
    let valley =
        |parameters, inside| Valley { flops: 6e10, parameters, tokens: 1e5, loss: 2.0, curvature: 0.1, from: 5e4, to: 2e5, inside };
    let lines = cloud().valleys(Count::Total, Some(&fits(vec![valley(1e5, true), valley(3e5, false)])));
    let [curve, _, bottoms] = &lines.series[..] else { panic!("two curves, and a line through what was tried") };
    assert_eq!((bottoms.points.clone(), lines.lit), (vec![(1e5, 1.0)], Some(2)));
    let middle = curve.points[curve.points.len() / 2];
    assert!((middle.0 / 1e5 - 1.0).abs() < 1e-9 && (middle.1 - 1.0).abs() < 1e-9);
    let ends = [curve.points[0], curve.points[curve.points.len() - 1]];
    assert!(ends.iter().all(|(_, bits)| (bits - PER_NAT * (2.0 + 0.1 * 2f64.ln().powi(2))).abs() < 1e-9));
}

#[test]
fn a_miss_is_told_either_way() {
    let loss = foretold(None).prediction.loss;
    let said = |times: f64| foretold(Some(run(1, 1, times * loss))).said();
    assert!(said(0.9).contains(": 10 % less than the law said, and"), "{}", said(0.9));
    assert!(said(1.02).contains(": 2.0 % more than the law said, and"), "{}", said(1.02));
    assert!(said(1.0 / PER_NAT / loss).ends_with("than you did."));
    assert!(!foretold(None).said().contains("came to"));
}

#[test]
fn a_plan_has_left_what_was_neither_made_nor_lost() {
    let runs = [run(1, 10, 1.0), run(2, 10, 1.0), run(3, 10, 1.0)];
    let plan = runs.each_ref().map(planned);
    assert_eq!(left(&plan, &runs[..1], &plan[1..2]), plan[2..]);
    let other = ScalingRun { seed: 2, ..runs[0].clone() };
    assert_eq!(left(&plan, &[other], &[]), plan, "another seed is another run");
}

#[test]
fn a_promise_follows_the_size_and_what_was_made_here() {
    let baked = vec![run(100, 100, 1.0), run(10_000, 100, 1.0)];
    let ask = [(2.0 * baked[1].flops, 9_000)];
    let cloud = Cloud { baked, ..Cloud::default() };
    assert!((seconds(&ask, &cloud) - 4.0 * SLOWER).abs() < 1e-9);
    let slow = ScalingRun { seconds: 6.0, ..cloud.baked[0].clone() };
    assert!((seconds(&ask, &Cloud { own: vec![slow], ..cloud }) - 12.0).abs() < 1e-9);
    assert!((seconds(&[(ASSUMED, 5)], &Cloud::default()) - SLOWER).abs() < 1e-9);
}

#[test]
fn runs_are_written_one_a_line() {
    let csv = cloud().csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.split(',').count() == 13));
    assert!(lines[2].starts_with("here,8,1,100000,50000,100000,60000000000,4,0.007500,1,"), "{}", lines[2]);
}
