//! Runs for scaling laws: one small model after the other, each trained to its end.

use std::f64::consts::LN_2;
use std::rc::Rc;

use super::Figures;
use crate::platform::{now, yield_now};
use crate::protocol::figures::{Answer, Progress};
use crate::protocol::scaling::{PlannedRun, ScalingRun};
use crate::spec::{RunSpec, TextChoice};
use crate::worker::message::{Problem, Sink};
use crate::worker::prepare::{Prepared, Text, prepare};
use crate::worker::source::{endless, starter};
use crate::worker::trainer::{self, Trainer, Trouble};

/// Milliseconds between two words on how far it is.
const TELL: f64 = 250.0;

/// Makes the runs one after the other. One that diverges is told, and the others go on.
///
/// # Errors
/// What cannot be trained, as a sentence.
pub async fn train(figures: &Figures, runs: Vec<PlannedRun>, say: &impl Fn(Answer)) -> Result<(), String> {
    let in_all: f64 = runs.iter().map(|run| run.flops).sum();
    let (begun, mut before) = (now(), 0.0);
    let mut known: Option<Rc<Prepared>> = None;
    for run in runs {
        let name = format!("{} parameters on {} tokens", run.parameters, run.tokens);
        let told = |done: f64| {
            let (done, spent) = ((before + done * run.flops) / in_all, (now() - begun) / 1000.0);
            let left = if done > 0.01 { Some((spent / done - spent) as f32) } else { None };
            say(Answer::Progress(Progress { what: name.clone(), done: done as f32, seconds_left: left }));
        };
        told(0.0);
        let prepared = prepared(known.take(), &run.spec).await.map_err(|problem| problem.message)?;
        match one(figures, &run, &prepared, &told).await {
            Ok(measured) => say(Answer::Ran(measured)),
            Err(Stop::Diverged) => say(Answer::Diverged(run.clone())),
            Err(Stop::Problem(message)) => return Err(message),
        }
        before += run.flops;
        known = Some(prepared);
    }
    Ok(())
}

/// Why a run has no result.
enum Stop {
    Diverged,
    Problem(String),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem.message)
    }
}

async fn one(figures: &Figures, run: &PlannedRun, prepared: &Rc<Prepared>, told: &impl Fn(f64)) -> Result<ScalingRun, Stop> {
    let (executors, spec) = (&figures.executors, &run.spec);
    let executor = executors.choose(spec.executor)?;
    let mut trainer = Trainer::new(executors, String::new(), spec.clone(), Rc::clone(prepared), executor).await?;
    let silent = Sink::new(|_, _| ());
    trainer.clock.start();
    let mut last = now();
    loop {
        match trainer.advance(&silent).await {
            Ok(trainer::Progress::More) => {}
            Ok(trainer::Progress::Finished) => break,
            Err(Trouble::Diverged(_)) => return Err(Stop::Diverged),
            Err(Trouble::Engine(error)) => {
                return Err(Stop::Problem(format!("{error} What was measured before stands: run the rest again.")));
            }
        }
        if now() - last > TELL {
            told(f64::from(trainer.step()) / f64::from(spec.steps));
            last = now();
        }
        yield_now().await;
    }
    let seconds = trainer.clock.seconds();
    let bits_per_byte = trainer.info.history.validations.last().map_or(f64::NAN, |validation| validation.bits_per_byte.into());
    let data = &prepared.data;
    let bytes_per_token = data.bytes(&data.validation) as f64 / data.validation.len().max(1) as f64;
    let config = &trainer.info.model;
    Ok(ScalingRun {
        width: config.width,
        layers: config.layers,
        parameters: run.parameters,
        non_embedding: run.non_embedding,
        tokens: run.tokens,
        flops: run.flops,
        batch: spec.batch,
        lr: spec.lr,
        seed: spec.seed,
        bits_per_byte,
        nats: bits_per_byte * LN_2 * bytes_per_token,
        seconds,
    })
}

/// The text as a run reads it: what the run before had, if it serves this one too.
async fn prepared(known: Option<Rc<Prepared>>, spec: &RunSpec) -> Result<Rc<Prepared>, Problem> {
    if let Some(known) = known.filter(|known| known.text.summary.choice == spec.text && known.serves(&known.text, spec)) {
        return Ok(known);
    }
    let text: Text = if spec.text == TextChoice::World { endless().await? } else { starter().await? };
    Ok(Rc::new(prepare(Rc::new(text), spec, None, &Sink::new(|_, _| ())).await?))
}
