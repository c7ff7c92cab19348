//! A directory. Every error is the reason, as a sentence.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;

/// Keeps runs in a directory.
#[derive(Clone, Debug)]
pub struct Storage(PathBuf);

impl Storage {
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    pub async fn runs(&self) -> Result<Vec<String>, String> {
        list(&self.0)
    }

    pub async fn files(&self, run: &str) -> Result<Vec<String>, String> {
        list(&self.0.join(run))
    }

    /// The first `most` bytes of a file.
    pub async fn read(&self, run: &str, file: &str, most: usize) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let file = File::open(self.0.join(run).join(file)).map_err(reason)?;
        file.take(most as u64).read_to_end(&mut bytes).map_err(reason)?;
        Ok(bytes)
    }

    /// Writes a file whole, from its parts: under another name, which then becomes its own.
    pub async fn write(&self, run: &str, file: &str, parts: &[Cow<'_, [u8]>]) -> Result<(), String> {
        let folder = self.0.join(run);
        fs::create_dir_all(&folder).map_err(reason)?;
        let unfinished = folder.join(format!("{file}.part"));
        let mut target = File::create(&unfinished).map_err(reason)?;
        parts.iter().try_for_each(|part| target.write_all(part)).and_then(|()| target.sync_all()).map_err(reason)?;
        fs::rename(unfinished, folder.join(file)).map_err(reason)
    }

    pub async fn remove(&self, run: &str, file: &str) -> Result<(), String> {
        fs::remove_file(self.0.join(run).join(file)).map_err(reason)
    }

    pub async fn remove_run(&self, run: &str) -> Result<(), String> {
        fs::remove_dir_all(self.0.join(run)).map_err(reason)
    }
}

fn list(folder: &PathBuf) -> Result<Vec<String>, String> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let names = fs::read_dir(folder).map_err(reason)?;
    names.map(|entry| Ok(entry.map_err(reason)?.file_name().to_string_lossy().into_owned())).collect()
}

fn reason(error: std::io::Error) -> String {
    format!("{error}.")
}
