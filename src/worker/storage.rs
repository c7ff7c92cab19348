//! Where runs, models and texts are kept: a folder of slots, each a folder of files that are each whole or not there.
//!
//! In the browser this is the origin private file system, natively a directory, and in tests one that fails when told to.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
pub mod faulty;
#[cfg(not(target_arch = "wasm32"))]
mod native;

use std::borrow::Cow;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::channel::oneshot;

#[cfg(target_arch = "wasm32")]
use browser::Release;
#[cfg(target_arch = "wasm32")]
pub use browser::Storage;
#[cfg(not(target_arch = "wasm32"))]
use native::Release;
#[cfg(not(target_arch = "wasm32"))]
pub use native::Storage;

use crate::protocol::Room;

/// The folder of the runs.
pub const RUNS: &str = "runs";
/// The folder of the visitor's models.
pub const MODELS: &str = "models";
/// The folder of the visitor's text, which all pages of the site share.
pub const TEXTS: &str = "texts";

/// Bytes at the start of a file that are zero until all others are written, in the browser. No file that is kept begins with so
/// many zeros: checkpoints and weights begin with the length of their header, cards with a brace, texts with their name.
const MARK: usize = 8;
/// What ends the name of a file that is not finished, natively.
const UNFINISHED: &str = ".part";
/// What ends the name of a file that is about to take another's place.
const NEXT: &str = ".next";
/// What is held by whoever writes or clears up.
const WRITING: &str = "writing";

/// Slots of files. Every error is the reason, as a sentence.
#[expect(async_fn_in_trait, reason = "all of it happens on one thread")]
pub trait Disk {
    /// The names of all slots. A folder that is not there has none; one that cannot be read is an error.
    async fn slots(&self) -> Result<Vec<String>, String>;

    /// The names of a slot's files. A slot that is not there has none; one that cannot be read is an error.
    async fn files(&self, slot: &str) -> Result<Vec<String>, String>;

    /// The first `most` bytes of a file.
    async fn read(&self, slot: &str, file: &str, most: usize) -> Result<Vec<u8>, String>;

    /// Writes a file whole, from its parts. In the browser one that was there is lost if the write is cut short.
    async fn write(&self, slot: &str, file: &str, parts: &[Cow<'_, [u8]>]) -> Result<(), String>;

    async fn remove(&self, slot: &str, file: &str) -> Result<(), String>;

    async fn remove_slot(&self, slot: &str) -> Result<(), String>;

    /// How much is used, and how much may be.
    async fn room(&self) -> Result<Room, String>;

    /// Claims `name` for one owner among all tabs and sessions; none if it is another's.
    async fn lock(&self, name: &str, claim: Claim) -> Result<Option<Lock>, String>;

    /// Held by whoever writes or clears up, so that no tab takes the unfinished work of another for what a crash left; none where the
    /// browser lends no locks.
    async fn alone(&self) -> Option<Lock> {
        self.lock(WRITING, Claim::Wait).await.ok().flatten()
    }

    /// Writes a file in the place of one that is there, such that one of the two is left wherever it is cut short.
    async fn replace(&self, slot: &str, file: &str, bytes: &[u8]) -> Result<(), String> {
        let next = format!("{file}{NEXT}");
        self.write(slot, &next, &[bytes.into()]).await?;
        self.write(slot, file, &[bytes.into()]).await?;
        self.remove(slot, &next).await
    }

    /// Clears up after a write that was cut short: what is not whole goes, and what was to take another's place does.
    async fn mend(&self, slot: &str) -> Result<(), String> {
        for file in self.files(slot).await? {
            let is_whole = !file.ends_with(UNFINISHED) && self.read(slot, &file, MARK).await?.iter().any(|byte| *byte != 0);
            if !is_whole {
                self.remove(slot, &file).await?;
            } else if let Some(name) = file.strip_suffix(NEXT) {
                let bytes = self.read(slot, &file, usize::MAX).await?;
                self.write(slot, name, &[bytes.into()]).await?;
                self.remove(slot, &file).await?;
            }
        }
        Ok(())
    }
}

/// How to claim what may be another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    IfFree,
    /// From whoever has it, who is told.
    TakeOver,
    /// When it is free.
    Wait,
}

/// What one owner holds until it is dropped or taken over.
pub struct Lock {
    pub name: String,
    is_lost: bool,
    /// Whether [`Self::poll_lost`] has said so.
    is_told: bool,
    /// Comes when it is taken over.
    news: oneshot::Receiver<()>,
    _release: Release,
}

impl Lock {
    fn new(name: &str, news: oneshot::Receiver<()>, release: Release) -> Self {
        Self { name: name.into(), is_lost: false, is_told: false, news, _release: release }
    }

    /// Whether another has taken it over.
    pub fn is_lost(&mut self) -> bool {
        self.is_lost |= matches!(self.news.try_recv(), Ok(Some(())));
        self.is_lost
    }

    /// Ready once, when another takes it over.
    pub fn poll_lost(&mut self, context: &mut Context) -> Poll<()> {
        self.is_lost |= !self.is_told && self.news.poll_unpin(context) == Poll::Ready(Ok(()));
        if self.is_lost && !self.is_told {
            self.is_told = true;
            return Poll::Ready(());
        }
        Poll::Pending
    }
}
