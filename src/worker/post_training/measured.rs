//! What is measured of tuned models in advance: runs one after the other, how sure answers are, and a contest with a base model.

use std::cell::RefCell;
use std::rc::Rc;

use super::exam::{Questions, answered, questions};
use super::reply::probabilities;
use super::tune::{roles, tune};
use crate::nn::reader::{Reader, Sampling};
use crate::platform::now;
use crate::protocol::models::Which;
use crate::protocol::post_training::Answer;
use crate::protocol::tuning::{Bout, Contest, Kind, Split, Start, Sureness, TuneRun, TuneSpec};
use crate::stages::sft::asked;
use crate::tasks::Task;
use crate::tasks::check::Check;
use crate::tasks::judge::score;
use crate::worker::figures::Figures;
use crate::worker::model_files::Opened;

/// Bouts that are kept to be looked at.
const SHOWN: usize = 60;
/// Tokens of a base model's continuation: long enough to see that it goes on.
const CONTINUED: usize = 60;

/// Tunes models one after the other, and says what each came to.
///
/// # Errors
/// What was wrong, as a sentence.
pub async fn tunes(figures: &Figures, runs: Vec<TuneSpec>, say: &dyn Fn(Answer)) -> Result<(), String> {
    for spec in runs {
        let (exams, begun) = (RefCell::new(Vec::new()), now());
        let hear = |answer| {
            if let Answer::TaskExam(exam) = answer {
                exams.borrow_mut().push(exam);
            }
        };
        let (Start::Model(which) | Start::Fresh(which)) = &spec.start;
        let name = figures.opened(which).await?.card.name.clone();
        let tuned = tune(figures, &spec, &hear).await?;
        let (parameters, seconds) = (tuned.card.config.parameters(), ((now() - begun) / 1000.0) as f32);
        say(Answer::TuneRun(Box::new(TuneRun { spec, parameters, name, exams: exams.into_inner(), seconds })));
    }
    Ok(())
}

/// Has a tuned model answer questions on facts, and tells how sure it was of each answer.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn sure(figures: &Figures, which: &Which, base: &Which, each: u32) -> Result<Vec<Sureness>, String> {
    let (model, base) = (figures.opened(which).await?, figures.opened(base).await?);
    let world = figures.world().await?;
    let spec = TuneSpec { exam: each, ..TuneSpec::default() };
    let is_asked = |task: &Task| (task.kind.is_fact() || task.kind == Kind::Sum) && task.split != Split::Phrasing;
    let tasks: Vec<Task> = questions(&world, &spec).tasks.into_iter().filter(is_asked).collect();
    let roles = roles(&model)?;
    let mut reader = figures.reader(&model.card.config, &model.parameters).await?;
    let answers = answered(&mut reader, &model, tasks.iter().map(|task| task.pair.prompt.as_str())).await?;
    let known = known(figures, &base, &tasks).await?;
    let mut all: Vec<Sureness> = Vec::new();
    for ((task, (answer, ended)), known) in tasks.into_iter().zip(answers).zip(known) {
        let mut said = model.tokenizer.encode(&answer);
        said.push(roles.end);
        let probabilities = probabilities(&mut reader, &asked(&model.tokenizer, &roles, &task.pair.prompt), &said).await?;
        let verdict = task.check.judge(&answer, ended);
        if all.iter().any(|other| other.prompt == task.pair.prompt) || !verdict.shaped {
            continue;
        }
        all.push(Sureness {
            kind: task.kind,
            split: task.split,
            prompt: task.pair.prompt,
            answer,
            right: verdict.right,
            mean: probabilities.iter().sum::<f32>() / probabilities.len() as f32,
            least: probabilities.iter().copied().fold(1.0, f32::min),
            known,
        });
    }
    Ok(all)
}

/// Whether a base model finds the demonstrated answer likelier than each of up to three answers that say something else in its place.
async fn known(figures: &Figures, base: &Rc<Opened>, tasks: &[Task]) -> Result<Vec<bool>, String> {
    let mut reader = figures.reader(&base.card.config, &base.parameters).await?;
    let mut known = Vec::new();
    for task in tasks {
        known.push(prefers_truth(&mut reader, base, task).await?.unwrap_or(false));
    }
    Ok(known)
}

