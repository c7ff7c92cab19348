//! Where the chapter's text comes from.

use super::Desk;
use super::pace::Pace;
use crate::protocol::ngrams::Source;
use crate::spec::TextChoice;
use crate::text::Corpus;
use crate::worker::message::Attachment;
use crate::worker::prepare::Text;
use crate::worker::source;

const WORLD_SEED: u32 = 1;
/// Words of the built-in world that are told at most.
const MOST_WORDS: u32 = 20_000_000;

/// Reads a text, with progress.
///
/// # Errors
/// What could not be read, as a sentence.
pub async fn read(desk: &Desk, source: Source, attachments: Vec<Attachment>) -> Result<Text, String> {
    match source {
        Source::World { words } => tell(desk, words).await,
        Source::Kept { words } => match desk.shelf.kept().await {
            Some(text) => Ok(text),
            None => tell(desk, words).await,
        },
        Source::Given(source) => {
            let progress = |received, total: Option<u64>| {
                desk.progress("Reading the text", total.map_or(0.0, |total| received as f32 / total.max(1) as f32));
            };
            source::load(source, attachments, progress).await.map_err(|problem| problem.message)
        }
    }
}

/// Whole documents of the built-in world, `words` words or a few more.
async fn tell(desk: &Desk, words: u32) -> Result<Text, String> {
    if !(1..=MOST_WORDS).contains(&words) {
        return Err(format!("The built-in world tells from 1 to {} million words: choose as many.", MOST_WORDS / 1_000_000));
    }
    let world = desk.world().await?;
    let mut pace = Pace::new();
    let (mut texts, mut told) = (Vec::new(), 0);
    for text in world.documents(WORLD_SEED).map(|told| told.text) {
        told += text.split_ascii_whitespace().count();
        texts.push(text);
        if told >= words as usize {
            break;
        }
        if pace.breathe().await {
            desk.progress("Telling the built-in world", told as f32 / words as f32);
        }
    }
    Ok(Text::new(TextChoice::Starter, "Built-in world".into(), Corpus::new(texts)))
}
