//! Tells text from what is not, and says in a sentence what was found instead.

use super::Refusal;

/// The text of a file, without a byte order mark.
///
/// # Errors
/// What is no text, no UTF-8, or empty.
pub fn read_text(name: &str, mut bytes: Vec<u8>) -> Result<String, Refusal> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') || text.starts_with(PDF) || text.starts_with(RTF) => {
            Err(not_text(name, text.as_bytes(), "a NUL byte"))
        }
        Ok(text) if text.trim().is_empty() => Err(nothing_in(name)),
        Ok(text) => Ok(text),
        Err(error) => Err(not_utf8(name, error.as_bytes(), error.utf8_error())),
    }
}

/// Two of the kinds that [`kind_of`] tells.
pub const ARPA: &str = "an ARPA file";
pub const VECTORS: &str = "a file of word vectors";

const PDF: &str = "%PDF-";
const RTF: &str = "{\\rtf";

/// The refusal of a file without a word in it.
pub(super) fn nothing_in(name: &str) -> Refusal {
    Refusal(format!("{name} has no text in it; choose another file or paste some text."))
}

/// The refusal of a file that is no text at all, by its format where that is known.
fn not_text(name: &str, bytes: &[u8], found: &str) -> Refusal {
    if let Some(encoding) = wide_encoding(bytes) {
        return Refusal(format!("{name} is in {encoding}, not UTF-8; save it as UTF-8 and add it again."));
    }
    let format = known_format(bytes).map_or_else(|| format!("binary data ({found})"), String::from);
    Refusal(format!("{name} is {format}, not text; choose a text file."))
}

/// UTF-16 or UTF-32, by its byte order mark or, without one, by where the zeros are.
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xFF\xFE\0\0") || bytes.starts_with(b"\0\0\xFE\xFF") {
        return Some("UTF-32");
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Some("UTF-16");
    }
    // Latin text in UTF-16 has a zero in nearly every other place, and none in between.
    let opening = &bytes[..bytes.len().min(1000) & !1];
    let zeros = |first: usize| opening.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = opening.len() / 2 * 4 / 5;
    (opening.len() >= 4 && even.min(odd) == 0 && even.max(odd) >= most).then_some("UTF-16")
}

/// A file format by its first bytes.
fn known_format(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (b"\x89PNG", "a PNG picture"),
        (b"\xFF\xD8\xFF", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (PDF.as_bytes(), "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive (perhaps a Word document or an e-book)"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"BZh9", "a bzip2 archive"),
        (b"\xFD7zXZ\0", "an xz archive"),
        (b"\x28\xB5\x2F\xFD", "a Zstandard archive"),
        (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
        (b"Rar!\x1A", "a RAR archive"),
        (b"\xD0\xCF\x11\xE0", "an old Word, Excel or PowerPoint document"),
        (RTF.as_bytes(), "a rich text (RTF) document"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"PAR1", "a Parquet table"),
        (b"\0asm", "a WebAssembly module"),
        (b"\x7FELF", "a program"),
        (b"ID3", "an MP3 recording"),
        (b"OggS", "an Ogg recording"),
        (b"fLaC", "a FLAC recording"),
        (b"\x1A\x45\xDF\xA3", "a WebM or Matroska video"),
    ];
    let found = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic));
    match (found, bytes.get(4..12)) {
        (Some((_, format)), _) => Some(format),
        (None, Some([b'f', b't', b'y', b'p', ..])) => Some("an MP4 video or HEIC picture"),
        (None, Some([.., b'W', b'E', b'B', b'P'])) if bytes.starts_with(b"RIFF") => Some("a WebP picture"),
        (None, Some([.., b'W', b'A', b'V', b'E'])) if bytes.starts_with(b"RIFF") => Some("a WAV recording"),
        _ => None,
    }
}

