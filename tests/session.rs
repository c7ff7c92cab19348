//! The session, driven as the page drives it, on the CPU executor.

mod client;
#[path = "client/history.rs"]
mod history;

use std::fs;
use std::path::PathBuf;

use client::{folder, load, pause_after, spec, text, write};
use history::{history, losses, unbroken};
use seven_steps::protocol::{Command, Event, ExportKind, GenerateRequest, History, KeptRun, Phase, RunInfo, Score, TextSource};
use seven_steps::spec::{ExecutorChoice, RunSpec, TextChoice, TokenizerKind};
use seven_steps::ui::curves::{blind_guess, usual_bytes_per_token};
use seven_steps::worker::checkpoint::Checkpoint;
use seven_steps::worker::local::{Client, Places, with_session};
use seven_steps::worker::message::{Attachment, Request};
use seven_steps::worker::source::File;
use seven_steps::worker::storage::Storage;

async fn enter(client: &mut Client, phase: Phase) {
    client.until(|event, _| matches!(event, Event::Phase(entered) if entered == phase)).await.expect("the phase");
}

/// The next refusal.
async fn refusal(client: &mut Client) -> String {
    loop {
        match client.next().await.expect("the session stands").0 {
            Event::Refused { message, .. } => return message,
            Event::Phase(Phase::Failed { message }) => panic!("{message}"),
            _ => {}
        }
    }
}

/// Sends a command that hands out `count` files.
async fn exported(client: &mut Client, kind: ExportKind, count: usize) -> Vec<(String, Vec<u8>)> {
    client.send(Command::Export(kind));
    let mut files = Vec::new();
    let take = |event, bytes| {
        if let Event::Exported { name, .. } = event {
            files.push((name, bytes));
        }
        files.len() == count
    };
    client.until(take).await.expect("the files");
    files
}

/// On the built-in world without end.
fn endless() -> RunSpec {
    RunSpec { text: TextChoice::World, ..spec() }
}

#[test]
fn a_run_learns_and_validates() {
    let History { steps, validations, .. } = unbroken(spec());
    assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), (1..=24).collect::<Vec<_>>());
    assert_eq!(validations.iter().map(|validation| validation.step).collect::<Vec<_>>(), [8, 16, 24]);
    assert_eq!(steps[23].tokens, 24 * 2 * 2 * 16);
    assert!((steps[0].bits_per_byte - 8.0).abs() < 0.1, "a fresh model knows nothing: {}", steps[0].bits_per_byte);
    assert!(validations[2].bits_per_byte < validations[0].bits_per_byte && validations[0].bits_per_byte < 8.0);
}

#[test]
fn a_restored_run_goes_on_exactly() {
    for (name, spec) in [("restore", spec()), ("restore-endless", endless())] {
        let kept = folder(name);
        let KeptRun { run, step, .. } = with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
            load(&mut client).await;
            client.send(Command::Start { spec: spec.clone() });
            pause_after(&mut client, 9).await
        });
        assert!((9..24).contains(&step), "paused at {step}");
        let restored = with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
            client.send(Command::Restore { run, take_over: false });
            let before = history(&mut client, Phase::Paused).await;
            assert_eq!(before.steps.last().map(|metrics| metrics.step), Some(step));
            client.send(Command::Resume);
            let mut whole = before;
            let after = history(&mut client, Phase::Finished).await;
            whole.steps.extend(after.steps);
            whole.validations.extend(after.validations);
            whole
        });
        assert_eq!(losses(&restored), losses(&unbroken(spec)), "{name}");
        fs::remove_dir_all(kept).expect("the folder goes");
    }
}

