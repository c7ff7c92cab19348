//! The models that can be opened: those made in advance, which lie beside the page, and those on the visitor's shelf.

use std::cell::RefCell;
use std::rc::Rc;

use super::model_files::{CARD, Files, Opened, TOKENIZER, WEIGHTS, from_json};
use super::session::Opening;
use super::storage::{Disk, Storage};
use crate::platform::site_file;
use crate::protocol::models::{Card, Entry, Which};

/// The list of the models made in advance, and the folder with one folder of files for each.
const INDEX: &str = "models/index.json";
const FOLDER: &str = "models";
/// Bytes of a card at most.
const CARD_BYTES: usize = 1 << 20;

/// Both kinds; a clone is another handle.
#[derive(Clone)]
pub struct Models {
    storage: Result<Storage, String>,
    baked: Rc<RefCell<Option<Vec<Entry>>>>,
    /// The one opened last.
    last: Rc<RefCell<Option<Last>>>,
}

type Last = (Which, Rc<Opened>);

impl Models {
    pub async fn open(storage: Opening) -> Self {
        let storage = storage.await;
        if let Ok(storage) = &storage {
            let _writing = storage.alone().await;
            // What is left takes room until the next time.
            let _ = sweep(storage).await;
        }
        Self { storage, baked: Rc::default(), last: Rc::default() }
    }

    /// What lies beside the page.
    ///
    /// # Errors
    /// Why the list cannot be had, as a sentence.
    pub async fn baked(&self) -> Result<Vec<Entry>, String> {
        if let Some(entries) = &*self.baked.borrow() {
            return Ok(entries.clone());
        }
        // The stamp keeps a browser from taking another build's list out of its cache.
        let stamp = if cfg!(target_arch = "wasm32") { format!("?{}", crate::protocol::BUILD) } else { String::new() };
        let unreadable = |reason: String| {
            format!(
                "The models made in advance cannot be listed, since {reason}: check the connection and reload the page, or train your own."
            )
        };
        let index = site_file(&(INDEX.to_owned() + &stamp)).await.map_err(unreadable)?;
        let entries: Vec<Entry> = from_json(&index).map_err(unreadable)?;
        *self.baked.borrow_mut() = Some(entries.clone());
        Ok(entries)
    }

    /// What is on the visitor's shelf, newest first; none where nothing can be kept.
    ///
    /// # Errors
    /// Why it cannot be listed, as a sentence.
    pub async fn own(&self) -> Result<Vec<Entry>, String> {
        let Ok(storage) = &self.storage else { return Ok(Vec::new()) };
        let mut entries = Vec::new();
        for slot in storage.slots().await? {
            let Ok(bytes) = storage.read(&slot, CARD, CARD_BYTES).await else { continue };
            let Ok(card) = from_json::<Card>(&bytes) else { continue };
            // Two bytes a parameter; the rest is small beside them.
            let bytes = 2 * card.config.parameters();
            entries.push(Entry { which: Which::Own(slot), card, bytes });
        }
        entries.sort_by(|a, b| b.card.made.total_cmp(&a.card.made));
        Ok(entries)
    }

    /// # Errors
    /// Why it cannot be opened, as a sentence.
    pub async fn load(&self, which: &Which) -> Result<Rc<Opened>, String> {
        if let Some((_, opened)) = self.last.borrow().as_ref().filter(|(last, _)| last == which) {
            return Ok(Rc::clone(opened));
        }
        let (name, files) = match which {
            Which::Baked(name) => (name, self.fetch(name).await),
            Which::Own(id) => (id, self.read(id).await),
            Which::Run => return Err("There is no run yet: train a model first.".into()),
        };
        let opened = files.and_then(|files| Opened::from_files(&files));
        let opened = opened.map_err(|reason| format!("The model “{name}” cannot be opened, since {reason}. Choose another one."))?;
        let opened = Rc::new(opened);
        *self.last.borrow_mut() = Some((which.clone(), Rc::clone(&opened)));
        Ok(opened)
    }

    /// Puts a model on the shelf.
    ///
    /// # Errors
    /// The reason, as a sentence.
    pub async fn put(&self, opened: &Opened) -> Result<(), String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let _writing = storage.alone().await;
        let Files { card, weights, tokenizer } = opened.to_files();
        let id = &opened.card.id;
        if storage.files(id).await?.iter().any(|file| file == CARD) {
            // The same weights and tokenizer are there.
            return storage.replace(id, CARD, &card).await;
        }
        let write = async {
            storage.write(id, WEIGHTS, &[weights.into()]).await?;
            storage.write(id, TOKENIZER, &[tokenizer.into()]).await?;
            // Last, since the shelf lists what has a card.
            storage.write(id, CARD, &[card.into()]).await
        };
        let written = write.await;
        if written.is_err() {
            // What is there of it only takes room.
            let _ = storage.remove_slot(id).await;
        }
        written
    }

    /// # Errors
    /// The reason, as a sentence.
    pub async fn rename(&self, id: &str, name: &str) -> Result<(), String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let mut card: Card = from_json(&storage.read(id, CARD, CARD_BYTES).await?).map_err(|reason| reason + ".")?;
        card.name = name.trim().to_owned();
        if card.name.is_empty() {
            return Err("a name has at least one letter.".into());
        }
        *self.last.borrow_mut() = None;
        let _writing = storage.alone().await;
        storage.replace(id, CARD, &serde_json::to_vec(&card).unwrap_or_default()).await
    }

    /// # Errors
    /// The reason, as a sentence.
    pub async fn delete(&self, id: &str) -> Result<(), String> {
        *self.last.borrow_mut() = None;
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let _writing = storage.alone().await;
        // First, since what has no card is on no list, and goes at the next start.
        storage.remove(id, CARD).await?;
        storage.remove_slot(id).await
    }

    async fn fetch(&self, name: &str) -> Result<Files, String> {
        let baked = self.baked().await?;
        let entry = baked.iter().find(|entry| entry.which == Which::Baked(name.to_owned())).ok_or("there is none of this name")?;
        // A file's address changes with what is in it, so that no cache gives an older one.
        let stamp = if cfg!(target_arch = "wasm32") { format!("?{}", entry.card.id) } else { String::new() };
        let file = async |file: &str| site_file(&format!("{FOLDER}/{name}/{file}{stamp}")).await;
        Ok(Files { card: file(CARD).await?, weights: file(WEIGHTS).await?, tokenizer: file(TOKENIZER).await? })
    }

    async fn read(&self, id: &str) -> Result<Files, String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let file = async |file: &str| storage.read(id, file, usize::MAX).await.map_err(|reason| reason.trim_end_matches('.').to_owned());
        Ok(Files { card: file(CARD).await?, weights: file(WEIGHTS).await?, tokenizer: file(TOKENIZER).await? })
    }
}

/// Removes what a crash left: files that were not finished, and what has no card. Where anything cannot be read, nothing more is
/// removed.
async fn sweep(storage: &Storage) -> Result<(), String> {
    for slot in storage.slots().await? {
        storage.mend(&slot).await?;
        // Other files are of another version.
        if storage.files(&slot).await?.iter().all(|file| file == WEIGHTS || file == TOKENIZER) {
            storage.remove_slot(&slot).await?;
        }
    }
    Ok(())
}
