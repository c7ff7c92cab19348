//! `headless scaling [SPEC]`: the runs of a sweep, and what can be fitted to them.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use super::exam::figures;
use crate::protocol::figures::{Answer, Question};
use crate::protocol::scaling::{Count, Interval, ScalingFits, ScalingRun, SweepSpec};
use crate::stages::scaling::{Offset, fit};

/// Does what the arguments after `scaling` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(parser: &mut lexopt::Parser) -> Result<(), String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let (mut spec, mut out) = (None, None);
    while let Some(argument) = parser.next().map_err(hint)? {
        match argument {
            Long("out") => out = Some(PathBuf::from(parser.value().map_err(hint)?)),
            Value(value) if spec.is_none() => spec = Some(PathBuf::from(value)),
            other => return Err(hint(other.unexpected())),
        }
    }
    let sweep = spec.map_or_else(|| Ok(SweepSpec::default()), |path| read(&path))?;
    let runs = runs(sweep)?;
    let fits = [Count::Total, Count::NonEmbedding].map(|count| fit(&runs, count, Offset::Zero));
    fits.iter().for_each(tell);
    out.map_or(Ok(()), |folder| save(&folder, &runs, &fits))
}

/// What a sweep usually is, as the beginning of a spec.
pub fn usual() -> String {
    let SweepSpec { budgets, sizes, seeds, .. } = SweepSpec::default();
    let budgets: Vec<String> = budgets.iter().map(|budget| format!("{budget:e}")).collect();
    format!("{{\"budgets\": [{}], \"sizes\": {sizes}, \"seeds\": {seeds:?}}}", budgets.join(", "))
}

fn read(path: &Path) -> Result<SweepSpec, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{} is not the spec of a sweep: {error}.", path.display()))
}

/// Makes the runs of a sweep, and prints each as it ends.
fn runs(sweep: SweepSpec) -> Result<Vec<ScalingRun>, String> {
    let runs = RefCell::new(Vec::new());
    let take = |answer| match answer {
        Answer::Ran(run) => {
            say!(
                "{} parameters ({} without embeddings), {} tokens, {:.2e} operations: {:.4} bits per byte, {:.4} nats a token, {:.0} s",
                run.parameters,
                run.non_embedding,
                run.tokens,
                run.flops,
                run.bits_per_byte,
                run.nats,
                run.seconds
            );
            runs.borrow_mut().push(run);
        }
        Answer::Diverged(run) => say!("{} parameters, {} tokens: the loss left all bounds", run.parameters, run.tokens),
        _ => {}
    };
    pollster::block_on(async { figures().await.answer(Question::Sweep { sweep }, take).await })?;
    Ok(runs.into_inner())
}

fn tell(fits: &ScalingFits) {
    let within = |interval: Option<Interval>| interval.map_or(String::new(), |Interval { low, high }| format!(" ({low:.4} to {high:.4})"));
    say!("\nN counts {}", if fits.count == Count::Total { "all parameters" } else { "all parameters but the embeddings" });
    for (x, law) in [("N", &fits.over_parameters), ("D", &fits.over_tokens), ("C", &fits.over_compute)] {
        match law.as_ref().map(|frontier| frontier.law) {
            Ok(law) => say!("L ∝ {x}^{:.4}{}, R² {:.4}", law.exponent, within(law.exponent_interval), law.r_squared),
            Err(reason) => say!("{x}: {reason}"),
        }
    }
    match fits.isoflop.as_ref().map(|isoflop| (&isoflop.valleys, &isoflop.optimal)) {
        Ok((valleys, optimal)) => {
            for valley in valleys {
                let inside = if valley.inside { "" } else { ", outside of what was tried" };
                let (size, tokens, loss) = (valley.parameters, valley.tokens, valley.loss);
                say!("valley at {:.2e} operations: {size:.0} parameters, {tokens:.0} tokens, {loss:.4} nats{inside}", valley.flops);
            }
            match optimal {
                Ok(optimal) => {
                    for (x, law) in [("N*", optimal.parameters), ("D*", optimal.tokens)] {
                        say!("{x} ∝ C^{:.4}{}", law.exponent, within(law.exponent_interval));
                    }
                }
                Err(reason) => say!("{reason}"),
            }
        }
        Err(reason) => say!("{reason}"),
    }
    match &fits.parametric {
        Ok(law) => say!(
            "L = {:.4} + {:.4} / N^{:.4} + {:.4} / D^{:.4}, R² {:.4}; N* ∝ C^{:.4}{}",
            law.e,
            law.a,
            law.alpha,
            law.b,
            law.beta,
            law.r_squared,
            law.size_exponent(),
            within(law.size_exponent_interval)
        ),
        Err(reason) => say!("{reason}"),
    }
}

fn save(folder: &Path, runs: &[ScalingRun], fits: &[ScalingFits]) -> Result<(), String> {
    let unwritable = |error| format!("{} cannot be written: {error}.", folder.display());
    fs::create_dir_all(folder).map_err(unwritable)?;
    fs::write(folder.join("runs.json"), serde_json::to_vec_pretty(runs).unwrap_or_default()).map_err(unwritable)?;
    fs::write(folder.join("fits.json"), serde_json::to_vec_pretty(fits).unwrap_or_default()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_help_says_is_what_is_made() {
        let said: SweepSpec = serde_json::from_str(&usual()).unwrap();
        assert_eq!(said, SweepSpec::default());
        assert_eq!(said.budgets, [2e10, 2e11, 2e12]);
    }
}
