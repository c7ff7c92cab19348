//! Text from the page's files and addresses.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
use browser as platform;
#[cfg(not(target_arch = "wasm32"))]
use native as platform;

use std::rc::Rc;

pub use platform::File;

use super::message::{Attachment, Problem};
use super::prepare::Text;
use crate::protocol::{Subject, TextSource};
use crate::spec::TextChoice;
use crate::text::{Corpus, Source, check_size};
use crate::world::World;

/// Bytes of text that are taken at most.
pub const MOST_BYTES: u64 = 100_000_000;
const STARTER_SEED: u32 = 1;
/// Bytes of the built-in text.
const STARTER_BYTES: usize = 1_000_000;

/// Reads a text; `progress` hears of the bytes received, and of their total where it is known.
///
/// # Errors
/// What is too large, cannot be reached or is not text.
pub async fn load(source: TextSource, attachments: Vec<Attachment>, progress: impl Fn(u64, Option<u64>)) -> Result<Text, Problem> {
    let (name, sources) = match source {
        TextSource::Starter | TextSource::Kept => return starter().await,
        TextSource::Pasted { text } => {
            let name = "Pasted text".to_owned();
            (name.clone(), vec![Source { name, bytes: text.into_bytes() }])
        }
        TextSource::Files => {
            let files: Vec<File> = attachments.into_iter().filter_map(file).collect();
            let name = match files.as_slice() {
                [] => return Err(Problem::new(Subject::Text, "No file came: choose one or more text files.")),
                [file] => platform::name(file),
                files => format!("{} files", files.len()),
            };
            (name, read_all(&files, progress).await?)
        }
        TextSource::Url { url } => {
            let source = platform::fetch(&url, progress).await.map_err(|message| Problem::new(Subject::Text, message))?;
            (source.name.clone(), vec![source])
        }
    };
    Ok(Text::new(TextChoice::Own, name, Corpus::from_sources(sources, MOST_BYTES)?))
}

/// The bytes of an attachment that is no text; `progress` hears from 0 to 1.
///
/// # Errors
/// What is too large or cannot be read.
pub async fn bytes(attachment: Attachment, most: u64, progress: impl Fn(f32)) -> Result<Vec<u8>, String> {
    let file = match attachment {
        Attachment::Bytes(bytes) => return Ok(bytes),
        Attachment::File(file) => file,
    };
    let (name, size) = (platform::name(&file), platform::size(&file));
    if size > most {
        let [size, most] = [size, most].map(|bytes| bytes.div_ceil(1_000_000));
        return Err(format!("{name}: {size} MB is more than the {most} MB that fit here; choose a smaller file."));
    }
    read(&file, |received| progress(received as f32 / size.max(1) as f32)).await.map_err(|problem| problem.message)
}

/// The first `most` bytes of an attachment that is no text, and whether that is all of it; `progress` hears from 0 to 1.
///
/// # Errors
/// What cannot be read.
pub async fn beginning(attachment: Attachment, most: u64, progress: impl Fn(f32)) -> Result<(Vec<u8>, bool), String> {
    let file = match attachment {
        Attachment::Bytes(bytes) => return Ok((bytes, true)),
        Attachment::File(file) => file,
    };
    let size = platform::size(&file);
    let read = platform::read_beginning(&file, most, |received| progress(received as f32 / size.min(most).max(1) as f32));
    let bytes = read.await.map_err(|reason| format!("{} could not be read: {reason} Choose it again.", platform::name(&file)))?;
    Ok((bytes, size <= most))
}

/// The built-in text.
///
/// # Errors
/// What could not be fetched.
pub async fn starter() -> Result<Text, Problem> {
    let world = World::load().await.map_err(|message| Problem::new(Subject::Text, message))?;
    Ok(Text::new(TextChoice::Starter, "Built-in text".into(), Corpus::new(world.text(STARTER_SEED, STARTER_BYTES))))
}

/// The built-in world without end.
///
/// # Errors
/// What could not be fetched.
pub async fn endless() -> Result<Text, Problem> {
    let world = World::load().await.map_err(|message| Problem::new(Subject::Text, message))?;
    Ok(Text::endless(Rc::new(world)))
}

fn file(attachment: Attachment) -> Option<File> {
    match attachment {
        Attachment::File(file) => Some(file),
        Attachment::Bytes(_) => None,
    }
}

async fn read(file: &File, progress: impl Fn(u64)) -> Result<Vec<u8>, Problem> {
    let refused = |reason| Problem::new(Subject::Text, format!("{} could not be read: {reason} Choose it again.", platform::name(file)));
    platform::read(file, progress).await.map_err(refused)
}

/// Reads files one after the other, after all their sizes were looked at.
async fn read_all(files: &[File], progress: impl Fn(u64, Option<u64>)) -> Result<Vec<Source>, Problem> {
    for file in files {
        check_size(&platform::name(file), platform::size(file), MOST_BYTES)?;
    }
    let total = files.iter().map(platform::size).sum();
    check_size("The files together", total, MOST_BYTES)?;
    let mut sources = Vec::new();
    let mut before = 0;
    for file in files {
        let name = platform::name(file);
        let bytes = read(file, |received| progress(before + received, Some(total))).await?;
        before += bytes.len() as u64;
        sources.push(Source { name, bytes });
    }
    Ok(sources)
}
