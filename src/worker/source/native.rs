//! Files of the headless runner.

use std::io::Read;
use std::path::PathBuf;

use crate::text::Source;

/// A file by its path.
#[derive(Clone, Debug)]
pub struct File(pub PathBuf);

pub fn name(file: &File) -> String {
    file.0.file_name().unwrap_or(file.0.as_os_str()).to_string_lossy().into_owned()
}

pub fn size(file: &File) -> u64 {
    file.0.metadata().map_or(0, |metadata| metadata.len())
}

pub async fn read(file: &File, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(&file.0).map_err(|error| format!("{error}."))?;
    progress(bytes.len() as u64);
    Ok(bytes)
}

pub async fn read_beginning(file: &File, most: u64, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(&file.0);
    opened.and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(|error| format!("{error}."))?;
    progress(bytes.len() as u64);
    Ok(bytes)
}

pub async fn fetch(_url: &str, _progress: impl Fn(u64, Option<u64>)) -> Result<Source, String> {
    Err("Text from an address can only be read in a browser: download it and give the file.".into())
}

/// What gzip packed, up to `most` bytes of it, and whether that is all.
pub async fn gunzip(bytes: Vec<u8>, most: u64) -> Result<(Vec<u8>, bool), String> {
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(&bytes[..]).take(most + 1);
    let end = reader.read_to_end(&mut unpacked);
    // Of a file that was read in part, the beginning serves.
    let is_more = unpacked.len() as u64 > most;
    unpacked.truncate(most as usize);
    match end {
        Err(_) if !is_more => Err("what gzip packed is cut short or damaged.".into()),
        _ => Ok((unpacked, !is_more)),
    }
}
