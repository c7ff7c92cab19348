//! The headless runner: the session of the page, driven from a command line.

/// Prints a line, as `println!` does, but where nobody reads on (`headless … | head`) the work goes on.
macro_rules! say {
    ($($text:tt)*) => { $crate::worker::headless::print(&mut std::io::stdout(), format_args!("{}\n", format_args!($($text)*))) };
}

/// The same beside the results.
macro_rules! warn {
    ($($text:tt)*) => { $crate::worker::headless::print(&mut std::io::stderr(), format_args!("{}\n", format_args!($($text)*))) };
}

mod bake;
mod exam;
mod ngrams;
mod out;
mod scaling;
mod tune;
mod words;
mod world;

use std::ffi::OsString;
use std::fmt::Arguments as Text;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::checkpoint::Checkpoint;
use super::local::{Client, Places, with_session};
use super::message::{Attachment, Request};
use super::source::File as TextFile;
use super::storage::Storage;
use crate::protocol::models::Which;
use crate::protocol::{Command, Event, ExportKind, GenerateRequest, Phase, TextSource};
use crate::spec::{ExecutorChoice, RunSpec, TextChoice};
use out::Out;

fn help() -> String {
    format!(
        "\
Trains as the page does, without the page.

  headless pretrain [SPEC] [options]
  headless ngrams [--text FILE] [--words N] [--order N] [--unit UNIT] [--states K] [--wall] [--score TEXT] [--arpa FILE]
  headless ngrams --open FILE [--score TEXT]
  headless words [--text FILE] [--words N] [--dimensions D] [--window W] [--negative K] [--hierarchical] [--cbow] [--epochs E]
                 [--least COUNT] [--seed S] [--gpu] [--counts] [--near WORD] [--out FILE]
  headless words --open FILE [--near WORD]
  headless bake RECIPE... [--site DIR]
  headless bake --pack [--site DIR]
  headless scaling [SPEC] [--out DIR]
  headless tune [SPEC] [--from MODEL] [--pairs FILE] [--out DIR]
  headless exam MODEL [--probes N]
  headless chat MODEL PROMPT [--count N] [--length N] [--temperature T] [--seed S]
  headless world [--seed S] [--words N] [--genre GENRE] [--report] [--questions]

The command `pretrain` trains a transformer. SPEC is a JSON file with a run spec; what it leaves out has the usual value.

  --text FILE          text to train on, several times for several files; without it the built-in text
  --out DIR            where everything goes (default: out, or what --resume names): metrics.jsonl, samples.txt,
                       checkpoint.safetensors, model/ (a MODEL, which Hugging Face loads too), and runs/ with
                       checkpoints made on the way
  --executor gpu|cpu   overrides the spec
  --prompt TEXT        what the samples begin with (default: nothing)
  --resume DIR         goes on from the newest checkpoint that a run with --out DIR left
  --help               shows this

The command `ngrams` counts n-grams of up to N (5) words, pieces or characters of the text, or of N words (a million) of the
built-in world, compares the methods of smoothing on what it held out, and a hidden Markov model of K states, and writes the
modified Kneser–Ney model as an ARPA file. With --wall it tells how often each N up to that finds the right one of two words likelier,
with --score what each word of a sentence costs. With --open it asks the model of an ARPA file instead.

The command `words` trains word2vec on the text or on N words (a million) of the built-in world, with --gpu on a graphics card,
or with --counts factorises how often words stand together; tells for each relation that the world knows how often the vectors
find the fourth word of “a is to b as c is to d”; and writes the vectors in word2vec's text format. With --near it
tells the words nearest to one, with --open those of a file of word2vec.

The command `bake` makes what the pages find beside them, in DIR (www): a model from the spec of its run, or the answers to a
figure's question, as each RECIPE (a JSON file) says. With --pack it only packs all answers anew, for pages
whose types have changed.

The command `scaling` makes the runs of a sweep, several sizes of model at each of several budgets of compute, prints the loss of
each and the laws fitted to them, and writes both into DIR as runs.json and fits.json. SPEC is a JSON file with a sweep; what it
leaves out has the usual value: {}.

The command `tune` teaches MODEL (base) to answer, from demonstrations of the built-in tasks and from those in FILE (JSON lines with
prompt and completion, or with messages), prints how it does on prompts that were held out, and writes metrics.jsonl and model/ into
DIR (out). SPEC is a JSON file; what it leaves out has the usual value.

The command `exam` measures a MODEL (a folder with card.json, model.safetensors and tokenizer.json, or the name of one made in
advance) and prints JSON: what it knows, what it does when it is asked, agreement over N (500) probes of a kind at each distance,
and how often a head of attention finds the noun that decides. The command `chat` lets it go on from a prompt.

The command `world` prints the built-in text, a million words if --words does not say how many, with --report what it amounts to,
or with --questions “a is to b as c is to d” for each relation that the world knows, in the format of word2vec's questions-words.txt.",
        scaling::usual()
    )
}

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

