//! `tokenizer.json`, the file of Hugging Face `tokenizers`, out and in.
//!
//! All kinds are written as its BPE model, so that it encodes to the same ids:
//! - `Bpe` behind the ByteLevel pre-tokenizer, as GPT-2, or, where digits stand alone, behind a Split by that pattern;
//! - `Bytes` the same without merges, and without cutting words;
//! - `Chars` without merges and pre-tokenizer, the bytes of rare characters as `<0xC3>` (`byte_fallback`).
//!
//! Reading takes these back, and any byte-level BPE like GPT-2's whose special tokens are among [`CONTROL_TOKENS`].

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::Refusal;
use super::bpe::{Merges, byte_char};
use super::pretokenize::{Digits, pattern};
use super::tokenizer::{CONTROL_TOKENS, NONE, Pieces, SEPARATOR, Tokenizer, TokenizerKind};
use crate::spec::Roles;

impl Tokenizer {
    /// The text of a `tokenizer.json` that Hugging Face `tokenizers` loads.
    ///
    /// It gives the same ids there with `encode_special_tokens = True` (in Transformers, `split_special_tokens=True`). Without, the
    /// name of a control token in a text becomes that token.
    pub fn to_json(&self) -> String {
        let is_chars = self.kind == TokenizerKind::Chars;
        let splits = self.kind == TokenizerKind::Bpe && self.digits == Digits::Single;
        let byte_level = json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": self.kind == TokenizerKind::Bpe && !splits,
        });
        let split = json!({ "type": "Split", "pattern": { "Regex": pattern(self.digits) }, "behavior": "Isolated", "invert": false });
        let pre_tokenizer = match (is_chars, splits) {
            (true, _) => Value::Null,
            (_, true) => json!({ "type": "Sequence", "pretokenizers": [split, &byte_level] }),
            (_, false) => byte_level.clone(),
        };
        let fallback = json!({ "type": "Sequence", "decoders": [{ "type": "ByteFallback" }, { "type": "Fuse" }] });
        let control = |id: u32| {
            json!({
                "id": id, "content": self.written(id), "special": true, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false,
            })
        };
        let mut vocab = Map::new();
        for id in 0..self.vocab_size() as u32 {
            vocab.insert(self.written(id), id.into());
        }
        // A pair as one string with a space, which no name contains: every version reads that.
        let merge = |pair: &(u32, u32)| format!("{} {}", self.written(pair.0), self.written(pair.1));
        let file = json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": (0..self.vocab_size() as u32).filter(|&id| self.is_control(id)).map(control).collect::<Vec<_>>(),
            "normalizer": null,
            "pre_tokenizer": pre_tokenizer,
            "post_processor": null,
            "decoder": if is_chars { fallback } else { byte_level },
            "model": {
                "type": "BPE",
                "dropout": null,
                "unk_token": null,
                "continuing_subword_prefix": null,
                "end_of_word_suffix": null,
                "fuse_unk": false,
                "byte_fallback": is_chars,
                "ignore_merges": false,
                "vocab": vocab,
                "merges": self.merges.pairs().iter().map(merge).collect::<Vec<_>>(),
            },
        });
        format!("{file:#}\n")
    }

    /// Reads a `tokenizer.json`; refuses what would not encode here to the ids that its maker means.
    pub fn from_json(text: &str) -> Result<Self, Refusal> {
        read(text).map_err(|reason| {
            Refusal(format!(
                "This tokenizer.json cannot be used, since {reason}; \
                 use one that was saved here, or a byte-level BPE like that of GPT-2."
            ))
        })
    }

    /// How a token is written in the vocabulary.
    fn written(&self, id: u32) -> String {
        let bytes = self.token_bytes(id);
        match (self.kind, bytes) {
            (TokenizerKind::Chars, [byte]) if self.byte_ids[*byte as usize] == id => format!("<0x{byte:02X}>"),
            (TokenizerKind::Chars, _) => String::from_utf8_lossy(bytes).into_owned(),
            _ => self.byte_level(id),
        }
    }
}

