//! `headless bake RECIPE`: what the pages find beside them, made in advance from committed recipes.

use std::cell::RefCell;
use std::fmt::Display;
use std::fs;
use std::future::ready;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::exam::figures;
use super::tune::table;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::protocol::figures::{Answer, Baked, Learnt, Line, Question};
use crate::protocol::models::{Entry, Which};
use crate::protocol::post_training;
use crate::protocol::tuning::{Start, TuneRun, TuneSpec};
use crate::protocol::{Command, Event, History, StepMetrics};
use crate::spec::RunSpec;
use crate::worker::figures::results::Results;
use crate::worker::local::{Client, Places, with_session};
use crate::worker::model_files::{CARD, Files, Opened, TOKENIZER, WEIGHTS};
use crate::worker::models::Models;
use crate::worker::storage::Storage;

/// Steps whose metrics are all kept of a run, and about how many of the others.
const FIRST: u32 = 64;
const OTHERS: usize = 400;

/// What is made, under which name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    name: String,
    /// What a page calls the model.
    #[serde(default)]
    title: String,
    /// The recipe whose runs a question of laws is about. Such a question also says which runs to make, and they are made.
    runs_of: Option<String>,
    #[serde(flatten)]
    made: Made,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Made {
    /// A model, from the spec of its run.
    Pretrain(Box<RunSpec>),
    /// A model, from the spec of its tuning.
    Tune(Box<TuneSpec>),
    /// The answers to a question of the chapter on pretraining.
    Ask(Box<Question>),
    /// The answers to a question of the chapters after it.
    Measure(Box<post_training::Question>),
}

/// Does what the arguments after `bake` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(parser: &mut lexopt::Parser) -> Result<(), String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let (mut recipes, mut site, mut is_packed) = (Vec::<PathBuf>::new(), PathBuf::from("www"), false);
    while let Some(argument) = parser.next().map_err(hint)? {
        match argument {
            Long("site") => site = parser.value().map_err(hint)?.into(),
            Long("pack") => is_packed = true,
            Value(recipe) => recipes.push(recipe.into()),
            other => return Err(hint(other.unexpected())),
        }
    }
    if is_packed && !recipes.is_empty() {
        return Err("With --pack no recipe is made: leave out --pack or the recipes.".into());
    }
    if is_packed {
        return pack(&site);
    }
    if recipes.is_empty() {
        return Err("There is nothing to make: name a recipe, such as recipes/base.json.".into());
    }
    for path in recipes {
        let text = fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
        let recipe: Recipe = serde_json::from_str(&text).map_err(|error| format!("{} is not a recipe: {error}.", path.display()))?;
        say!("{}: begun", recipe.name);
        match recipe.made {
            Made::Pretrain(spec) => pretrain(&site, &recipe.name, &recipe.title, *spec)?,
            Made::Measure(question) => measure(&site, &recipe.name, *question)?,
            Made::Tune(spec) => tune(&site, &recipe.name, &recipe.title, *spec)?,
            Made::Ask(question) => match recipe.runs_of {
                None => ask(&site, &recipe.name, *question)?,
                Some(other) => foretell(&site, &recipe.name, *question, &other)?,
            },
        }
    }
    Ok(())
}

/// Trains a model, puts its files and how it learnt into the site, and it on the list.
fn pretrain(site: &Path, name: &str, title: &str, spec: RunSpec) -> Result<(), String> {
    let question = serde_json::to_string(&spec).unwrap_or_default();
    let begun = Instant::now();
    let shelf = std::env::temp_dir().join(format!("seven-steps-bake-{}", std::process::id()));
    let models = Storage::new(&shelf);
    let places = Places { models: Some(models.clone()), ..Places::default() };
    let history = with_session(places, async |mut client| {
        client.send(Command::Start { spec });
        follow(&mut client).await
    })?;
    let opened = pollster::block_on(async {
        let models = Models::open(Box::pin(ready(Ok(models)))).await;
        let newest = models.own().await?.into_iter().next().ok_or("The run left no model.")?;
        models.load(&newest.which).await
    });
    // What is left of it only takes room.
    _ = fs::remove_dir_all(shelf);
    let mut opened = Opened::clone(&*opened?);
    (opened.card.name, opened.card.made) = (title.to_owned(), 0.0);
    keep(site, name, &opened)?;
    let learnt = Learnt { name: title.to_owned(), card: opened.card.clone(), history: thinned(history) };
    write(site, &format!("{name}-run"), question, begun, vec![Answer::History(Box::new(learnt))])
}

