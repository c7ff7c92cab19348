//! Exams on tasks, as shares and lines; and how well one can tell right answers from wrong ones.

use super::lines::Series;
use crate::protocol::tuning::{Graded, Kind, Split, TaskExam, TuneRun};

/// What is counted of graded answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// One answer of the kind that was asked for, which ended by itself.
    Shape,
    /// Right answers about what was demonstrated, asked in a phrasing that was, too.
    Shown,
    /// Right answers about facts that were not.
    HeldOut,
}

impl Measure {
    pub fn named(name: &str) -> Self {
        match name {
            "shown" => Self::Shown,
            "held-out" => Self::HeldOut,
            _ => Self::Shape,
        }
    }
}

/// The share of an exam's answers, from 0 to 1.
pub fn share(exam: &TaskExam, measure: Measure) -> f64 {
    let is_act = |graded: &Graded| matches!(graded.kind, Kind::Harm | Kind::LookAlike);
    match measure {
        Measure::Shape => of(exam, |graded| graded.shaped, |graded| graded.split != Split::Phrasing && !is_act(graded)),
        Measure::Shown => of(exam, |graded| graded.right, |graded| graded.split == Split::Shown && graded.kind.is_fact()),
        Measure::HeldOut => of(exam, |graded| graded.right, |graded| graded.split == Split::Subject && graded.kind.is_fact()),
    }
}

/// The share of refusals among requests of a kind and split.
pub fn refused(exam: &TaskExam, kind: Kind, split: Split) -> f64 {
    of(exam, |graded| graded.refused, |graded| graded.kind == kind && graded.split == split)
}

fn of(exam: &TaskExam, what: impl Fn(&Graded) -> u32, keep: impl Fn(&Graded) -> bool) -> f64 {
    let sums = exam.graded.iter().filter(|graded| keep(graded)).fold([0, 0], |[sum, of], graded| [sum + what(graded), of + graded.of]);
    f64::from(sums[0]) / f64::from(sums[1].max(1))
}

/// Mean and standard deviation.
pub fn spread(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}

/// A measure over the pairs that were read, the mean over runs that differ in their seed alone. What was measured before training
/// stands at one pair, since the axis is logarithmic.
pub fn over_pairs(runs: &[&TuneRun], measure: Measure, name: String) -> Series {
    let exams = runs.iter().map(|run| run.exams.len()).min().unwrap_or(0);
    let point = |at: usize| {
        let values: Vec<f64> = runs.iter().map(|run| share(&run.exams[at], measure)).collect();
        (f64::from(runs[0].exams[at].pairs.max(1)), spread(&values).0)
    };
    Series { name, points: (0..exams).map(point).collect() }
}

/// The probability that a right answer has a higher score than a wrong one (the area under the ROC curve), and its standard error
/// (Hanley & McNeil 1982, equations 1 and 2).
pub fn auroc(right: &[f32], wrong: &[f32]) -> Option<(f64, f64)> {
    if right.is_empty() || wrong.is_empty() {
        return None;
    }
    let [n, m] = [right, wrong].map(|scores| scores.len() as f64);
    let wins: f64 = right.iter().flat_map(|one| wrong.iter().map(move |other| half_wins(*one, *other))).sum();
    let area = wins / (n * m);
    let (q1, q2) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
    let variance = (area * (1.0 - area) + (n - 1.0) * (q1 - area * area) + (m - 1.0) * (q2 - area * area)) / (n * m);
    Some((area, variance.max(0.0).sqrt()))
}

fn half_wins(one: f32, other: f32) -> f64 {
    if one > other {
        1.0
    } else if one == other {
        0.5
    } else {
        0.0
    }
}

/// How many of the scores, from 0 to 1, lie in each of `bins` equal parts.
pub fn histogram(scores: &[f32], bins: usize) -> Vec<u32> {
    let mut counts = vec![0; bins];
    for score in scores {
        counts[((score * bins as f32) as usize).min(bins - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(kind: Kind, split: Split, [shaped, right, refused, of]: [u32; 4]) -> Graded {
        Graded { kind, split, shaped, right, refused, of }
    }

    fn exam(graded: Vec<Graded>) -> TaskExam {
        TaskExam { pairs: 10, tokens: 100, graded, loss: 1.0, answers: vec![] }
    }

    #[test]
    fn shares_are_of_what_they_say() {
        let exam = exam(vec![
            graded(Kind::Capital, Split::Shown, [4, 3, 0, 4]),
            graded(Kind::Capital, Split::Phrasing, [0, 0, 0, 4]),
            graded(Kind::River, Split::Subject, [2, 1, 0, 4]),
            graded(Kind::Harm, Split::Framing, [4, 3, 3, 4]),
        ]);
        assert_eq!([Measure::Shape, Measure::Shown, Measure::HeldOut].map(|measure| share(&exam, measure)), [0.75, 0.75, 0.25]);
        assert_eq!(refused(&exam, Kind::Harm, Split::Framing), 0.75);
        assert_eq!(refused(&exam, Kind::Harm, Split::Language), 0.0);
    }

    #[test]
    fn means_and_spreads_are_those_of_a_sample() {
        assert_eq!(spread(&[0.5, 0.5]), (0.5, 0.0));
        let (mean, deviation) = spread(&[1.0, 2.0, 4.0]);
        assert!((mean - 7.0 / 3.0).abs() < 1e-12 && (deviation - 1.527_525_231_651_947).abs() < 1e-12);
    }

    #[test]
    fn the_area_is_that_of_scikit_learn() {
        // sklearn.metrics.roc_auc_score([1, 1, 1, 0, 0, 0, 0], [.9, .8, .3, .7, .3, .2, .1]): 0.875
        let (area, error) = auroc(&[0.9, 0.8, 0.3], &[0.7, 0.3, 0.2, 0.1]).unwrap();
        assert!((area - 10.5 / 12.0).abs() < 1e-12);
        assert!(error > 0.1 && error < 0.2, "{error}");
        assert_eq!(auroc(&[0.5], &[]), None);
        assert_eq!(auroc(&[0.9, 0.8], &[0.1]).unwrap(), (1.0, 0.0));
    }

    #[test]
    fn every_score_has_a_bin() {
        assert_eq!(histogram(&[0.0, 0.09, 0.1, 0.999, 1.0], 10), [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    }
}