/// Why something could not be printed; the work goes on, and this is said at its end.
static UNPRINTED: OnceLock<String> = OnceLock::new();

/// Writes to an output that may be closed, which is no reason to end the work.
fn print(to: &mut impl Write, text: Text) {
    match to.write_fmt(text).and_then(|()| to.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            UNPRINTED.get_or_init(|| format!("Not all could be printed: {error}."));
        }
        _ => {}
    }
}

/// Refuses an option that would do nothing beside `chosen`, of those that are `given`.
fn refuse(given: &[String], chosen: &str, does_nothing: impl Fn(&str) -> bool) -> Result<(), String> {
    let is_chosen = given.iter().any(|name| name == chosen);
    match given.iter().find(|name| *name != chosen && does_nothing(name)) {
        Some(other) if is_chosen => Err(format!("--{other} does nothing beside --{chosen}: leave out one of the two.")),
        _ => Ok(()),
    }
}

/// Says why nothing came of it.
pub fn complain(message: &str) {
    warn!("{message}");
}

/// Does what the arguments (without the program's name) say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(arguments: impl Iterator<Item = OsString>) -> Result<(), String> {
    obey(arguments)?;
    UNPRINTED.get().map_or(Ok(()), |reason| Err(reason.clone()))
}

fn obey(arguments: impl Iterator<Item = OsString>) -> Result<(), String> {
    let mut arguments = arguments.peekable();
    if arguments.next_if(|first| first == "world").is_some() {
        return world::main(&mut lexopt::Parser::from_args(arguments));
    }
    if arguments.next_if(|first| first == "words").is_some() {
        return words::main(&mut lexopt::Parser::from_args(arguments));
    }
    if arguments.next_if(|first| first == "ngrams").is_some() {
        return ngrams::main(&mut lexopt::Parser::from_args(arguments));
    }
    if arguments.next_if(|first| first == "bake").is_some() {
        return bake::main(&mut lexopt::Parser::from_args(arguments));
    }
    if arguments.next_if(|first| first == "scaling").is_some() {
        return scaling::main(&mut lexopt::Parser::from_args(arguments));
    }
    if arguments.next_if(|first| first == "tune").is_some() {
        return tune::main(&mut lexopt::Parser::from_args(arguments));
    }
    if arguments.next_if(|first| first == "exam").is_some() {
        return exam::exam(&mut lexopt::Parser::from_args(arguments));
    }
    if arguments.next_if(|first| first == "chat").is_some() {
        return exam::chat(&mut lexopt::Parser::from_args(arguments));
    }
    match parse(arguments)? {
        Some(arguments) => run(arguments),
        None => {
            say!("{}", help());
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
        Some(command) if command == "pretrain" => Ok(Some(parsed)),
        Some(command) => Err(format!("“{}” is not a command; see headless --help.", command.display())),
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let Arguments { spec, texts, executor, resume, .. } = &arguments;
    if resume.is_some() && (spec.is_some() || !texts.is_empty() || executor.is_some()) {
        return Err("A run that is resumed keeps its spec, text and executor: leave out SPEC, --text and --executor.".into());
    }
    let mut spec = match &arguments.spec {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
            serde_json::from_str(text.trim_start_matches('\u{FEFF}'))
                .map_err(|error| format!("{} is not a run spec: {error}.", path.display()))?
        }
        None => RunSpec::default(),
    };
    if spec.text == TextChoice::Own && arguments.texts.is_empty() && arguments.resume.is_none() {
        return Err("The spec asks for a text of your own: give it with --text FILE.".into());
    }
    spec.executor = arguments.executor.unwrap_or(spec.executor);
    if !arguments.texts.is_empty() {
        spec.text = TextChoice::Own;
    }
    let usual = arguments.resume.as_deref().unwrap_or(Path::new("out"));
    let directory = arguments.out.as_deref().unwrap_or(usual);
    let storage = Storage::new(arguments.resume.as_deref().unwrap_or(directory).join("runs"));
    let out = Out::new(directory, directory == usual && arguments.resume.is_some())?;
    with_session(Places::of_runs(storage), async |client| script(client, arguments, spec, out).await)
}

/// What a visitor would do on the page.
async fn script(mut client: Client, arguments: Arguments, spec: RunSpec, mut out: Out) -> Result<(), String> {
    if let Some(directory) = &arguments.resume {
        let run = newest(&mut client, directory).await?;
        client.send(Command::Restore { run, take_over: false });
        if out.follow(&mut client, &[Phase::Paused, Phase::Finished]).await? == Phase::Paused {
            client.send(Command::Resume);
            out.follow(&mut client, &[Phase::Finished]).await?;
        }
    } else {
        if !arguments.texts.is_empty() {
            let attachments = arguments.texts.into_iter().map(|path| Attachment::File(TextFile(path))).collect();
            client.send(Request { command: Command::LoadText(TextSource::Files), attachments });
            client.until(|event, _| out.hears_text(&event)).await?;
        }
        client.send(Command::Start { spec });
        out.follow(&mut client, &[Phase::Finished]).await?;
    }
    for (temperature, seed) in SAMPLES {
        let prompt = arguments.prompt.clone();
        let request = GenerateRequest { prompt, temperature, top_k: 0, top_p: 1.0, length: 200, stop: String::new(), seed };
        let text = written(&mut client, request).await?;
        out.sample(&format!("--- temperature {temperature}\n{text}\n\n"))?;
    }
    client.send(Command::Export(ExportKind::Checkpoint));
    for (_, bytes) in exported(&mut client, 1).await? {
        out.save("checkpoint.safetensors", &bytes)?;
    }
    client.send(Command::ExportModel { which: Which::Run });
    for (name, bytes) in exported(&mut client, MODEL_FILES).await? {
        out.save(&format!("model/{name}"), &bytes)?;
    }
    Ok(())
}

/// A model's files: its card, and those that Hugging Face loads.
const MODEL_FILES: usize = 5;

/// Temperatures and seeds of the samples.
const SAMPLES: [(f32, u32); 4] = [(0.0, 0), (0.8, 1), (0.8, 2), (1.0, 3)];

/// The run that was kept last.
async fn newest(client: &mut Client, directory: &Path) -> Result<String, String> {
    let mut newest = None;
    let mut take = |event| match event {
        Event::Ready { kept, .. } => {
            newest = kept.into_iter().next();
            true
        }
        _ => false,
    };
    client.until(|event, _| take(event)).await?;
    newest.map(|kept| kept.run).ok_or_else(|| {
        let nothing = format!("{} holds no checkpoint to resume from", directory.display());
        unreadable(&directory.join("runs")).map_or_else(|| format!("{nothing}."), |reason| format!("{nothing}: {reason}."))
    })
}

/// Why a checkpoint below a folder cannot be read, if there is one.
fn unreadable(runs: &Path) -> Option<String> {
    let files = fs::read_dir(runs).ok()?.flatten().filter_map(|run| fs::read_dir(run.path()).ok()).flatten().flatten();
    let mut checkpoints = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|ending| ending == "safetensors"));
    checkpoints.find_map(|path| {
        let reason = Checkpoint::from_bytes(&fs::read(&path).ok()?).err()?;
        Some(format!("{} cannot be read, since {reason}", path.display()))
    })
}

