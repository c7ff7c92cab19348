//! The curves of a run as SVG paths and ticks.

use super::{
    format,
    plot::{Axis, columns, smooth},
};
use crate::protocol::{History, StepMetrics};
use crate::spec::TokenizerKind;

/// What is drawn, in a square of 10,000 with y downwards.
pub struct Curves {
    /// (class, path), from back to front.
    pub paths: [(&'static str, String); 5],
    /// (place from 0 to 1, label).
    pub x_ticks: Vec<(f64, String)>,
    pub y_ticks: Vec<(f64, String)>,
}

/// What is along the bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Along {
    Steps,
    Tokens,
    Time,
}

impl Along {
    pub fn named(name: &str) -> Self {
        match name {
            "tokens" => Self::Tokens,
            "time" => Self::Time,
            _ => Self::Steps,
        }
    }

    pub fn of_step(self, metrics: &StepMetrics) -> f64 {
        self.of(metrics.step, metrics.tokens, metrics.seconds)
    }

    fn of(self, step: u32, tokens: u64, seconds: f32) -> f64 {
        match self {
            Self::Steps => f64::from(step),
            Self::Tokens => tokens as f64,
            Self::Time => f64::from(seconds),
        }
    }

    fn label(self, x: f64) -> String {
        match self {
            Self::Steps => format::integer(x.round() as u64),
            Self::Tokens => format::prefixed(x, "").trim_end().into(),
            Self::Time => format::duration(x),
        }
    }
}

/// Bits per byte of a guess that finds every one of `vocab` tokens equally likely.
pub fn blind_guess(vocab: u32, bytes_per_token: f64) -> f64 {
    f64::from(vocab.max(1)).log2() / bytes_per_token
}

/// Bytes of a token, before the text was cut into tokens. Pieces of words grow with their number, until most words of the text are
/// whole: as measured on the built-in text with 512 to 16,384 of them.
pub fn usual_bytes_per_token(tokenizer: TokenizerKind, vocab: u32) -> f64 {
    match tokenizer {
        TokenizerKind::Bpe => (0.58 * f64::from(vocab).log2() - 3.15).clamp(1.0, 3.7),
        TokenizerKind::Chars | TokenizerKind::Bytes => 1.0,
    }
}

/// The bottom of the chart: all of the run so far.
pub fn axis(history: &History, along: Along, log: bool) -> Axis {
    let xs = || history.steps.iter().map(|m| along.of_step(m));
    let from = if log { xs().find(|x| *x > 0.0).unwrap_or(1.0) } else { 0.0 };
    Axis { from, to: xs().next_back().unwrap_or(0.0), log }
}

impl Curves {
    /// Training losses are thinned to columns: a band between the least and the greatest, and a line through their smoothed course.
    pub fn new(history: &History, along: Along, log: bool) -> Self {
        const COLUMNS: usize = 400;
        let x = axis(history, along, log);
        let xs = history.steps.iter().map(|m| along.of_step(m));
        let losses: Vec<f64> = history.steps.iter().map(|m| f64::from(m.bits_per_byte)).collect();
        let raw = columns(xs.clone().zip(losses.iter().copied()), &x, COLUMNS);
        let smoothed = columns(xs.zip(smooth(&losses, losses.len() / 60)), &x, COLUMNS);
        let validations: Vec<_> = (history.validations.iter())
            .map(|v| (x.place(along.of(v.step, v.tokens, v.seconds)), f64::from(v.bits_per_byte)))
            .filter(|(_, y)| y.is_finite())
            .collect();
        let all = || raw.iter().flat_map(|c| [c.low, c.high]).chain(validations.iter().map(|v| v.1));
        let [low, high] = [all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max)];
        let y = if raw.is_empty() { Axis { from: 0.0, to: 8.0, log: false } } else { snug(low, high) };
        let y_ticks: Vec<_> = y.ticks(5).into_iter().map(|tick| (y.place(tick), format::significant(tick, 3))).collect();
        let high = raw.iter().map(|c| (c.place, y.place(c.high)));
        let low = raw.iter().rev().map(|c| (c.place, y.place(c.low)));
        let line = smoothed.iter().map(|c| (c.place, y.place(c.mean)));
        let tests: Vec<_> = validations.iter().map(|(place, loss)| (*place, y.place(*loss))).collect();
        Self {
            paths: [
                ("grid", pieces(y_ticks.iter().map(|(place, _)| [(0.0, *place), (1.0, *place)]))),
                ("band", path(high.chain(low))),
                ("line train", path(line)),
                ("line validation", path(tests.iter().copied())),
                // Lines without length: their round ends are the dots, which are not stretched with the drawing.
                ("dots validation", pieces(tests.iter().map(|test| [*test, *test]))),
            ],
            x_ticks: x.ticks(5).into_iter().map(|tick| (x.place(tick), along.label(tick))).collect(),
            y_ticks,
        }
    }
}

/// The axis from `low` to `high`, widened to quarters of a bit.
fn snug(low: f64, high: f64) -> Axis {
    let from = (low * 4.0).floor() / 4.0;
    Axis { from, to: ((high * 4.0).ceil() / 4.0).max(from + 0.25), log: false }
}

fn pieces(pieces: impl Iterator<Item = [(f64, f64); 2]>) -> String {
    pieces.map(|piece| path(piece.into_iter())).collect()
}

/// A line through `points` (from 0 to 1, y upwards), in whole numbers of a square of 10,000 with y downwards.
pub(super) fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (i, (x, y)) in points.enumerate() {
        let [x, y] = [x, 1.0 - y].map(|place| ((place * 10_000.0) as i32).to_string());
        path += if i == 0 { "M" } else { "L" };
        path += &x;
        path += " ";
        path += &y;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Validation;

    #[test]
    fn a_long_run_is_drawn_with_few_points() {
        let step = |step: u32| StepMetrics {
            step,
            tokens: u64::from(step) * 1024,
            bits_per_byte: 2.0 + 2.0 / step as f32,
            gradient_norm: 1.0,
            lr: 1e-3,
            seconds: step as f32 / 10.0,
        };
        let validation = Validation { step: 5_000, tokens: 5_120_000, bits_per_byte: 2.5, seconds: 500.0 };
        let history = History { steps: (1..=10_000).map(step).collect(), validations: vec![validation], samples: vec![] };
        for along in [Along::Steps, Along::Tokens, Along::Time] {
            let curves = Curves::new(&history, along, false);
            let [.., (_, train), (_, validation), (_, dots)] = &curves.paths;
            assert!(train.matches('L').count() < 400, "{along:?}");
            assert_eq!(validation, "M5000 7500", "halfway along, at 2.5 between 2 and 4");
            assert_eq!(dots, "M5000 7500L5000 7500");
            assert!((3..=6).contains(&curves.x_ticks.len()) && (3..=6).contains(&curves.y_ticks.len()));
        }
        assert_eq!(Along::Tokens.label(2e6), "2 M");
    }

    #[test]
    fn nothing_and_what_is_no_number_are_drawn_as_nothing() {
        let paths = |history: &History| Curves::new(history, Along::Steps, true).paths.map(|(_, path)| path);
        assert_eq!(paths(&History::default())[1..], ["", "", "", ""]);
        let broken = StepMetrics { step: 1, tokens: 1, bits_per_byte: f32::NAN, gradient_norm: 0.0, lr: 0.0, seconds: 0.0 };
        assert_eq!(paths(&History { steps: vec![broken], ..History::default() })[1], "");
    }
}
