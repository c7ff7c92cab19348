//! Keeps runs in storage, the last two checkpoints of each, and finds them again. Texts are kept once, by their checksum.

use super::checkpoint::{CRC, Checkpoint, Meta, Snapshot, head_len, read_meta};
use super::prepare::Text;
use super::source::endless;
use super::storage::{Claim, Disk, Lock, Storage};
use crate::protocol::{KeptRun, Room};
use crate::spec::TextChoice;

/// Checkpoints kept of a run; the older serves if the newer is damaged.
const CHECKPOINTS: usize = 2;
/// A text's file, in a slot of its own; older versions kept it in the slot of its run.
const TEXT: &str = "text";
/// The slots of texts begin like this.
const TEXTS: &str = "text-";

/// What is kept, and where.
pub struct Keeper {
    storage: Result<Storage, String>,
    pub kept: Vec<KeptRun>,
    /// Why what is kept could not be looked through at the start.
    pub unread: Option<String>,
    /// The reason of the last failure, so that the same is not said every half minute.
    complaint: Option<String>,
}

/// What the session is told whose run another goes on with.
pub const TAKEN_OVER: &str = "Another tab has taken over this run. It pauses here, and nothing of it is kept from here any more: go on there, \
                              or take it over again from the list of kept runs.";

/// Another session has the run open.
#[derive(Debug)]
pub struct Held;

impl Keeper {
    /// Clears up in the storage and looks through it, or notes why there is none.
    pub async fn open(storage: Result<Storage, String>) -> Self {
        let mut keeper = Self { storage, kept: Vec::new(), unread: None, complaint: None };
        if let Ok(storage) = &keeper.storage {
            let writing = storage.alone().await;
            // Where anything cannot be read nothing more is removed, and what is left takes room until the next time.
            let _ = sweep(storage).await;
            drop(writing);
            match list(storage).await {
                Ok(kept) => keeper.kept = kept,
                Err(reason) => keeper.unread = Some(reason),
            }
        }
        keeper
    }

    /// Claims a run for this session. Where nothing can be kept, or the browser lends no locks, there is nothing to hold.
    ///
    /// # Errors
    /// Where another session has it open.
    pub async fn claim(&self, run: &str, claim: Claim) -> Result<Option<Lock>, Held> {
        let Ok(storage) = &self.storage else { return Ok(None) };
        match storage.lock(run, claim).await {
            Ok(None) => Err(Held),
            Ok(lock) => Ok(lock),
            Err(_) => Ok(None),
        }
    }

    /// Writes a checkpoint, and the text of its run if it is not there yet, unless another session has taken the run over.
    ///
    /// # Errors
    /// The reason, unless it is the same as last time.
    pub async fn keep(&mut self, checkpoint: &Snapshot<'_>, text: &Text, lock: &mut Option<Lock>) -> Result<(), Option<String>> {
        match self.write(checkpoint, text, lock).await {
            Ok(true) => {
                self.complaint = None;
                let entry = checkpoint.meta.kept();
                self.kept.retain(|kept| kept.run != entry.run);
                self.kept.insert(0, entry);
                Ok(())
            }
            Ok(false) => Err(None),
            Err(reason) if self.complaint.as_ref() == Some(&reason) => Err(None),
            Err(reason) => {
                self.complaint = Some(reason.clone());
                Err(Some(reason))
            }
        }
    }

    /// # Errors
    /// The reason, as a sentence.
    pub async fn forget(&mut self, run: &str) -> Result<(), String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let _writing = storage.alone().await;
        storage.remove_slot(run).await?;
        self.kept.retain(|kept| kept.run != run);
        // As at the start.
        let _ = sweep(storage).await;
        Ok(())
    }

    /// The newest whole checkpoint of a run, as [`find`] finds it, once nobody writes any more.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    pub async fn find(&self, run: &str) -> Result<(Checkpoint, Text, Option<String>), String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let _writing = storage.alone().await;
        find(storage, run).await
    }

    /// How much room is taken; none where that is not known.
    pub async fn room(&self) -> Option<Room> {
        self.storage.as_ref().ok()?.room().await.ok()
    }

    /// Whether it wrote; not if the run is another's by now.
    async fn write(&self, checkpoint: &Snapshot<'_>, text: &Text, lock: &mut Option<Lock>) -> Result<bool, String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let _writing = storage.alone().await;
        if lock.as_mut().is_some_and(Lock::is_lost) {
            return Ok(false);
        }
        let run = checkpoint.meta.run.as_str();
        // The endless world is told anew from its seed. Another tab may have deleted the text meanwhile.
        let slot = text_slot(text.checksum());
        if text.summary.choice != TextChoice::World && !storage.files(&slot).await?.iter().any(|file| file == TEXT) {
            storage.write(&slot, TEXT, &[text.to_bytes().into()]).await?;
        }
        let file = file_name(&checkpoint.meta);
        storage.write(run, &file, &checkpoint.parts(None)).await?;
        // It is kept. What cannot be removed now goes with a later one.
        let _ = prune(storage, run, Some(&file)).await;
        Ok(true)
    }
}

