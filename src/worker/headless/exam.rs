//! `headless exam MODEL` and `headless chat MODEL PROMPT`: a model measured, and a model asked.

use std::cell::RefCell;
use std::fs;
use std::future::ready;
use std::path::Path;
use std::rc::Rc;

use crate::protocol::figures::{Answer, Continuation, Question};
use crate::protocol::models::{Stage, Which};
use crate::protocol::post_training;
use crate::worker::exam::report;
use crate::worker::executors::Executors;
use crate::worker::figures::Figures;
use crate::worker::model_files::{CARD, Files, Opened, TOKENIZER, WEIGHTS};
use crate::worker::models::Models;
use crate::worker::post_training::reply;

/// Probes of a kind at each distance, if nobody says how many.
const PROBES: u32 = 500;

/// Does what the arguments after `exam` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn exam(parser: &mut lexopt::Parser) -> Result<(), String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let (mut model, mut probes) = (None, PROBES);
    while let Some(argument) = parser.next().map_err(hint)? {
        match argument {
            Long("probes") => probes = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Value(value) if model.is_none() => model = Some(value.string().map_err(hint)?),
            other => return Err(hint(other.unexpected())),
        }
    }
    let report = pollster::block_on(async {
        let figures = figures().await;
        let model = opened(&figures, model).await?;
        report(figures, model, probes).await
    })?;
    say!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
    Ok(())
}

/// Does what the arguments after `chat` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn chat(parser: &mut lexopt::Parser) -> Result<(), String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let (mut model, mut prompt) = (None, None);
    let (mut count, mut length, mut temperature, mut seed) = (1, 60, 0.8, 1u32);
    while let Some(argument) = parser.next().map_err(hint)? {
        match argument {
            Long("count") => count = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("length") => length = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("temperature") => temperature = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("seed") => seed = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Value(value) if model.is_none() => model = Some(value.string().map_err(hint)?),
            Value(value) if prompt.is_none() => prompt = Some(value.string().map_err(hint)?),
            other => return Err(hint(other.unexpected())),
        }
    }
    let prompt = prompt.unwrap_or_default();
    let written = RefCell::new(Vec::new());
    let take = |answer| {
        if let Answer::Continued(continued) = answer {
            *written.borrow_mut() = continued;
        }
    };
    let reply = |answer| {
        if let post_training::Answer::Reply(reply) = answer {
            let text = reply.tokens.into_iter().map(|(token, _)| token).collect();
            written.borrow_mut().push(Continuation { text, stopped: reply.ended });
        }
    };
    pollster::block_on(async {
        let mut figures = figures().await;
        let model = opened(&figures, model).await?;
        // A model that was taught to answer is asked; any other goes on.
        let is_asked = model.card.stage != Stage::Pretraining;
        figures.run = Some(model);
        let wish = |seed| reply::Wish { prompt: prompt.clone(), chat: true, temperature, seed };
        if is_asked {
            for seed in (seed..).take(count as usize) {
                reply::reply(&figures, &Which::Run, &wish(seed), &reply).await?;
            }
            return Ok(());
        }
        let question = Question::Continue { model: Which::Run, prompt: prompt.clone(), count, length, temperature, seed };
        figures.answer(question, take).await?;
        Ok::<_, String>(())
    })?;
    for continuation in written.into_inner() {
        let end = if continuation.stopped { "" } else { "…" };
        say!("{prompt}{}{end}\n---", continuation.text);
    }
    Ok(())
}

/// What a session answers from.
pub async fn figures() -> Figures {
    let nowhere = Box::pin(ready(Err("there is no shelf here.".to_owned())));
    Figures::new(Rc::new(Executors::probe(None).await), Models::open(nowhere).await)
}

/// The model in a folder of ours, or the one made in advance that is called so.
pub async fn opened(figures: &Figures, model: Option<String>) -> Result<Rc<Opened>, String> {
    let model = model.ok_or("Name a model: a folder with its three files, or one of those made in advance, such as base.")?;
    let folder = Path::new(&model);
    if !folder.is_dir() {
        return figures.models.load(&Which::Baked(model)).await;
    }
    let file = |name: &str| fs::read(folder.join(name)).map_err(|error| format!("its file {name} cannot be read ({error})"));
    let files = || Ok(Files { card: file(CARD)?, weights: file(WEIGHTS)?, tokenizer: file(TOKENIZER)? });
    let opened = files().and_then(|files| Opened::from_files(&files));
    opened.map(Rc::new).map_err(|reason: String| format!("The model in {model} cannot be opened, since {reason}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_opened_is_named_with_a_sentence() {
        pollster::block_on(async {
            let figures = figures().await;
            let refusal = async |model: Option<&str>| opened(&figures, model.map(String::from)).await.map(|_| ()).unwrap_err();
            assert!(refusal(None).await.starts_with("Name a model: "));
            assert_eq!(
                refusal(Some("nonesuch")).await,
                "The model “nonesuch” cannot be opened, since there is none of this name. Choose another one."
            );
            let folder = refusal(Some("src")).await;
            assert!(folder.starts_with("The model in src cannot be opened, since its file card.json cannot be read ("), "{folder}");
        });
    }
}
