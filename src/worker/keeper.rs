//! Keeps runs in storage, the last two checkpoints of each, and finds them again. Texts are kept once, by their checksum.

use super::checkpoint::{CRC, Checkpoint, Meta, Snapshot, head_len, read_meta};
use super::prepare::Text;
use super::source::endless;
use super::storage::Storage;
use crate::protocol::KeptRun;
use crate::spec::TextChoice;

/// Checkpoints kept of a run; the older serves if the newer is damaged.
const CHECKPOINTS: usize = 2;
/// A text's file, in a folder of its own; older versions kept it in the folder of its run.
const TEXT: &str = "text";
/// The folders of texts begin like this.
const TEXTS: &str = "text-";

/// What is kept, and where.
pub struct Keeper {
    storage: Result<Storage, String>,
    pub kept: Vec<KeptRun>,
    /// The reason of the last failure, so that the same is not said every half minute.
    complaint: Option<String>,
}

impl Keeper {
    /// Looks through the storage, or notes why there is none.
    pub async fn open(storage: Result<Storage, String>) -> Self {
        let mut keeper = Self { storage, kept: Vec::new(), complaint: None };
        keeper.sweep().await;
        // What cannot be read shows when something is to be written, where it matters.
        keeper.kept = keeper.list().await.unwrap_or_default();
        keeper
    }

    /// Writes a checkpoint, and the text of its run if it is not there yet.
    ///
    /// # Errors
    /// The reason, unless it is the same as last time.
    pub async fn keep(&mut self, checkpoint: &Snapshot<'_>, text: &Text) -> Result<(), Option<String>> {
        match self.write(checkpoint, text).await {
            Ok(()) => {
                self.complaint = None;
                let entry = checkpoint.meta.kept();
                self.kept.retain(|kept| kept.run != entry.run);
                self.kept.insert(0, entry);
                Ok(())
            }
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
        self.storage.as_ref().map_err(String::clone)?.remove_run(run).await?;
        self.kept.retain(|kept| kept.run != run);
        self.sweep().await;
        Ok(())
    }

    /// The storage, for a job of its own.
    ///
    /// # Errors
    /// Why there is none.
    pub fn storage(&self) -> Result<Storage, String> {
        self.storage.clone()
    }

    async fn write(&self, checkpoint: &Snapshot<'_>, text: &Text) -> Result<(), String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let run = checkpoint.meta.run.as_str();
        // The endless world is told anew from its seed. Another tab may have deleted the text meanwhile.
        let folder = text_folder(text.checksum());
        if text.summary.choice != TextChoice::World && !storage.files(&folder).await.unwrap_or_default().iter().any(|file| file == TEXT) {
            storage.write(&folder, TEXT, &[text.to_bytes().into()]).await?;
        }
        storage.write(run, &file_name(&checkpoint.meta), &checkpoint.parts(None)).await?;
        for old in checkpoints(storage, run).await?.into_iter().skip(CHECKPOINTS) {
            storage.remove(run, &old).await?;
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<KeptRun>, String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let mut kept = Vec::new();
        for run in storage.runs().await?.into_iter().filter(|folder| !folder.starts_with(TEXTS)) {
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

    /// Removes texts that no run reads any more. Where anything cannot be read, nothing is removed.
    async fn sweep(&self) {
        let Ok(storage) = &self.storage else { return };
        let Ok(unread) = unread(storage).await else { return };
        for folder in unread {
            // What is left takes room until the next time.
            let _ = storage.remove_run(&folder).await;
        }
    }
}

/// The folders of texts that no checkpoint names.
async fn unread(storage: &Storage) -> Result<Vec<String>, String> {
    let (mut texts, runs): (Vec<String>, Vec<String>) = storage.runs().await?.into_iter().partition(|folder| folder.starts_with(TEXTS));
    for run in runs {
        for file in checkpoints(storage, &run).await? {
            let meta = meta(storage, &run, &file).await.ok_or("a checkpoint cannot be read.")?;
            texts.retain(|folder| *folder != text_folder(meta.text));
        }
    }
    Ok(texts)
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
pub async fn find(storage: &Storage, run: &str) -> Result<(Checkpoint, Text, Option<String>), String> {
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
    let bytes = match storage.read(&text_folder(checkpoint.meta.text), TEXT, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(_) => storage.read(run, TEXT, usize::MAX).await.map_err(|_| "its text is not there any more".to_owned())?,
    };
    if CRC.checksum(&bytes) != checkpoint.meta.text {
        return Err("its text has changed".into());
    }
    Text::from_bytes(&bytes)
}

fn text_folder(checksum: u32) -> String {
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
