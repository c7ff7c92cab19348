//! The origin private file system. Every error is the reason, as a sentence.

use std::borrow::Cow;
use std::iter;

use js_sys::{AsyncIterator, IteratorNext, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions, FileSystemReadWriteOptions,
    FileSystemRemoveOptions, FileSystemSyncAccessHandle, WorkerGlobalScope,
};

use crate::platform::insecure;

/// Keeps runs or texts in the origin private file system.
#[derive(Clone, Debug)]
pub struct Storage(FileSystemDirectoryHandle);

/// Bytes that say whether a file is whole: zero until all others are written. Checkpoints begin with the length of their
/// header and texts with a brace, neither of which is zero.
const MARK: usize = 8;

impl Storage {
    /// A folder at the root, such as [`super::RUNS`].
    ///
    /// # Errors
    /// Where the browser lets nothing be stored.
    pub async fn open(name: &str) -> Result<Self, String> {
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let storage = scope.navigator().storage();
        if storage.is_undefined() {
            return Err(insecure().unwrap_or("this browser keeps nothing for pages.").into());
        }
        let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await.map_err(reason)?.unchecked_into();
        Ok(Self(folder(&root, name, true).await?))
    }

    pub async fn runs(&self) -> Result<Vec<String>, String> {
        names(&self.0).await
    }

    pub async fn files(&self, run: &str) -> Result<Vec<String>, String> {
        names(&folder(&self.0, run, false).await?).await
    }

    /// The first `most` bytes of a file.
    pub async fn read(&self, run: &str, file: &str, most: usize) -> Result<Vec<u8>, String> {
        let handle = Handle::open(&folder(&self.0, run, false).await?, file, false).await?;
        let size = handle.0.get_size().map_err(reason)? as usize;
        let mut bytes = vec![0; size.min(most)];
        let read = handle.0.read_with_u8_array(&mut bytes).map_err(reason)? as usize;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// Writes a file whole, from its parts: its first bytes last, after all others have reached the disk.
    pub async fn write(&self, run: &str, file: &str, parts: &[Cow<'_, [u8]>]) -> Result<(), String> {
        let folder = folder(&self.0, run, true).await?;
        let handle = Handle::open(&folder, file, true).await?;
        let written = handle.write(parts);
        drop(handle);
        if written.is_err() {
            // What is there of it only takes room.
            let _ = JsFuture::from(folder.remove_entry(file)).await;
        }
        written
    }

    pub async fn remove(&self, run: &str, file: &str) -> Result<(), String> {
        JsFuture::from(folder(&self.0, run, false).await?.remove_entry(file)).await.map_err(reason)?;
        Ok(())
    }

    pub async fn remove_run(&self, run: &str) -> Result<(), String> {
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        JsFuture::from(self.0.remove_entry_with_options(run, &options)).await.map_err(reason)?;
        Ok(())
    }
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

async fn folder(parent: &FileSystemDirectoryHandle, name: &str, create: bool) -> Result<FileSystemDirectoryHandle, String> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    let folder = JsFuture::from(parent.get_directory_handle_with_options(name, &options)).await.map_err(reason)?;
    Ok(folder.unchecked_into())
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

const FULL: &str = "the browser's storage for this page is full.";

/// What an exception says, as a sentence.
fn reason(error: JsValue) -> String {
    let get = |key: &str| Reflect::get(&error, &key.into()).ok().and_then(|text| text.as_string()).unwrap_or_default();
    match get("name").as_str() {
        "QuotaExceededError" => FULL.into(),
        "NotFoundError" => "it is not there any more.".into(),
        "NoModificationAllowedError" => "another tab has it open.".into(),
        "SecurityError" | "NotAllowedError" => "the browser does not let this page store anything.".into(),
        name => format!("the browser says “{name}: {}”.", get("message").trim_end_matches('.')),
    }
}
