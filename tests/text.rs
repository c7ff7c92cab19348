//! Text: corpora and their refusals; tokenizers, their losslessness, and their agreement with Hugging Face.

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde::Deserialize;
use seven_steps::spec::Roles;
use seven_steps::text::pretokenize::{Digits, pattern, words};
use seven_steps::text::{
    CONTROL_TOKENS, Corpus, Source, StreamDecoder, Tokenizer, TokenizerKind, VOCAB_SIZES, check_length, check_size, train_bpe,
};

const MAX: u64 = 1_000_000;

fn source(name: &str, bytes: impl AsRef<[u8]>) -> Source {
    Source { name: name.into(), bytes: bytes.as_ref().to_vec() }
}

fn refusal(name: &str, bytes: impl AsRef<[u8]>) -> String {
    Corpus::from_sources(vec![source(name, bytes)], MAX).expect_err("must be refused").to_string()
}

fn utf16(text: &str, mark: &[u8]) -> Vec<u8> {
    mark.iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn what_is_not_text_is_refused_by_name() {
    let latin1 = b"A caf\xE9 by the sea.\nNa\xEFve and fa\xE7ade.\n";
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("empty.txt", vec![], "empty.txt has no text in it"),
        ("blank.md", b" \r\n\t\n".to_vec(), "blank.md has no text in it"),
        ("cat.txt", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR".to_vec(), "cat.txt is a PNG picture"),
        ("cat.jpg", b"\xFF\xD8\xFF\xE0\0\x10JFIF".to_vec(), "a JPEG picture"),
        ("book.epub", b"PK\x03\x04\x14\0\0\0".to_vec(), "a ZIP archive"),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj".to_vec(), "a PDF document"),
        ("letter.rtf", b"{\\rtf1\\ansi Dear".to_vec(), "a rich text (RTF) document"),
        ("clip.mp4", b"\0\0\0\x20ftypisom\0\0".to_vec(), "an MP4 video"),
        ("cat.webp", b"RIFF\x10\0\0\0WEBPVP8 ".to_vec(), "a WebP picture"),
        ("noise.bin", b"some \0 words".to_vec(), "noise.bin is binary data (a NUL byte)"),
        ("random.bin", (1..=254).rev().collect(), "random.bin is binary data (byte FE on line 1)"),
        ("cafe.txt", latin1.to_vec(), "cafe.txt is not UTF-8 but looks like Latin-1 (byte E9 on line 1)"),
        ("end.txt", b"caf\xE9".to_vec(), "looks like Latin-1"),
        ("sjis.txt", b"\x83\x8D\x83\x7B\x83\x62\x83\x67".to_vec(), "sjis.txt is in another encoding than UTF-8"),
        ("wide.txt", utf16("Hello there", b"\xFF\xFE"), "wide.txt is in UTF-16, not UTF-8"),
        ("bare.txt", utf16("Hello there", b""), "bare.txt is in UTF-16, not UTF-8"),
        ("wider.txt", b"\xFF\xFE\0\0H\0\0\0".to_vec(), "wider.txt is in UTF-32"),
        ("cut.txt", "über die Brücke".as_bytes()[..13].to_vec(), "cut.txt breaks off within its last character"),
        ("hurt.txt", b"\xC3\xBCber\n\nxx\xFFyy".to_vec(), "hurt.txt is UTF-8 with damage in it (byte FF on line 3)"),
        ("list.jsonl", b"{\"text\": \"one\"}\n\n{\"story\": \"two\"}".to_vec(), "list.jsonl, line 3: there is no \"text\" field"),
        ("list.jsonl", b"{\"text\": 7}".to_vec(), "list.jsonl, line 1: there is no \"text\" field with a string"),
        ("list.jsonl", b"{\"text\": \"one\"}\nonce upon".to_vec(), "list.jsonl, line 2 is not JSON"),
        ("list.jsonl", b"{\"text\": \"\"}".to_vec(), "list.jsonl has no text in it"),
    ];
    for (name, bytes, expected) in cases {
        let sentence = refusal(name, bytes);
        assert!(sentence.contains(expected), "{sentence:?} should contain {expected:?}");
        assert!(sentence.ends_with('.') && sentence.contains(';'), "{sentence:?} should say what to do");
    }
    let nothing = Corpus::from_sources(vec![], MAX).expect_err("must be refused");
    assert!(nothing.to_string().contains("no text yet"));
}

#[test]
fn sizes_are_capped() {
    let sentence = check_size("big.txt", 300_000_000, 100_000_000).expect_err("must be refused").to_string();
    assert_eq!(sentence, "big.txt: 300 MB is more than the 100 MB that fit here; use a part of it.");
    assert!(check_size("big.txt", 100_000_000, 100_000_000).is_ok());
    let halves = vec![source("a.txt", "a".repeat(60)), source("b.txt", "b".repeat(60))];
    let sentence = Corpus::from_sources(halves, 100).expect_err("must be refused").to_string();
    assert!(sentence.starts_with("These 2 files together"));
}

#[test]
fn lengths_are_checked_in_tokens() {
    assert!(check_length("training", 129, 128).is_ok());
    let sentence = check_length("validation", 1, 128).expect_err("must be refused").to_string();
    assert!(sentence.contains("validation part has 1 token,") && sentence.contains("at least 129"), "{sentence}");
}

#[test]
fn sources_become_documents() {
    let corpus = Corpus::from_sources(
        vec![
            source("a.txt", "\u{FEFF}One\r\ntwo.\r\n"),
            source("b.JSONL", "{\"text\": \"Three\", \"id\": 3}\n{\"text\": \"One\\r\\ntwo.\\r\\n\"}\n"),
            source("c.md", "# Four\n<|endoftext|>\n\nFive\n<|endoftext|>\n"),
        ],
        MAX,
    )
    .expect("text");
    assert_eq!(corpus.documents, ["One\r\ntwo.\r\n", "Three", "One\r\ntwo.\r\n", "# Four", "Five"]);
    assert_eq!(corpus.notes, ["1 of the 5 documents repeats an earlier one word for word, and stays: repetition counts."]);
    let counts = corpus.counts();
    assert_eq!((counts.documents, counts.words, counts.bytes, counts.characters), (5, 8, 37, 37));
}

#[test]
fn repeated_documents_are_kept_and_stand_in_one_part() {
    let corpus = |kinds: usize| {
        let lines: String = (0..600).map(|n| format!("{{\"text\": \"name{}\"}}\n", n * n % 1009 % kinds)).collect();
        Corpus::from_sources(vec![source("names.jsonl", lines)], MAX).expect("text")
    };
    for kinds in [12, 60] {
        let corpus = corpus(kinds);
        assert_eq!((corpus.documents.len(), corpus.notes.len()), (600, 1), "{:?}", corpus.notes);
        let split = corpus.split(0.1, 3);
        assert_eq!(split.train.len() + split.validation.len(), 600);
        let held_out: usize = split.validation.iter().map(|text| text.len()).sum();
        assert!((0.08..0.101).contains(&(held_out as f64 / corpus.counts().bytes as f64)), "{held_out}");
        let is_in_both = split.validation.iter().any(|text| split.train.contains(text));
        assert_eq!(is_in_both, kinds == 12, "identical ones stay together where there are enough others");
    }
}

#[test]
fn what_is_no_running_text_is_taken_with_a_note() {
    let markup = "<p class=\"c\">Mira hid a kite.</p>\n";
    let cases: &[(&str, String)] = &[
        ("an HTML page", format!("<!DOCTYPE html><html><head><title>x</title></head><body>{markup}</body></html>")),
        ("an HTML page", format!("\n  <HTML lang=en>{markup}")),
        ("a page with markup", markup.repeat(9)),
        ("an XML file", "<?xml version=\"1.0\"?><a>b</a>".into()),
        ("JSON", "[\n  {\"text\": \"one\"},\n  {\"text\": \"two\"}\n]".into()),
        ("JSON", "{\"text\": \"one\"}\n{\"text\": \"two\"}\n".into()),
        ("a tokenizer.json", "{\n  \"version\": \"1.0\",\n  \"added_tokens\": []\n}".into()),
        ("an ARPA file", "\\data\\\nngram 1=3\n".into()),
        ("a file of word vectors", "2 3\nthe 0.1 0.2 0.3\na 1 2 3\n".into()),
        ("a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n".into()),
    ];
    for (kind, text) in cases {
        let corpus = Corpus::from_sources(vec![source("a.txt", text)], MAX).expect("text");
        assert_eq!(corpus.documents, std::slice::from_ref(text));
        assert!(matches!(&corpus.notes[..], [note] if note.starts_with(&format!("a.txt looks like {kind}"))), "{kind}: {:?}", corpus.notes);
    }
    for text in ["[1] A. Smith, 1999.", "<3 she wrote", "{ not json }", "12 men\nwent to mow", "version two", "Once <b>upon</b> a time"] {
        assert_eq!(Corpus::from_sources(vec![source("a.txt", text)], MAX).expect("text").notes, [""; 0], "{text}");
    }
}

#[test]
fn one_document_is_split_at_the_start_of_a_line() {
    let text: String = (0..1000).map(|line| format!("Line number {line} of the é text.\n")).collect();
    let corpus = Corpus::from_sources(vec![source("a.txt", &text)], MAX).expect("text");
    let split = corpus.split(0.1, 0);
    let ([train], [validation]) = (&split.train[..], &split.validation[..]) else { panic!("one part each") };
    assert_eq!([*train, *validation].concat(), text);
    assert!(validation.starts_with("Line number 90"));
    assert!((validation.len() as f64 / text.len() as f64 - 0.1).abs() < 0.01);
    assert!(corpus.split(0.0, 0).validation.is_empty());
}

#[test]
fn many_documents_are_held_out_whole() {
    let lines: String = (0..500).map(|n| format!("{{\"text\": \"Document {} says {n}.\"}}\n", n % 400)).collect();
    let corpus = Corpus::from_sources(vec![source("a.jsonl", lines)], MAX).expect("text");
    let split = corpus.split(0.1, 7);
    let counts = corpus.counts();
    let mut all = [split.train.clone(), split.validation.clone()].concat();
    assert_eq!(all.len() as u64, counts.documents);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len() as u64, counts.documents, "a document is in both parts");
    let held_out: usize = split.validation.iter().map(|text| text.len()).sum();
    assert!((held_out as f64 / counts.bytes as f64 - 0.1).abs() < 0.01);
    assert_eq!(corpus.split(0.1, 7).validation, split.validation);
    assert_ne!(corpus.split(0.1, 8).validation, split.validation);
}