/// Reads a file, or gives the reason why not.
fn read(text: &str) -> Result<Tokenizer, String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let file: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON ({error})"))?;
    let model = &file["model"];
    let (kind, digits) = kind_of(&file)?;
    let (names, control) = names(&file)?;
    let roles = roles(&control)?;
    let mut pieces = Pieces::default();
    let mut byte_ids = [NONE; 256];
    let mut char_ids = FxHashMap::default();
    let byte_of: FxHashMap<char, u8> = (0..=255).map(|byte| (byte_char(byte), byte)).collect();
    for (id, name) in (0..).zip(&names) {
        let mut characters = name.chars();
        let (first, second) = (characters.next(), characters.next());
        if control.contains(&Some(id)) {
            pieces.push(name.as_bytes());
        } else if kind != TokenizerKind::Chars {
            let bytes: Option<Vec<u8>> = name.chars().map(|c| byte_of.get(&c).copied()).collect();
            let bytes = bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| format!("its token {name:?} is not byte-level"))?;
            if let [byte] = bytes[..] {
                byte_ids[byte as usize] = id;
            }
            pieces.push(&bytes);
        } else if let (Some(single), None) = (first, second) {
            char_ids.insert(single, id);
            pieces.push(name.as_bytes());
        } else {
            let byte = fallback_byte(name).ok_or_else(|| format!("its token {name:?} is neither a character nor a byte"))?;
            byte_ids[byte as usize] = id;
            pieces.push(&[byte]);
        }
    }
    let is_spelled = |byte: u8| match kind {
        TokenizerKind::Chars => !super::tokenizer::spells_a_rare_char(byte, &char_ids) || byte_ids[byte as usize] != NONE,
        _ => byte_ids[byte as usize] != NONE,
    };
    if let Some(byte) = (0..=255).find(|&byte| !is_spelled(byte)) {
        return Err(format!("it has no token for the byte {byte:02X}, so some text could not be encoded"));
    }
    let merges = merges(&model["merges"], &names, &control)?;
    Ok(Tokenizer { kind, pieces, separator: control[0], roles, digits, byte_ids, char_ids, merges })
}

/// The kind of tokenizer and how it cuts numbers, if it is one of ours in every respect.
fn kind_of(file: &Value) -> Result<(TokenizerKind, Digits), String> {
    let (model, pre_tokenizer) = (&file["model"], &file["pre_tokenizer"]);
    let is_on = |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && value != "";
    if model["vocab"].is_null() || !matches!(model["type"].as_str(), None | Some("BPE")) {
        return Err(model["type"].as_str().map_or("it holds no BPE model".into(), |kind| format!("its model is {kind} and not BPE")));
    }
    for option in ["dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges"] {
        if is_on(&model[option]) {
            return Err(format!("its model sets {option}"));
        }
    }
    if is_on(&file["normalizer"]) {
        return Err("it changes the text before it encodes it (a normalizer)".into());
    }
    if is_on(&file["post_processor"]) && file["post_processor"]["type"] != "ByteLevel" {
        return Err("it adds tokens around each text (a post-processor)".into());
    }
    let has_merges = model["merges"].as_array().is_some_and(|merges| !merges.is_empty());
    if pre_tokenizer.is_null() && !has_merges && is_on(&model["byte_fallback"]) {
        return Ok((TokenizerKind::Chars, Digits::Grouped));
    }
    let (digits, byte_level) = match pre_tokenizer["pretokenizers"].as_array().map(Vec::as_slice) {
        Some([split, byte_level]) if splits_digits(split) && byte_level["use_regex"] == false => (Digits::Single, byte_level),
        _ => (Digits::Grouped, pre_tokenizer),
    };
    if byte_level["type"] != "ByteLevel" || is_on(&byte_level["add_prefix_space"]) || is_on(&model["byte_fallback"]) {
        return Err("it does not cut words as GPT-2 does (pre-tokenizer ByteLevel without a prefix space)".into());
    }
    match (digits, has_merges, byte_level["use_regex"] == false) {
        (Digits::Single, ..) | (_, _, false) => Ok((TokenizerKind::Bpe, digits)),
        (_, true, true) => Err("it merges across words (use_regex is false)".into()),
        (_, false, true) => Ok((TokenizerKind::Bytes, digits)),
    }
}

