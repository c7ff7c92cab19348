//! The service of the chapters after pretraining: each question of a figure is a task beside the others.
//!
//! - `tune`: instruction tuning. `exam`: answers to the built-in tasks, graded. `reply`: what a model says to one who asks.
//! - `measured`: what is measured in advance.

mod exam;
#[cfg(not(target_arch = "wasm32"))]
mod measured;
pub mod reply;
mod tune;

use std::rc::Rc;

use futures::channel::mpsc::UnboundedReceiver;

use super::executors::Executors;
use super::export;
use super::figures::{Figures, results};
use super::message::{Request, Sink};
use super::models::Models;
use super::session::Opening;
use super::tasks::{Tasks, Turn};
use crate::protocol::post_training::{Answer, Command, Event, Line, Question};
use crate::protocol::version;
use crate::tasks::pairs::from_jsonl;
pub use tune::{demonstrations, tune};

/// Serves until the inbox closes. Models are kept in `storage`, if it opens.
pub async fn serve(mut inbox: UnboundedReceiver<Request<Command>>, sink: Sink<Event>, storage: Opening) {
    let figures = Figures::new(Rc::new(Executors::probe(None).await), Models::open(storage).await);
    let mut tasks: Tasks<Line, ()> = Tasks::default();
    while let Some(turn) = tasks.next(&mut inbox).await {
        let Turn::Asked(Request { command, .. }) = turn else { continue };
        let (figures, sink) = (figures.clone(), sink.clone());
        let note = {
            let sink = sink.clone();
            move |message: String| sink.send(Event::Note { message })
        };
        match command {
            Command::Hello { .. } => sink.send(Event::Ready { version: version() }),
            Command::Drop { line } => _ = tasks.end(line),
            Command::Ask { line, question } => {
                (0..tasks.end(line)).for_each(|_| sink.send(Event::Answered { line }));
                tasks.begin(Some(line), async move {
                    let say = |answer| sink.send(Event::Answer { line, answer });
                    sink.send(match answer(&figures, question, &say).await {
                        Ok(()) => Event::Answered { line },
                        Err(message) => Event::Unanswered { line, message },
                    });
                });
            }
            Command::RenameModel { id, name } => tasks.begin(None, async move {
                match figures.models.rename(&id, &name).await {
                    Ok(()) => sink.send(Event::Shelf(figures.models.own().await.unwrap_or_default())),
                    Err(reason) => note(format!("The model could not be renamed: {reason}")),
                }
            }),
            Command::DeleteModel { id } => tasks.begin(None, async move {
                match figures.models.delete(&id).await {
                    Ok(()) => sink.send(Event::Shelf(figures.models.own().await.unwrap_or_default())),
                    Err(reason) => note(format!("The model could not be deleted: {reason}")),
                }
            }),
            Command::ExportModel { which } => tasks.begin(None, async move {
                match figures.opened(&which).await {
                    Ok(opened) => export::folder(&opened).into_iter().for_each(|file| {
                        sink.attach(Event::Exported { name: file.name, mime: file.mime.into() }, file.bytes);
                    }),
                    Err(message) => note(message),
                }
            }),
        }
    }
}

/// Answers a question; `say` hears each answer.
///
/// # Errors
/// What was wrong and what to do, as a sentence.
pub async fn answer(figures: &Figures, question: Question, say: &dyn Fn(Answer)) -> Result<(), String> {
    match question {
        Question::Models => say(Answer::Models(figures.all().await?)),
        Question::Baked { name } => {
            let (baked, answers) = results::read(&name).await?;
            say(Answer::Baked(baked));
            answers.into_iter().for_each(say);
        }
        Question::Demonstrations { model, spec, from, count } => {
            say(Answer::Demonstrations(demonstrations(figures, &model, &spec, from, count).await?));
        }
        Question::ReadPairs { text } => say(Answer::Pairs(from_jsonl(&text)?)),
        Question::Tune { spec } => {
            let tuned = tune(figures, &spec, say).await?;
            say(Answer::Tuned(Box::new(figures.models.hold(tuned).await)));
        }
        Question::Reply { model, prompt, chat, temperature, seed } => {
            reply::reply(figures, &model, &reply::Wish { prompt, chat, temperature, seed }, say).await?;
        }
        #[cfg(not(target_arch = "wasm32"))]
        Question::Tunes { runs } => measured::tunes(figures, runs, say).await?,
        #[cfg(not(target_arch = "wasm32"))]
        Question::Sure { model, base, each } => say(Answer::Sure(measured::sure(figures, &model, &base, each).await?)),
        #[cfg(not(target_arch = "wasm32"))]
        Question::Contest { tuned, base, each } => say(Answer::Contest(measured::contest(figures, &tuned, &base, each).await?)),
    }
    Ok(())
}
