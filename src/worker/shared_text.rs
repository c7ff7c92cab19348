//! The visitor's own text, kept for all pages of the site.

use super::prepare::Text;
use super::session::Opening;
use super::storage::{Disk, Storage};
use crate::protocol::{decode, encode};
use crate::spec::TextChoice;
use crate::text::Corpus;

/// The slot in the folder [`super::storage::TEXTS`], and the file in it.
const SLOT: (&str, &str) = ("last", "text");

/// Where the text is kept. Without storage nothing is: a text serves its page all the same, and only other pages do not find it.
#[derive(Clone)]
pub struct Shelf(Option<Storage>);

impl Shelf {
    pub async fn open(storage: Opening) -> Self {
        Self(storage.await.ok())
    }

    pub fn storage(&self) -> Option<&Storage> {
        self.0.as_ref()
    }

    /// Puts what the visitor chose in the place of what was kept: their own text, or none if it is the built-in one.
    pub async fn keep(&self, text: &Text) {
        let Some(storage) = &self.0 else { return };
        let _ = match text.summary.choice {
            TextChoice::Own => {
                let bytes = encode(&(&text.summary.name, &text.corpus.documents));
                storage.write(SLOT.0, SLOT.1, &[bytes.into()]).await
            }
            TextChoice::Starter | TextChoice::World => storage.remove_slot(SLOT.0).await,
        };
    }

    /// The text that was kept last, if it is there and whole.
    pub async fn kept(&self) -> Option<Text> {
        let bytes = self.0.as_ref()?.read(SLOT.0, SLOT.1, usize::MAX).await.ok()?;
        let (name, documents): (String, Vec<String>) = decode(&bytes).ok()?;
        Some(Text::new(TextChoice::Own, name, Corpus::new(documents)))
    }
}
