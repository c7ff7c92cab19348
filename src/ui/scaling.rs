//! Scaling laws as charts and in words. Losses are shown in bits per byte, which is nats a token up to a factor that the runs of one
//! tokenizer share: the exponents are the same in both.

use super::{
    curves::path,
    format,
    lines::{Lines, Series},
    plot::Axis,
};
use crate::protocol::scaling::{Count, Frontier, Interval, PlannedRun, PowerLaw, Prediction, ScalingFits, ScalingRun, Valley};

/// Operations a second where nothing is known, and how much longer a browser takes than the native runner.
const ASSUMED: f64 = 20e9;
const SLOWER: f64 = 2.0;

/// Where losses are marked on an axis of tenfolds, in bits per byte.
const LOSSES: [f64; 15] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0];

/// What the loss is drawn over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Over {
    Compute,
    Parameters,
    Tokens,
}

impl Over {
    pub fn named(name: &str) -> Self {
        match name {
            "parameters" => Self::Parameters,
            "tokens" => Self::Tokens,
            _ => Self::Compute,
        }
    }

    fn of_run(self, run: &ScalingRun, count: Count) -> f64 {
        match self {
            Self::Compute => run.flops,
            Self::Parameters => run.size(count),
            Self::Tokens => run.tokens as f64,
        }
    }

    fn frontier(self, fits: &ScalingFits) -> Option<&Frontier> {
        let law = match self {
            Self::Compute => &fits.over_compute,
            Self::Parameters => &fits.over_parameters,
            Self::Tokens => &fits.over_tokens,
        };
        law.as_ref().ok()
    }
}

/// A run that was foretold before it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Foretold {
    /// The day, if it was made in advance.
    pub made: Option<String>,
    /// What the visitor expected, in bits per byte.
    pub guess: Option<f64>,
    pub prediction: Prediction,
    pub planned: PlannedRun,
    /// What became of it.
    pub run: Option<ScalingRun>,
}

impl Foretold {
    /// What was foretold, and by how much it was missed.
    pub fn said(&self) -> String {
        let Self { made, guess, prediction, planned, run } = self;
        let who = made.as_ref().map_or_else(|| "Yours, locked".into(), |day| format!("In advance, on {day}"));
        let size = format!("{} that reads {} tokens", parameters(planned.parameters), format::amount(planned.tokens));
        let per_nat = prediction.bits_per_byte / prediction.loss;
        let within = prediction.interval.map_or(String::new(), |of| format!(" ({})", between(of, |nats| bits(nats * per_nat))));
        let law = format!("the law says {} bits per byte{within}", bits(prediction.bits_per_byte));
        let you = guess.map_or(String::new(), |guess| format!(", you say {}", bits(guess)));
        let came = run.as_ref().map_or(String::new(), |run| {
            let yours = guess.map_or(String::new(), |guess| format!(", and {} than you did", off(run.bits_per_byte / guess - 1.0)));
            let miss = off(prediction.miss(run.nats));
            format!(" It came to {}: {miss} than the law said{yours}.", bits(run.bits_per_byte))
        });
        format!("{who}, for {size}: {law}{you}.{came}")
    }
}

/// By how much a loss is off, as a share.
fn off(share: f64) -> String {
    format!("{} {}", format::percent(share.abs()), if share < 0.0 { "less" } else { "more" })
}

fn bits(bits: f64) -> String {
    format::fixed(bits, 3)
}

fn parameters(n: u64) -> String {
    format!("a model of {} parameters", format::amount(n))
}

fn between(interval: Interval, say: impl Fn(f64) -> String) -> String {
    format!("{} to {}", say(interval.low), say(interval.high))
}

/// An exponent and its interval: `0.457`, `0.437 to 0.473`.
pub fn exponent(value: f64, interval: Option<Interval>) -> [String; 2] {
    let say = |x| format::fixed(x, 3);
    [say(value), interval.map_or_else(|| "too few points for an interval".into(), |interval| between(interval, say))]
}