#[test]
fn a_damaged_checkpoint_gives_way_to_the_one_before() {
    let kept = folder("damage");
    with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: spec() });
        pause_after(&mut client, 4).await;
        client.send(Command::Resume);
        pause_after(&mut client, 10).await;
    });
    let folders = fs::read_dir(&kept).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_run = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("run-"));
    let run = folders.into_iter().find(is_run).expect("a run");
    let files = || {
        let names = fs::read_dir(&run).expect("files").map(|file| file.expect("a file").path());
        let mut checkpoints: Vec<PathBuf> = names.filter(|file| file.extension().is_some_and(|kind| kind == "safetensors")).collect();
        checkpoints.sort();
        checkpoints
    };
    assert_eq!(files().len(), 2, "the last two are kept");
    let cut = |file: &PathBuf| {
        let bytes = fs::read(file).expect("a checkpoint");
        fs::write(file, &bytes[..bytes.len() - 1]).expect("it can be cut");
    };
    let name = run.file_name().expect("a name").to_string_lossy().into_owned();
    cut(&files()[1]);
    with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
        client.send(Command::Restore { run: name.clone(), take_over: false });
        let mut note = String::new();
        let take = |event, _| match event {
            Event::Note { message, .. } => {
                note = message;
                false
            }
            event => matches!(event, Event::Phase(Phase::Paused)),
        };
        client.until(take).await.expect("the run");
        assert!(note.starts_with("The newest checkpoint cannot be read, since it is cut short or damaged"), "{note}");
    });
    cut(&files()[0]);
    with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
        client.send(Command::Restore { run: name.clone(), take_over: false });
        let message = refusal(&mut client).await;
        assert!(message.starts_with("This run cannot be continued: None of its checkpoints can be read"), "{message}");
    });
    fs::remove_dir_all(kept).expect("the folder goes");
}

#[test]
fn an_exported_checkpoint_opens_and_goes_on_exactly() {
    let file = with_session(Places::default(), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: spec() });
        client.until(|event, _| matches!(event, Event::Steps(_))).await.expect("steps");
        exported(&mut client, ExportKind::Checkpoint, 1).await.remove(0)
    });
    let opened = with_session(Places::default(), async |mut client: Client| {
        let open = |bytes: &[u8]| {
            let command = Command::Open { name: file.0.clone() };
            Request { command, attachments: vec![Attachment::Bytes(bytes.to_vec())] }
        };
        client.send(open(&file.1[..file.1.len() / 2]));
        let message = refusal(&mut client).await;
        assert!(message.contains("cannot be opened, since it is cut short or damaged"), "{message}");
        client.send(open(&file.1));
        let mut whole = history(&mut client, Phase::Paused).await;
        client.send(Command::Resume);
        let after = history(&mut client, Phase::Finished).await;
        whole.steps.extend(after.steps);
        whole.validations.extend(after.validations);
        whole
    });
    assert_eq!(losses(&opened), losses(&unbroken(spec())));
}

#[test]
fn an_exported_model_holds_the_weights_of_the_checkpoint() {
    let (model, checkpoint) = with_session(Places::default(), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: spec() });
        enter(&mut client, Phase::Finished).await;
        (exported(&mut client, ExportKind::Model, 4).await, exported(&mut client, ExportKind::Checkpoint, 1).await)
    });
    let names: Vec<&str> = model.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
    let config: serde_json::Value = serde_json::from_slice(&model[0].1).expect("JSON");
    assert_eq!((&config["model_type"], &config["hidden_size"], &config["rms_norm_eps"]), (&"llama".into(), &16.into(), &1e-5.into()));
    let tensors = safetensors::SafeTensors::deserialize(&model[1].1).expect("a model");
    let (Checkpoint { model: config, state, .. }, kept) = Checkpoint::from_bytes(&checkpoint[0].1).expect("a checkpoint");
    assert_eq!(kept.expect("a text").corpus.documents, [text()]);
    let layout = seven_steps::nn::layout::Layout::new(&config);
    assert_eq!(tensors.len(), layout.tensors.len());
    for tensor in layout.tensors {
        let view = tensors.tensor(&tensor.name).expect("a tensor");
        assert_eq!(view.shape(), tensor.shape, "{}", tensor.name);
        assert_eq!(view.data(), bytemuck::cast_slice::<f32, u8>(&state.parameters[tensor.range]), "{}", tensor.name);
    }
}

#[test]
fn divergence_stops_the_run_with_the_last_good_weights() {
    with_session(Places::default(), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: RunSpec { lr: 1.0, warmup: 0, clip: 0.0, beta2: 0.0, epsilon: 1e-12, ..spec() } });
        let message = client.until(|_, _| false).await.expect_err("it diverges");
        assert!(message.starts_with("Training diverged at step "), "{message}");
        let mut info: Option<RunInfo> = None;
        let take = |event, _| {
            if let Event::Run(run) = event {
                info = Some(run);
            }
            info.is_some()
        };
        client.until(take).await.expect("the run as it stands");
        let history = info.expect("a run").history;
        assert!(history.steps.iter().all(|step| step.bits_per_byte.is_finite()));
        client.send(Command::Score { id: 1, text: "sheep".into() });
        let score = score(&mut client).await;
        assert!(score.bits_per_byte.is_finite() && score.bits_per_byte < 20.0, "{}", score.bits_per_byte);
        client.send(Command::SetLearningRate { lr: 1e-6 });
        client.send(Command::Resume);
        client.until(|event, _| matches!(event, Event::Validation(_))).await.expect("it goes on");
    });
}