/// Whether a pre-tokenizer cuts by the pattern of [`Digits::Single`].
fn splits_digits(split: &Value) -> bool {
    let is_ours = split["pattern"]["Regex"] == pattern(Digits::Single) && split["behavior"] == "Isolated";
    split["type"] == "Split" && is_ours && split["invert"] != true
}

/// The ids of [`CONTROL_TOKENS`], as far as a file has them.
type Control = [Option<u32>; CONTROL_TOKENS.len()];

/// The tokens as they are written, by id, and the control tokens among them.
fn names(file: &Value) -> Result<(Vec<String>, Control), String> {
    let vocab = file["model"]["vocab"].as_object().ok_or("its vocabulary is not an object")?;
    let mut by_id: FxHashMap<u64, &str> = FxHashMap::default();
    for (name, id) in vocab {
        let id = id.as_u64().ok_or_else(|| format!("the id of its token {name:?} is not a number"))?;
        if by_id.insert(id, name).is_some() {
            return Err(format!("two of its tokens have the id {id}"));
        }
    }
    let added = file["added_tokens"].as_array().map_or(&[][..], Vec::as_slice);
    let mut control = [None; CONTROL_TOKENS.len()];
    for token in added {
        let name = token["content"].as_str().unwrap_or_default();
        let strips = ["single_word", "lstrip", "rstrip"].iter().any(|option| token[*option] == true);
        let id = token["id"].as_u64().filter(|id| by_id.get(id).is_none_or(|other| *other == name));
        let place = CONTROL_TOKENS.iter().position(|known| *known == name);
        let (Some(place), false, Some(id)) = (place, strips, id) else {
            return Err(format!("it has the special token {name:?}, and only a plain {SEPARATOR} and plain role tokens are known here"));
        };
        by_id.insert(id, CONTROL_TOKENS[place]);
        control[place] = u32::try_from(id).ok();
    }
    let names: Option<Vec<String>> = (0..by_id.len() as u64).map(|id| by_id.get(&id).map(|name| name.to_string())).collect();
    Ok((names.ok_or("its ids leave gaps")?, control))
}

/// The role tokens, of which a file has all or none.
fn roles([_, roles @ ..]: &Control) -> Result<Option<Roles>, String> {
    let ids: Vec<u32> = roles.iter().copied().flatten().collect();
    match <[u32; 7]>::try_from(ids) {
        Ok(ids) => Ok(Some(Roles::from_ids(ids))),
        Err(ids) if ids.is_empty() => Ok(None),
        Err(ids) => {
            Err(format!("it has {} of the role tokens, and the {} go together: {}", ids.len(), roles.len(), CONTROL_TOKENS[1..].join(", ")))
        }
    }
}

/// The merges, each as `"a b"` or `["a", "b"]`, with the token that each makes.
fn merges(list: &Value, names: &[String], control: &Control) -> Result<Merges, String> {
    // No merge makes a control token, or a text could be encoded to it.
    let ids: FxHashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).filter(|(_, id)| !control.contains(&Some(*id))).collect();
    let mut learned = Vec::new();
    for merge in list.as_array().map_or(&[][..], Vec::as_slice) {
        let pair = match merge {
            Value::String(pair) => pair.split_once(' '),
            _ => merge[0].as_str().zip(merge[1].as_str()),
        };
        let found = pair.and_then(|(left, right)| {
            let made = ids.get([left, right].concat().as_str())?;
            Some(((*ids.get(left)?, *ids.get(right)?), *made))
        });
        learned.push(found.ok_or_else(|| format!("its merge {merge} is not of two tokens into a third"))?);
    }
    Ok(Merges::new(&learned))
}

/// Reads `<0xC3>`.
fn fallback_byte(name: &str) -> Option<u8> {
    let digits = name.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 2)
}