/// The same of a law, and how much of the losses it explains.
pub fn certainty(law: &PowerLaw) -> [String; 2] {
    let [value, interval] = exponent(law.exponent, law.exponent_interval);
    [value, format!("{interval} · R² {}", format::fixed(law.r_squared, 3))]
}

/// An amount of operations, parameters or tokens: `400 G`.
pub fn short(x: f64) -> String {
    format::prefixed(x, "").trim_end().into()
}

/// The runs that a chart shows, and how they are counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    pub baked: Vec<ScalingRun>,
    pub own: Vec<ScalingRun>,
    pub foretold: Vec<Foretold>,
}

impl Cloud {
    fn runs(&self) -> impl Iterator<Item = &ScalingRun> {
        self.baked.iter().chain(&self.own)
    }

    /// Bits per byte of a nat a token.
    fn per_nat(&self) -> f64 {
        let ratios: Vec<f64> = self.runs().map(|run| run.bits_per_byte / run.nats).collect();
        ratios.iter().sum::<f64>() / ratios.len().max(1) as f64
    }

    /// The law along the best runs, and where each prediction leads on from it.
    pub fn law(&self, over: Over, count: Count, fits: Option<&ScalingFits>) -> Lines {
        let per_nat = self.per_nat();
        let mut series = Vec::new();
        let frontier = fits.filter(|fits| fits.count == count).and_then(|fits| over.frontier(fits));
        if let Some(Frontier { points, law }) = frontier {
            series.push(Series { name: "law".into(), points: points.iter().map(|(x, _)| (*x, per_nat * law.at(*x))).collect() });
        }
        let made = || self.foretold.iter().filter_map(|foretold| foretold.run.as_ref());
        let mut points: Vec<(f64, f64)> = self.runs().chain(made()).map(|run| (over.of_run(run, count), run.bits_per_byte)).collect();
        points.extend(self.foretold.iter().map(|foretold| foretold.place(over, count)));
        if over == Over::Compute {
            series.extend(self.foretold.iter().map(Foretold::continued));
        }
        let stops = frontier.map_or_else(Vec::new, |frontier| frontier.points.iter().map(|(x, _)| *x).collect());
        points.extend(series.iter().flat_map(|series| &series.points));
        Lines { lit: frontier.map(|_| 0), stops, ..chart(series, &points) }
    }

    /// The best run at a stop of [`Cloud::law`], in words; without one the best of all.
    pub fn best(&self, lines: &Lines, at: Option<usize>, over: Over, count: Count) -> String {
        let stop = at.or(lines.stops.len().checked_sub(1)).and_then(|at| lines.stops.get(at).copied());
        let there = self.runs().filter(|run| stop.is_none_or(|stop| (over.of_run(run, count) / stop - 1.0).abs() < 1e-9));
        let Some(run) = there.min_by(|a, b| a.nats.total_cmp(&b.nats)) else { return String::new() };
        let law = lines.lit.and_then(|lit| lines.series[lit].points.iter().find(|(x, _)| Some(*x) == stop));
        let law = law.map_or(String::new(), |(_, loss)| format!(" (the law says {})", bits(*loss)));
        let (size, read, flops) = (run.size(count) as u64, format::amount(run.tokens), short(run.flops));
        format!(
            "The best there is {} on {read} tokens, {flops} operations: {} bits per byte{law}.",
            parameters(size),
            bits(run.bits_per_byte)
        )
    }

