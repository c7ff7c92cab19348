//! What the tests of the session have in common: a run in no time, and what the page would do with it.

use std::fs;
use std::path::PathBuf;

use seven_steps::protocol::{Command, Event, GenerateRequest, KeptRun, TextSource, WrittenToken};
use seven_steps::spec::{ExecutorChoice, RunSpec, TextChoice, TokenizerKind};
use seven_steps::worker::local::Client;

/// A model that trains in no time.
pub fn spec() -> RunSpec {
    RunSpec {
        text: TextChoice::Own,
        tokenizer: TokenizerKind::Bytes,
        depth: 1,
        width: Some(16),
        heads: Some(2),
        ffn: Some(32),
        context: Some(16),
        batch: 2,
        accumulation: 2,
        steps: 24,
        warmup: 4,
        validate_every: 8,
        executor: ExecutorChoice::Cpu,
        ..RunSpec::default()
    }
}

pub fn text() -> String {
    (0..300).map(|n| format!("{n} sheep went over the bridge, and {} came back.\n", n / 2)).collect()
}

/// A folder of its own, empty.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("seven-steps-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

pub async fn load(client: &mut Client) {
    client.send(Command::LoadText(TextSource::Pasted { text: text() }));
    client.until(|event, _| matches!(event, Event::TextReady(_))).await.expect("a text");
}

/// Waits for step `step`, then pauses; what is kept of the run then.
pub async fn pause_after(client: &mut Client, step: u32) -> KeptRun {
    client.until(|event, _| matches!(event, Event::Steps(steps) if steps.iter().any(|done| done.step >= step))).await.expect("the step");
    client.send(Command::Pause);
    let mut kept = Vec::new();
    let take = |event, _| {
        if let Event::Kept { runs } = event {
            kept = runs;
        }
        !kept.is_empty()
    };
    client.until(take).await.expect("a checkpoint");
    kept.remove(0)
}

pub async fn write(client: &mut Client, request: GenerateRequest) -> Vec<WrittenToken> {
    client.send(Command::Generate { id: 3, request });
    let mut tokens = Vec::new();
    let take = |event, _| match event {
        Event::Generated { id: 3, token } => {
            tokens.push(token);
            false
        }
        event => matches!(event, Event::GenerationDone { id: 3, .. }),
    };
    client.until(take).await.expect("a text");
    tokens
}
