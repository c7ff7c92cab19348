//! The headless runner: the session of the page, driven from a command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::local::{Client, with_session};
use super::message::{Attachment, Request};
use super::source::File as TextFile;
use crate::protocol::{Command, Event, GenerateRequest, Phase, RunInfo, TextSource};
use crate::spec::{ExecutorChoice, RunSpec, TextChoice};

const HELP: &str = "\
Trains as the page does, without the page.

  headless run [SPEC] [options]

SPEC is a JSON file with a run spec; what it leaves out has the usual value.

  --text FILE          text to train on, several times for several files; without it the built-in text
  --out DIR            where metrics.jsonl, samples.txt, the checkpoint and the model go (default: out)
  --executor gpu|cpu   overrides the spec
  --prompt TEXT        what the samples begin with (default: nothing)
  --resume DIR         goes on from the newest checkpoint that a run with --out DIR left
  --help               shows this
";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Arguments {
    spec: Option<PathBuf>,
    texts: Vec<PathBuf>,
    out: Option<PathBuf>,
    resume: Option<PathBuf>,
    executor: Option<ExecutorChoice>,
    prompt: String,
}

/// Does what the arguments (without the program's name) say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(arguments: impl Iterator<Item = OsString>) -> Result<(), String> {
    match parse(arguments)? {
        Some(arguments) => run(arguments),
        None => {
            print!("{HELP}");
            Ok(())
        }
    }
}

/// `None` asks for help.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Option<Arguments>, String> {
    use lexopt::prelude::*;
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut parsed = Arguments::default();
    let mut command = None;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    while let Some(argument) = parser.next().map_err(hint)? {
        match argument {
            Long("help") | Short('h') => return Ok(None),
            Long("text") => parsed.texts.push(parser.value().map_err(hint)?.into()),
            Long("out") => parsed.out = Some(parser.value().map_err(hint)?.into()),
            Long("resume") => parsed.resume = Some(parser.value().map_err(hint)?.into()),
            Long("prompt") => parsed.prompt = parser.value().and_then(|value| value.string()).map_err(hint)?,
            Long("executor") => {
                let value = parser.value().and_then(|value| value.string()).map_err(hint)?;
                let choice = serde_json::from_value(value.clone().into());
                parsed.executor = Some(choice.map_err(|_| format!("--executor takes auto, gpu or cpu, not “{value}”."))?);
            }
            Value(value) if command.is_none() => command = Some(value),
            Value(value) if parsed.spec.is_none() => parsed.spec = Some(value.into()),
            other => return Err(hint(other.unexpected())),
        }
    }
    match command {
        None => Ok(None),
        Some(command) if command == "run" => Ok(Some(parsed)),
        Some(command) => Err(format!("“{}” is not a command; see headless --help.", command.display())),
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let mut spec = match &arguments.spec {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
            serde_json::from_str(&text).map_err(|error| format!("{} is not a run spec: {error}.", path.display()))?
        }
        None => RunSpec::default(),
    };
    spec.executor = arguments.executor.unwrap_or(spec.executor);
    spec.text = if arguments.texts.is_empty() { TextChoice::Starter } else { TextChoice::Own };
    let out = Out::new(arguments.out.as_deref().unwrap_or(Path::new("out")))?;
    with_session(async |client| script(client, arguments, spec, out).await)
}

async fn script(mut client: Client, arguments: Arguments, spec: RunSpec, mut out: Out) -> Result<(), String> {
    if !arguments.texts.is_empty() {
        let attachments = arguments.texts.into_iter().map(|path| Attachment::File(TextFile(path))).collect();
        client.send(Request { command: Command::LoadText(TextSource::Files), attachments });
        client
            .until(|event, _| match event {
                Event::TextReady(_) => Some(Ok(())),
                Event::Refused { message, .. } => Some(Err(message)),
                _ => None,
            })
            .await
            .ok_or(GONE)??;
    }
    client.send(Command::Start { spec });
    client.until(|event, _| out.take_training(event)).await.ok_or(GONE)??;
    for (temperature, seed) in [(0.0, 0), (0.8, 1), (0.8, 2), (1.0, 3)] {
        let prompt = arguments.prompt.clone();
        let request = GenerateRequest { prompt, temperature, top_k: 0, top_p: 1.0, length: 200, stop: String::new(), seed };
        out.samples(&format!("--- temperature {temperature}\n"))?;
        client.send(Command::Generate { id: seed, request });
        client
            .until(|event, _| match event {
                Event::Generated { token, .. } => out.samples(&token.text).err().map(Err),
                Event::GenerationDone { .. } => Some(Ok(())),
                Event::Refused { message, .. } => Some(Err(message)),
                _ => None,
            })
            .await
            .ok_or(GONE)??;
        out.samples("\n\n")?;
    }
    Ok(())
}

