//! What the chapters after pretraining ask: questions that train a model further, and exams on tasks.
//!
//! - `tune`: instruction tuning. `exam`: answers to the built-in tasks, graded. `reply`: what a model says to one who asks.
//! - `measured`: what is measured in advance.

mod exam;
#[cfg(not(target_arch = "wasm32"))]
mod measured;
pub mod reply;
mod tune;

use std::future::Future;
use std::pin::Pin;

use super::figures::{Figures, Say};
use crate::protocol::figures::{Answer, Question};
use crate::tasks::pairs::from_jsonl;
pub use tune::{demonstrations, tune};

/// Answers a question of any chapter.
///
/// # Errors
/// What was wrong and what to do, as a sentence, when the future ends.
pub fn answer(figures: Figures, question: Question, say: Say) -> Pin<Box<dyn Future<Output = Result<(), String>>>> {
    Box::pin(async move {
        match question {
            Question::Demonstrations { model, spec, from, count } => {
                say(Answer::Demonstrations(demonstrations(&figures, &model, &spec, from, count).await?));
            }
            Question::ReadPairs { text } => say(Answer::Pairs(from_jsonl(&text)?)),
            Question::Tune { spec } => {
                let tuned = tune(&figures, &spec, &*say).await?;
                // Where nothing can be kept, it is asked while the page is open.
                say(Answer::Tuned(Box::new(figures.models.hold(tuned).await)));
            }
            Question::Reply { model, prompt, chat, temperature, seed } => {
                reply::reply(&figures, &model, &reply::Wish { prompt, chat, temperature, seed }, &*say).await?;
            }
            #[cfg(not(target_arch = "wasm32"))]
            Question::Tunes { runs } => measured::tunes(&figures, runs, &*say).await?,
            #[cfg(not(target_arch = "wasm32"))]
            Question::Sure { model, base, each } => say(Answer::Sure(measured::sure(&figures, &model, &base, each).await?)),
            #[cfg(not(target_arch = "wasm32"))]
            Question::Contest { tuned, base, each } => say(Answer::Contest(measured::contest(&figures, &tuned, &base, each).await?)),
            question => figures.answer(question, |answer| say(answer)).await?,
        }
        Ok(())
    })
}