#[test]
fn a_large_document_gives_its_tail() {
    let sources = (0..30).map(|n| source(&format!("{n}.txt"), format!("{n} ").repeat(if n == 3 { 5000 } else { 10 })));
    let corpus = Corpus::from_sources(sources.collect(), MAX).expect("text");
    assert_eq!(corpus.split(0.1, 0).validation.len(), 30);
}

#[test]
fn vocabularies_have_the_pieces_they_say() {
    let bytes = Tokenizer::bytes();
    assert_eq!((bytes.kind(), bytes.vocab_size(), bytes.separator()), (TokenizerKind::Bytes, 264, Some(0)));
    assert_eq!(bytes.encode("aé"), [0x61 + 8, 0xC3 + 8, 0xA9 + 8]);
    assert_eq!(bytes.token_text(0xC3 + 8), "\\xC3");

    let chars = Tokenizer::chars(&["bané", "ab"]);
    assert_eq!(chars.encode("née"), [10, 11, chars.encode("e")[0]]);
    assert_eq!(chars.vocab_size(), 8 + 4 + (128 - 3) + 64 + 51);
    assert_eq!(chars.encode("中").len(), 3);
    assert_eq!(chars.token_bytes(9999), b"");
}

#[test]
fn documents_are_separated() {
    let tokenizer = Tokenizer::bytes();
    let texts = ["a", "b", "c"];
    let mut encoding = tokenizer.encoding(&texts);
    while encoding.advance() {}
    assert_eq!(encoding.fraction(), 1.0);
    assert_eq!(encoding.finish(), [105, 0, 106, 0, 107]);
}

