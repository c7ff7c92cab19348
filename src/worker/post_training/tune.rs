//! Instruction tuning of a model, to its end.

use std::rc::Rc;

use super::exam::{examine, questions};
use crate::nn::layout::Layout;
use crate::nn::model::{Model, State};
use crate::nn::optimizer::step_params;
use crate::platform::{now, unix_time, yield_now};
use crate::protocol::models::{Card, Exam, FORMAT, Parent, Stage, Which};
use crate::protocol::post_training::Answer;
use crate::protocol::tuning::{Demonstration, Pair, Start, TuneSpec, TuneStep};
use crate::spec::{ExecutorChoice, Mixture, ModelConfig, Roles, RunSpec};
use crate::stages::pretrain::Documents;
use crate::stages::sft::{Conversation, Reading, Sft, replayed};
use crate::tasks::{Demonstrated, Tasks};
use crate::text::Tokenizer;
use crate::worker::figures::Figures;
use crate::worker::model_files::Opened;
use crate::world::World;

/// Sets the replayed text apart from what the model was pretrained on.
const REPLAY: u32 = 0x7265_706c;
/// Pairs, and times that each is read, at most.
const MOST_PAIRS: u32 = 50_000;
const MOST_EPOCHS: u32 = 50;
/// A visitor's pair stands for so many, or else it would be lost among thousands.
const OWN_TIMES: u32 = 10;
/// Steps between two looks at the metrics.
const LOOK: u32 = 4;
/// Rows have a multiple of so many tokens.
const ROW: usize = 16;

/// Tunes a model as `spec` says; `say` hears of each step and exam.
///
/// # Errors
/// What was wrong and what to do, as a sentence.
pub async fn tune(figures: &Figures, spec: &TuneSpec, say: &dyn Fn(Answer)) -> Result<Opened, String> {
    check(spec)?;
    let (Start::Model(which) | Start::Fresh(which)) = &spec.start;
    let parent = figures.opened(which).await?;
    let (config, tokenizer) = (&parent.card.config, Rc::new(parent.tokenizer.clone()));
    let roles = roles(&parent)?;
    let world = figures.world().await?;
    let mut conversations = built_in(&world, spec, &tokenizer, &roles);
    let own = own(spec, &tokenizer, &roles, config.context as usize)?;
    (0..OWN_TIMES).for_each(|_| conversations.extend(own.iter().cloned()));
    let longest = conversations.iter().map(|conversation| conversation.tokens.len() - 1).max().unwrap_or(1);
    let time = if spec.packed { config.context } else { longest.next_multiple_of(ROW).min(config.context as usize) as u32 };
    let reading = Reading { batch: spec.batch, time, epochs: spec.epochs, replay: spec.replay, packed: spec.packed, seed: spec.seed };
    let replay = (spec.replay > 0.0).then(|| replayed(documents(Rc::clone(&world), spec.seed), Rc::clone(&tokenizer)));
    let mut sft = Sft::new(reading, conversations, replay);

    let layout = Layout::new(config);
    let parameters = if let Start::Fresh(_) = spec.start { layout.init(spec.seed) } else { parent.parameters.clone() };
    let mut model = build(figures, &ModelConfig { context: time, ..config.clone() }, spec.batch).await?;
    let zeros = vec![0.0; layout.len];
    model.set_state(&State { parameters, moment1: zeros.clone(), moment2: zeros });

    // Weights are not pulled towards zero: a few hundred steps have to keep what many thousand have learnt.
    let optimizer = RunSpec { weight_decay: 0.0, ..RunSpec::default() };
    let asked = questions(&world, spec);
    let steps = sft.steps();
    let begun = now();
    let (mut tokens, mut taken, mut looked) = (0, 0, 0);
    let mut steps_told = Vec::new();
    for step in 0..=steps {
        if is_due(step, steps, spec.exams, taken) {
            let weights = model.parameters().await.map_err(|error| error.to_string())?;
            let mut exam = examine(figures, &parent, &weights, &asked).await?;
            (exam.pairs, exam.tokens) = (sft.conversations(step), tokens);
            say(Answer::TaskExam(exam));
            taken += 1;
        }
        if step == steps {
            break;
        }
        let (batch, read) = sft.batch(step);
        tokens += read;
        let lr = sft.learning_rate(spec.lr, step);
        model.accumulate(&batch).await.map_err(|error| error.to_string())?;
        model.update(&step_params(&optimizer, lr, step + 1)).await.map_err(|error| error.to_string())?;
        steps_told.push(TuneStep { step: step + 1, of: steps, loss: 0.0, gradient_norm: 0.0, lr, tokens, seconds: 0.0 });
        if (step + 1).is_multiple_of(LOOK) || step + 1 == steps {
            let results = model.results(looked + 1, step + 1).await.map_err(|error| error.to_string())?;
            for (told, result) in steps_told.iter_mut().zip(results) {
                (told.loss, told.gradient_norm, told.seconds) = (result.loss, result.gradient_norm, ((now() - begun) / 1000.0) as f32);
                if !(result.loss.is_finite() && result.gradient_norm.is_finite()) {
                    return Err(format!("Tuning diverged at step {}: the loss left all bounds. Lower the learning rate.", told.step));
                }
            }
            say(Answer::TuneSteps(std::mem::take(&mut steps_told)));
            looked = step + 1;
        }
        yield_now().await;
    }
    let parameters = model.parameters().await.map_err(|error| error.to_string())?;
    Ok(Opened::new(card(&parent.card, spec, tokens), &parameters, parent.tokenizer.clone()))
}