async fn score(client: &mut Client) -> Score {
    let mut found = None;
    let take = |event, _| {
        if let Event::Scored { score, .. } = event {
            found = Some(score);
        }
        found.is_some()
    };
    client.until(take).await.expect("a score");
    found.expect("a score")
}

#[test]
fn writing_and_scoring_agree() {
    let request = |prompt: &str, length| GenerateRequest {
        prompt: prompt.into(),
        temperature: 0.0,
        top_k: 0,
        top_p: 1.0,
        length,
        stop: String::new(),
        seed: 1,
    };
    with_session(Places::default(), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: RunSpec { steps: 200, lr: 1e-2, ..spec() } });
        // While it trains: more than the context holds, so that it must begin anew.
        client.until(|event, _| matches!(event, Event::Steps(_))).await.expect("steps");
        let written = write(&mut client, request("12 sheep went over", 40)).await;
        assert_eq!(written.iter().filter(|token| !token.prompt).count(), 40);
        enter(&mut client, Phase::Finished).await;
        let tokens = write(&mut client, request("12 sheep", 7)).await;
        assert_eq!(tokens.len(), 15);
        assert_eq!(tokens[0].probability, None);
        let text: String = tokens.iter().map(|token| token.text.as_str()).collect();
        client.send(Command::Score { id: 1, text });
        let score = score(&mut client).await;
        assert_eq!(score.tokens.len(), tokens.len());
        for (scored, written) in score.tokens.iter().zip(&tokens).skip(1) {
            let (log, probability) = (scored.log_probability.expect("scored"), written.probability.expect("foreseen"));
            assert!((log.exp() - probability).abs() < 1e-4, "{} against {probability}", log.exp());
            assert!(written.prompt || (written.alternatives[0].probability - probability).abs() < 1e-6, "greedy takes the likeliest");
            assert_eq!(written.alternatives.len(), 8);
        }
        let stopped = write(&mut client, GenerateRequest { stop: "e".into(), ..request("", 500) }).await;
        let text: String = stopped.iter().map(|token| token.text.as_str()).collect();
        assert!(stopped.len() < 500 && text.ends_with('e') && !stopped[0].prompt, "{text}");
        for (command, beginning) in [
            (Command::Generate { id: 4, request: request("", 2001) }, "2001 tokens are too many to write at once: choose at most 2000."),
            (Command::Generate { id: 4, request: request(&"a".repeat(20_001), 5) }, "This beginning has 20001 bytes: give at most 20000"),
            (
                Command::Generate { id: 4, request: GenerateRequest { stop: "a".repeat(201), ..request("", 5) } },
                "The text to stop at has 201 bytes: give at most 200.",
            ),
            (Command::Score { id: 1, text: "a".repeat((1 << 17) + 1) }, "This text has 131073 bytes: score at most 131072 at once."),
            (Command::Score { id: 1, text: "a".repeat((1 << 14) + 1) }, "This text has 16385 tokens: score at most 16384 at once."),
        ] {
            client.send(command);
            let message = refusal(&mut client).await;
            assert!(message.starts_with(beginning), "{message}");
        }
    });
}

#[test]
fn a_text_already_cut_into_tokens_is_not_cut_again() {
    with_session(Places::default(), async |mut client: Client| {
        load(&mut client).await;
        let short = RunSpec { steps: 1, tokenizer: TokenizerKind::Bpe, vocab: 300, ..spec() };
        let mut preparations = Vec::new();
        for spec in [short.clone(), RunSpec { seed: 9, ..short.clone() }, RunSpec { vocab: 280, ..short }] {
            client.send(Command::Start { spec });
            let mut events = 0;
            let take = |event, _| {
                events += usize::from(matches!(event, Event::Phase(Phase::Preparing { .. })));
                matches!(event, Event::Phase(Phase::Finished))
            };
            client.until(take).await.expect("the end");
            preparations.push(events);
        }
        assert!(preparations[0] > 1 && preparations[1] == 1 && preparations[2] > 1, "{preparations:?}");
    });
}

