//! Files as other programs write them, given to the chapters' services, and texts read by the command line's own door.

use std::future::Future;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use seven_steps::protocol::ngrams::{self, Scored, Smoothing};
use seven_steps::protocol::{TextSource, version, words};
use seven_steps::stages::words::Reader;
use seven_steps::text::Tokenizer;
use seven_steps::worker::local::{Client, beside};
use seven_steps::worker::message::{Attachment, Request};
use seven_steps::worker::source::{File, load};
use seven_steps::worker::{ngrams as n_grams, words as vectors};

/// A model of words with marks in them, each of which is likely after the one before.
const MARKED: &str = "\\data\\
ngram 1=9
ngram 2=6

\\1-grams:
-2	<UNK>
-99	<s>	-0.2
-1	</s>
-1.3	u.s.	-0.3
-1.3	it's	-0.3
-1.3	#tag	-0.3
-1.3	<num>	-0.3
-1.3	c++	-0.3
-1.3	.	-0.3

\\2-grams:
-0.1	<s> u.s.
-0.15	u.s. it's
-0.15	it's #tag
-0.15	#tag <num>
-0.15	<num> c++
-0.1	c++ </s>

\\end\\
";

const VECTORS: &str = "4 2\nfox 1 0\ncat 1 1\ndog 0 1\nfox -1 0.5\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn service<C, E: 'static, T, F: Future<Output = T>, S: Future<Output = ()>>(
    serve: impl FnOnce(
        futures::channel::mpsc::UnboundedReceiver<Request<C>>,
        seven_steps::worker::message::Sink<E>,
        seven_steps::worker::session::Opening,
    ) -> S,
    script: impl FnOnce(Client<C, E>) -> F,
) -> T {
    let storage = Err("there is no folder to keep it in.".to_owned());
    beside(|inbox, sink| serve(inbox, sink, Box::pin(std::future::ready(storage))), script)
}

/// What the chapter on n-grams says to a file: how many words it has, and what a sentence costs.
fn scored(name: &str, bytes: Vec<u8>, text: &str) -> Result<(u32, Scored), String> {
    service(n_grams::serve, async |mut client: Client<ngrams::Command, ngrams::Event>| {
        use ngrams::{Answer, Command, Event, Line, Question};
        client.send(Command::Hello { version: version() });
        client.send(Request { command: Command::Import { name: name.into() }, attachments: vec![Attachment::Bytes(bytes)] });
        let question = Question::Score { text: text.into(), order: 2, smoothing: Smoothing::Katz };
        let mut vocabulary = 0;
        loop {
            match client.next().await.expect("the worker lives").0 {
                Event::Built(built) => {
                    vocabulary = built.vocabulary;
                    client.send(Command::Ask { line: Line::Score, question: question.clone() });
                }
                Event::Answer { answer: Answer::Scored(scored), .. } => return Ok((vocabulary, scored)),
                Event::Refused { message, .. } => return Err(message),
                _ => {}
            }
        }
    })
}

/// The note on a file, and the words nearest to one with their cosines.
type Asked = (Option<String>, Vec<(String, f32)>);

/// What the chapter on word vectors says to a file.
fn near(name: &str, bytes: Vec<u8>, word: &str) -> Result<Asked, String> {
    service(vectors::serve, async |mut client: Client<words::Command, words::Event>| {
        use words::{Answer, Command, Event, Line, Question};
        client.send(Command::Hello { version: version() });
        client.send(Request { command: Command::Import { name: name.into() }, attachments: vec![Attachment::Bytes(bytes)] });
        let mut note = None;
        loop {
            match client.next().await.expect("the worker lives").0 {
                Event::Built(built) => note = built.note,
                Event::Learnt(_) => client.send(Command::Ask { line: Line::Near, question: Question::Near { word: word.into() } }),
                Event::Answer { answer: Answer::Near(found), .. } => {
                    return Ok((note, found.near.into_iter().map(|near| (near.word, near.cosine)).collect()));
                }
                Event::Refused { message, .. } => return Err(message),
                _ => {}
            }
        }
    })
}

#[test]
fn an_imported_vocabulary_is_looked_up_between_spaces() {
    // KenLM 0.3.0: 10^-0.8.
    let (vocabulary, own) = scored("marked.arpa", MARKED.into(), "u.s. it's #tag <num> c++").unwrap();
    assert_eq!((vocabulary, own.tokens.len(), own.tokens.iter().all(|token| token.known)), (9, 6, true));
    assert!((own.bits - 0.8 * 10_f32.log2()).abs() < 1e-4, "{}", own.bits);
    // As in KenLM, what is not there as a whole is one unknown word.
    let known = |file: &str, text| {
        let (_, scored) = scored("a.arpa", file.into(), text).unwrap();
        scored.tokens.iter().map(|token| token.known).collect::<Vec<_>>()
    };
    assert_eq!(known(MARKED, "it's. u.s.a. state-of-the-art"), [false, false, false, true]);
    // A file whose words are all such as our own rule cuts, marks among them, is asked with that rule.
    let cut = MARKED.replace("u.s.", "us").replace("#tag", "tag").replace("<num>", "num").replace("c++", "see");
    assert_eq!(known(&cut, "us, it's tag."), [true, false, true, true, true, true]);
    assert_eq!(known(&cut.replace("-1.3\t.", "-1.3\tdot"), "us, it's tag."), [false, true, false, true]);
}

