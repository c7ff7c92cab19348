//! The texts that the chapters read: the built-in world, the visitor's own, and the one that was kept.

use std::cell::RefCell;
use std::rc::Rc;

use super::message::Attachment;
use super::pace::Pace;
use super::prepare::Text;
use super::session::Opening;
use super::shared_text::Shelf;
use super::source;
use crate::protocol::chapter::Source;
use crate::spec::TextChoice;
use crate::text::Corpus;
use crate::world::World;

const WORLD_SEED: u32 = 1;
/// Words of the built-in world that are told at most.
const MOST_WORDS: u32 = 20_000_000;

pub struct Library {
    pub shelf: Shelf,
    world: RefCell<Option<Rc<World>>>,
}

impl Library {
    /// The visitor's own text is kept in `storage`, if it opens.
    pub async fn open(storage: Opening) -> Self {
        Self { shelf: Shelf::open(storage).await, world: RefCell::default() }
    }

    /// The built-in world, fetched once.
    ///
    /// # Errors
    /// What could not be fetched, as a sentence.
    pub async fn world(&self) -> Result<Rc<World>, String> {
        if let Some(world) = self.world.borrow().clone() {
            return Ok(world);
        }
        let world = Rc::new(World::load().await?);
        *self.world.borrow_mut() = Some(Rc::clone(&world));
        Ok(world)
    }

    /// Reads a text; `progress` hears what is done, and how far, from 0 to 1.
    ///
    /// # Errors
    /// What could not be read, as a sentence.
    pub async fn read(&self, source: Source, attachments: Vec<Attachment>, progress: &dyn Fn(&str, f32)) -> Result<Text, String> {
        match source {
            Source::World { words } => self.tell(words, progress).await,
            Source::Kept { words } => match self.shelf.kept().await {
                Some(text) => Ok(text),
                None => self.tell(words, progress).await,
            },
            Source::Given(source) => {
                let progress = |received, total: Option<u64>| {
                    progress("Reading the text", total.map_or(0.0, |total| received as f32 / total.max(1) as f32));
                };
                source::load(source, attachments, progress).await.map_err(|problem| problem.message)
            }
        }
    }

    /// Whole documents of the built-in world, `words` words or a few more.
    async fn tell(&self, words: u32, progress: &dyn Fn(&str, f32)) -> Result<Text, String> {
        if !(1..=MOST_WORDS).contains(&words) {
            return Err(format!("The built-in world tells from 1 to {} million words: choose as many.", MOST_WORDS / 1_000_000));
        }
        let world = self.world().await?;
        Ok(tell(&world, words, &|done| progress("Telling the built-in world", done)).await)
    }
}

/// Whole documents of the built-in world, `words` words or a few more; `progress` hears from 0 to 1.
pub async fn tell(world: &World, words: u32, progress: &dyn Fn(f32)) -> Text {
    let mut pace = Pace::new();
    let (mut texts, mut told) = (Vec::new(), 0);
    for text in world.documents(WORLD_SEED).map(|told| told.text) {
        told += text.split_ascii_whitespace().count();
        texts.push(text);
        if told >= words as usize {
            break;
        }
        if pace.breathe().await {
            progress(told as f32 / words as f32);
        }
    }
    Text::new(TextChoice::Starter, "Built-in world".into(), Corpus::new(texts))
}
