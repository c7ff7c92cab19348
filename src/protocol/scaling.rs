//! What the page and the worker exchange about scaling laws: the sweep that is asked for, its runs, and what was fitted to them.
//!
//! Losses are in nats a token on the held-out text, parameters and tokens are counts, compute is the floating-point operations of
//! training in all, the output layer counted (Porian et al. 2024, arXiv:2406.19146). Intervals are of 95 %.

use serde::{Deserialize, Serialize};

use crate::spec::{Mixture, RunSpec, TextChoice};

/// A finished run as the laws see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingRun {
    pub width: u32,
    pub layers: u32,
    /// Parameters, the embeddings among them.
    pub parameters: u64,
    /// Parameters without the embeddings.
    pub non_embedding: u64,
    /// D: tokens trained on.
    pub tokens: u64,
    /// C: floating-point operations of training.
    pub flops: f64,
    /// Sequences a step.
    pub batch: u32,
    /// Peak learning rate.
    pub lr: f32,
    pub seed: u32,
    /// Held-out loss at the end, twice: it does not depend on the tokenizer in this unit …
    pub bits_per_byte: f64,
    /// … and the laws are fitted to it in nats a token.
    pub nats: f64,
    /// Seconds of training.
    pub seconds: f64,
}

impl ScalingRun {
    /// N, counted as asked.
    pub fn size(&self, count: Count) -> f64 {
        match count {
            Count::Total => self.parameters as f64,
            Count::NonEmbedding => self.non_embedding as f64,
        }
    }
}

/// What N counts. The exponents depend on it, most of all for small models (Pearce & Song 2024, arXiv:2406.12907).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// All parameters, as Hoffmann et al. 2022 count.
    Total,
    /// All but the embeddings, as Kaplan et al. 2020 count.
    NonEmbedding,
}

/// A sweep: several sizes of model at each of several budgets of compute, the runs otherwise alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SweepSpec {
    /// What all runs share: text, tokenizer, context, optimizer. Shape, length, batch and learning rate are the plan's.
    pub base: RunSpec,
    /// Compute of a run at each budget.
    pub budgets: Vec<f64>,
    /// Sizes at each budget.
    pub sizes: u32,
    /// Sizes lie between the expected best one divided and multiplied by this.
    pub spread: f64,
    /// Channels of the narrowest and of the widest model.
    pub min_width: u32,
    pub max_width: u32,
    /// The whole sweep is run once a seed.
    pub seeds: Vec<u32>,
    /// Parameters in all of the best model expected at 1e12 FLOPs, and the exponent b of N* ∝ C^b.
    pub best_size: f64,
    pub size_exponent: f64,
    /// A run has at least so many steps if its batch can be cut to give them, …
    pub min_steps: u32,
    /// … and at most so many sequences a step.
    pub max_batch: u32,
    /// The peak learning rate is min(`max_lr`, `lr_times_width` / width).
    pub max_lr: f32,
    pub lr_times_width: f32,
    /// Share of the steps over which the learning rate rises.
    pub warmup: f32,
}

impl Default for SweepSpec {
    fn default() -> Self {
        Self {
            base: RunSpec {
                text: TextChoice::World,
                // Of the same kind as what it is held out against.
                mixture: Mixture::GENERAL,
                context: Some(128),
                final_lr: 0.0,
                // At the end alone.
                validate_every: 100_000,
                ..RunSpec::default()
            },
            budgets: vec![2e10, 2e11, 2e12],
            sizes: 5,
            spread: 3.0,
            min_width: 8,
            max_width: 256,
            seeds: vec![1],
            best_size: 100_000.0,
            size_exponent: 0.54,
            min_steps: 1000,
            max_batch: 16,
            max_lr: 0.01,
            lr_times_width: 0.256,
            warmup: 0.05,
        }
    }
}

impl SweepSpec {
    /// The small end alone, for a slow device: an eighth of the compute. Its budgets keep away from those of other sweeps, so that
    /// no valley is made of two.
    pub fn small() -> Self {
        Self { budgets: vec![2e10, 7e10, 2e11], ..Self::default() }
    }
}

/// A run that has yet to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedRun {
    pub spec: RunSpec,
    pub parameters: u64,
    pub non_embedding: u64,
    /// D: tokens that it will train on.
    pub tokens: u64,
    /// C: floating-point operations that it will take.
    pub flops: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// y = E + a · x^(b + c · ln x): a power law if c is 0, a parabola on double logarithmic paper else.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PowerLaw {
    /// E: what no x takes away; 0 unless it was asked for.
    pub offset: f64,
    /// a.
    pub scale: f64,
    /// b.
    pub exponent: f64,
    /// c.
    pub bend: f64,
    /// `None` where there are too few points to tell.
    pub exponent_interval: Option<Interval>,
    /// Share of the variance of ln y that the law explains.
    pub r_squared: f64,
}