#[test]
fn no_text_becomes_a_control_token() {
    let names = CONTROL_TOKENS.concat();
    for tokenizer in tokenizers() {
        let roles = Roles { user: 1, assistant: 2, end: 3, reserved: [4, 5, 6, 7] };
        assert_eq!((tokenizer.separator(), tokenizer.roles()), (Some(0), Some(roles)));
        assert_eq!((0..8).map(|id| tokenizer.token_text(id)).collect::<String>(), names);
        let is_control: Vec<bool> = (0..tokenizer.vocab_size() as u32).map(|id| tokenizer.is_control(id)).collect();
        assert!(is_control.iter().zip(0..).all(|(is_control, id)| *is_control == (id < 8)));
        let ids = tokenizer.encode(&names);
        assert!(ids.iter().all(|id| !tokenizer.is_control(*id)), "{ids:?}");
        assert_eq!(tokenizer.decode(&ids), names);
        let around = [(0..8).collect(), ids, vec![1]].concat();
        assert_eq!(tokenizer.decode_text(&around), names, "what only looks like them is text");
    }
    // Not even where a text is full of their names.
    let repeated = names.repeat(100);
    for digits in [Digits::Single, Digits::Grouped] {
        let ids = bpe(&[&repeated], 400, digits).encode(&names);
        assert!(ids.len() < names.len() && ids.iter().all(|id| *id >= 8), "{ids:?}");
    }
}