/// Whether the true answer is likelier than others with something else in its place; none where there is nothing to put there.
async fn prefers_truth(reader: &mut Reader, model: &Opened, task: &Task) -> Result<Option<bool>, String> {
    let Check::Says { right, others, .. } = &task.check else { return Ok(None) };
    let truth = &task.pair.completion;
    let false_ones = others.iter().step_by((others.len() / 3).max(1)).take(3).map(|other| truth.replace(right.as_str(), other));
    let texts: Vec<String> = std::iter::once(truth.clone()).chain(false_ones).collect();
    if texts.len() < 2 || texts[1] == texts[0] {
        return Ok(None);
    }
    let separator = model.tokenizer.separator();
    let sequences: Vec<Vec<u32>> = texts.iter().map(|text| separator.into_iter().chain(model.tokenizer.encode(text)).collect()).collect();
    let losses = reader.losses(&sequences).await.map_err(|error| error.to_string())?;
    let sums: Vec<f32> = losses.iter().map(|losses| losses.iter().sum()).collect();
    Ok(Some(sums[1..].iter().all(|other| sums[0] < *other)))
}

/// Has both answer the same prompts; the judge sees them without names.
///
/// # Errors
/// What cannot be computed, as a sentence.
pub async fn contest(figures: &Figures, tuned: &Which, base: &Which, each: u32) -> Result<Contest, String> {
    let (tuned, base) = (figures.opened(tuned).await?, figures.opened(base).await?);
    let world = figures.world().await?;
    let Questions { tasks } = questions(&world, &TuneSpec { exam: each, ..TuneSpec::default() });
    let mut small = figures.reader(&tuned.card.config, &tuned.parameters).await?;
    let mut large = figures.reader(&base.card.config, &base.parameters).await?;
    let answers = answered(&mut small, &tuned, tasks.iter().map(|task| task.pair.prompt.as_str())).await?;
    let separator: Vec<u32> = base.tokenizer.separator().into_iter().collect();
    let prompts: Vec<Vec<u32>> =
        tasks.iter().map(|task| separator.iter().copied().chain(base.tokenizer.encode(&task.pair.prompt)).collect()).collect();
    let sampling = Sampling { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0, length: CONTINUED, stop: separator.clone() };
    let written = large.write(&prompts, &sampling, &mut |_| ()).await.map_err(|error| error.to_string())?;
    let continued = written.iter().map(|tokens| {
        let ended = tokens.last().is_some_and(|last| separator.contains(last));
        (base.tokenizer.decode(&tokens[..tokens.len() - usize::from(ended)]), ended)
    });
    let mut contest = Contest {
        names: [tuned.card.name.clone(), base.card.name.clone()],
        parameters: [tuned.card.config.parameters(), base.card.config.parameters()],
        preferred: [0; 3],
        knows: [0; 2],
        of: 0,
        bouts: Vec::new(),
    };
    let stride = (tasks.len() / SHOWN).max(1);
    for (index, ((task, (answer, ended)), (other, stopped))) in tasks.iter().zip(answers).zip(continued).enumerate() {
        let scores = [score(task, &answer, ended), score(task, &other, stopped)];
        contest.preferred[if scores[0] > scores[1] { 0 } else { 1 + usize::from(scores[0] == scores[1]) }] += 1;
        let truths = [prefers_truth(&mut small, &tuned, task).await?, prefers_truth(&mut large, &base, task).await?];
        if let [Some(one), Some(two)] = truths {
            contest.knows[0] += u32::from(one);
            contest.knows[1] += u32::from(two);
            contest.of += 1;
        }
        if index % stride == 0 {
            contest.bouts.push(Bout { prompt: task.pair.prompt.clone(), answers: [answer, other.trim().to_owned()], scores });
        }
    }
    Ok(contest)
}
