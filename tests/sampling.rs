//! The CPU's sampler: what each setting keeps, and how often it draws what.

#[allow(dead_code, reason = "each test file uses a part of the reference")]
mod reference;

use reference::run;
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::program::StepParams;
use seven_steps_cpu::rng::{gumbel, pcg4d};

/// Four tokens of probability 0.5, 0.25, 0.15 and 0.1.
const PROBABILITIES: [f64; 4] = [0.25, 0.5, 0.1, 0.15];

fn logits() -> Vec<f32> {
    PROBABILITIES.iter().map(|p| p.ln() as f32 + 3.0).collect()
}

fn draw(logits: &[f32], vocab: usize, step: &StepParams) -> Vec<u32> {
    let mut choices = vec![9.0; logits.len() / vocab];
    run(Kernel::Sample, &[logits], &mut [&mut choices], &[logits.len() / vocab, vocab], step);
    choices.iter().map(|choice| choice.to_bits()).collect()
}

/// How often each of the four is drawn in 8,000 draws: 20 seeds, 100 positions, 4 sequences.
fn counts(step: StepParams) -> [f64; 4] {
    let mut counts = [0.0; 4];
    let four = logits().repeat(4);
    for (seed, position) in (0..20).flat_map(|seed| (0..100).map(move |position| (seed, position))) {
        for choice in draw(&four, 4, &StepParams { seed, position, ..step }) {
            counts[choice as usize] += 1.0;
        }
    }
    counts
}

/// Pearson's statistic stays below the 0.999 quantile of chi-square with 1, 2 or 3 degrees of freedom.
fn assert_drawn(counts: [f64; 4], weights: [f64; 4]) {
    let (draws, mass): (f64, f64) = (counts.iter().sum(), weights.iter().sum());
    let (mut statistic, mut kept) = (0.0, 0);
    for (count, weight) in counts.iter().zip(weights) {
        let expected = draws * weight / mass;
        if weight == 0.0 {
            assert_eq!(*count, 0.0, "{counts:?}");
        } else {
            statistic += (count - expected).powi(2) / expected;
            kept += 1;
        }
    }
    assert!(statistic <= [0.0, 10.83, 13.82, 16.27][kept - 1], "{counts:?} for {weights:?}: {statistic}");
}

#[test]
fn draws_follow_the_softmax_at_its_temperature() {
    assert_drawn(counts(StepParams::default()), PROBABILITIES);
    let sharper = StepParams { temperature: 0.5, ..StepParams::default() };
    assert_drawn(counts(sharper), PROBABILITIES.map(|p| p * p));
}

#[test]
fn top_k_keeps_the_first_k() {
    let kept = |top_k| counts(StepParams { top_k, ..StepParams::default() });
    assert_drawn(kept(1), [0.0, 0.5, 0.0, 0.0]);
    assert_drawn(kept(3), [0.25, 0.5, 0.0, 0.15]);
    assert_drawn(kept(4), PROBABILITIES);
    assert_drawn(kept(99), PROBABILITIES);
}

#[test]
fn top_p_keeps_the_shortest_beginning_of_that_mass() {
    let kept = |top_k, top_p| counts(StepParams { top_k, top_p, ..StepParams::default() });
    assert_drawn(kept(0, 0.0), [0.0, 0.5, 0.0, 0.0]);
    assert_drawn(kept(0, 0.49), [0.0, 0.5, 0.0, 0.0]);
    assert_drawn(kept(0, 0.6), [0.25, 0.5, 0.0, 0.0]);
    assert_drawn(kept(0, 0.89), [0.25, 0.5, 0.0, 0.15]);
    // Of the two that top-k keeps, the first has two thirds of the mass.
    assert_drawn(kept(2, 0.6), [0.0, 0.5, 0.0, 0.0]);
    // The temperature comes before: at 0.5 the first has 0.72 of the mass.
    let sharper = StepParams { temperature: 0.5, top_p: 0.6, ..StepParams::default() };
    assert_drawn(counts(sharper), [0.0, 0.5, 0.0, 0.0]);
}

#[test]
fn greedy_and_filters_prefer_the_lower_id_among_equals() {
    let equal = [1.0, 5.0, 2.0, 5.0, 5.0];
    for seed in 0..50 {
        let step = StepParams { seed, ..StepParams::default() };
        assert_eq!(draw(&equal, 5, &StepParams { temperature: 0.0, ..step }), [1]);
        assert_eq!(draw(&equal, 5, &StepParams { top_k: 1, ..step }), [1]);
        assert_ne!(draw(&equal, 5, &StepParams { top_k: 2, ..step }), [4]);
        assert_ne!(draw(&equal, 5, &StepParams { top_p: 0.6, ..step }), [4]);
    }
}

#[test]
fn a_draw_is_repeated_by_its_key_and_differs_between_keys() {
    let flat = vec![0.0; 3 * 1000];
    let step = StepParams { seed: 7, position: 3, ..StepParams::default() };
    let drawn = draw(&flat, 1000, &step);
    assert_eq!(drawn, draw(&flat, 1000, &step));
    assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
    assert_ne!(drawn, draw(&flat, 1000, &StepParams { seed: 8, ..step }));
    assert_ne!(drawn, draw(&flat, 1000, &StepParams { position: 4, ..step }));
}

#[test]
fn logits_that_do_not_compare_give_a_token_all_the_same() {
    for logit in [f32::NAN, f32::NEG_INFINITY, f32::INFINITY] {
        for temperature in [0.0, 1.0] {
            for (top_k, top_p) in [(0, 1.0), (2, 1.0), (0, 0.5)] {
                let step = StepParams { temperature, top_k, top_p, ..StepParams::default() };
                assert!(draw(&[logit; 5], 5, &step)[0] < 5);
            }
        }
    }
}

#[test]
fn noise_is_gumbel_s() {
    let draws: Vec<f64> = (0..100_000).map(|i| f64::from(gumbel(pcg4d([1, 2, 3, i])[0]))).collect();
    let mean = draws.iter().sum::<f64>() / 1e5;
    let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5;
    assert!((mean - 0.577_215_66).abs() < 0.015, "{mean}");
    assert!((variance - std::f64::consts::PI.powi(2) / 6.0).abs() < 0.04, "{variance}");
    // The ends, where a careless formula is infinite: u = 2⁻²⁴ and 1 − 2⁻²⁴.
    let exact = |u: f64| -(-(-u).ln_1p()).ln();
    for (hash, u) in [(0, 0.5f64.powi(24)), (u32::MAX, 1.0 - 0.5f64.powi(24)), (1 << 25, 0.0078125 + 0.5f64.powi(24))] {
        assert!((f64::from(gumbel(hash)) - exact(u)).abs() < 1e-5, "{hash}");
    }
}
