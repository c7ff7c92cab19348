//! A text's end as a model with a short window sees it.

/// How far back a window reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Words and punctuation marks.
    Words(usize),
    Characters(usize),
    /// Not in units that a reader could count.
    Unclear,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    /// Whether it is the word that decides.
    pub deciding: bool,
    /// Whether the window holds it.
    pub seen: bool,
}

/// `text` in parts, cut around the word that stands `distance` words from what follows the text and at the start of the window.
pub fn parts(text: &str, distance: usize, window: Window) -> Vec<Part> {
    let (from, to) = deciding(text, distance);
    let sight = start(text, window);
    let mut cuts = [0, from, to, sight, text.len()];
    cuts.sort_unstable();
    let part = |cut: &[usize]| Part {
        text: text[cut[0]..cut[1]].into(),
        deciding: (from..to).contains(&cut[0]),
        seen: cut[0] >= sight && window != Window::Unclear,
    };
    cuts.windows(2).filter(|cut| cut[0] < cut[1]).map(part).collect()
}

/// Where the `distance`th word from the end begins and ends, without what is attached to it.
fn deciding(text: &str, distance: usize) -> (usize, usize) {
    let Some(word) = text.split_whitespace().rev().nth(distance.max(1) - 1) else { return (text.len(), text.len()) };
    let from = word.as_ptr() as usize - text.as_ptr() as usize;
    let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let from = from + word.len() - bare.len();
    (from, from + bare.find(|c: char| !is_inner(c)).unwrap_or(bare.len()))
}

/// Where the window begins.
fn start(text: &str, window: Window) -> usize {
    match window {
        Window::Unclear => text.len(),
        Window::Characters(count) => text.char_indices().rev().take(count).last().map_or(text.len(), |(place, _)| place),
        Window::Words(count) => {
            let mut before = ' ';
            let starts = text.char_indices().filter(|(_, c)| {
                let begins = !(c.is_whitespace() || is_inner(*c) && is_inner(before));
                before = *c;
                begins
            });
            let starts: Vec<usize> = starts.map(|(place, _)| place).collect();
            let first = starts.len().saturating_sub(count);
            starts.get(first).copied().unwrap_or(text.len())
        }
    }
}

fn is_inner(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, distance: usize, window: Window) -> String {
        let part = |part: Part| match (part.deciding, part.seen) {
            (true, true) => format!("[*{}*]", part.text),
            (true, false) => format!("*{}*", part.text),
            (false, true) => format!("[{}]", part.text),
            (false, false) => part.text,
        };
        parts(text, distance, window).into_iter().map(part).collect()
    }

    #[test]
    fn the_deciding_word_is_in_the_window_or_before_it() {
        let text = "“The dogs, near Anna's mill ";
        assert_eq!(shown(text, 4, Window::Words(2)), "“The *dogs*, near [Anna's mill ]");
        assert_eq!(shown(text, 4, Window::Words(5)), "“The [*dogs*][, near Anna's mill ]", "a comma is a token too");
        assert_eq!(shown(text, 4, Window::Words(4)), "“The *dogs*[, near Anna's mill ]");
        assert_eq!(shown(text, 1, Window::Words(0)), "“The dogs, near Anna's *mill* ");
        assert_eq!(shown(text, 4, Window::Unclear), "“The *dogs*, near Anna's mill ");
    }

    #[test]
    fn windows_of_characters_cut_words() {
        assert_eq!(shown("The ducks ", 1, Window::Characters(3)), "The *duc*[*ks*][ ]");
        assert_eq!(shown("", 3, Window::Characters(3)), "");
        assert_eq!(shown("One", 9, Window::Words(9)), "[One]");
    }
}