/// What `tests/golden/tokenizer.py` wrote.
#[derive(Deserialize)]
struct Golden {
    samples: Vec<String>,
    trained: Vec<Trained>,
}

/// A vocabulary that Hugging Face `tokenizers` trained on `tokenizer.txt`.
#[derive(Deserialize)]
struct Trained {
    asked: usize,
    digits: Digits,
    size: usize,
    merges: Vec<String>,
    ids: Vec<Vec<u32>>,
}

const GOLDEN_TEXT: &str = include_str!("golden/tokenizer.txt");

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/tokenizer.json")).expect("golden numbers")
}

fn bpe(texts: &[&str], vocab_size: usize, digits: Digits) -> Tokenizer {
    train_bpe(texts, vocab_size, digits, |_| ControlFlow::Continue(())).expect("a size in range").expect("not cancelled")
}

#[test]
fn bpe_is_that_of_hugging_face() {
    let golden = golden();
    for trained in &golden.trained {
        let tokenizer = bpe(&[GOLDEN_TEXT], trained.asked, trained.digits);
        assert_eq!(tokenizer.vocab_size(), trained.size);
        let file: serde_json::Value = serde_json::from_str(&tokenizer.to_json()).expect("JSON");
        assert_eq!(file["model"]["merges"], serde_json::json!(trained.merges));
        for (sample, ids) in golden.samples.iter().zip(&trained.ids) {
            assert_eq!(&tokenizer.encode(sample), ids, "{sample:?} with {} tokens, digits {:?}", trained.asked, trained.digits);
            assert_eq!(&tokenizer.decode(ids), sample);
        }
    }
}