/// What bytes are that were taken for something else, such as `a ZIP archive` or `a pointer of Git LFS`, where their beginning tells.
pub fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    const OPENING: usize = 4096;
    let beginning = &bytes[..bytes.len().min(OPENING)];
    let text = beginning.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    known_format(bytes).or_else(|| known_text(text))
}

/// A kind of text that is no running text, by its beginning.
pub(super) fn known_text(text: &str) -> Option<&'static str> {
    const OPENING: usize = 4096;
    let opening = text[..text.floor_char_boundary(OPENING)].trim_start();
    let lower = opening.to_ascii_lowercase();
    let begins = |starts: &[&str]| starts.iter().any(|start| lower.starts_with(start));
    let second = opening.get(1..).and_then(|rest| rest.trim_start().chars().next());
    match opening.chars().next()? {
        '<' if begins(&["<!doctype html", "<html", "<head", "<body"]) || lower.contains("<html") => Some("an HTML page"),
        '<' if begins(&["<?xml", "<svg", "<rss"]) => Some("an XML file"),
        '<' if lower.matches("</").count() * 300 > opening.len() => Some("a page with markup"),
        '{' if opening.contains("\"added_tokens\"") || opening.contains("\"pre_tokenizer\"") => Some("a tokenizer.json"),
        '{' if second == Some('"') && opening.contains("\":") => Some("JSON"),
        '[' if matches!(second, Some('{' | '[' | '"')) => Some("JSON"),
        '\\' if opening.starts_with("\\data\\") => Some(ARPA),
        'v' if opening.starts_with("version https://git-lfs") => Some("a pointer of Git LFS, which only stands for the real file"),
        '0'..='9' => is_vectors(opening).then_some(VECTORS),
        _ => None,
    }
}

/// Whether a line of two numbers comes first, as in word2vec's files, and then as many numbers as the second says.
fn is_vectors(opening: &str) -> bool {
    let mut lines = opening.lines().map(str::split_ascii_whitespace);
    let sizes: Option<Vec<usize>> = lines.next().and_then(|sizes| sizes.map(|size| size.parse().ok()).collect());
    matches!(sizes.as_deref(), Some([_, dimensions]) if lines.next().is_some_and(|line| line.count().checked_sub(1) == Some(*dimensions)))
}

/// Says what bytes that are not UTF-8 look like, and where the first of them is.
fn not_utf8(name: &str, bytes: &[u8], error: std::str::Utf8Error) -> Refusal {
    let at = error.valid_up_to();
    let line = 1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
    let place = format!("byte {:02X} on line {line}", bytes[at]);
    let control = bytes.iter().filter(|&&byte| byte < 0x20 && !byte.is_ascii_whitespace()).count();
    if control * 100 > bytes.len() || known_format(bytes).is_some() || wide_encoding(bytes).is_some() {
        return not_text(name, bytes, &place);
    }
    let high = bytes.iter().filter(|&&byte| byte >= 0x80).count();
    Refusal(if error.error_len().is_none() && !bytes[..at].is_ascii() {
        format!("{name} breaks off within its last character; get the whole file and add it again.")
    } else if !bytes[..at].is_ascii() {
        format!("{name} is UTF-8 with damage in it ({place}); mend that place or save it as UTF-8 again.")
    } else if high * 4 <= bytes.len() {
        format!("{name} is not UTF-8 but looks like Latin-1 ({place}); save it as UTF-8 and add it again.")
    } else {
        format!("{name} is in another encoding than UTF-8 ({place}); save it as UTF-8 and add it again.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_told_from_lines_that_begin_with_numbers() {
        assert_eq!(kind_of(b"2 3\nfox 1 0 0.5\ncat 1 1 0\n"), Some(VECTORS));
        let largest = format!("1 {}\nfox 1 0 0.5\n", usize::MAX);
        for text in ["2 3\nfox 1 0\n", "2 3", "2 0\n\n", "2024 was\na good year", &largest] {
            assert_eq!(kind_of(text.as_bytes()), None, "{text}");
        }
    }
}
