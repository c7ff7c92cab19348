//! Keeps runs in storage, the last two checkpoints of each, and finds them again.

use super::checkpoint::{CRC, Checkpoint, Meta, Snapshot, head_len, read_kept};
use super::prepare::Text;
use super::storage::Storage;
use crate::protocol::KeptRun;

/// Checkpoints kept of a run; the older serves if the newer is damaged.
const CHECKPOINTS: usize = 2;
const TEXT: &str = "text";

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
        // Another tab may have deleted the run meanwhile.
        let is_new = !storage.files(run).await.unwrap_or_default().iter().any(|file| file == TEXT);
        let mut written = if is_new { storage.write(run, TEXT, &[text.to_bytes().into()]).await } else { Ok(()) };
        if written.is_ok() {
            written = storage.write(run, &file_name(&checkpoint.meta), &checkpoint.parts(None)).await;
        }
        if is_new && written.is_err() {
            // A text without a checkpoint only takes room, and no list shows it.
            let _ = storage.remove_run(run).await;
        }
        written?;
        for old in checkpoints(storage, run).await?.into_iter().skip(CHECKPOINTS) {
            storage.remove(run, &old).await?;
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<KeptRun>, String> {
        let storage = self.storage.as_ref().map_err(String::clone)?;
        let mut kept = Vec::new();
        for run in storage.runs().await? {
            for file in checkpoints(storage, &run).await? {
                let Ok(start) = storage.read(&run, &file, 8).await else { continue };
                let Some(len) = head_len(&start) else { continue };
                let Ok(head) = storage.read(&run, &file, len).await else { continue };
                if let Some(entry) = read_kept(&head) {
                    let newer = kept.partition_point(|other: &KeptRun| other.saved > entry.saved);
                    kept.insert(newer, entry);
                    break;
                }
            }
        }
        Ok(kept)
    }
}

/// The newest checkpoint of a run that is whole, its text, and a word if a newer one was not whole.
///
/// # Errors
/// Why there is none, as a sentence.
pub async fn find(storage: &Storage, run: &str) -> Result<(Checkpoint, Text, Option<String>), String> {
    let text = storage.read(run, TEXT, usize::MAX).await?;
    let mut damage = None;
    for file in checkpoints(storage, run).await? {
        let read = storage.read(run, &file, usize::MAX).await.and_then(|bytes| Checkpoint::from_bytes(&bytes));
        match read {
            Ok((checkpoint, _)) if checkpoint.meta.text == CRC.checksum(&text) => {
                let note = damage.map(|damage| {
                    format!(
                        "The newest checkpoint cannot be read, since {damage}; the one before it, of step {}, is used.",
                        checkpoint.meta.step
                    )
                });
                return Ok((checkpoint, Text::from_bytes(&text)?, note));
            }
            Ok(_) => damage = Some("its text has changed".to_owned()),
            Err(reason) => damage = Some(reason),
        }
    }
    Err(match damage {
        Some(damage) => format!("None of its checkpoints can be read, since {damage}."),
        None => "There is no checkpoint of it.".into(),
    })
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