#[test]
fn bpe_training_reports_and_can_be_cancelled() {
    let text = GOLDEN_TEXT.repeat(200);
    let mut fractions = Vec::new();
    let halfway = train_bpe(&[&text], 500, Digits::Single, |fraction| {
        fractions.push(fraction);
        if fraction < 0.3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(halfway.expect("a size in range").is_none());
    assert!(fractions.len() > 1 && fractions.is_sorted(), "{fractions:?}");
    let sliced = bpe(&[&text], 500, Digits::Single);
    assert_eq!(sliced.to_json(), bpe(&[GOLDEN_TEXT; 200], 500, Digits::Single).to_json(), "documents or one text, the words are the same");
    for size in [0, VOCAB_SIZES.start() - 1, VOCAB_SIZES.end() + 1] {
        assert!(train_bpe(&[&text], size, Digits::Single, |_| ControlFlow::Continue(())).is_err());
    }
}

#[test]
fn slices_encode_as_one() {
    let text = GOLDEN_TEXT.repeat(50);
    for tokenizer in tokenizers() {
        let ids = tokenizer.encode(&text);
        assert_eq!(tokenizer.decode(&ids), text);
        let words_alone: Vec<u32> = tokenizer.words(&text).flat_map(|word| tokenizer.encode(word)).collect();
        assert_eq!(ids, words_alone);
    }
}

#[test]
fn tokenizer_files_are_read_back() {
    for tokenizer in tokenizers() {
        let json = tokenizer.to_json();
        let read = Tokenizer::from_json(&json).expect("our own file");
        assert_eq!((read.kind(), read.separator(), read.roles()), (tokenizer.kind(), tokenizer.separator(), tokenizer.roles()));
        assert_eq!(read.to_json(), json);
        for sample in golden().samples {
            assert_eq!(read.encode(&sample), tokenizer.encode(&sample));
        }
    }
}

#[test]
fn a_file_without_separator_is_read() {
    let mut file = without_control(0);
    file["model"]["merges"] = file["model"]["merges"].as_array().expect("merges").iter().map(pair_as_list).collect();
    let tokenizer = Tokenizer::from_json(&file.to_string()).expect("a plain byte-level BPE");
    assert_eq!(tokenizer.separator(), None);
    assert!(tokenizer.encode("a<|endoftext|>b").len() > 3);
    assert_eq!(tokenizer.decode(&tokenizer.encode("a<|endoftext|>b")), "a<|endoftext|>b");
}

#[test]
fn a_file_from_before_there_were_roles_is_read() {
    let today = bpe(&[GOLDEN_TEXT], 300, Digits::Grouped);
    let file = without_control(1).to_string();
    let tokenizer = Tokenizer::from_json(&file).expect("a file of an earlier version");
    assert_eq!((tokenizer.separator(), tokenizer.roles(), tokenizer.vocab_size()), (Some(0), None, 293));
    assert!(tokenizer.is_control(0) && !tokenizer.is_control(1));
    let earlier: Vec<u32> = today.encode(GOLDEN_TEXT).iter().map(|id| id - 7).collect();
    assert_eq!(tokenizer.encode(GOLDEN_TEXT), earlier);
    assert_eq!(tokenizer.to_json(), format!("{:#}\n", without_control(1)));
}

/// A BPE file with the first `kept` control tokens only.
fn without_control(kept: usize) -> serde_json::Value {
    let mut file: serde_json::Value = serde_json::from_str(&bpe(&[GOLDEN_TEXT], 300, Digits::Grouped).to_json()).expect("JSON");
    file["added_tokens"].as_array_mut().expect("control tokens").truncate(kept);
    let vocab = file["model"]["vocab"].as_object_mut().expect("a vocabulary");
    CONTROL_TOKENS[kept..].iter().for_each(|name| _ = vocab.remove(*name));
    let shift = (CONTROL_TOKENS.len() - kept) as u64;
    vocab.values_mut().for_each(|id| *id = id.as_u64().expect("an id").saturating_sub(shift).into());
    file
}

#[test]
fn a_merge_into_a_control_token_is_refused() {
    let mut file: serde_json::Value = serde_json::from_str(&bpe(&[GOLDEN_TEXT], 300, Digits::Grouped).to_json()).expect("JSON");
    file["model"]["vocab"]["<|end"] = 300.into();
    file["model"]["vocab"]["|>"] = 301.into();
    file["model"]["merges"].as_array_mut().expect("merges").push("<|end |>".into());
    let sentence = Tokenizer::from_json(&file.to_string()).expect_err("must be refused").to_string();
    assert!(sentence.contains("its merge \"<|end |>\" is not of two tokens into a third"), "{sentence}");
}

#[test]
fn digits_alone_are_a_split_before_byte_level() {
    let file: serde_json::Value = serde_json::from_str(&bpe(&[GOLDEN_TEXT], 300, Digits::Single).to_json()).expect("JSON");
    let split = &file["pre_tokenizer"]["pretokenizers"][0];
    assert_eq!((&split["type"], &split["pattern"]["Regex"]), (&"Split".into(), &pattern(Digits::Single).into()));
    for (place, value) in [
        ("/pre_tokenizer/pretokenizers/0/pattern/Regex", serde_json::json!("\\p{N}")),
        ("/pre_tokenizer/pretokenizers/0/behavior", serde_json::json!("Removed")),
        ("/pre_tokenizer/pretokenizers/0/invert", serde_json::json!(true)),
        ("/pre_tokenizer/pretokenizers/0/type", serde_json::json!("Digits")),
        ("/pre_tokenizer/pretokenizers/1/type", serde_json::json!("Whitespace")),
        ("/pre_tokenizer/pretokenizers/1/use_regex", serde_json::json!(true)),
        ("/pre_tokenizer/pretokenizers/1/add_prefix_space", serde_json::json!(true)),
    ] {
        let mut file = file.clone();
        *file.pointer_mut(place).expect("a place in the file") = value;
        let sentence = Tokenizer::from_json(&file.to_string()).expect_err("must be refused").to_string();
        assert!(sentence.contains("does not cut words as GPT-2 does"), "{place}: {sentence}");
    }
}

fn pair_as_list(merge: &serde_json::Value) -> serde_json::Value {
    merge.as_str().expect("a pair").split(' ').collect()
}

#[test]
fn foreign_tokenizer_files_are_refused() {
    let ours: serde_json::Value = serde_json::from_str(&bpe(&[GOLDEN_TEXT], 300, Digits::Grouped).to_json()).expect("JSON");
    let vocab = |names: [&str; 2]| CONTROL_TOKENS.into_iter().chain(names).zip(0..).collect::<serde_json::Value>();
    let cases = [
        ("/model/type", serde_json::json!("WordPiece"), "its model is WordPiece"),
        ("/model", serde_json::json!(null), "it holds no BPE model"),
        ("/model/dropout", serde_json::json!(0.1), "its model sets dropout"),
        ("/model/ignore_merges", serde_json::json!(true), "its model sets ignore_merges"),
        ("/model/vocab/!", serde_json::json!(9), "two of its tokens have the id 9"),
        ("/model/vocab/!", serde_json::json!(900), "its ids leave gaps"),
        ("/model/vocab/!", serde_json::json!("x"), "is not a number"),
        ("/model/vocab", vocab(["a", "中"]), "its token \"中\" is not byte-level"),
        ("/model/vocab", vocab(["a", "b"]), "it has no token for the byte 00"),
        ("/model/merges/3", serde_json::json!("xyz a"), "its merge \"xyz a\" is not of two tokens"),
        ("/normalizer", serde_json::json!({"type": "NFC"}), "a normalizer"),
        ("/post_processor", serde_json::json!({"type": "TemplateProcessing"}), "a post-processor"),
        ("/pre_tokenizer", serde_json::json!({"type": "Metaspace"}), "does not cut words as GPT-2 does"),
        ("/pre_tokenizer/add_prefix_space", serde_json::json!(true), "does not cut words as GPT-2 does"),
        ("/pre_tokenizer/use_regex", serde_json::json!(false), "it merges across words"),
        ("/added_tokens/0/content", serde_json::json!("<s>"), "it has the special token \"<s>\""),
        ("/added_tokens/0/lstrip", serde_json::json!(true), "only a plain <|endoftext|>"),
        ("/added_tokens", serde_json::json!([{"id": 1, "content": "<|user|>"}]), "it has 1 of the role tokens, and the 7 go together"),
    ];
    for (place, value, expected) in cases {
        let mut file = ours.clone();
        *file.pointer_mut(place).expect("a place in the file") = value;
        let sentence = Tokenizer::from_json(&file.to_string()).expect_err("must be refused").to_string();
        assert!(sentence.contains(expected), "{sentence:?} should contain {expected:?}");
    }
    let sentence = Tokenizer::from_json("{\"model\"").expect_err("must be refused").to_string();
    assert!(sentence.contains("it is not JSON"), "{sentence}");
}

fn tokenizers() -> Vec<Tokenizer> {
    vec![
        Tokenizer::bytes(),
        Tokenizer::chars(&["Some text, with é and 中."]),
        bpe(&[GOLDEN_TEXT], 600, Digits::Single),
        bpe(&[GOLDEN_TEXT], 600, Digits::Grouped),
    ]
}

proptest! {
    #[test]
    fn encoding_is_lossless(text in "(\\PC|\\s|[a-zé中0-9🦊']|<\\|(endoftext|user|end|reserved_1)\\|>){0,60}") {
        for tokenizer in tokenizers() {
            let ids = tokenizer.encode(&text);
            prop_assert_eq!(tokenizer.decode(&ids), text.clone());
            let mut stream = StreamDecoder::default();
            let mut streamed: String = ids.iter().map(|&id| stream.push(tokenizer.token_bytes(id))).collect();
            streamed.push_str(&stream.finish());
            prop_assert_eq!(streamed, text.clone());
        }
    }

    #[test]
    fn words_concatenate_to_the_text(text in "(\\PC|\\s|[a-zé中'1 \n]){0,80}") {
        for digits in [Digits::Single, Digits::Grouped] {
            let cut: Vec<&str> = words(&text, digits).collect();
            prop_assert_eq!(cut.concat(), text.clone());
            prop_assert!(cut.iter().all(|word| !word.is_empty()));
        }
    }

    #[test]
    fn streaming_shows_bytes_as_std_does(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x80u8..0xC0, 0xE0u8..0xF5], 0..40)) {
        let (mut stream, mut text) = (StreamDecoder::default(), String::new());
        for byte in &bytes {
            text.push_str(&stream.push(&[*byte]));
            prop_assert!(!text.contains(char::REPLACEMENT_CHARACTER) || String::from_utf8_lossy(&bytes).starts_with(&text));
        }
        text.push_str(&stream.finish());
        prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
    }
}
