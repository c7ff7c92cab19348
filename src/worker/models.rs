//! The models that can be opened: those made in advance, which lie beside the page, and those on the visitor's shelf.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;

use super::model_files::{CARD, Files, Opened, TOKENIZER, WEIGHTS, from_json};
use super::session::Opening;
use super::storage::{Disk, Storage};
use super::turns::Turns;
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
    /// The one made last from another.
    made: Rc<RefCell<Option<Last>>>,
    /// Fetches from beside the page, and accesses to the shelf: several figures ask for the same model at once.
    fetches: Turns,
    accesses: Turns,
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
        Self {
            storage,
            baked: Rc::default(),
            last: Rc::default(),
            made: Rc::default(),
            fetches: Turns::default(),
            accesses: Turns::default(),
        }
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
        let Ok(storage) = self.storage.clone() else { return Ok(Vec::new()) };
        let read = async move {
            let mut entries = Vec::new();
            for slot in storage.slots().await? {
                let Ok(card) = card(&storage, &slot).await else { continue };
                // Two bytes a parameter; the rest is small beside them.
                let bytes = 2 * card.config.parameters();
                entries.push(Entry { which: Which::Own(slot), card, bytes });
            }
            entries.sort_by(|a, b| b.card.made.total_cmp(&a.card.made));
            Ok(entries)
        };
        self.accesses.take(read.boxed_local()).await
    }

    /// # Errors
    /// Why it cannot be opened, as a sentence.
    pub async fn load(&self, which: &Which) -> Result<Rc<Opened>, String> {
        let turns = match which {
            Which::Baked(_) => &self.fetches,
            Which::Own(_) => &self.accesses,
            Which::Run => return Err("There is no run yet: train a model first.".into()),
        };
        let (models, which) = (self.clone(), which.clone());
        turns.take(async move { models.load_now(which).await }.boxed_local()).await
    }

    /// The same, at its turn.
    async fn load_now(&self, which: Which) -> Result<Rc<Opened>, String> {
        for open in [&self.last, &self.made] {
            if let Some((_, opened)) = open.borrow().as_ref().filter(|(known, _)| *known == which) {
                return Ok(Rc::clone(opened));
            }
        }
        let files = match &which {
            Which::Baked(name) => self.fetch(name).await,
            Which::Own(id) => self.read(id).await,
            Which::Run => return Err("There is no run yet: train a model first.".into()),
        };
        match files.and_then(|files| Opened::from_files(&files)) {
            Ok(opened) => {
                let opened = Rc::new(opened);
                *self.last.borrow_mut() = Some((which, Rc::clone(&opened)));
                Ok(opened)
            }
            Err(reason) => Err(format!("{} cannot be opened, since {reason}. Choose another one.", self.name(&which).await)),
        }
    }

    /// What a sentence calls a model.
    async fn name(&self, which: &Which) -> String {
        let known = match which {
            Which::Baked(name) => {
                let title = self.baked.borrow().iter().flatten().find(|entry| entry.which == *which).map(|entry| entry.card.name.clone());
                Some(title.unwrap_or_else(|| name.clone()))
            }
            Which::Own(id) => match &self.storage {
                Ok(storage) => card(storage, id).await.ok().map(|card| card.name),
                Err(_) => None,
            },
            Which::Run => None,
        };
        known.map_or_else(|| "This model of yours".into(), |name| format!("The model “{name}”"))
    }

    /// Puts a model on the shelf.
    ///
    /// # Errors
    /// The reason, as a sentence.
    pub async fn put(&self, opened: &Opened) -> Result<(), String> {
        let storage = self.storage.clone()?;
        let Files { card, weights, tokenizer } = opened.to_files();
        let id = opened.card.id.clone();
        let put = async move {
            let _writing = storage.alone().await;
            if storage.files(&id).await?.iter().any(|file| file == CARD) {
                // The same weights and tokenizer are there.
                return storage.replace(&id, CARD, &card).await;
            }
            let write = async {
                storage.write(&id, WEIGHTS, &[weights.into()]).await?;
                storage.write(&id, TOKENIZER, &[tokenizer.into()]).await?;
                // Last, since the shelf lists what has a card.
                storage.write(&id, CARD, &[card.into()]).await
            };
            let written = write.await;
            if written.is_err() {
                // What is there of it only takes room.
                let _ = storage.remove_slot(&id).await;
            }
            written
        };
        self.accesses.take(put.boxed_local()).await
    }

    /// Puts a model on the shelf, and keeps it open: where nothing can be kept it is there until the next one is made.
    pub async fn hold(&self, opened: Opened) -> Entry {
        let which = Which::Own(opened.card.id.clone());
        // Why it cannot be kept was said when the storage did not open.
        _ = self.put(&opened).await;
        let entry = Entry { which: which.clone(), card: opened.card.clone(), bytes: 2 * opened.card.config.parameters() };
        *self.made.borrow_mut() = Some((which, Rc::new(opened)));
        entry
    }

    /// # Errors
    /// The reason, as a sentence.
    pub async fn rename(&self, id: &str, name: &str) -> Result<(), String> {
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err("a name has at least one letter.".into());
        }
        let (storage, id, last) = (self.storage.clone()?, id.to_owned(), Rc::clone(&self.last));
        let write = async move {
            let card = Card { name, ..card(&storage, &id).await? };
            last.take();
            let _writing = storage.alone().await;
            storage.replace(&id, CARD, &serde_json::to_vec(&card).unwrap_or_default()).await
        };
        self.accesses.take(write.boxed_local()).await
    }

    /// # Errors
    /// The reason, as a sentence.
    pub async fn delete(&self, id: &str) -> Result<(), String> {
        let (storage, id, last) = (self.storage.clone()?, id.to_owned(), Rc::clone(&self.last));
        let remove = async move {
            last.take();
            let _writing = storage.alone().await;
            // First, since what has no card is on no list, and goes at the next start.
            storage.remove(&id, CARD).await?;
            storage.remove_slot(&id).await
        };
        self.accesses.take(remove.boxed_local()).await
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

/// # Errors
/// The reason, as a sentence.
async fn card(storage: &Storage, id: &str) -> Result<Card, String> {
    from_json(&storage.read(id, CARD, CARD_BYTES).await?).map_err(|reason| reason + ".")
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
