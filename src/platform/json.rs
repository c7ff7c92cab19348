//! JSON as a browser reads it.

use std::borrow::Cow;

/// See [`super::json_string`].
pub fn string(text: &str, key: &str) -> Option<Option<String>> {
    let value: serde_json::Value = serde_json::from_str(&whole_pairs(text)).ok()?;
    Some(value.get(key).and_then(|value| value.as_str().map(String::from)))
}

/// The same JSON with U+FFFD for each escape that is half a pair of UTF-16 without the other half: a browser takes such a string,
/// and shows it so.
fn whole_pairs(json: &str) -> Cow<'_, str> {
    let (mut found, mut done, mut at) = (String::new(), 0, 0);
    while let Some(next) = json[at..].find('\\') {
        at += next;
        at += match (half(&json[at..]), half(json.get(at + 6..).unwrap_or_default())) {
            (Some(Half::First), Some(Half::Second)) => 12,
            (Some(_), _) => {
                found.push_str(&json[done..at]);
                found.push_str("\\uFFFD");
                done = at + 6;
                6
            }
            // Whatever follows a backslash is no escape's beginning.
            (None, _) => 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    if done == 0 { json.into() } else { (found + &json[done..]).into() }
}

#[derive(Clone, Copy)]
enum Half {
    First,
    Second,
}

/// Which half of a pair the escape at the start of `json` is, if it is one.
fn half(json: &str) -> Option<Half> {
    let digits = json.strip_prefix("\\u")?.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::First),
        0xDC00..=0xDFFF => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_taken_as_a_browser_takes_it() {
        // JSON.parse in Chromium and Firefox, and then the bytes of TextEncoder.
        for (json, text) in [
            (r#"{"text": "a\ud83d b"}"#, "a\u{FFFD} b"),
            (r#"{"text": "\ude00\ud83d\ude00\ud83d"}"#, "\u{FFFD}😀\u{FFFD}"),
            (r#"{"text": "\ud83d\ud83d\ude00"}"#, "\u{FFFD}😀"),
            (r#"{"text": "\\ud83d \\\ud83d"}"#, "\\ud83d \\\u{FFFD}"),
            (r#"{"text": "\ud83d\n\u00fc"}"#, "\u{FFFD}\nü"),
            (r#"{"text": "one", "text": "two"}"#, "two"),
        ] {
            assert_eq!(string(json, "text"), Some(Some(text.into())), "{json}");
        }
        for json in [r#"{"text": "\ud8"}"#, r#"{"text": "\"#, r#"{"text": "\é"}"#, "{", ""] {
            assert_eq!(string(json, "text"), None, "{json}");
        }
        assert_eq!(string(r#"{"text": 7, "other": ["\ud83d"]}"#, "text"), Some(None));
    }
}
