//! Files and addresses in the browser, read as streams.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Blob, ReadableStream, ReadableStreamDefaultReader, RequestInit, Response};

use super::MOST_BYTES;
use crate::text::{Source, check_size};

pub use web_sys::File;

pub fn name(file: &File) -> String {
    file.name()
}

pub fn size(file: &File) -> u64 {
    file.size() as u64
}

/// # Errors
/// What the browser said.
pub async fn read(file: &File, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    read_blob(file, progress).await
}

/// The first `most` bytes.
///
/// # Errors
/// What the browser said.
pub async fn read_beginning(file: &File, most: u64, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    let beginning = file.slice_with_f64_and_f64(0.0, (most as f64).min(file.size())).map_err(|error| reason(&error))?;
    read_blob(&beginning, progress).await
}

async fn read_blob(blob: &Blob, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    read_stream(blob.stream(), blob.size() as u64, progress).await.map_err(|error| match error {
        Interrupted::TooLarge => "it grew while it was read.".into(),
        Interrupted::Failed(reason) => reason,
    })
}

/// Fetches an address. Dropping the future gives the fetch up.
///
/// # Errors
/// A sentence: a bad address, no answer, an answer other than success, too large.
pub async fn fetch(url: &str, progress: impl Fn(u64, Option<u64>)) -> Result<Source, String> {
    let parsed = web_sys::Url::new(url).map_err(|_| format!("“{url}” is not an address: it begins with https:// and names a text."))?;
    if !["http:", "https:"].contains(&parsed.protocol().as_str()) {
        return Err(format!("An address that begins with {} cannot be fetched: use https://, or choose a file.", parsed.protocol()));
    }
    let host = parsed.host();
    let abort = Abort(AbortController::new().map_err(|error| reason(&error))?);
    let init = RequestInit::new();
    init.set_signal(Some(&abort.0.signal()));
    let global: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(global.fetch_with_str_and_init(url, &init)).await.map_err(|_| {
        format!(
            "{host} could not be reached, or does not let other sites read it (CORS): check the address and the connection, or \
             download the text and choose the file."
        )
    })?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(match response.status() {
            404 => format!("{host} has no text at this address (404): check the address."),
            status => format!("{host} answered with an error ({status}): check the address, or try again later."),
        });
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    // What a server packed comes unpacked, and its length is that of the pack. A server need not tell of its packing.
    let is_packed = header("content-encoding").is_some_and(|encoding| encoding != "identity");
    let total = header("content-length").filter(|_| !is_packed).and_then(|length| length.parse().ok());
    let path = parsed.pathname();
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(&host);
    let name = js_sys::decode_uri_component(last).map_or_else(|_| last.to_owned(), String::from);
    check_size(&name, total.unwrap_or(0), MOST_BYTES).map_err(|refusal| refusal.0)?;
    let stream = response.body().ok_or_else(|| format!("{host} sent nothing: check the address."))?;
    let bytes = read_stream(stream, MOST_BYTES, |received| progress(received, total.filter(|total| received <= *total))).await.map_err(
        |error| match error {
            Interrupted::TooLarge => format!("{name} is more than the {} MB that fit here; use a part of it.", MOST_BYTES / 1_000_000),
            Interrupted::Failed(reason) => format!("The transfer from {host} broke off: {reason} Try again."),
        },
    )?;
    Ok(Source { name, bytes })
}

/// Aborts its fetch when dropped.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[wasm_bindgen]
extern "C" {
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
}

/// What gzip packed, up to `most` bytes of it, and whether that is all.
///
/// # Errors
/// What the browser said.
pub async fn gunzip(bytes: Vec<u8>, most: u64) -> Result<(Vec<u8>, bool), String> {
    let failed = |error: JsValue| reason(&error);
    let blob = Blob::new_with_u8_array_sequence(&js_sys::Array::of1(&Uint8Array::from(&bytes[..]))).map_err(failed)?;
    // Its end tells the size of what is packed, or else of the last of several parts.
    let size = bytes.last_chunk().map(|size| u32::from_le_bytes(*size));
    drop(bytes);
    let unpacking = DecompressionStream::new("gzip").map_err(failed)?;
    let stream = blob.stream().pipe_through(unpacking.unchecked_ref());
    let mut unpacked = Vec::new();
    match read_into(&mut unpacked, stream, most, |_| ()).await {
        Ok(()) if size == Some(unpacked.len() as u32) => Ok((unpacked, true)),
        Err(Interrupted::TooLarge) => Ok((unpacked, false)),
        Ok(()) | Err(Interrupted::Failed(_)) => {
            Err("what gzip packed is cut short or damaged, or in several parts, which a browser does not unpack: unpack it first.".into())
        }
    }
}

enum Interrupted {
    TooLarge,
    Failed(String),
}

async fn read_stream(stream: ReadableStream, most: u64, progress: impl Fn(u64)) -> Result<Vec<u8>, Interrupted> {
    let mut bytes = Vec::new();
    read_into(&mut bytes, stream, most, progress).await.map(|()| bytes)
}

/// Appends what a stream gives, up to `most` bytes.
async fn read_into(bytes: &mut Vec<u8>, stream: ReadableStream, most: u64, progress: impl Fn(u64)) -> Result<(), Interrupted> {
    let failed = |error: JsValue| Interrupted::Failed(reason(&error));
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(failed)?;
        if Reflect::get(&chunk, &"done".into()).map_err(failed)?.is_truthy() {
            return Ok(());
        }
        let chunk: Uint8Array = Reflect::get(&chunk, &"value".into()).map_err(failed)?.unchecked_into();
        if bytes.len() as u64 + u64::from(chunk.length()) > most {
            // What is left is of no use; the browser stops the transfer.
            let _ = reader.cancel();
            let room = (most - bytes.len() as u64) as u32;
            bytes.extend(chunk.subarray(0, room).to_vec());
            return Err(Interrupted::TooLarge);
        }
        let start = bytes.len();
        bytes.resize(start + chunk.length() as usize, 0);
        chunk.copy_to(&mut bytes[start..]);
        progress(bytes.len() as u64);
    }
}

/// What an exception says, as a sentence.
fn reason(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    let message = message.unwrap_or_else(|| "the browser gave no reason".into());
    format!("{}.", message.trim_end_matches('.'))
}
