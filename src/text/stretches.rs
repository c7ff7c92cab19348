//! Lines of texts, for whoever reads them bit by bit.

/// The lines that are not empty, without the white space around them.
pub fn lines<'a>(texts: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    texts.iter().flat_map(|text| text.split(['\n', '\r'])).map(str::trim).filter(|line| !line.is_empty())
}

/// A line that is not empty, or part of a very long one.
pub struct Stretch<'a> {
    pub text: &'a str,
    /// Whether the line ends with it.
    pub ends: bool,
    /// Share of the texts up to here.
    pub done: f32,
}

/// The lines of texts. A long one comes in stretches, so that others can go on between them.
pub fn stretches<'a>(texts: &'a [&'a str]) -> impl Iterator<Item = Stretch<'a>> {
    let total: usize = texts.iter().map(|text| text.len()).sum();
    let mut lines = lines(texts);
    let (mut rest, mut done) = ("", 0);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            rest = lines.next()?;
        }
        let (text, after) = rest.split_at(stretch(rest));
        rest = after;
        done += text.len() + 1;
        Some(Stretch { text, ends: rest.is_empty(), done: (done as f32 / total as f32).min(1.0) })
    })
}

/// Where a stretch at the start of `line` ends: before a space, if there is one.
fn stretch(line: &str) -> usize {
    const LONGEST: usize = 1 << 16;
    if line.len() <= LONGEST {
        return line.len();
    }
    let end = line.floor_char_boundary(LONGEST);
    line[..end].rfind(' ').filter(|space| *space > 0).unwrap_or(end)
}
