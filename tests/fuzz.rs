//! Files, addresses and messages with damage in them, drawn at random: each is read or refused with a sentence, and none is a panic or
//! takes more memory than its own size explains. `PROPTEST_CASES` says how many are tried of each, a thousand without it.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use seven_steps::nn::layout::Layout;
use seven_steps::nn::model::State;
use seven_steps::protocol::models::{Card, Exam, FORMAT, Stage};
use seven_steps::protocol::{self, History, decode, encode};
use seven_steps::spec::{ModelConfig, RunSpec, TokenizerKind};
use seven_steps::text::{Corpus, Source, Tokenizer, kind_of, words};
use seven_steps::url;
use seven_steps::worker::checkpoint::{Checkpoint, Meta, Snapshot};
use seven_steps::worker::model_files::Opened;
use seven_steps_embeddings::files;
use seven_steps_markov::arpa;
use seven_steps_markov::{END, Predictor};
use sha2::Digest;

/// A damage to a file: its place, and what happens there.
#[derive(Clone, Debug)]
enum Damage {
    Byte(Index, u8),
    Cut(Index),
    Without(Index, usize),
    Again(Index, Index, usize),
    /// What is likely to be read in another way.
    Word(Index, &'static str),
}

const WORDS: [&str; 20] = [
    "\\end\\",
    "\\2-grams:",
    "ngram 1=18446744073709551615\n",
    "-inf",
    "1e999",
    "\u{FEFF}",
    "\r\n",
    "\t",
    " ",
    "<unk>",
    "</s>",
    "NaN",
    "99999999999999999999",
    "-1",
    "0",
    "\"",
    "{",
    "]",
    "\\ud83d",
    "\0",
];

/// Logarithms of all sizes.
const NUMBERS: [&str; 8] = ["0", "-0.3", "0.5", "-1.25", "-99", "30", "-inf", "-1e-9"];

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let damage = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Damage::Without(at, length)),
        (any::<Index>(), any::<Index>(), 1..60_usize).prop_map(|(from, to, length)| Damage::Again(from, to, length)),
        (any::<Index>(), select(&WORDS[..])).prop_map(|(at, word)| Damage::Word(at, word)),
    ];
    proptest::collection::vec(damage, 1..5)
}

