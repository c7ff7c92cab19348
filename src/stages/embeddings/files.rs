//! The files of word2vec.c, which gensim reads and writes too: a line with the number of words and of dimensions, then each word
//! with its numbers, in decimal digits on a line of its own or, in the binary form, as little-endian f32 after a space.

use std::collections::HashSet;

/// What a file holds, or its first words.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// All different.
    pub words: Vec<String>,
    pub dimensions: usize,
    /// [words, dimensions]
    pub numbers: Vec<f32>,
    /// How many words the file says it has.
    pub of: usize,
    /// Words that came again; the first of each counts, as in gensim.
    pub repeated: Vec<String>,
    /// Words that are not UTF-8, as they are in `words`, with U+FFFD for what is wrong.
    pub mended: Vec<String>,
}

/// The forms of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    Binary,
}

/// Dimensions that are believed: a header that says more is of another kind of file.
const MOST_DIMENSIONS: usize = 4096;
/// Bytes of a word that are believed.
const LONGEST: usize = 1024;

/// Reads the first `most` words from the beginning of a file; all of it, where `is_whole`. `number` reads decimal digits.
///
/// # Errors
/// What is wrong with it, as a sentence that goes on from the file's name.
pub fn read(bytes: &[u8], is_whole: bool, most: usize, number: impl Fn(&str) -> Option<f32>) -> Result<File, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let (header, mut rest) = line(bytes).ok_or("does not begin with the number of its words and of its dimensions")?;
    let mut sizes = std::str::from_utf8(header).unwrap_or_default().split_ascii_whitespace().map(str::parse::<usize>);
    let (Some(Ok(of)), Some(Ok(dimensions)), None) = (sizes.next(), sizes.next(), sizes.next()) else {
        return Err(
            "does not begin with the number of its words and of its dimensions: it is no file of word2vec (one of GloVe lacks only \
                    that line)"
                .into(),
        );
    };
    if of == 0 || !(1..=MOST_DIMENSIONS).contains(&dimensions) {
        return Err(format!("says that it has {of} words of {dimensions} dimensions, which cannot be"));
    }
    let mut file = File { words: Vec::new(), dimensions, numbers: Vec::new(), of, repeated: Vec::new(), mended: Vec::new() };
    let (mut seen, mut entries) = (HashSet::new(), 0);
    let form = form(rest, dimensions, &number);
    while entries < of && file.words.len() < most {
        entries += 1;
        let place = match form {
            Form::Text => format!(" (line {})", entries + 1),
            Form::Binary => format!(" (its word number {entries})"),
        };
        let at = |problem: String| problem + &place;
        let before = file.numbers.len();
        let entry = match form {
            Form::Text => read_line(rest, is_whole, dimensions, &number, &mut file.numbers).map_err(at)?,
            Form::Binary => read_entry(rest, dimensions, &mut file.numbers).map_err(at)?,
        };
        let Some((word, after)) = entry else {
            file.numbers.truncate(before);
            if is_whole || file.words.is_empty() {
                return Err(format!("ends after {} of its {of} words: it is cut short", entries - 1));
            }
            break;
        };
        rest = after;
        let name = String::from_utf8_lossy(word).into_owned();
        if file.numbers[before..].iter().any(|x| !x.is_finite()) {
            return Err(at(format!("has a number for “{name}” that is none")));
        }
        if std::str::from_utf8(word).is_err() {
            file.mended.push(name.clone());
        }
        if seen.insert(name.clone()) {
            file.words.push(name);
        } else {
            file.numbers.truncate(before);
            file.repeated.push(name);
        }
    }
    Ok(file)
}

/// The first line of a file.
pub fn header(words: usize, dimensions: usize) -> Vec<u8> {
    format!("{words} {dimensions}\n").into_bytes()
}

/// Appends a word and its numbers; `digits` appends a number in the text form.
pub fn append(word: &str, numbers: &[f32], form: Form, digits: impl Fn(f32, &mut Vec<u8>), bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(word.as_bytes());
    match form {
        Form::Text => numbers.iter().for_each(|&x| {
            bytes.push(b' ');
            digits(x, bytes);
        }),
        Form::Binary => {
            bytes.push(b' ');
            numbers.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
        }
    }
    bytes.push(b'\n');
}