/// Demonstrations of the built-in tasks, so many from number `from` on, with what counts of each.
///
/// # Errors
/// What cannot be opened, as a sentence.
pub async fn demonstrations(
    figures: &Figures,
    which: &Which,
    spec: &TuneSpec,
    from: u32,
    count: u32,
) -> Result<Vec<Demonstration>, String> {
    check(spec)?;
    let model = figures.opened(which).await?;
    let roles = roles(&model)?;
    let world = figures.world().await?;
    let tasks = Tasks::new(&world);
    let drawn = (from..from + count).map(|index| tasks.demonstration(&demonstrated(spec), spec.seed, index));
    let drawn = drawn.map(|task| (Some(task.kind), task.pair)).chain(spec.own.iter().map(|pair| (None, pair.clone())));
    let show = |(kind, pair): (_, Pair)| {
        let Conversation { tokens, answer } = Conversation::new(&model.tokenizer, &roles, &pair.prompt, &pair.completion);
        let tokens = tokens.iter().enumerate().map(|(place, &id)| (model.tokenizer.token_text(id), place >= answer)).collect();
        Demonstration { kind, pair, tokens }
    };
    Ok(drawn.map(show).collect())
}

fn check(spec: &TuneSpec) -> Result<(), String> {
    let pairs = spec.pairs + spec.own.len() as u32;
    let problem = if !(1..=MOST_PAIRS).contains(&pairs) {
        format!("From 1 to {MOST_PAIRS} pairs can be learnt from, and these are {pairs}: choose as many, or write some.")
    } else if spec.pairs > 0 && spec.shares.0.iter().all(|&share| share == 0) {
        "No kind of task has a share: give one to some.".into()
    } else if !(1..=MOST_EPOCHS).contains(&spec.epochs) {
        format!("Each pair can be read from 1 to {MOST_EPOCHS} times: choose as many.")
    } else if !(1..=256).contains(&spec.batch) {
        "A step reads from 1 to 256 rows: choose as many.".into()
    } else if !(spec.lr > 0.0 && spec.lr <= 0.1) {
        "The learning rate must be more than 0 and at most 0.1.".into()
    } else if !(0.0..=0.9).contains(&spec.replay) {
        "From 0 to 90 % of a step can be text of pretraining: choose as much.".into()
    } else {
        return Ok(());
    };
    Err(problem)
}

/// # Errors
/// Where a vocabulary has no role tokens.
pub fn roles(model: &Opened) -> Result<Roles, String> {
    let missing = || format!("The tokens of “{}” have none that say who speaks: choose a model that was trained here.", model.card.name);
    model.tokenizer.roles().ok_or_else(missing)
}

fn demonstrated(spec: &TuneSpec) -> Demonstrated {
    Demonstrated { shares: spec.shares, phrasings: spec.phrasings, look_alikes: spec.look_alikes }
}

