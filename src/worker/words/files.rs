//! Vectors as files of word2vec.

use std::rc::Rc;

use seven_steps_embeddings::files::{self, append, decimals, header};

use super::model::{MOST_WORDS, Model};
use crate::platform::number;
use crate::protocol::words::{Form, MOST_DIMENSIONS};
use crate::stages::words::Words;
use crate::text::{VECTORS, kind_of};
use crate::worker::message::Attachment;
use crate::worker::pace::Pace;
use crate::worker::source;
use crate::world::World;

/// The vectors as a file, and the file's name.
pub async fn export(model: &Model, form: Form) -> (String, Vec<u8>) {
    let (form, ending) = match form {
        Form::Text => (files::Form::Text, "txt"),
        Form::Binary => (files::Form::Binary, "bin"),
    };
    let mut pace = Pace::new();
    let mut bytes = header(model.words.names.len(), model.dimensions());
    for (word, name) in model.words.names.iter().enumerate() {
        append(name, &model.numbers(word), form, decimals, &mut bytes);
        pace.breathe_rarely().await;
    }
    (format!("words.{ending}"), bytes)
}

/// Reads a file, or as many of its first words as fit.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub async fn import(name: String, attachments: Vec<Attachment>, world: &World, progress: &dyn Fn(&str, f32)) -> Result<Model, String> {
    let attachment = attachments.into_iter().next().ok_or("No file came: choose a file of word2vec.")?;
    let (bytes, is_whole) = source::beginning(attachment, source::MOST_BYTES, |done| progress("Reading the vectors", done)).await?;
    progress("Taking the vectors in", 0.0);
    let file = files::read(&bytes, is_whole, MOST_WORDS, number).map_err(|problem| match kind_of(&bytes) {
        Some(kind) if kind != VECTORS => format!("{name} is {kind}: choose a file of word2vec."),
        _ => format!("{name} {problem}."),
    })?;
    drop(bytes);
    if !(2..=MOST_DIMENSIONS as usize).contains(&file.dimensions) {
        return Err(format!("{name} has vectors of {} dimensions, and from 2 to {MOST_DIMENSIONS} fit here.", file.dimensions));
    }
    let note = Some(notes(&name, &file)).filter(|notes| !notes.is_empty()).map(|notes| notes.join(" "));
    let words = Words::of_names(file.words.into_iter().map(Rc::from).collect());
    Ok(Model::imported(name, words, file.numbers, note, world))
}

/// What should be known about the words of a file: sentences.
fn notes(name: &str, files::File { words, of, repeated, mended, .. }: &files::File) -> Vec<String> {
    let mut notes = Vec::new();
    let kept = words.len();
    if kept + repeated.len() < *of {
        notes.push(format!("{name} has {of} words; the first {kept}, which are the most frequent, are here."));
    }
    match &repeated[..] {
        [] => {}
        [word] => notes.push(format!("It has “{word}” twice; the first counts.")),
        [word, ..] => notes.push(format!("{} of its words come again, such as “{word}”; the first of each counts.", repeated.len())),
    }
    match &mended[..] {
        [] => {}
        [word] => notes.push(format!("One word is not in UTF-8 and shows as “{word}”.")),
        [word, ..] => notes
            .push(format!("{} of its words are not in UTF-8 and show with a sign in place of a letter, such as “{word}”.", mended.len())),
    }
    notes
}
