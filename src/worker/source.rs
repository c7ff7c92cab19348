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
        TextSource::Starter | TextSource::Named | TextSource::Kept => return starter().await,
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
            let refused = |message| Problem::new(Subject::Text, message);
            let Source { name, bytes } = platform::fetch(&url, progress).await.map_err(refused)?;
            let name = unpacked_name(name);
            (name.clone(), vec![Source { bytes: whole(&name, bytes, MOST_BYTES).await.map_err(refused)?, name }])
        }
    };
    Ok(Text::new(TextChoice::Own, name, Corpus::from_sources(sources, MOST_BYTES)?))
}

/// The bytes of an attachment that is no text, unpacked where gzip packed them; `progress` hears from 0 to 1.
///
/// # Errors
/// What is too large or cannot be read.
pub async fn bytes(attachment: Attachment, most: u64, progress: impl Fn(f32)) -> Result<Vec<u8>, String> {
    let (name, bytes) = match attachment {
        Attachment::Bytes(bytes) => ("The file".to_owned(), bytes),
        Attachment::File(file) => {
            let (name, size) = (platform::name(&file), platform::size(&file));
            if size > most {
                return Err(too_large(&name, most));
            }
            let read = platform::read(&file, |received| progress(received as f32 / size.max(1) as f32)).await;
            (name.clone(), read.map_err(|reason| unreadable(&name, &reason))?)
        }
    };
    whole(&name, bytes, most).await
}

/// The first `most` bytes of an attachment that is no text, unpacked where gzip packed them, and whether that is all of it; `progress`
/// hears from 0 to 1.
///
/// # Errors
/// What cannot be read.
pub async fn beginning(attachment: Attachment, most: u64, progress: impl Fn(f32)) -> Result<(Vec<u8>, bool), String> {
    let (name, bytes, is_whole) = match attachment {
        Attachment::Bytes(bytes) => ("The file".to_owned(), bytes, true),
        Attachment::File(file) => {
            let (name, size) = (platform::name(&file), platform::size(&file));
            let read = platform::read_beginning(&file, most, |received| progress(received as f32 / size.min(most).max(1) as f32));
            (name.clone(), read.await.map_err(|reason| unreadable(&name, &reason))?, size <= most)
        }
    };
    let (bytes, is_all) = unpacked(bytes, most).await.map_err(|reason| unreadable(&name, &reason))?;
    Ok((bytes, is_whole && is_all))
}

/// What gzip packed, up to `most` bytes of it, and whether that is all; any other bytes as they are.
async fn unpacked(bytes: Vec<u8>, most: u64) -> Result<(Vec<u8>, bool), String> {
    const GZIP: [u8; 2] = [0x1F, 0x8B];
    if bytes.starts_with(&GZIP) { platform::gunzip(bytes, most).await } else { Ok((bytes, true)) }
}

/// The name of a file without the ending that gzip adds.
fn unpacked_name(name: String) -> String {
    match name.to_ascii_lowercase().ends_with(".gz") {
        true => name[..name.len() - 3].to_owned(),
        false => name,
    }
}

fn too_large(name: &str, most: u64) -> String {
    format!("{name} is more than the {} MB that fit here; use a part of it.", most / 1_000_000)
}

fn unreadable(name: &str, reason: &str) -> String {
    format!("{name} could not be read: {reason} Choose it again.")
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

/// A file's bytes, unpacked where gzip packed them.
async fn read(file: &File, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    let name = platform::name(file);
    let bytes = platform::read(file, progress).await.map_err(|reason| unreadable(&name, &reason))?;
    whole(&name, bytes, MOST_BYTES).await
}

/// All that gzip packed, if it is no more than `most` bytes.
async fn whole(name: &str, bytes: Vec<u8>, most: u64) -> Result<Vec<u8>, String> {
    match unpacked(bytes, most).await {
        Ok((bytes, true)) => Ok(bytes),
        Ok((_, false)) => Err(too_large(name, most)),
        Err(reason) => Err(unreadable(name, &reason)),
    }
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
        let read = read(file, |received| progress(before + received, Some(total))).await;
        before += platform::size(file);
        sources.push(Source { name: unpacked_name(name), bytes: read.map_err(|message| Problem::new(Subject::Text, message))? });
    }
    Ok(sources)
}