    /// A curve for each budget, the line through their bottoms, and the best sizes by the formula.
    pub fn valleys(&self, count: Count, fits: Option<&ScalingFits>) -> Lines {
        let per_nat = self.per_nat();
        let fits = fits.filter(|fits| fits.count == count);
        let all = fits.and_then(|fits| fits.isoflop.as_ref().ok()).map_or(&[][..], |isoflop| &isoflop.valleys);
        let curve = |valley: &Valley| {
            let points = sampled(valley.from, valley.to, |size| per_nat * valley.at(size));
            Series { name: short(valley.flops), points }
        };
        let mut series: Vec<Series> = all.iter().map(curve).collect();
        let mut lit = None;
        if let Some(parametric) = fits.and_then(|fits| fits.parametric.as_ref().ok()) {
            let best = |valley: &Valley| {
                let (size, tokens) = parametric.optimum(valley.flops);
                (size, per_nat * parametric.at(size, tokens))
            };
            series.push(Series { name: "L(N, D)".into(), points: all.iter().map(best).collect() });
        }
        let bottoms = bottoms(all, per_nat);
        let stops = bottoms.iter().map(|(size, _)| *size).collect();
        if !bottoms.is_empty() {
            lit = Some(series.len());
            series.push(Series { name: "best".into(), points: bottoms });
        }
        let mut points: Vec<(f64, f64)> = self.runs().map(|run| (run.size(count), run.bits_per_byte)).collect();
        points.extend(series.iter().flat_map(|series| &series.points));
        Lines { lit, stops, ..chart(series, &points) }
    }

    /// The marks of some of the runs in a chart, as a path of lines without length: their round ends are the points.
    pub fn points(&self, lines: &Lines, over: Over, count: Count, which: &str) -> String {
        let of = |runs: &[ScalingRun]| dots(lines, runs.iter().map(|run| (over.of_run(run, count), run.bits_per_byte)));
        match which {
            "own" => of(&self.own),
            "baked" => of(&self.baked),
            _ => of(&self.foretold.iter().filter_map(|foretold| foretold.run.clone()).collect::<Vec<_>>()),
        }
    }

    /// The same for the best runs, which the law goes along.
    pub fn best_points(&self, lines: &Lines, over: Over, fits: Option<&ScalingFits>) -> String {
        let per_nat = self.per_nat();
        let points = fits.and_then(|fits| over.frontier(fits)).map_or(&[][..], |frontier| &frontier.points);
        dots(lines, points.iter().map(|(x, nats)| (*x, per_nat * nats)))
    }

    /// Where predictions are marked.
    pub fn marks(&self, over: Over, count: Count) -> Vec<(f64, f64)> {
        self.foretold.iter().map(|foretold| foretold.place(over, count)).collect()
    }

    /// All runs, one a line.
    pub fn csv(&self) -> String {
        let mut text = String::from("made,width,layers,parameters,non_embedding,tokens,flops,batch,lr,seed,bits_per_byte,nats,seconds\n");
        let plain = |x: f64, decimals| format::fixed(x, decimals).replace(',', "");
        for (made, runs) in [("in advance", &self.baked), ("here", &self.own)] {
            for run in runs {
                let whole = [
                    run.width.into(),
                    run.layers.into(),
                    run.parameters,
                    run.non_embedding,
                    run.tokens,
                    run.flops as u64,
                    run.batch.into(),
                ];
                let whole = whole.map(|n: u64| n.to_string()).join(",");
                let measured = [run.bits_per_byte, run.nats, run.seconds].map(|x| plain(x, 6)).join(",");
                text += &format!("{made},{whole},{},{},{measured}\n", plain(run.lr.into(), 6), run.seed);
            }
        }
        text
    }
}

impl Foretold {
    /// Where the prediction lies, the model and its text being those that were planned.
    fn place(&self, over: Over, count: Count) -> (f64, f64) {
        let Self { prediction, planned, .. } = self;
        let size = if count == Count::Total { planned.parameters } else { planned.non_embedding };
        let x = match over {
            Over::Compute => prediction.flops,
            Over::Parameters => size as f64,
            Over::Tokens => planned.tokens as f64,
        };
        (x, prediction.bits_per_byte)
    }