/// Asks what a figure of a chapter after pretraining asks, and puts the answers into the site.
fn measure(site: &Path, name: &str, question: post_training::Question) -> Result<(), String> {
    let text = serde_json::to_string(&question).unwrap_or_default();
    let begun = Instant::now();
    let answers = RefCell::new(Vec::new());
    pollster::block_on(async {
        let hear = |answer| answers.borrow_mut().push(answer);
        crate::worker::post_training::answer(&figures().await, question, &hear).await
    })?;
    write(site, name, text, begun, answers.into_inner())
}

/// Tunes a model, puts its files and what it came to into the site, and it on the list.
fn tune(site: &Path, name: &str, title: &str, spec: TuneSpec) -> Result<(), String> {
    let question = serde_json::to_string(&spec).unwrap_or_default();
    let begun = Instant::now();
    let exams = RefCell::new(Vec::new());
    let hear = |answer| {
        if let post_training::Answer::TaskExam(exam) = answer {
            say!("{}", table(&exam));
            exams.borrow_mut().push(exam);
        }
    };
    let (mut opened, parent) = pollster::block_on(async {
        let figures = figures().await;
        let (Start::Model(which) | Start::Fresh(which)) = &spec.start;
        let parent = figures.opened(which).await?.card.name.clone();
        Ok::<_, String>((crate::worker::post_training::tune(&figures, &spec, &hear).await?, parent))
    })?;
    (opened.card.name, opened.card.made) = (title.to_owned(), 0.0);
    keep(site, name, &opened)?;
    let (parameters, seconds) = (opened.card.config.parameters(), begun.elapsed().as_secs_f32());
    let run = TuneRun { spec, parameters, name: parent, exams: exams.into_inner(), seconds };
    write(site, &format!("{name}-run"), question, begun, vec![post_training::Answer::TuneRun(Box::new(run))])
}

/// Asks what a figure asks, and puts the answers into the site.
fn ask(site: &Path, name: &str, question: Question) -> Result<(), String> {
    let text = serde_json::to_string(&question).unwrap_or_default();
    let begun = Instant::now();
    let answers = answers(question)?;
    write(site, name, text, begun, answers)
}

/// Asks which runs follow from those of another recipe, and makes them. What is foretold of them lies in the site before they begin.
fn foretell(site: &Path, name: &str, mut question: Question, other: &str) -> Result<(), String> {
    let text = serde_json::to_string(&question).unwrap_or_default();
    let begun = Instant::now();
    let known = read(&site.join(format!("results/{other}.json")))?.answers;
    match &mut question {
        Question::Predict { runs, .. } | Question::LargeAndSmall { runs, .. } => {
            runs.extend(known.into_iter().filter_map(|answer| if let Answer::Ran(run) = answer { Some(run) } else { None }));
        }
        _ => return Err(format!("The recipe {name} asks something that the runs of {other} have no part in.")),
    }
    let mut foretold = answers(question)?;
    write(site, name, text.clone(), begun, foretold.clone())?;
    let planned = foretold.iter().flat_map(|answer| match answer {
        Answer::Planned(runs) => runs.clone(),
        Answer::Predicted(_, run) => vec![run.clone()],
        _ => vec![],
    });
    let made = answers(Question::Train { runs: planned.collect() })?;
    foretold.extend(made);
    write(site, name, text, begun, foretold)
}

/// The answers of a session to one question.
fn answers(question: Question) -> Result<Vec<Answer>, String> {
    let answers = with_session(Places::default(), async |mut client| {
        client.send(Command::Ask { line: Line::Models, question });
        let (mut answers, mut refused) = (Vec::new(), None);
        let take = |event, _| match event {
            Event::Answer { answer, .. } => {
                if let Answer::Ran(run) = &answer {
                    say!("{} parameters, {} tokens: {:.4} nats a token, {:.0} s", run.parameters, run.tokens, run.nats, run.seconds);
                }
                answers.push(answer);
                false
            }
            Event::Unanswered { message, .. } => {
                refused = Some(message);
                true
            }
            event => matches!(event, Event::Answered { .. }),
        };
        client.until(take).await?;
        refused.map_or(Ok(answers), Err)
    })?;
    Ok(last_of_each(answers))
}

