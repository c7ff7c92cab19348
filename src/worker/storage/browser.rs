//! The origin private file system. Every error is the reason, as a sentence.

use std::borrow::Cow;
use std::iter;

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{AsyncIterator, IteratorNext, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions, FileSystemReadWriteOptions,
    FileSystemRemoveOptions, FileSystemSyncAccessHandle, StorageEstimate, StorageManager, WorkerGlobalScope,
};

use super::{Claim, Disk, Lock, MARK};
use crate::platform::insecure;
use crate::protocol::Room;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request_lock(name: &str, options: &Object, granted: &JsValue) -> Result<Promise, JsValue>;
}

/// Dropped, it frees what is held.
pub type Release = oneshot::Sender<()>;

/// Keeps runs or texts in the origin private file system.
#[derive(Clone, Debug)]
pub struct Storage(FileSystemDirectoryHandle);

impl Storage {
    /// A folder at the root, such as [`super::RUNS`].
    ///
    /// # Errors
    /// Where the browser lets nothing be stored.
    pub async fn open(name: &str) -> Result<Self, String> {
        let storage = manager();
        if storage.is_undefined() {
            return Err(insecure().unwrap_or("this browser keeps nothing for pages.").into());
        }
        let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await.map_err(reason)?.unchecked_into();
        Ok(Self(folder(&root, name, true).await.map_err(reason)?))
    }
}

impl Disk for Storage {
    async fn slots(&self) -> Result<Vec<String>, String> {
        names(&self.0).await
    }

    async fn files(&self, slot: &str) -> Result<Vec<String>, String> {
        match folder(&self.0, slot, false).await {
            Ok(folder) => names(&folder).await,
            Err(error) if name_of(&error) == ABSENT => Ok(Vec::new()),
            Err(error) => Err(reason(error)),
        }
    }

