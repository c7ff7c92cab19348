//! A directory. Every error is the reason, as a sentence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;

use super::faulty::{Faults, Faulty};
use super::{Claim, Disk, Lock, UNFINISHED};
use crate::platform::yield_now;
use crate::protocol::Room;

/// What a session keeps things in.
#[derive(Clone)]
pub enum Storage {
    Folder(Folder),
    /// For tests.
    Faulty(Faulty<Folder>),
}

/// Keeps things in a directory.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Storage {
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self::Folder(Folder(directory.into()))
    }

    /// A directory that fails when `faults` say so.
    pub fn faulty(directory: impl Into<PathBuf>, faults: &Rc<Faults>) -> Self {
        Self::Faulty(Faulty::new(Folder(directory.into()), faults))
    }
}

/// The same call of whichever it is.
macro_rules! of_either {
    ($storage:expr, $disk:ident => $call:expr) => {
        match $storage {
            Storage::Folder($disk) => $call.await,
            Storage::Faulty($disk) => $call.await,
        }
    };
}

impl Disk for Storage {
    async fn slots(&self) -> Result<Vec<String>, String> {
        of_either!(self, disk => disk.slots())
    }

    async fn files(&self, slot: &str) -> Result<Vec<String>, String> {
        of_either!(self, disk => disk.files(slot))
    }

    async fn read(&self, slot: &str, file: &str, most: usize) -> Result<Vec<u8>, String> {
        of_either!(self, disk => disk.read(slot, file, most))
    }

    async fn write(&self, slot: &str, file: &str, parts: &[Cow<'_, [u8]>]) -> Result<(), String> {
        of_either!(self, disk => disk.write(slot, file, parts))
    }

    async fn remove(&self, slot: &str, file: &str) -> Result<(), String> {
        of_either!(self, disk => disk.remove(slot, file))
    }

    async fn remove_slot(&self, slot: &str) -> Result<(), String> {
        of_either!(self, disk => disk.remove_slot(slot))
    }

    async fn room(&self) -> Result<Room, String> {
        of_either!(self, disk => disk.room())
    }

    async fn lock(&self, name: &str, claim: Claim) -> Result<Option<Lock>, String> {
        of_either!(self, disk => disk.lock(name, claim))
    }
}

impl Disk for Folder {
    async fn slots(&self) -> Result<Vec<String>, String> {
        list(&self.0)
    }

    async fn files(&self, slot: &str) -> Result<Vec<String>, String> {
        list(&self.0.join(slot))
    }

    async fn read(&self, slot: &str, file: &str, most: usize) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let file = File::open(self.0.join(slot).join(file)).map_err(reason)?;
        file.take(most as u64).read_to_end(&mut bytes).map_err(reason)?;
        Ok(bytes)
    }

    /// Under another name, which then becomes its own.
    async fn write(&self, slot: &str, file: &str, parts: &[Cow<'_, [u8]>]) -> Result<(), String> {
        let folder = self.0.join(slot);
        fs::create_dir_all(&folder).map_err(reason)?;
        let unfinished = folder.join(format!("{file}{UNFINISHED}"));
        let write = || {
            let mut target = File::create(&unfinished)?;
            parts.iter().try_for_each(|part| target.write_all(part))?;
            target.sync_all()?;
            fs::rename(&unfinished, folder.join(file))
        };
        write().map_err(|error| {
            // What is there of it only takes room.
            _ = fs::remove_file(&unfinished);
            reason(error)
        })
    }

    async fn remove(&self, slot: &str, file: &str) -> Result<(), String> {
        fs::remove_file(self.0.join(slot).join(file)).map_err(reason)
    }

    async fn remove_slot(&self, slot: &str) -> Result<(), String> {
        fs::remove_dir_all(self.0.join(slot)).map_err(reason)
    }

    async fn room(&self) -> Result<Room, String> {
        let mut used = 0;
        for slot in list(&self.0)? {
            for file in list(&self.0.join(&slot))? {
                used += fs::metadata(self.0.join(&slot).join(file)).map_err(reason)?.len();
            }
        }
        Ok(Room { used, most: None })
    }

    /// Among the sessions of this process.
    async fn lock(&self, name: &str, claim: Claim) -> Result<Option<Lock>, String> {
        let place = self.0.join(name);
        loop {
            if claim == Claim::TakeOver || !held().contains_key(&place) {
                break;
            }
            if claim == Claim::IfFree {
                return Ok(None);
            }
            yield_now().await;
        }
        let (tell, news) = oneshot::channel();
        if let Some(before) = held().insert(place.clone(), tell) {
            // It may be gone.
            _ = before.send(());
        }
        Ok(Some(Lock::new(name, news, Release(place))))
    }
}

/// What is held in this process, and whom to tell that it is taken over.
type Held = BTreeMap<PathBuf, oneshot::Sender<()>>;

fn held() -> MutexGuard<'static, Held> {
    static HELD: Mutex<Held> = Mutex::new(BTreeMap::new());
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Frees what is held, unless another has taken it over.
pub struct Release(PathBuf);

impl Drop for Release {
    fn drop(&mut self) {
        let mut held = held();
        // The one who listened is gone with this lock, if it was not another's already.
        if held.get(&self.0).is_some_and(oneshot::Sender::is_canceled) {
            held.remove(&self.0);
        }
    }
}

fn list(folder: &Path) -> Result<Vec<String>, String> {
    match fs::read_dir(folder) {
        Ok(names) => names.map(|entry| Ok(entry.map_err(reason)?.file_name().to_string_lossy().into_owned())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(reason(error)),
    }
}

fn reason(error: std::io::Error) -> String {
    format!("{error}.")
}