#[test]
fn what_cannot_be_done_is_refused_with_a_sentence() {
    with_session(Places::default(), async |mut client: Client| {
        for (command, sentence) in [
            (Command::Start { spec: spec() }, "There is no text yet: paste some, choose a file, or take the built-in text."),
            (Command::Pause, "Nothing is training, so there is nothing to pause."),
            (Command::Resume, "There is no paused run to go on with."),
            (Command::Stop, "There is no run to stop."),
            (Command::Score { id: 1, text: "a".into() }, "There is no model yet: train one first, or open one."),
            (Command::Export(ExportKind::Model), "There is no model yet: train one first, or open one."),
            (Command::SetLearningRate { lr: 0.1 }, "There is no run whose learning rate could be changed."),
            (
                Command::Restore { run: "none".into(), take_over: false },
                "This run cannot be continued: there is no folder to keep it in. Start a new one.",
            ),
            (Command::Open { name: "x.safetensors".into() }, "No file came: choose it again."),
            (
                Command::LoadText(TextSource::Url { url: "https://example.org".into() }),
                "Text from an address can only be read in a browser: download it and give the file.",
            ),
        ] {
            client.send(command);
            assert_eq!(refusal(&mut client).await, sentence);
        }
        let missing = Attachment::File(File("/nowhere/at-all.txt".into()));
        client.send(Request { command: Command::LoadText(TextSource::Files), attachments: vec![missing] });
        let message = refusal(&mut client).await;
        assert!(message.starts_with("at-all.txt could not be read: "), "{message}");
        load(&mut client).await;
        for (spec, beginning) in [
            (RunSpec { heads: Some(3), ..spec() }, "3 heads do not divide a width of 16"),
            (
                RunSpec { depth: 24, width: Some(2048), heads: Some(64), batch: 256, context: Some(2048), ..spec() },
                "This model in training needs ",
            ),
            // 2³³ logits, which is 0 in 32 bits, and as many activations.
            (
                RunSpec { tokenizer: TokenizerKind::Bpe, vocab: 16_384, ffn: Some(8192), batch: 256, context: Some(2048), ..spec() },
                "This model in training needs ",
            ),
            (RunSpec { batch: 0, ..spec() }, "Batch must be a whole number from 1 to 256 sequences."),
            (RunSpec { lr: f32::NAN, ..spec() }, "Learning rate must be a number from 0.000001 to 1."),
            (RunSpec { executor: ExecutorChoice::Auto, held_out: 2.0, ..spec() }, "Held out must be a number from 0.01 to 0.5."),
        ] {
            client.send(Command::Start { spec });
            let message = refusal(&mut client).await;
            assert!(message.starts_with(beginning), "{message}");
        }
        client.send(Command::LoadText(TextSource::Pasted { text: "A short text.".into() }));
        client.until(|event, _| matches!(event, Event::TextReady(_))).await.expect("a text");
        client.send(Command::Start { spec: spec() });
        let message = refusal(&mut client).await;
        assert!(message.starts_with("The text is too short: its training part has 12 tokens"), "{message}");
    });
}

#[test]
fn a_blind_guess_costs_what_the_tokens_say_and_no_run_is_faster_than_the_best() {
    with_session(Places::default(), async |mut client: Client| {
        let pieces = [512, 1024, 4096, 16_384].map(|vocab| (TokenizerKind::Bpe, vocab));
        for (tokenizer, vocab) in [(TokenizerKind::Bytes, 264)].into_iter().chain(pieces) {
            client.send(Command::Start { spec: RunSpec { text: TextChoice::Starter, tokenizer, vocab, steps: 8, ..spec() } });
            let (mut info, mut speeds) = (None, 0);
            let take = |event, _| {
                match event {
                    Event::Run(run) => info = Some(run),
                    Event::Speed(speed) => {
                        speeds += 1;
                        assert!(speed.flops_per_second <= speed.peak_flops_per_second, "{speed:?}");
                    }
                    _ => {}
                }
                info.is_some() && speeds > 0
            };
            client.until(take).await.expect("a run");
            let RunInfo { bytes_per_token, .. } = info.expect("a run");
            let measured = blind_guess(vocab, f64::from(bytes_per_token));
            let foreseen = blind_guess(vocab, usual_bytes_per_token(tokenizer, vocab));
            assert!((foreseen - measured).abs() < 0.15, "{vocab} tokens: {foreseen} against {measured}");
        }
    });
}