fn damaged(whole: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for damage in damages {
        let place = |at: &Index| at.index(bytes.len().max(1)).min(bytes.len());
        match damage {
            Damage::Byte(at, byte) => {
                let at = place(at);
                bytes.splice(at..(at + 1).min(bytes.len()), [*byte]);
            }
            Damage::Cut(at) => bytes.truncate(place(at)),
            Damage::Without(at, length) => drop(bytes.drain(place(at)..(place(at) + length).min(bytes.len()))),
            Damage::Again(from, to, length) => {
                let part = bytes[place(from)..(place(from) + length).min(bytes.len())].to_vec();
                let to = place(to);
                bytes.splice(to..to, part);
            }
            Damage::Word(at, word) => {
                let at = place(at);
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}

const ARPA: &str = "\\data\\\nngram 1=6\nngram 2=4\nngram 3=1\n\n\\1-grams:\n-1.2\t<unk>\n-99\t<s>\t-0.3\n-0.7\t</s>\n-0.5\tant\t-0.25\n\
                    -0.6\tbee\t-0.2\n-0.9\tcat\n\n\\2-grams:\n-0.2\t<s> ant\t-0.15\n-0.3\tant bee\t-0.35\n-0.4\tbee </s>\n-0.5\tbee cat\n\n\
                    \\3-grams:\n-0.1\t<s> ant bee\n\n\\end\\\n";

fn vectors(form: files::Form) -> Vec<u8> {
    let mut bytes = files::header(4, 3);
    for (word, x) in [("the", 0.5), ("fox", -0.25), ("naïve", 1.0), ("hen", 0.0)] {
        files::append(word, &[x, 1.0, -x], form, files::decimals, &mut bytes);
    }
    bytes
}

fn tensors() -> Vec<u8> {
    let bytes = [0; 24];
    let tensor = |dtype, shape: Vec<usize>, length| TensorView::new(dtype, shape, &bytes[..length]).unwrap();
    let metadata =
        HashMap::from([("run", "{}"), ("tokenizer", "{}"), ("checksum", "0")].map(|(key, value)| (key.to_owned(), value.to_owned())));
    let tensors = [("history.steps", tensor(Dtype::F64, vec![1, 3], 24)), ("corpus", tensor(Dtype::U8, vec![3], 3))];
    safetensors::serialize(tensors, Some(metadata)).unwrap()
}

fn small() -> (RunSpec, ModelConfig) {
    let spec = RunSpec {
        depth: 1,
        width: Some(8),
        heads: Some(1),
        ffn: Some(8),
        context: Some(8),
        tokenizer: TokenizerKind::Bytes,
        ..RunSpec::default()
    };
    let config = spec.model(Tokenizer::bytes().vocab_size() as u32);
    (spec, config)
}

/// The tensors and the metadata of a checkpoint.
static WHOLE: LazyLock<(Vec<u8>, HashMap<String, String>)> = LazyLock::new(|| {
    let (spec, model) = small();
    let parameters = Layout::new(&model).init(1);
    let meta = Meta {
        run: "one".into(),
        spec: url::to_fragment(&spec),
        vocab: model.vocab,
        tokens: [100, 10],
        step: 3,
        reading: [0, 0],
        steps: spec.steps,
        lr: 0.001,
        seconds: 1.5,
        parameters: model.parameters(),
        bits_per_byte: Some(2.5),
        samples: vec![],
        text: 7,
        text_name: "a.txt".into(),
        saved: 1e12,
    };
    let zeros = vec![0.0; parameters.len()];
    let state = State { parameters, moment1: zeros.clone(), moment2: zeros };
    let snapshot = Snapshot { meta, model: &model, history: &History::default(), tokenizer: Tokenizer::bytes().to_json(), state: &state };
    let bytes = snapshot.parts(None).concat();
    assert!(Checkpoint::from_bytes(&bytes).is_ok());
    let metadata = SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone().unwrap();
    (bytes, metadata)
});

/// A checkpoint with damage in what it says of its run, or in its tokenizer, and a checksum over what is there.
fn resealed(damages: &[Damage], of_tokenizer: bool) -> Vec<u8> {
    let (bytes, mut metadata) = WHOLE.clone();
    let key = if of_tokenizer { "tokenizer" } else { "run" };
    let text = damaged(metadata[key].as_bytes(), damages);
    metadata.insert(key.into(), String::from_utf8_lossy(&text).into_owned());
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let named: BTreeMap<String, TensorView> = tensors.tensors().into_iter().collect();
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut digest = crc.digest();
    ["run", "tokenizer"].iter().for_each(|key| digest.update(metadata[*key].as_bytes()));
    for (name, tensor) in &named {
        digest.update(name.as_bytes());
        digest.update(tensor.data());
    }
    metadata.insert("checksum".into(), format!("{:08x}", digest.finalize()));
    safetensors::serialize(named, Some(metadata)).unwrap()
}

static MODEL: LazyLock<Opened> = LazyLock::new(|| {
    let (spec, config) = small();
    let card = Card {
        format: FORMAT,
        id: String::new(),
        name: "Small".into(),
        stage: Stage::Pretraining,
        config: config.clone(),
        roles: None,
        parents: vec![],
        recipe: url::to_fragment(&spec),
        tokens: 0,
        made: 0.0,
        exam: Exam::default(),
    };
    Opened::new(card, &Layout::new(&config).init(1), Tokenizer::bytes())
});

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn arpa_files(damages in damages()) {
        let bytes = damaged(ARPA.as_bytes(), &damages);
        let text = String::from_utf8_lossy(&bytes);
        match arpa::read(&text) {
            Ok(model) => {
                let mut state = model.start();
                for token in (0..model.vocabulary() as u32).chain([END, u32::MAX]) {
                    let (score, next) = model.score(state, token);
                    prop_assert!(score.probability >= 0.0, "{}", score.probability);
                    prop_assert!(model.distribution_in(state).len() == model.vocabulary());
                    state = next;
                }
            }
            Err(sentence) => prop_assert!(is_sentence(&sentence), "{sentence}"),
        }
    }

    #[test]
    fn arpa_files_that_hold_together(kept in proptest::collection::vec(any::<bool>(), 12 + 36), numbers in proptest::collection::vec(select(&NUMBERS[..]), 2 * 51)) {
        let words = ["<unk>", "<s>", "</s>"];
        let mut numbers = numbers.into_iter();
        let mut line = |ngram: String| {
            let (probability, weight) = (numbers.next().unwrap(), numbers.next().unwrap());
            format!("{}\t{ngram}\t{weight}\n", if probability.starts_with('-') { probability } else { "0" })
        };
        // Of all n-grams of three words some, each with those that it goes on from.
        let ones: Vec<String> = words.iter().map(|word| line((*word).into())).collect();
        let pairs: Vec<String> = (0..9).filter(|pair| kept[*pair]).map(|pair| [words[pair / 3], words[pair % 3]].join(" ")).collect();
        let threes = pairs.iter().flat_map(|pair| words.iter().map(move |word| format!("{pair} {word}")));
        let threes: Vec<String> = threes.zip(&kept[9..]).filter(|(_, kept)| **kept).map(|(ngram, _)| line(ngram)).collect();
        let twos: Vec<String> = pairs.into_iter().map(&mut line).collect();
        let orders = [ones, twos, threes];
        let counts: String = (1..).zip(&orders).map(|(order, lines)| format!("ngram {order}={}\n", lines.len())).collect();
        let lists: String = (1..).zip(&orders).map(|(order, lines)| format!("\n\\{order}-grams:\n{}", lines.concat())).collect();
        let model = arpa::read(&format!("\\data\\\n{counts}{lists}\n\\end\\\n")).unwrap();
        let mut state = model.start();
        for token in [0, 2, 1, 1, 2, 0, 0, 7, 2, 2] {
            let distribution = model.distribution_in(state);
            let (score, next) = model.score(state, token);
            let given = distribution[if token == 7 { 0 } else { token as usize }];
            prop_assert!(score.probability == given || (score.probability / given - 1.0).abs() < 1e-9, "{} {given}", score.probability);
            state = next;
        }
    }

    #[test]
    fn word_vectors(damages in damages(), is_text in any::<bool>(), is_whole in any::<bool>()) {
        let bytes = damaged(&vectors(if is_text { files::Form::Text } else { files::Form::Binary }), &damages);
        match files::read(&bytes, is_whole, 3, |text| text.parse().ok()) {
            Ok(file) => {
                prop_assert_eq!(file.numbers.len(), file.words.len() * file.dimensions);
                prop_assert!(file.words.len() <= 3 && file.numbers.iter().all(|x| x.is_finite()));
                prop_assert!(file.numbers.capacity() <= 8 * bytes.len() + 64);
            }
            Err(problem) => prop_assert!(!problem.is_empty()),
        }
    }

    #[test]
    fn tokenizers(damages in damages(), names in proptest::collection::vec("[a-cĠ]{1,3}", 0..300)) {
        let bytes = damaged(Tokenizer::bytes().to_json().as_bytes(), &damages);
        if let Ok(tokenizer) = Tokenizer::from_json(&String::from_utf8_lossy(&bytes)) {
            let text = "Fuchs, du hast die Gans gestohlen 🦊";
            prop_assert_eq!(tokenizer.decode(&tokenizer.encode(text)), text);
        }
        let bytes: Vec<String> = (8..264).map(|id| Tokenizer::bytes().byte_level(id)).collect();
        if let Some(tokenizer) = Tokenizer::of_byte_pairs(&[bytes, names].concat()) {
            prop_assert_eq!(tokenizer.decode(&tokenizer.encode("abc aabbcc a")), "abc aabbcc a");
        }
    }

    #[test]
    fn checkpoints(damages in damages()) {
        let bytes = damaged(&tensors(), &damages);
        let reason = Checkpoint::from_bytes(&bytes).err();
        prop_assert!(reason.is_some_and(|reason| !reason.is_empty()));
        prop_assert!(kind_of(&bytes).is_none_or(|kind| !kind.is_empty()));
    }

    #[test]
    fn checkpoints_whose_checksum_is_right(damages in damages(), of_tokenizer in any::<bool>()) {
        let bytes = resealed(&damages, of_tokenizer);
        match Checkpoint::from_bytes(&bytes) {
            Ok((checkpoint, text)) => {
                prop_assert!(text.is_none() && checkpoint.model.parameters() == checkpoint.meta.parameters);
                let _ = Tokenizer::from_json(&checkpoint.tokenizer);
            }
            Err(reason) => prop_assert!(!reason.is_empty()),
        }
    }

    #[test]
    fn models(damages in damages(), which in 0..3_usize, is_sealed in any::<bool>()) {
        let mut files = MODEL.to_files();
        let file = [&mut files.card, &mut files.weights, &mut files.tokenizer].into_iter().nth(which).unwrap();
        *file = damaged(file, &damages);
        if is_sealed && which > 0 {
            // A card that was written for just these files.
            let hash = sha2::Sha256::new().chain_update(&files.weights).chain_update(&files.tokenizer).finalize();
            let id: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            files.card = serde_json::to_string(&Card { id, ..MODEL.card.clone() }).unwrap().into();
        }
        match Opened::from_files(&files) {
            Ok(opened) => {
                prop_assert!(which == 0 || is_sealed || files == MODEL.to_files());
                prop_assert_eq!(opened.parameters.len(), MODEL.parameters.len());
            }
            Err(reason) => prop_assert!(!reason.is_empty()),
        }
    }

    #[test]
    fn texts(damages in damages(), ending in select(&["txt", "jsonl", "NDJSON"][..]), loose in "\\PC{0,60}") {
        let lines = "{\"text\": \"Mira hid a kite.\\nNia \\ud83d\\ude00 lost \\\"one\\\".\"}\n{\"text\": \"Tom\", \"n\": [1, {}]}\n<|endoftext|>\n";
        for bytes in [damaged(lines.as_bytes(), &damages), damaged(loose.as_bytes(), &damages)] {
            let source = Source { name: format!("a.{ending}"), bytes };
            match Corpus::from_sources(vec![source], 1000) {
                Ok(corpus) => {
                    prop_assert!(corpus.documents.iter().all(|document| !document.is_empty()));
                    let split = corpus.split(0.2, 1);
                    let parts: usize = split.train.iter().chain(&split.validation).map(|part| part.len()).sum();
                    prop_assert_eq!(parts, corpus.documents.iter().map(String::len).sum::<usize>());
                }
                Err(refusal) => prop_assert!(is_sentence(&refusal.0), "{refusal}"),
            }
        }
        let cut: String = words::words(&loose).collect();
        prop_assert!(cut.chars().all(|character| !character.is_whitespace()));
    }

    #[test]
    fn addresses(damages in damages()) {
        let fragment = url::to_fragment(&RunSpec::default());
        let bytes = damaged(format!("#{fragment}&text=own&steps=300&lr=0.001&depth=4").as_bytes(), &damages);
        let (spec, notes) = url::from_fragment(&String::from_utf8_lossy(&bytes));
        prop_assert!(notes.iter().all(|note| is_sentence(note)), "{notes:?}");
        // What is understood is said in the same way again.
        prop_assert_eq!(&url::from_fragment(&url::to_fragment(&spec)).0, &spec);
    }

    #[test]
    fn messages(damages in damages()) {
        let commands = [
            protocol::Command::Start { spec: RunSpec::default() },
            protocol::Command::Score { id: 1, text: "the fox".into() },
            protocol::Command::Open { name: "a".into() },
        ];
        for command in commands {
            let bytes = damaged(&encode(&command), &damages);
            let _ = decode::<protocol::Command>(&bytes);
            let _ = decode::<protocol::Event>(&bytes);
            let _ = decode::<protocol::ngrams::Event>(&bytes);
            let _ = decode::<protocol::words::Event>(&bytes);
        }
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

fn is_sentence(text: &str) -> bool {
    text.ends_with('.')
}
