//! The visitor's own text, kept for all pages of the site.

use super::prepare::Text;
use super::storage::Storage;
use crate::protocol::{decode, encode};
use crate::spec::TextChoice;
use crate::text::Corpus;

/// The slot in the folder [`super::storage::TEXTS`], and the file in it.
const SLOT: (&str, &str) = ("last", "text");

/// Keeps a text in the place of the last one.
///
/// # Errors
/// The reason, as a sentence.
pub async fn keep(storage: &Storage, text: &Text) -> Result<(), String> {
    storage.write(SLOT.0, SLOT.1, &encode(&(&text.summary.name, &text.corpus.documents))).await
}

/// The text that was kept last, if it is there and whole.
pub async fn kept(storage: &Storage) -> Option<Text> {
    let bytes = storage.read(SLOT.0, SLOT.1, usize::MAX).await.ok()?;
    let (name, documents): (String, Vec<String>) = decode(&bytes).ok()?;
    Some(Text::new(TextChoice::Own, name, Corpus { documents, duplicates: 0 }))
}