async fn written(client: &mut Client, request: GenerateRequest) -> Result<String, String> {
    client.send(Command::Generate { id: request.seed, request });
    let mut text = String::new();
    let mut take = |event| match event {
        Event::Generated { token, .. } => {
            text += &token.text;
            false
        }
        event => matches!(event, Event::GenerationDone { .. }),
    };
    client.until(|event, _| take(event)).await?;
    Ok(text)
}

async fn exported(client: &mut Client, count: usize) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut files = Vec::new();
    let take = |event, bytes| {
        if let Event::Exported { name, .. } = event {
            files.push((name, bytes));
        }
        files.len() == count
    };
    client.until(take).await?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_all(arguments: &[&str]) -> Result<Option<Arguments>, String> {
        parse(arguments.iter().map(Into::into))
    }

    #[test]
    fn arguments_are_read() {
        let parsed = parse_all(&["pretrain", "spec.json", "--text", "a.txt", "--text=b.txt", "--out", "o", "--executor", "cpu"]);
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
        assert_eq!(parse_all(&["pretrain", "--executor", "abacus"]), Err("--executor takes auto, gpu or cpu, not “abacus”.".into()));
        assert_eq!(parse_all(&["pretrain", "--fast"]), Err("invalid option '--fast'; see headless --help.".into()));
    }
}