impl PowerLaw {
    pub fn at(&self, x: f64) -> f64 {
        self.offset + self.scale * x.powf(self.exponent + self.bend * x.ln())
    }
}

/// L(N, D) = E + A / N^α + B / D^β (Hoffmann et al. 2022, arXiv:2203.15556, equation 2), and what N costs: C = κ · N^γ · D.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parametric {
    pub e: f64,
    pub a: f64,
    pub b: f64,
    pub alpha: f64,
    pub beta: f64,
    /// About 6, and γ about 1, where N counts all parameters (Kaplan et al. 2020, section 2.1).
    pub kappa: f64,
    pub gamma: f64,
    /// Share of the variance of ln L that the law explains.
    pub r_squared: f64,
    /// Of the exponent of N* ∝ C^b.
    pub size_exponent_interval: Option<Interval>,
}

impl Parametric {
    /// L(N, D).
    pub fn at(&self, parameters: f64, tokens: f64) -> f64 {
        self.e + self.a * parameters.powf(-self.alpha) + self.b * tokens.powf(-self.beta)
    }

    /// b in N* ∝ C^b: β / (α + γβ).
    pub fn size_exponent(&self) -> f64 {
        self.beta / (self.alpha + self.gamma * self.beta)
    }

    /// N* and D* that make L least at `flops`: where the derivative of L(N, C / (κ N^γ)) by N is 0 (with κ = 6 and γ = 1 this is
    /// Hoffmann's equation 4).
    pub fn optimum(&self, flops: f64) -> (f64, f64) {
        let per_nat = self.alpha + self.gamma * self.beta;
        let balance = self.alpha * self.a / (self.beta * self.gamma * self.b);
        let parameters = (balance * (flops / self.kappa).powf(self.beta)).powf(1.0 / per_nat);
        (parameters, flops / (self.kappa * parameters.powf(self.gamma)))
    }
}

/// Runs of one budget, and the parabola of the loss over ln N through them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Valley {
    /// C: the runs' mean.
    pub flops: f64,
    /// N* at the bottom.
    pub parameters: f64,
    /// D* there.
    pub tokens: f64,
    /// L* there.
    pub loss: f64,
    /// Loss = L* + `curvature` · (ln N − ln N*)².
    pub curvature: f64,
    /// The N between which the parabola was fitted.
    pub from: f64,
    pub to: f64,
    /// Whether the bottom is one, and lies between them.
    pub inside: bool,
}

impl Valley {
    /// The parabola at N.
    pub fn at(&self, parameters: f64) -> f64 {
        self.loss + self.curvature * (parameters / self.parameters).ln().powi(2)
    }
}

/// The valleys of all budgets that have three sizes, by rising compute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsoFlop {
    pub valleys: Vec<Valley>,
    /// The lines through those that lie inside, or why there are none.
    pub optimal: Result<ComputeOptimal, String>,
}

/// The best size and amount of text over compute, N*(C) and D*(C).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComputeOptimal {
    pub parameters: PowerLaw,
    pub tokens: PowerLaw,
}

impl ComputeOptimal {
    /// N* and D* at `flops`.
    pub fn at(&self, flops: f64) -> (f64, f64) {
        (self.parameters.at(flops), self.tokens.at(flops))
    }
}

/// Where a law of the loss over compute is led along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// The bottoms of the valleys: each rests on all runs of its budget.
    Valleys,
    /// The runs that none of at most their compute beats.
    BestRuns,
    /// The bottoms of the last three valleys, and how their line bends: for losses that fall by no one power law.
    LastValleys,
}

/// The least loss reached over N, D or C, and the power law along it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frontier {
    /// (N, D or C; loss), by rising N, D or C.
    pub points: Vec<(f64, f64)>,
    pub law: PowerLaw,
}

/// The loss foretold for a run that nobody has made. It follows from the runs before it alone, so it can be kept as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub along: Along,
    pub frontier: Frontier,
    /// The new run's compute.
    pub flops: f64,
    /// Its loss.
    pub loss: f64,
    /// What the noise of runs leaves open; that the law goes on as it began is taken for granted.
    pub interval: Option<Interval>,
    /// The same in bits per byte, at the runs' own ratio of the two units.
    pub bits_per_byte: f64,
}

impl Prediction {
    /// By how much a loss missed it, as a share: above 0 where the run came out worse.
    pub fn miss(&self, loss: f64) -> f64 {
        loss / self.loss - 1.0
    }
}

/// All that can be said about some runs; a sentence where it cannot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingFits {
    pub count: Count,
    pub over_parameters: Result<Frontier, String>,
    pub over_tokens: Result<Frontier, String>,
    pub over_compute: Result<Frontier, String>,
    pub isoflop: Result<IsoFlop, String>,
    pub parametric: Result<Parametric, String>,
}
