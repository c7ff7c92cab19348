//! What English does to words: plurals, verb forms, articles.

/// The form of a noun (its last word) or a verb (its first) that the field of [`super::grammar::INFLECTIONS`] names.
pub(super) fn inflected(word: &str, field: usize) -> String {
    let cut = if field == 0 { 0 } else { word.find(' ').unwrap_or(word.len()) };
    let (head, tail) = if field == 0 { (word, "") } else { word.split_at(cut) };
    let form = match field {
        0 | 1 => with_s(head),
        3 => with_ing(head),
        _ => with_ed(head),
    };
    form + tail
}

/// The plural of a noun, or what he or she does.
fn with_s(word: &str) -> String {
    match y_after_consonant(word) {
        Some(stem) => [stem, "ies"].concat(),
        None if ["s", "x", "z", "ch", "sh", "o"].iter().any(|ending| word.ends_with(ending)) => [word, "es"].concat(),
        None => [word, "s"].concat(),
    }
}

fn with_ed(verb: &str) -> String {
    match y_after_consonant(verb) {
        Some(stem) => [stem, "ied"].concat(),
        None if verb.ends_with('e') => [verb, "d"].concat(),
        None => doubled(verb) + "ed",
    }
}

fn with_ing(verb: &str) -> String {
    match verb.strip_suffix("ie") {
        Some(stem) => [stem, "ying"].concat(),
        None => match verb.strip_suffix('e').filter(|stem| !stem.ends_with(is_vowel) && stem.contains(is_vowel)) {
            Some(stem) => [stem, "ing"].concat(),
            None => doubled(verb) + "ing",
        },
    }
}

fn y_after_consonant(word: &str) -> Option<&str> {
    word.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel))
}

/// Doubles the last letter where a word of one syllable ends in one vowel and one consonant.
fn doubled(verb: &str) -> String {
    let mut word = verb.to_owned();
    if let [.., before, vowel, last] = *verb.as_bytes() {
        let stem = &verb[..verb.len() - 2];
        let is_short = is_vowel(vowel.into()) && !is_vowel(last.into()) && !b"wxy".contains(&last);
        if is_short && (!is_vowel(before.into()) || stem.ends_with("qu")) && !stem.trim_end_matches("qu").contains(is_vowel) {
            word.push(last.into());
        }
    }
    word
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// Appends `text` with "an" for "a" where a vowel is heard next, and no space more than one where something
/// optional was left out.
pub(super) fn mend(text: &str, written: &mut String) {
    let mut is_after_article = false;
    for word in text.split_inclusive([' ', '\n']).filter(|word| *word != " ") {
        if is_after_article && has_vowel_first(word) {
            written.insert(written.len() - 1, 'n');
        }
        if word == "\n" && written.ends_with(' ') {
            written.pop();
        }
        written.push_str(word);
        is_after_article = matches!(word.trim_start_matches(['"', '(']), "a " | "A ");
    }
}

/// Whether a word begins with the sound of a vowel.
fn has_vowel_first(word: &str) -> bool {
    let word = word.trim_start_matches(['"', '(']).to_ascii_lowercase();
    let starts = |beginnings: &[&str]| beginnings.iter().any(|beginning| word.starts_with(beginning));
    let is_silent = starts(&["hour", "honest", "heir", "honour", "8", "11 ", "18 "]);
    let is_consonant =
        starts(&["uni", "use", "usu", "eu", "one ", "one-", "once", "ukr", "uru", "uga", "uk"]) && !starts(&["unin", "unim"]);
    is_silent || word.starts_with(is_vowel) && !is_consonant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_inflected_as_a_child_learns_it() {
        let cases = [
            ("play", ["plays", "plays", "played", "playing"]),
            ("carry", ["carries", "carries", "carried", "carrying"]),
            ("wash", ["washes", "washes", "washed", "washing"]),
            ("bake", ["bakes", "bakes", "baked", "baking"]),
            ("stop", ["stops", "stops", "stopped", "stopping"]),
            ("wait", ["waits", "waits", "waited", "waiting"]),
            ("open", ["opens", "opens", "opened", "opening"]),
            ("tie", ["ties", "ties", "tied", "tying"]),
            ("see", ["sees", "sees", "seed", "seeing"]),
            ("fix", ["fixes", "fixes", "fixed", "fixing"]),
        ];
        for (word, forms) in cases {
            assert_eq!([0, 1, 2, 3].map(|field| inflected(word, field)), forms);
        }
        assert_eq!(inflected("look at the sea", 1), "looks at the sea");
        assert_eq!(inflected("apple tree", 0), "apple trees");
    }

    #[test]
    fn articles_fit() {
        let mut text = String::new();
        mend("A owl saw a  old \"a ant\" a\nape and a bee, a hour in a university, a Italian and a European.\n", &mut text);
        assert_eq!(text, "An owl saw an old \"an ant\" a\nape and a bee, an hour in a university, an Italian and a European.\n");
    }
}