    /// The law that it follows, from what it was fitted to, to where it was led on.
    fn continued(&self) -> Series {
        let Prediction { frontier, flops, loss, bits_per_byte, .. } = &self.prediction;
        let first = frontier.points.first().map_or(*flops, |(x, _)| *x);
        let points = sampled(first, *flops, |x| bits_per_byte / loss * frontier.law.at(x));
        Series { name: if self.made.is_some() { "foretold" } else { "yours" }.into(), points }
    }
}

/// A curve between two x, so finely that it is smooth to the eye on a logarithmic axis.
fn sampled(from: f64, to: f64, at: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    const PIECES: u32 = 24;
    let axis = Axis { from, to, log: true };
    (0..=PIECES).map(|i| axis.value(f64::from(i) / f64::from(PIECES))).map(|x| (x, at(x))).collect()
}

/// The bottoms that lie between the sizes that were tried.
fn bottoms(valleys: &[Valley], per_nat: f64) -> Vec<(f64, f64)> {
    valleys.iter().filter(|valley| valley.inside).map(|valley| (valley.parameters, per_nat * valley.loss)).collect()
}

fn dots(lines: &Lines, points: impl Iterator<Item = (f64, f64)>) -> String {
    points.map(|(x, y)| path([(lines.x.place(x), lines.y.place(y)); 2].into_iter())).collect()
}

/// Double logarithmic axes around `points`.
fn chart(series: Vec<Series>, points: &[(f64, f64)]) -> Lines {
    let [x, y] = [(0, 1.25), (1, 1.06)].map(|(side, margin)| {
        let values = || points.iter().map(move |point| if side == 0 { point.0 } else { point.1 }).filter(|value| value.is_finite());
        let [low, high] = [values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max)];
        // Nothing to show yet: any axis does.
        if high > 0.0 { Axis { from: low / margin, to: high * margin, log: true } } else { Axis { from: 1.0, to: 2.0, log: true } }
    });
    let has_points = !points.is_empty();
    let y_ticks = LOSSES.into_iter().filter(|loss| (y.from..=y.to).contains(loss));
    Lines {
        series,
        lit: None,
        x,
        y,
        x_ticks: if has_points { x.ticks(6).into_iter().map(|tick| (tick, short(tick))).collect() } else { vec![] },
        y_ticks: if has_points { y_ticks.map(|loss| (loss, format::significant(loss, 2))).collect() } else { vec![] },
        chance: None,
        fall: None,
        stops: vec![],
    }
}

/// What a plan has left, after the runs that were made and those that diverged.
pub fn left(plan: &[PlannedRun], made: &[ScalingRun], diverged: &[PlannedRun]) -> Vec<PlannedRun> {
    let is_made = |run: &PlannedRun| {
        let alike = |other: &ScalingRun| (other.parameters, other.tokens, other.seed) == (run.parameters, run.tokens, run.spec.seed);
        made.iter().any(alike) || diverged.contains(run)
    };
    plan.iter().filter(|run| !is_made(run)).cloned().collect()
}

/// What runs of so many (operations, parameters) take here, in seconds: as long as those of about their size did in advance, times
/// how much slower those were that have been made here.
pub fn seconds(runs: &[(f64, u64)], Cloud { baked, own, .. }: &Cloud) -> f64 {
    let in_advance = |(flops, parameters): (f64, u64)| {
        let far = |run: &&ScalingRun| (run.parameters as f64 / parameters as f64).ln().abs();
        let nearest = baked.iter().filter(|run| run.seconds > 0.0).min_by(|a, b| far(a).total_cmp(&far(b)));
        flops / nearest.map_or(ASSUMED, |run| run.flops / run.seconds)
    };
    let slower = match own.iter().map(|run| in_advance((run.flops, run.parameters))).sum::<f64>() {
        0.0 => SLOWER,
        expected => own.iter().map(|run| run.seconds).sum::<f64>() / expected,
    };
    slower * runs.iter().map(|run| in_advance(*run)).sum::<f64>()
}

#[cfg(test)]
mod tests;