/// Six decimals, as word2vec.c writes them.
pub fn decimals(x: f32, bytes: &mut Vec<u8>) {
    let millionths = (f64::from(x).abs() * 1e6).round() as u64;
    if x < 0.0 && millionths > 0 {
        bytes.push(b'-');
    }
    let (whole, mut part) = (millionths / 1_000_000, millionths % 1_000_000);
    bytes.extend_from_slice(whole.to_string().as_bytes());
    let mut digits = *b".000000";
    for digit in digits[1..].iter_mut().rev() {
        *digit += (part % 10) as u8;
        part /= 10;
    }
    bytes.extend_from_slice(&digits);
}

/// Whether the first word's numbers are digits.
fn form(bytes: &[u8], dimensions: usize, number: impl Fn(&str) -> Option<f32>) -> Form {
    let first = line(bytes).map_or(bytes, |(first, _)| first);
    let mut fields = first.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()).skip(1).take(dimensions);
    if fields.any(|field| std::str::from_utf8(field).is_ok_and(|field| number(field).is_some())) { Form::Text } else { Form::Binary }
}

/// A word, and what follows its numbers.
type Entry<'a> = Option<(&'a [u8], &'a [u8])>;

/// A word, its numbers appended, and what follows; none where the line does not end.
fn read_line<'a>(
    bytes: &'a [u8],
    is_whole: bool,
    dimensions: usize,
    number: impl Fn(&str) -> Option<f32>,
    numbers: &mut Vec<f32>,
) -> Result<Entry<'a>, String> {
    let (found, rest) = match line(bytes) {
        Some(found) => found,
        None if is_whole && !bytes.is_empty() => (bytes, &bytes[bytes.len()..]),
        None => return Ok(None),
    };
    let number = |field: &[u8]| std::str::from_utf8(field).ok().and_then(&number);
    let show = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let mut fields = found.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()).peekable();
    let first = *fields.peek().ok_or("has an empty line among its words")?;
    let all = fields.clone().count();
    if all == dimensions && number(first).is_some() {
        return Err("has numbers without a word before them".into());
    }
    // A word of several parts, as GloVe has some, ends where the numbers begin.
    let parts = match all.saturating_sub(dimensions) {
        parts @ 2.. if fields.clone().take(parts).skip(1).all(|part| number(part).is_none()) => parts,
        _ => 1,
    };
    let start = first.as_ptr() as usize - found.as_ptr() as usize;
    let end = fields.by_ref().take(parts).last().map_or(0, |last| last.as_ptr() as usize - found.as_ptr() as usize + last.len());
    let word = &found[start..end];
    let count = all - parts;
    for field in fields {
        numbers.push(number(field).ok_or_else(|| format!("has “{}” for “{}” where a number should be", show(field), show(word)))?);
    }
    if count != dimensions {
        return Err(format!("has {count} numbers for “{}” instead of {dimensions}", show(word)));
    }
    Ok(Some((word, rest)))
}

/// The same of the binary form, in which word2vec.c ends a word's numbers with a line break and gensim does not.
fn read_entry<'a>(bytes: &'a [u8], dimensions: usize, numbers: &mut Vec<f32>) -> Result<Entry<'a>, String> {
    let bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
    let Some(space) = bytes.iter().take(LONGEST).position(|&byte| byte == b' ') else {
        return if bytes.len() < LONGEST {
            Ok(None)
        } else {
            Err("has no word where one should be: it is damaged, or no file of word2vec".into())
        };
    };
    if space == 0 {
        return Err("has numbers without a word before them".into());
    }
    let Some((entry, rest)) = bytes[space + 1..].split_at_checked(4 * dimensions) else { return Ok(None) };
    numbers.extend(entry.as_chunks().0.iter().map(|&number| f32::from_le_bytes(number)));
    Ok(Some((&bytes[..space], rest)))
}