#[test]
fn gzip_and_byte_order_marks_are_taken_off_everywhere() {
    let windows = format!("\u{FEFF}{}", MARKED.replace('\n', "\r\n"));
    let plain = scored("a.arpa", MARKED.into(), "c++ it's").unwrap();
    for bytes in [windows.clone().into_bytes(), gzip(MARKED.as_bytes()), gzip(windows.as_bytes())] {
        assert_eq!(scored("a.arpa.gz", bytes, "c++ it's").unwrap(), plain);
    }
    let windows = format!("\u{FEFF}{}", VECTORS.replace('\n', "\r\n"));
    let plain = near("a.vec", VECTORS.into(), "fox").unwrap();
    for bytes in [windows.clone().into_bytes(), gzip(VECTORS.as_bytes()), gzip(windows.as_bytes())] {
        assert_eq!(near("a.vec.gz", bytes, "fox").unwrap(), plain);
    }
    let json = format!("\u{FEFF}{}", Tokenizer::bytes().to_json());
    assert_eq!(Tokenizer::from_json(&json).unwrap().vocab_size(), 264);
    for bytes in [gzip(MARKED.as_bytes())[..60].to_vec(), b"\x1F\x8Bno pack at all".to_vec()] {
        let refused = scored("a.arpa.gz", bytes, "c++").unwrap_err();
        assert!(refused.contains("what gzip packed is cut short or damaged"), "{refused}");
    }
}

#[test]
fn texts_come_through_one_door() {
    let folder = std::env::temp_dir().join(format!("seven-steps-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let read = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        let files = vec![Attachment::File(File(path))];
        pollster::block_on(load(TextSource::Files, files, |_, _| ())).map_err(|problem| problem.message)
    };
    let lines = b"{\"text\": \"Mira hid a kite.\\nNia \\ud83d\"}\n{\"text\": \"Tom\"}\n";
    for (name, bytes) in
        [("a.jsonl", lines.to_vec()), ("a.JSONL", lines.to_vec()), ("b.jsonl.gz", gzip(lines)), ("c.ndjson.GZ", gzip(lines))]
    {
        let text = read(name, &bytes).unwrap();
        assert_eq!(text.corpus.documents, ["Mira hid a kite.\nNia \u{FFFD}", "Tom"], "{name}");
        assert_eq!(text.summary.name, name);
    }
    // A pack of a thousand times its size.
    let refused = read("zeros.txt.gz", &gzip(&vec![b'0'; 100_000_001])).err().unwrap();
    assert!(refused.contains("zeros.txt.gz is more than the 100 MB that fit here"), "{refused}");
    for (bytes, part) in [(&b"some \0 words"[..], "NUL byte"), (b"%PDF-1.7\n", "a PDF document"), (b"\xFF\xFEH\0i\0", "UTF-16")] {
        let refused = read("a.txt", bytes).err().unwrap();
        assert!(refused.contains(part), "{refused}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_first_of_two_equal_words_counts_and_the_page_says_so() {
    // Of two lines for one word, gensim takes the first: fox · cat = 1/√2.
    let (note, found) = near("twice.vec", VECTORS.into(), "fox").unwrap();
    assert_eq!(note.as_deref(), Some("It has “fox” twice; the first counts."));
    assert!(found[0].0 == "cat" && (found[0].1 - 0.5_f32.sqrt()).abs() < 1e-6, "{found:?}");
    let (note, _) = near(
        "latin1.vec",
        VECTORS.replacen("fox", "dog", 1).into_bytes().iter().map(|&b| if b == b'x' { 0xE9 } else { b }).collect(),
        "cat",
    )
    .unwrap();
    assert!(note.unwrap().contains("“fo\u{FFFD}”"));
    for (bytes, kind) in [(&b"PK\x03\x04"[..], "a ZIP archive"), (b"<html><body>", "an HTML page"), (b"\\data\\\n", "an ARPA file")] {
        let refused = near("odd.vec", bytes.into(), "cat").unwrap_err();
        assert!(refused.starts_with(&format!("odd.vec is {kind}")), "{refused}");
    }
    assert_eq!(scored("a.arpa", VECTORS.into(), "").unwrap_err(), "a.arpa is a file of word vectors: choose an ARPA file.");
    let missing = near("lone.vec", VECTORS.replace("dog", "").into(), "cat").unwrap_err();
    assert_eq!(missing, "lone.vec has numbers without a word before them (line 4).");
}

#[test]
fn words_of_every_script_are_whole() {
    // Words that a space divides already; each has vowel signs or tone marks that are no letters.
    let texts = ["สีดำ น้ำ ผู้ใหญ่ เปียก ที่", "ຜູ້ໃຫຍ່ ນ້ຳ", "हिन्दी ज़रा बच्चे", "ကျွန်ုပ် မြန်မာ", "ខ្ញុំ ស្រ្តី", "كِتَابٌ قَلَمٌ", "שָׁלוֹם עֲלֵיכֶם", "café naïve Zürich"];
    for text in texts {
        // The last as marks of their own.
        let text = text.replace('é', "e\u{301}").replace('ï', "i\u{308}").replace('ü', "u\u{308}");
        let mut reader = Reader::default();
        (0..20).for_each(|_| reader.read(&text));
        let words = reader.finish(1, 100);
        let kinds = text.split(' ').count();
        assert_eq!((words.names.len(), words.counts.iter().sum::<u64>() as usize), (kinds, 20 * kinds), "{:?}", words.names);
        // One sentence a line.
        assert_eq!(words.text.len(), 20 * (kinds + 1));
    }
}