/// Where an answer takes the place of the one before it, only the last stays.
fn last_of_each(answers: Vec<Answer>) -> Vec<Answer> {
    let is_replaced = |index: usize| {
        matches!(
            (&answers[index], answers.get(index + 1)),
            (Answer::Wall(_), Some(Answer::Wall(_))) | (Answer::Continued(_), Some(Answer::Continued(_))) | (Answer::Progress(_), _)
        )
    };
    let kept: Vec<bool> = (0..answers.len()).map(|index| !is_replaced(index)).collect();
    answers.into_iter().zip(kept).filter_map(|(answer, kept)| kept.then_some(answer)).collect()
}

fn write<A: Serialize>(site: &Path, name: &str, question: String, begun: Instant, answers: Vec<A>) -> Result<(), String> {
    let seconds = begun.elapsed().as_secs_f32();
    let results = Results { baked: Baked { made: OffsetDateTime::now_utc().date().to_string(), question, seconds }, answers };
    say!("{name}: {seconds:.0} s");
    save(site, &format!("results/{name}.bin"), &results.packed())?;
    save(site, &format!("results/{name}.json"), &serde_json::to_vec(&results).unwrap_or_default())
}

/// Packs all results anew from their JSON, for pages whose types have changed.
fn pack(site: &Path) -> Result<(), String> {
    let folder = site.join("results");
    for file in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?.flatten() {
        let path = file.path();
        if path.extension().is_some_and(|kind| kind == "json") {
            let packed = path.with_extension("bin");
            fs::write(&packed, of_either(&path)?).map_err(|error| format!("{} cannot be written: {error}.", packed.display()))?;
        }
    }
    Ok(())
}

/// Results of either kind of chapter, packed.
fn of_either(path: &Path) -> Result<Vec<u8>, String> {
    read::<Answer>(path).map(|results| results.packed()).or_else(|_| Ok(read::<post_training::Answer>(path)?.packed()))
}

/// Results that are in the site already.
fn read<A: DeserializeOwned>(path: &Path) -> Result<Results<A>, String> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn Display) -> String {
    format!("{} cannot be read: {error}.", path.display())
}

/// Prints how a run goes, and gives what it measured.
async fn follow(client: &mut Client) -> Result<History, String> {
    let mut history = History::default();
    let take = |event, _| match event {
        Event::Steps(steps) => {
            history.steps.extend(steps);
            false
        }
        Event::Sample(sample) => {
            history.samples.push(sample);
            false
        }
        Event::Validation(validation) => {
            say!("step {:6}  {:.4} bits/byte  {:.0} s", validation.step, validation.bits_per_byte, validation.seconds);
            history.validations.push(validation);
            false
        }
        // The last thing that a run does.
        event => matches!(event, Event::Shelf(_)),
    };
    client.until(take).await?;
    Ok(history)
}

fn thinned(history: History) -> History {
    let stride = (history.steps.len() / OTHERS).max(1) as u32;
    let is_kept = |metrics: &StepMetrics| metrics.step <= FIRST || metrics.step.is_multiple_of(stride);
    History { steps: history.steps.into_iter().filter(is_kept).collect(), ..history }
}

/// Puts a model's files into the site, and it on the list of those made in advance, in the place of one of its name.
fn keep(site: &Path, name: &str, opened: &Opened) -> Result<(), String> {
    let Files { card, weights, tokenizer } = opened.to_files();
    for (file, bytes) in [(CARD, &card), (WEIGHTS, &weights), (TOKENIZER, &tokenizer)] {
        save(site, &format!("models/{name}/{file}"), bytes)?;
    }
    let path = site.join("models/index.json");
    let mut entries: Vec<Entry> = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?,
        Err(_) => Vec::new(),
    };
    let which = Which::Baked(name.to_owned());
    let bytes = (card.len() + weights.len() + tokenizer.len()) as u64;
    entries.retain(|entry| entry.which != which);
    entries.push(Entry { which, card: opened.card.clone(), bytes });
    entries.sort_by_key(|entry| entry.card.config.parameters());
    save(site, "models/index.json", &serde_json::to_vec_pretty(&entries).unwrap_or_default())
}

fn save(site: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = site.join(name);
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
    written.map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}