fn built_in(world: &World, spec: &TuneSpec, tokenizer: &Tokenizer, roles: &Roles) -> Vec<Conversation> {
    let tasks = Tasks::new(world);
    let pairs = (0..spec.pairs).map(|index| tasks.demonstration(&demonstrated(spec), spec.seed, index).pair);
    pairs.map(|pair| Conversation::new(tokenizer, roles, &pair.prompt, &pair.completion)).collect()
}

/// The visitor's pairs as tokens. One that does not fit is named; nothing is cut.
fn own(spec: &TuneSpec, tokenizer: &Tokenizer, roles: &Roles, context: usize) -> Result<Vec<Conversation>, String> {
    let one = |(Pair { prompt, completion }, number): (&Pair, usize)| {
        if prompt.trim().is_empty() || completion.trim().is_empty() {
            let what = if prompt.trim().is_empty() { "prompt" } else { "answer" };
            return Err(format!("Pair {number} of your own has an empty {what}: write one, or take the pair away."));
        }
        let conversation = Conversation::new(tokenizer, roles, prompt, completion);
        let len = conversation.tokens.len();
        if len > context {
            return Err(format!("Pair {number} of your own has {len} tokens, and this model reads {context} at a time: make it shorter."));
        }
        Ok(conversation)
    };
    spec.own.iter().zip(1..).map(one).collect()
}

/// The text of pretraining that is replayed: the mixture that the models made in advance have read.
fn documents(world: Rc<World>, seed: u32) -> Documents {
    let Mixture(shares) = Mixture::FACTS;
    Rc::new(move |index| world.document(&shares, seed ^ REPLAY, index).text)
}

/// A model in training, on this machine's fastest executor.
async fn build(figures: &Figures, config: &ModelConfig, batch: u32) -> Result<Model, String> {
    let executors = &figures.executors;
    let executor = executors.choose(ExecutorChoice::Auto).map_err(|problem| problem.message)?;
    executors.check_fit(executor.0, &Model::requirements(config, batch)).map_err(|problem| problem.message)?;
    let spec = RunSpec { batch, ..RunSpec::default() };
    let threads = executors.threads(executor.0, &spec, config);
    let (device, _) = executors.open_chosen(ExecutorChoice::Auto, executor).await.map_err(|error| error.to_string())?;
    let team = executors.pool.team(threads).await;
    Model::shared(device, team, config.clone(), batch).await.map_err(|error| error.to_string())
}

/// Whether the exam after so many of all steps is due: the first at once, the last at the end, the others at a distance that
/// doubles, since most happens early.
fn is_due(step: u32, steps: u32, exams: u32, taken: u32) -> bool {
    if exams == 0 || taken >= exams {
        return false;
    }
    let left = exams - 1 - taken.min(exams - 1);
    step == steps || taken == 0 || left > 0 && step >= (steps >> left).max(taken)
}

fn card(parent: &Card, spec: &TuneSpec, tokens: u64) -> Card {
    let begun = Parent { id: parent.id.clone(), name: parent.name.clone(), stage: parent.stage };
    let parents = if let Start::Fresh(_) = spec.start { Vec::new() } else { parent.parents.iter().cloned().chain([begun]).collect() };
    Card {
        format: FORMAT,
        id: String::new(),
        name: format!("{}, tuned", parent.name),
        stage: Stage::Tuning,
        parents,
        // What a visitor wrote stays with the visitor.
        recipe: recipe(&TuneSpec { own: Vec::new(), ..spec.clone() }),
        tokens,
        made: unix_time(),
        exam: Exam::default(),
        ..parent.clone()
    }
}

/// The spec as the card says it.
fn recipe(spec: &TuneSpec) -> String {
    let TuneSpec { pairs, phrasings, look_alikes, epochs, batch, lr, replay, packed, seed, .. } = spec;
    let lr = (f64::from(*lr) * 1e6).round() as u32;
    let replay = (replay * 100.0).round() as u32;
    format!(
        "pairs={pairs}&phrasings={phrasings}&look_alikes={look_alikes}&epochs={epochs}&batch={batch}&lr={lr}e-6&replay={replay}%&packed={packed}&seed={seed}"
    )
}