/// Removes all but the newest checkpoints of a run, and never the one just `written`.
async fn prune(storage: &Storage, run: &str, written: Option<&str>) -> Result<(), String> {
    for old in checkpoints(storage, run).await?.into_iter().skip(CHECKPOINTS).filter(|old| Some(old.as_str()) != written) {
        storage.remove(run, &old).await?;
    }
    Ok(())
}

/// What is kept, newest first.
async fn list(storage: &Storage) -> Result<Vec<KeptRun>, String> {
    let mut kept = Vec::new();
    for run in storage.slots().await?.into_iter().filter(|slot| !slot.starts_with(TEXTS)) {
        for file in checkpoints(storage, &run).await? {
            if let Some(meta) = meta(storage, &run, &file).await {
                let entry = meta.kept();
                let newer = kept.partition_point(|other: &KeptRun| other.saved > entry.saved);
                kept.insert(newer, entry);
                break;
            }
        }
    }
    Ok(kept)
}

/// Removes what nothing refers to: files that were not finished, runs without a checkpoint, checkpoints that were to go, and texts
/// that no run reads. Where anything cannot be read, nothing more is removed.
async fn sweep(storage: &Storage) -> Result<(), String> {
    let (mut texts, runs): (Vec<String>, Vec<String>) = storage.slots().await?.into_iter().partition(|slot| slot.starts_with(TEXTS));
    for text in &texts {
        storage.mend(text).await?;
    }
    for run in runs {
        storage.mend(&run).await?;
        prune(storage, &run, None).await?;
        let checkpoints = checkpoints(storage, &run).await?;
        for file in &checkpoints {
            let meta = meta(storage, &run, file).await.ok_or("a checkpoint cannot be read.")?;
            texts.retain(|slot| *slot != text_slot(meta.text));
        }
        if checkpoints.is_empty() {
            // Another version may name its checkpoints otherwise, and read any of the texts.
            if storage.files(&run).await?.iter().any(|file| file != TEXT) {
                return Err("a run is kept in a way that is not known here.".into());
            }
            storage.remove_slot(&run).await?;
        }
    }
    for text in texts {
        storage.remove_slot(&text).await?;
    }
    Ok(())
}

/// What the head of a checkpoint's file says.
async fn meta(storage: &Storage, run: &str, file: &str) -> Option<Meta> {
    let len = head_len(&storage.read(run, file, 8).await.ok()?)?;
    read_meta(&storage.read(run, file, len).await.ok()?)
}

/// The newest checkpoint of a run that is whole, its text, and a word if a newer one was not whole.
///
/// # Errors
/// Why there is none, as a sentence.
async fn find(storage: &Storage, run: &str) -> Result<(Checkpoint, Text, Option<String>), String> {
    let mut damage = None;
    for file in checkpoints(storage, run).await? {
        let read = storage.read(run, &file, usize::MAX).await.and_then(|bytes| Checkpoint::from_bytes(&bytes));
        let found = match read {
            Ok((checkpoint, _)) => text_of(storage, run, &checkpoint).await.map(|text| (checkpoint, text)),
            Err(reason) => Err(reason),
        };
        match found {
            Ok((checkpoint, text)) => {
                let note = damage.map(|damage| {
                    format!(
                        "The newest checkpoint cannot be read, since {damage}; the one before it, of step {}, is used.",
                        checkpoint.meta.step
                    )
                });
                return Ok((checkpoint, text, note));
            }
            Err(reason) => damage = Some(reason),
        }
    }
    Err(match damage {
        Some(damage) => format!("None of its checkpoints can be read, since {damage}."),
        None => "There is no checkpoint of it.".into(),
    })
}

/// # Errors
/// Why it cannot be had, as the rest of a sentence.
async fn text_of(storage: &Storage, run: &str, checkpoint: &Checkpoint) -> Result<Text, String> {
    if checkpoint.spec.text == TextChoice::World {
        return endless().await.map_err(|problem| problem.message);
    }
    let bytes = match storage.read(&text_slot(checkpoint.meta.text), TEXT, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(_) => storage.read(run, TEXT, usize::MAX).await.map_err(|_| "its text is not there any more".to_owned())?,
    };
    if CRC.checksum(&bytes) != checkpoint.meta.text {
        return Err("its text has changed".into());
    }
    Text::from_bytes(&bytes)
}

fn text_slot(checksum: u32) -> String {
    format!("{TEXTS}{checksum:08x}")
}

/// The files of a run's checkpoints, newest first.
async fn checkpoints(storage: &Storage, run: &str) -> Result<Vec<String>, String> {
    let mut newest_first = Vec::new();
    for file in storage.files(run).await? {
        if file.starts_with("step-") && file.ends_with(".safetensors") {
            newest_first.insert(newest_first.partition_point(|other| *other > file), file);
        }
    }
    Ok(newest_first)
}

/// Sorts by step, then by time; no name comes twice, so that no whole file is written over.
fn file_name(meta: &Meta) -> String {
    format!("step-{:07}-{:014}.safetensors", meta.step, meta.saved as u64)
}
