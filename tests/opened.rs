//! Files that are opened to train with or to go on from: tokenizers, checkpoints, and what is neither.

use std::collections::HashMap;
use std::io::Write;
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use seven_steps::protocol::{Brought, Command, Event, PresetEstimate, RunInfo, TextSource};
use seven_steps::spec::{Digits, ExecutorChoice, RunSpec, TextChoice, TokenizerKind};
use seven_steps::text::{Tokenizer, train_bpe};
use seven_steps::worker::local::{Client, Places, with_session};
use seven_steps::worker::message::{Attachment, Request};

/// A model that trains in no time.
fn spec() -> RunSpec {
    RunSpec {
        text: TextChoice::Own,
        tokenizer: TokenizerKind::Bytes,
        depth: 1,
        width: Some(16),
        heads: Some(2),
        ffn: Some(32),
        context: Some(16),
        batch: 2,
        steps: 2,
        warmup: 1,
        executor: ExecutorChoice::Cpu,
        ..RunSpec::default()
    }
}

fn text() -> String {
    (0..300).map(|n| format!("{n} sheep went over the bridge, and {} came back.\n", n / 2)).collect()
}

fn open(name: &str, bytes: &[u8]) -> Request {
    Request { command: Command::Open { name: name.into() }, attachments: vec![Attachment::Bytes(bytes.to_vec())] }
}

/// What the session says next of a tokenizer or of a file that it refuses.
async fn brought(client: &mut Client) -> Result<Option<Brought>, String> {
    loop {
        match client.next().await.expect("the session stands").0 {
            Event::Brought(brought) => return Ok(brought),
            Event::Refused { message, .. } => return Err(message),
            _ => {}
        }
    }
}

async fn run(client: &mut Client) -> RunInfo {
    client.send(Command::Start { spec: spec() });
    loop {
        if let Event::Run(info) = client.next().await.expect("the session stands").0 {
            return info;
        }
    }
}

async fn estimates(client: &mut Client) -> Vec<PresetEstimate> {
    client.send(Command::Estimate { spec: spec() });
    loop {
        if let Event::Estimates(estimates) = client.next().await.expect("the session stands").0 {
            return estimates;
        }
    }
}

#[test]
fn a_tokenizer_serves_the_next_run_alone() {
    let json = train_bpe(&[text()], 300, Digits::Grouped, |_| ControlFlow::Continue(())).unwrap().unwrap().to_json();
    let tokens = Tokenizer::from_json(&json).unwrap().vocab_size() as u32;
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(json.as_bytes()).unwrap();
    with_session(Places::default(), async |mut client: Client| {
        client.send(Command::LoadText(TextSource::Pasted { text: text() }));
        client.until(|event, _| matches!(event, Event::TextReady(_))).await.expect("a text");
        let own = estimates(&mut client).await;
        let marked = ["\u{FEFF}", &json].concat();
        for (name, bytes) in [("mine.json", json.as_bytes()), ("MINE.JSON", marked.as_bytes()), ("mine.json", &packer.finish().unwrap())] {
            client.send(open(name, bytes));
            assert_eq!(brought(&mut client).await, Ok(Some(Brought { name: name.into(), tokens })));
        }
        // What the presets take is reckoned with its tokens.
        let width = |parameters: u64, vocab: u32| parameters / u64::from(vocab);
        let with = estimates(&mut client).await;
        assert!(with[0].parameters > own[0].parameters && width(with[0].parameters, tokens) < width(own[0].parameters, 264));
        let first = run(&mut client).await;
        let second = run(&mut client).await;
        let parameters = |vocab| spec().model(vocab).parameters();
        assert_eq!([first.parameters, second.parameters], [parameters(tokens), parameters(264)]);
    });
    with_session(Places::default(), async |mut client: Client| {
        client.send(Command::LoadText(TextSource::Pasted { text: text() }));
        client.until(|event, _| matches!(event, Event::TextReady(_))).await.expect("a text");
        client.send(open("mine.json", json.as_bytes()));
        assert!(brought(&mut client).await.unwrap().is_some());
        client.send(Command::Start { spec: spec() });
        assert_eq!(brought(&mut client).await, Ok(None), "a run has it now");
    });
}

#[test]
fn a_wrong_file_is_called_what_it_is() {
    let number = br#"{"__metadata__":{"format":"pt","step":7},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    let odd = [&(number.len() as u64).to_le_bytes()[..], number, &[0]].concat();
    let tensor = TensorView::new(Dtype::U8, vec![1], &[0]).unwrap();
    let foreign = safetensors::serialize([("x", tensor)], None::<HashMap<String, String>>).unwrap();
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12345\n";
    let cases: [(&str, &[u8], &str); 9] = [
        ("run.safetensors", &odd, "since its metadata has 7 under “step”, where safetensors allows only strings"),
        ("run.safetensors", &foreign, "since it is no checkpoint of a run"),
        ("run.safetensors", lfs, "since it is a pointer of Git LFS"),
        ("tokenizer", b"{\"version\": \"1.0\", \"added_tokens\": []}", "since it is a tokenizer.json"),
        ("page.safetensors", b"<!DOCTYPE html><html></html>", "since it is an HTML page"),
        ("model.pt", b"PK\x03\x04rest of it", "since it is a ZIP archive"),
        ("tokenizer.json", lfs, "it is not JSON"),
        ("tokenizer.JSON", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", "a PNG picture, not text"),
        ("run.safetensors", b"", "since it is cut short or damaged"),
    ];
    with_session(Places::default(), async |mut client: Client| {
        for (name, bytes, part) in cases {
            client.send(open(name, bytes));
            let refused = brought(&mut client).await.unwrap_err();
            assert!(refused.contains(part), "{refused}");
        }
    });
}