/// The first line, and what follows its end.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<f32> {
        text.parse().ok()
    }

    fn write(file: &File, form: Form) -> Vec<u8> {
        let mut bytes = header(file.words.len(), file.dimensions);
        let digits = |x: f32, bytes: &mut Vec<u8>| bytes.extend_from_slice(x.to_string().as_bytes());
        let entries = file.words.iter().zip(file.numbers.chunks(file.dimensions));
        entries.for_each(|(word, numbers)| append(word, numbers, form, digits, &mut bytes));
        bytes
    }

    #[test]
    fn decimals_are_six() {
        for (x, text) in [(0.0, "0.000000"), (-1.5, "-1.500000"), (0.012_345_678, "0.012346"), (-1e-8, "0.000000"), (123.0, "123.000000")] {
            let mut bytes = Vec::new();
            decimals(x, &mut bytes);
            assert_eq!(bytes, text.as_bytes());
        }
    }

    fn file() -> File {
        let words = ["the", "naïve", "fox", "1"].map(String::from).to_vec();
        let numbers = (0..12).map(|i| (i as f32 - 5.5) / 7.0).collect();
        File { words, dimensions: 3, numbers, of: 4, repeated: vec![], mended: vec![] }
    }

    #[test]
    fn both_forms_give_back_what_was_written_and_the_first_words_alone() {
        for form in [Form::Text, Form::Binary] {
            let bytes = write(&file(), form);
            assert_eq!(read(&bytes, true, 100, number), Ok(file()));
            let two = read(&bytes, true, 2, number).expect("two words");
            assert_eq!((two.words.len(), two.numbers.len(), two.of), (2, 6, 4));
            let beginning = read(&bytes[..bytes.len() - 5], false, 100, number).expect("what is whole");
            assert_eq!(beginning.words, file().words[..3]);
        }
    }

    #[test]
    fn gensims_binary_form_has_no_line_breaks() {
        let mut bytes = b"2 1\n".to_vec();
        for (word, x) in [("a", 1f32), ("b", -2.0)] {
            bytes.extend_from_slice(word.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(&x.to_le_bytes());
        }
        let file = read(&bytes, true, 9, number).expect("two words");
        assert_eq!((file.words.concat().as_str(), &file.numbers[..]), ("ab", &[1.0, -2.0][..]));
    }

    #[test]
    fn the_first_of_two_equal_words_counts() {
        let mut text = write(&file(), Form::Text);
        text.splice(..2, *b"5 ");
        for (form, mut bytes) in
            [(Form::Text, text), (Form::Binary, b"5 3\n".iter().chain(&write(&file(), Form::Binary)[4..]).copied().collect())]
        {
            append("fox", &[9.0; 3], form, |x, bytes| bytes.extend_from_slice(x.to_string().as_bytes()), &mut bytes);
            let read = read(&bytes, true, 100, number).expect("five words");
            assert_eq!(read, File { of: 5, repeated: vec!["fox".into()], ..file() });
        }
    }

    #[test]
    fn words_may_be_in_another_encoding_or_have_parts() {
        let file = read(b"\xEF\xBB\xBF4 2\r\ncaf\xE9 1 2\r\n. . . 3 4\r\nat name@domain.com 5 6\r\n1 7 8\r\n", true, 9, number)
            .expect("four words");
        assert_eq!(file.words, ["caf\u{FFFD}", ". . .", "at name@domain.com", "1"]);
        assert_eq!((file.mended, &file.numbers[..]), (vec!["caf\u{FFFD}".to_owned()], &[1., 2., 3., 4., 5., 6., 7., 8.][..]));
        let cut = read(b"1 1\n\xC3 \0\0\x80\x3F", true, 9, number).expect("a word that word2vec.c cut after its first byte");
        assert_eq!((&*cut.words[0], cut.numbers[0], cut.mended.len()), ("\u{FFFD}", 1.0, 1));
    }

    #[test]
    fn what_is_damaged_is_refused_with_a_sentence() {
        let text = write(&file(), Form::Text);
        let binary = write(&file(), Form::Binary);
        let refusal = |bytes: &[u8]| read(bytes, true, 100, number).expect_err("it is damaged");
        assert!(refusal(b"").contains("does not begin"));
        assert!(refusal(b"Once upon a time\n").contains("no file of word2vec"));
        assert!(refusal(b"3 0\na 1\n").contains("cannot be"));
        assert!(refusal(b"1 2\na 1\n").contains("has 1 numbers for “a” instead of 2 (line 2)"));
        assert!(refusal(b"2 2\nb 1 2\na 1 2 3\n").contains("has 3 numbers for “a” instead of 2 (line 3)"));
        assert!(refusal(b"1 2\na 1 x\n").contains("“x” for “a”"));
        assert_eq!(refusal(b"2 2\na 1 2\n  0.5 -0.25\n"), "has numbers without a word before them (line 3)");
        assert!(refusal(b"1 1\n \0\0\0\0\n").contains("without a word before them (its word number 1)"));
        assert!(refusal(b"1 2\na 1 inf\n").contains("that is none"));
        // The last decimal number cut short may be another number.
        let last = text.iter().rposition(|&byte| byte == b' ').expect("a space");
        for (bytes, whole) in [(&text, last), (&binary, binary.len() - 1)] {
            (0..whole).for_each(|cut| drop(refusal(&bytes[..cut])));
        }
        assert!(refusal(&binary[..binary.len() - 2]).contains("ends after 3 of its 4 words"));
    }
}
