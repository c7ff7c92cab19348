//! How a token is shown, and put behind a text.

use crate::{protocol::ngrams::Unit, ui::figures::visible};

/// A token standing alone. The marks of the field are said in words.
pub fn shown(token: &str, unit: Unit) -> String {
    match token {
        "<s>" => "start".into(),
        "</s>" | "\n" => "↵ end".into(),
        "<unk>" => "unknown word".into(),
        word if unit == Unit::Word => word.trim().into(),
        piece => visible(piece),
    }
}

/// Whether it is one of the marks, and no part of the text.
pub fn is_mark(token: &str) -> bool {
    matches!(token, "<s>" | "</s>" | "<unk>" | "\n")
}

/// `text` with `token` behind it. Behind the end of a line a new one begins.
pub fn followed(text: &str, token: &str, unit: Unit) -> String {
    let close = token.starts_with([',', '.', ';', ':', '!', '?', ')', '”', '’']);
    match token {
        "</s>" | "\n" => String::new(),
        "<unk>" | "<s>" => text.into(),
        word if unit == Unit::Word && !close && !text.is_empty() => [text.trim_end(), " ", word].concat(),
        word if unit == Unit::Word => [text.trim_end(), word].concat(),
        piece => [text, piece].concat(),
    }
}

/// What a text is cut into, words with their marks.
pub fn tokens_of(unit: Unit) -> &'static str {
    if unit == Unit::Word { "words and marks" } else { plural(unit) }
}

pub fn plural(unit: Unit) -> &'static str {
    match unit {
        Unit::Word => "words",
        Unit::Piece => "pieces",
        Unit::Character => "characters",
    }
}