    async fn read(&self, slot: &str, file: &str, most: usize) -> Result<Vec<u8>, String> {
        let folder = folder(&self.0, slot, false).await.map_err(reason)?;
        let handle = Handle::open(&folder, file, false).await?;
        let size = handle.0.get_size().map_err(reason)? as usize;
        let mut bytes = vec![0; size.min(most)];
        let read = handle.0.read_with_u8_array(&mut bytes).map_err(reason)? as usize;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// Its first bytes last, after all others have reached the disk.
    async fn write(&self, slot: &str, file: &str, parts: &[Cow<'_, [u8]>]) -> Result<(), String> {
        let folder = folder(&self.0, slot, true).await.map_err(reason)?;
        let handle = Handle::open(&folder, file, true).await?;
        let written = handle.write(parts);
        drop(handle);
        if written.is_err() {
            // What is there of it only takes room.
            let _ = JsFuture::from(folder.remove_entry(file)).await;
        }
        written
    }

    async fn remove(&self, slot: &str, file: &str) -> Result<(), String> {
        let folder = folder(&self.0, slot, false).await.map_err(reason)?;
        JsFuture::from(folder.remove_entry(file)).await.map_err(reason)?;
        Ok(())
    }

    async fn remove_slot(&self, slot: &str) -> Result<(), String> {
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        JsFuture::from(self.0.remove_entry_with_options(slot, &options)).await.map_err(reason)?;
        Ok(())
    }

    async fn room(&self) -> Result<Room, String> {
        let estimate = JsFuture::from(manager().estimate().map_err(reason)?).await.map_err(reason)?;
        let estimate: StorageEstimate = estimate.unchecked_into();
        Ok(Room { used: estimate.get_usage().unwrap_or_default() as u64, most: estimate.get_quota().map(|most| most as u64) })
    }

    /// Among all tabs, by the Web Locks API: a lock is held until the promise that its callback gave is settled, and the promise that
    /// asked for it fails when another steals it.
    async fn lock(&self, name: &str, claim: Claim) -> Result<Option<Lock>, String> {
        let options = Object::new();
        let set = |option: &str| Reflect::set(&options, &option.into(), &true.into()).map_err(reason);
        match claim {
            Claim::IfFree => set("ifAvailable")?,
            Claim::TakeOver => set("steal")?,
            Claim::Wait => true,
        };
        let (release, released) = oneshot::channel::<()>();
        let (answer, answered) = oneshot::channel();
        let granted = Closure::once_into_js(move |lock: JsValue| -> Promise {
            let _ = answer.send(!lock.is_null());
            if lock.is_null() {
                return Promise::resolve(&lock);
            }
            future_to_promise(async {
                let _ = released.await;
                Ok(JsValue::UNDEFINED)
            })
        });
        let held = request_lock(&format!("{}/{name}", self.0.name()), &options, &granted).map_err(reason)?;
        let (tell, mut news) = oneshot::channel();
        spawn_local(async {
            if JsFuture::from(held).await.is_err() {
                let _ = tell.send(());
            }
        });
        match select(answered, &mut news).await {
            Either::Left((Ok(is_ours), _)) => Ok(is_ours.then(|| Lock::new(name, news, release))),
            _ => Err("the browser does not say whether another tab has this open.".into()),
        }
    }
}

fn manager() -> StorageManager {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    scope.navigator().storage()
}

/// An open file, which no other tab can open meanwhile.
struct Handle(FileSystemSyncAccessHandle);

impl Handle {
    async fn open(folder: &FileSystemDirectoryHandle, file: &str, create: bool) -> Result<Self, String> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(create);
        let file: FileSystemFileHandle =
            JsFuture::from(folder.get_file_handle_with_options(file, &options)).await.map_err(reason)?.unchecked_into();
        Ok(Self(JsFuture::from(file.create_sync_access_handle()).await.map_err(reason)?.unchecked_into()))
    }

    fn write(&self, parts: &[Cow<'_, [u8]>]) -> Result<(), String> {
        let Some((first, others)) = parts.split_first() else { return Ok(()) };
        let (mark, rest) = first.split_at(MARK.min(first.len()));
        self.0.truncate_with_u32(0).map_err(reason)?;
        self.write_at(&vec![0; mark.len()], 0)?;
        let mut place = mark.len();
        for part in iter::once(rest).chain(others.iter().map(|part| &**part)) {
            self.write_at(part, place)?;
            place += part.len();
        }
        self.0.flush().map_err(reason)?;
        self.write_at(mark, 0)?;
        self.0.flush().map_err(reason)
    }

    fn write_at(&self, bytes: &[u8], place: usize) -> Result<(), String> {
        let options = FileSystemReadWriteOptions::new();
        options.set_at(place as f64);
        let written = self.0.write_with_u8_array_and_options(bytes, &options).map_err(reason)?;
        if written as usize == bytes.len() { Ok(()) } else { Err(FULL.into()) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn folder(parent: &FileSystemDirectoryHandle, name: &str, create: bool) -> Result<FileSystemDirectoryHandle, JsValue> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    Ok(JsFuture::from(parent.get_directory_handle_with_options(name, &options)).await?.unchecked_into())
}

async fn names(folder: &FileSystemDirectoryHandle) -> Result<Vec<String>, String> {
    let keys: AsyncIterator = folder.keys();
    let mut names = Vec::new();
    loop {
        let next: IteratorNext = JsFuture::from(keys.next().map_err(reason)?).await.map_err(reason)?.unchecked_into();
        if next.done() {
            return Ok(names);
        }
        names.extend(next.value().as_string());
    }
}

const FULL: &str = "the browser's storage for this page is full: delete what you no longer need of what is kept here.";
/// The name of the exception where a file or a folder is not there.
const ABSENT: &str = "NotFoundError";

/// What an exception says, as a sentence.
fn reason(error: JsValue) -> String {
    match name_of(&error).as_str() {
        "QuotaExceededError" => FULL.into(),
        ABSENT => "it is not there any more.".into(),
        "NoModificationAllowedError" => "another tab has it open.".into(),
        "SecurityError" | "NotAllowedError" => "the browser does not let this page store anything.".into(),
        name => format!("the browser says “{name}: {}”.", text_of(&error, "message").trim_end_matches('.')),
    }
}

fn name_of(error: &JsValue) -> String {
    text_of(error, "name")
}

fn text_of(error: &JsValue, key: &str) -> String {
    Reflect::get(error, &key.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
