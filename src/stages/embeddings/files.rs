//! The files of word2vec.c, which gensim reads and writes too: a line with the number of words and of dimensions, then each word
//! with its numbers, in decimal digits on a line of its own or, in the binary form, as little-endian f32 after a space.

/// What a file holds, or its first words.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub words: Vec<String>,
    pub dimensions: usize,
    /// [words, dimensions]
    pub numbers: Vec<f32>,
    /// How many words the file says it has.
    pub of: usize,
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
    let (header, mut rest) = line(bytes).ok_or("does not begin with the number of its words and of its dimensions")?;
    let mut sizes = std::str::from_utf8(header).unwrap_or_default().split_ascii_whitespace().map(str::parse::<usize>);
    let (Some(Ok(of)), Some(Ok(dimensions)), None) = (sizes.next(), sizes.next(), sizes.next()) else {
        return Err("does not begin with the number of its words and of its dimensions: it is no file of word2vec".into());
    };
    if of == 0 || !(1..=MOST_DIMENSIONS).contains(&dimensions) {
        return Err(format!("says that it has {of} words of {dimensions} dimensions, which cannot be"));
    }
    let mut file = File { words: Vec::new(), dimensions, numbers: Vec::new(), of };
    let form = form(rest, dimensions, &number);
    while file.words.len() < of.min(most) {
        let before = file.numbers.len();
        let entry = match form {
            Form::Text => read_line(rest, is_whole, &number, &mut file.numbers)?,
            Form::Binary => read_entry(rest, dimensions, &mut file.numbers)?,
        };
        let Some((word, after)) = entry else {
            file.numbers.truncate(before);
            if is_whole || file.words.is_empty() {
                return Err(format!("ends after {} of its {of} words: it is cut short", file.words.len()));
            }
            break;
        };
        let found = file.numbers.len() - before;
        if found != dimensions {
            return Err(format!("has {found} numbers for “{word}” instead of {dimensions}"));
        }
        if file.numbers[before..].iter().any(|x| !x.is_finite()) {
            return Err(format!("has a number for “{word}” that is none"));
        }
        file.words.push(word);
        rest = after;
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
    let fields = std::str::from_utf8(first).unwrap_or_default().split_ascii_whitespace();
    if fields.skip(1).take(dimensions).filter(|field| number(field).is_some()).count() > 0 { Form::Text } else { Form::Binary }
}

/// A word, its numbers appended, and what follows; none where the line does not end.
fn read_line<'a>(
    bytes: &'a [u8],
    is_whole: bool,
    number: impl Fn(&str) -> Option<f32>,
    numbers: &mut Vec<f32>,
) -> Result<Option<(String, &'a [u8])>, String> {
    let (found, rest) = match line(bytes) {
        Some(found) => found,
        None if is_whole && !bytes.is_empty() => (bytes, &bytes[bytes.len()..]),
        None => return Ok(None),
    };
    let text = std::str::from_utf8(found).map_err(|_| "is not all UTF-8")?;
    let mut fields = text.split_ascii_whitespace();
    let Some(word) = fields.next() else { return Err("has an empty line among its words".into()) };
    for field in fields {
        numbers.push(number(field).ok_or_else(|| format!("has “{field}” for “{word}” where a number should be"))?);
    }
    Ok(Some((word.to_owned(), rest)))
}

/// The same of the binary form, in which word2vec.c ends a word's numbers with a line break and gensim does not.
fn read_entry<'a>(bytes: &'a [u8], dimensions: usize, numbers: &mut Vec<f32>) -> Result<Option<(String, &'a [u8])>, String> {
    let bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
    let Some(space) = bytes.iter().take(LONGEST).position(|&byte| byte == b' ') else {
        return if bytes.len() < LONGEST {
            Ok(None)
        } else {
            Err("has no word where one should be: it is damaged, or no file of word2vec".into())
        };
    };
    let word = std::str::from_utf8(&bytes[..space]).map_err(|_| "has a word that is not UTF-8: it is damaged, or no file of word2vec")?;
    let Some((entry, rest)) = bytes[space + 1..].split_at_checked(4 * dimensions) else { return Ok(None) };
    numbers.extend(entry.as_chunks().0.iter().map(|&number| f32::from_le_bytes(number)));
    Ok(Some((word.to_owned(), rest)))
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
        File { words, dimensions: 3, numbers: (0..12).map(|i| (i as f32 - 5.5) / 7.0).collect(), of: 4 }
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
    fn what_is_damaged_is_refused_with_a_sentence() {
        let text = write(&file(), Form::Text);
        let binary = write(&file(), Form::Binary);
        let refusal = |bytes: &[u8]| read(bytes, true, 100, number).expect_err("it is damaged");
        assert!(refusal(b"").contains("does not begin"));
        assert!(refusal(b"Once upon a time\n").contains("no file of word2vec"));
        assert!(refusal(b"3 0\na 1\n").contains("cannot be"));
        assert!(refusal(b"1 2\na 1\n").contains("has 1 numbers for “a” instead of 2"));
        assert!(refusal(b"1 2\na 1 x\n").contains("“x” for “a”"));
        assert!(refusal(b"1 2\na 1 inf\n").contains("that is none"));
        // The last decimal number cut short may be another number.
        let last = text.iter().rposition(|&byte| byte == b' ').expect("a space");
        for (bytes, whole) in [(&text, last), (&binary, binary.len() - 1)] {
            (0..whole).for_each(|cut| drop(refusal(&bytes[..cut])));
        }
        assert!(refusal(&binary[..binary.len() - 2]).contains("ends after 3 of its 4 words"));
    }
}
