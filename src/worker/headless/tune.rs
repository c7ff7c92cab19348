//! `headless tune [SPEC]`: instruction tuning, as the chapter does it.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use super::exam::{figures, opened};
use crate::protocol::models::Which;
use crate::protocol::post_training::Answer;
use crate::protocol::tuning::{Graded, Kind, Split, Start, TaskExam, TuneSpec};
use crate::worker::export;
use crate::worker::post_training::tune;

/// Does what the arguments after `tune` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(parser: &mut lexopt::Parser) -> Result<(), String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let (mut spec, mut from, mut pairs, mut out) = (None::<PathBuf>, None, None::<PathBuf>, PathBuf::from("out"));
    while let Some(argument) = parser.next().map_err(hint)? {
        match argument {
            Long("from") => from = Some(parser.value().and_then(|value| value.string()).map_err(hint)?),
            Long("pairs") => pairs = Some(parser.value().map_err(hint)?.into()),
            Long("out") => out = parser.value().map_err(hint)?.into(),
            Value(value) if spec.is_none() => spec = Some(value.into()),
            other => return Err(hint(other.unexpected())),
        }
    }
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()));
    let mut spec: TuneSpec = match spec {
        Some(path) => serde_json::from_str(&read(&path)?).map_err(|error| format!("{} is not a spec: {error}.", path.display()))?,
        None => TuneSpec::default(),
    };
    if let Some(path) = pairs {
        spec.own.extend(crate::tasks::pairs::from_jsonl(&read(&path)?).map_err(|reason| format!("{}: {reason}", path.display()))?);
    }
    let lines = RefCell::new(Vec::new());
    let hear = |answer: Answer| {
        let line = match &answer {
            Answer::TuneSteps(steps) => steps.iter().map(|step| serde_json::to_string(&("step", step))).collect(),
            Answer::TaskExam(exam) => {
                say!("{}", table(exam));
                vec![serde_json::to_string(&("exam", exam))]
            }
            _ => Vec::new(),
        };
        lines.borrow_mut().extend(line.into_iter().flatten());
    };
    let tuned = pollster::block_on(async {
        let mut figures = figures().await;
        if let Some(model) = from {
            figures.run = Some(opened(&figures, Some(model)).await?);
            spec.start = match spec.start {
                Start::Model(_) => Start::Model(Which::Run),
                Start::Fresh(_) => Start::Fresh(Which::Run),
            };
        }
        tune(&figures, &spec, &hear).await
    })?;
    let save = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| format!("{} cannot be written: {error}.", path.display()))
    };
    for file in export::model(&tuned.card.config, &tuned.parameters, &tuned.tokenizer) {
        save(&format!("model/{}", file.name), &file.bytes)?;
    }
    let files = tuned.to_files();
    save("model/card.json", &files.card)?;
    save("model/model.safetensors", &files.weights)?;
    save("metrics.jsonl", (lines.into_inner().join("\n") + "\n").as_bytes())
}

/// An exam as lines of text.
pub fn table(TaskExam { pairs, tokens, graded, loss, answers }: &TaskExam) -> String {
    let share = |what: &dyn Fn(&Graded) -> u32, keep: &dyn Fn(&Graded) -> bool| {
        let all: Vec<&Graded> = graded.iter().filter(|graded| keep(graded)).collect();
        let of: u32 = all.iter().map(|graded| graded.of).sum();
        all.iter().map(|graded| what(graded)).sum::<u32>() as f64 / f64::from(of.max(1))
    };
    let right = |graded: &Graded| graded.right;
    let facts = |split: Split| share(&right, &|graded: &Graded| graded.kind.is_fact() && graded.split == split);
    let of = |kind: Kind, split: Split| share(&right, &|graded: &Graded| graded.kind == kind && graded.split == split);
    let shaped = |split: Split| share(&|graded| graded.shaped, &|graded: &Graded| graded.kind <= Kind::Describe && graded.split == split);
    let mut text = format!("{pairs} pairs, {tokens} tokens: loss {loss:.3} nats a token; sums {:.2}", of(Kind::Sum, Split::Subject));
    for (name, split) in [("shown", Split::Shown), ("new phrasing", Split::Phrasing), ("new subject", Split::Subject)] {
        let capitals = of(Kind::Capital, split);
        text += &format!("\n  {name}: shape {:.2}, facts right {:.2}, capitals {capitals:.2}", shaped(split), facts(split));
    }
    for (name, kind) in [("refused of harm", Kind::Harm), ("refused of look-alikes", Kind::LookAlike)] {
        text += &format!("\n  {name}:");
        for graded in graded.iter().filter(|graded| graded.kind == kind) {
            text += &format!(" {:?} {:.2}", graded.split, f64::from(graded.refused) / f64::from(graded.of));
        }
    }
    answers.iter().for_each(|answer| text += &format!("\n  > {}", answer.trim()));
    text
}
