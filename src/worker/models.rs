//! The models that can be opened: those made in advance, which lie beside the page, and those on the visitor's shelf.

use std::cell::RefCell;
use std::rc::Rc;

use super::model_files::{CARD, Files, Opened, TOKENIZER, WEIGHTS, from_json};
use super::session::Opening;
use super::storage::Storage;
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
        Self { storage: storage.await, baked: Rc::default(), last: Rc::default() }
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
    pub async fn own(&self) -> Vec<Entry> {
        let Ok(storage) = &self.storage else { return Vec::new() };
        let mut entries = Vec::new();
        for slot in storage.runs().await.unwrap_or_default() {
            let Ok(bytes) = storage.read(&slot, CARD, CARD_BYTES).await else { continue };
            let Ok(card) = from_json::<Card>(&bytes) else { continue };
            // Two bytes a parameter; the rest is small beside them.
            let bytes = 2 * card.config.parameters();
            entries.push(Entry { which: Which::Own(slot), card, bytes });
        }
        entries.sort_by(|a, b| b.card.made.total_cmp(&a.card.made));
        entries
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
        let Files { card, weights, tokenizer } = opened.to_files();
        let id = &opened.card.id;
        storage.write(id, WEIGHTS, &[weights.into()]).await?;
        storage.write(id, TOKENIZER, &[tokenizer.into()]).await?;
        // Last, since the shelf lists what has a card.
        storage.write(id, CARD, &[card.into()]).await
    }

    /// Puts a model on the shelf, and keeps it open: where nothing can be kept it is there as long as the page.
    pub async fn hold(&self, opened: Opened) -> Entry {
        let which = Which::Own(opened.card.id.clone());
        // Why it cannot be kept was said when the storage did not open.
        _ = self.put(&opened).await;
        let entry = Entry { which: which.clone(), card: opened.card.clone(), bytes: 2 * opened.card.config.parameters() };
        *self.last.borrow_mut() = Some((which, Rc::new(opened)));
        entry
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
        storage.write(id, CARD, &[serde_json::to_vec(&card).unwrap_or_default().into()]).await
    }

    /// # Errors
    /// The reason, as a sentence.
    pub async fn delete(&self, id: &str) -> Result<(), String> {
        *self.last.borrow_mut() = None;
        self.storage.as_ref().map_err(String::clone)?.remove_run(id).await
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