const GONE: &str = "The session ended before its work was done.";

/// The files that a run leaves.
struct Out {
    directory: PathBuf,
    metrics: BufWriter<File>,
    samples: BufWriter<File>,
}

impl Out {
    fn new(directory: &Path) -> Result<Self, String> {
        let cannot = |error| format!("{} cannot be written: {error}.", directory.display());
        fs::create_dir_all(directory).map_err(cannot)?;
        let create = |name| File::create(directory.join(name)).map(BufWriter::new).map_err(cannot);
        Ok(Self { directory: directory.into(), metrics: create("metrics.jsonl")?, samples: create("samples.txt")? })
    }

    /// Writes and prints what a run says; the result when it has ended.
    fn take_training(&mut self, event: Event) -> Option<Result<(), String>> {
        let written = match event {
            Event::Steps(steps) => steps.iter().try_for_each(|step| self.metrics("step", step)),
            Event::Validation(validation) => {
                let (step, bits, seconds) = (validation.step, validation.bits_per_byte, validation.seconds);
                println!("step {step:6}  validation {bits:.4} bits/byte  {seconds:.1} s");
                self.metrics("validation", &validation)
            }
            Event::Run(info) => {
                println!("{}", summary(&info));
                self.metrics("run", &info)
            }
            Event::Speed(speed) => self.metrics("speed", &speed),
            Event::Note { message, .. } => {
                eprintln!("{message}");
                Ok(())
            }
            Event::Refused { message, .. } | Event::Phase(Phase::Failed { message }) => Err(message),
            Event::Phase(Phase::Finished) => return Some(self.metrics.flush().map_err(|error| self.cannot(&error))),
            _ => Ok(()),
        };
        written.err().map(Err)
    }

    fn metrics(&mut self, kind: &str, value: &impl Serialize) -> Result<(), String> {
        // Through text, not a JSON value, which would show each f32 in the digits of an f64.
        let line = serde_json::to_string(&BTreeMap::from([(kind, value)])).unwrap_or_default();
        writeln!(self.metrics, "{line}").map_err(|error| self.cannot(&error))
    }

    fn samples(&mut self, text: &str) -> Result<(), String> {
        print!("{text}");
        self.samples.write_all(text.as_bytes()).map_err(|error| self.cannot(&error))
    }

    fn cannot(&self, error: &std::io::Error) -> String {
        format!("{} cannot be written: {error}.", self.directory.display())
    }
}

fn summary(info: &RunInfo) -> String {
    let RunInfo { parameters, memory, train_tokens, validation_tokens, why, .. } = info;
    let mib = memory.div_ceil(1 << 20);
    format!("{parameters} parameters, {mib} MiB; {train_tokens} tokens to train on, {validation_tokens} held out. {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_all(arguments: &[&str]) -> Result<Option<Arguments>, String> {
        parse(arguments.iter().map(Into::into))
    }

    #[test]
    fn arguments_are_read() {
        let parsed = parse_all(&["run", "spec.json", "--text", "a.txt", "--text=b.txt", "--out", "o", "--executor", "cpu"]);
        let expected = Arguments {
            spec: Some("spec.json".into()),
            texts: vec!["a.txt".into(), "b.txt".into()],
            out: Some("o".into()),
            executor: Some(ExecutorChoice::Cpu),
            ..Arguments::default()
        };
        assert_eq!(parsed, Ok(Some(expected)));
        assert_eq!(parse_all(&["--help"]), Ok(None));
        assert_eq!(parse_all(&[]), Ok(None));
    }

    #[test]
    fn bad_arguments_are_refused_with_a_sentence() {
        assert_eq!(parse_all(&["walk"]), Err("“walk” is not a command; see headless --help.".into()));
        assert_eq!(parse_all(&["run", "--executor", "abacus"]), Err("--executor takes auto, gpu or cpu, not “abacus”.".into()));
        assert_eq!(parse_all(&["run", "--fast"]), Err("invalid option '--fast'; see headless --help.".into()));
    }
}
