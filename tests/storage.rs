//! What is kept, where storage fails, is full, holds what a crash left, or is used by two tabs at once.

mod client;
#[path = "storage/crashes.rs"]
mod crashes;
#[path = "client/history.rs"]
mod history;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use client::{folder, load, pause_after, spec, write};
use history::{history, losses, unbroken};
use seven_steps::protocol::models::Which;
use seven_steps::protocol::{Command, Event, ExportKind, GenerateRequest, KeptRun, Phase};
use seven_steps::spec::RunSpec;
use seven_steps::worker::checkpoint::{Checkpoint, Snapshot};
use seven_steps::worker::local::{Client, Places, session, with_session};
use seven_steps::worker::storage::Storage;
use seven_steps::worker::storage::faulty::{Faults, Operation, Outcome};

const FULL: &str = "the storage is full.";

/// All files below a folder, from there.
fn files(root: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).expect("below it").to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn put(root: &Path, file: &str, bytes: &[u8]) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

/// Keeps a run with two checkpoints; the last that is kept of it.
fn two_checkpoints(kept: &Path) -> KeptRun {
    with_session(Places::of_runs(Storage::new(kept)), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: spec() });
        pause_after(&mut client, 4).await;
        client.send(Command::Resume);
        pause_after(&mut client, 10).await
    })
}

/// The next note.
async fn note(client: &mut Client) -> String {
    let mut note = String::new();
    let take = |event, _| match event {
        Event::Note { message, .. } => {
            note = message;
            true
        }
        _ => false,
    };
    client.until(take).await.expect("a note");
    note
}

/// Goes on with a run that is paused, to its end.
async fn goes_on_exactly(client: &mut Client, run: &str, take_over: bool, spec: RunSpec) {
    client.send(Command::Restore { run: run.into(), take_over });
    let mut whole = history(client, Phase::Paused).await;
    client.send(Command::Resume);
    let after = history(client, Phase::Finished).await;
    whole.steps.extend(after.steps);
    whole.validations.extend(after.validations);
    assert_eq!(losses(&whole), losses(&unbroken(spec)));
}

#[test]
fn a_run_has_one_owner_until_another_takes_it_over() {
    let kept = folder("owner");
    let places = || Places::of_runs(Storage::new(&kept));
    // Long enough to be taken over while it trains.
    let long = RunSpec { steps: 600, validate_every: 100, ..spec() };
    pollster::block_on(session(places(), async |mut first: Client| {
        load(&mut first).await;
        first.send(Command::Start { spec: long.clone() });
        let KeptRun { run, .. } = pause_after(&mut first, 4).await;
        session(places(), async |mut second: Client| {
            second.send(Command::Restore { run: run.clone(), take_over: false });
            let held = |event, _| match event {
                Event::Held { run: held, message } => {
                    assert!(held == run && message.starts_with("This run is open in another tab."), "{message}");
                    true
                }
                event => {
                    assert!(!matches!(event, Event::Phase(_)), "it is not opened");
                    false
                }
            };
            second.until(held).await.expect("a word");
            second.send(Command::Forget { run: run.clone() });
            let refused = second.until(|_, _| false).await.expect_err("it is in use");
            assert!(refused.starts_with("The run could not be deleted: it is open in another tab."), "{refused}");
            // The first one trains meanwhile.
            first.send(Command::Resume);
            first.until(|event, _| matches!(event, Event::Steps(_))).await.expect("steps");
            goes_on_exactly(&mut second, &run, true, long.clone()).await;
            assert!(note(&mut first).await.starts_with("Another tab has taken over this run."));
            let before = files(&kept);
            for command in [Command::Stop, Command::Resume] {
                first.send(command);
            }
            first.until(|event, _| matches!(event, Event::Phase(Phase::Stopped))).await.expect("it is stopped");
            first.until(|_, _| false).await.expect_err("it does not go on");
            assert_eq!(files(&kept), before, "nothing is written over");
        })
        .await;
        // The second one is gone, and what it came to is there.
        first.send(Command::Restore { run: run.clone(), take_over: false });
        let whole = history(&mut first, Phase::Finished).await;
        assert_eq!(whole.steps.last().map(|metrics| metrics.step), Some(600));
    }));
    fs::remove_dir_all(kept).expect("the folder goes");
}

#[test]
fn a_full_storage_is_told_and_training_goes_on() {
    let kept = folder("full");
    let is_full = Rc::new(Cell::new(true));
    let full = Rc::clone(&is_full);
    let faults = Faults::new(move |operation| match operation {
        Operation::Write if full.get() => Outcome::Fails(FULL),
        _ => Outcome::Done,
    });
    let places = Places { models: Some(Storage::faulty(kept.join("models"), &faults)), ..Places::of_runs(Storage::faulty(&kept, &faults)) };
    with_session(places, async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: spec() });
        let mut notes = Vec::new();
        let take = |event, _| {
            match event {
                Event::Note { message, .. } => notes.push(message),
                Event::Kept { .. } | Event::Shelf(_) => panic!("nothing is kept"),
                _ => {}
            }
            notes.len() == 2
        };
        client.until(take).await.expect("notes");
        assert_eq!(
            notes,
            [
                "The run could not be kept: the storage is full. It goes on; download a checkpoint to be safe.",
                "The model could not be put on the shelf: the storage is full. Download it to be safe."
            ]
        );
        assert_eq!(files(&kept), [""; 0]);
        is_full.set(false);
        client.send(Command::Start { spec: spec() });
        pause_after(&mut client, 4).await;
    });
    fs::remove_dir_all(kept).expect("the folder goes");
}

#[test]
fn a_listing_that_fails_removes_nothing() {
    let kept = folder("listing");
    let KeptRun { run, .. } = two_checkpoints(&kept);
    let newest = files(&kept).into_iter().rfind(|file| file.starts_with("run-")).expect("a checkpoint");
    let (more, bytes) = (newest.replace("step-", "step-1"), fs::read(kept.join(&newest)).expect("a checkpoint"));
    let before = files(&kept);
    // The listings of a visit that goes on with the run and keeps it again, one after the other.
    for failing in 0..30 {
        // What would go: a checkpoint too many, and a text that nobody reads.
        put(&kept, &more, &bytes);
        put(&kept, "text-00000000/text", b"read by none");
        let mut listings = 0;
        let faults = Faults::new(move |operation| {
            listings += u32::from(operation == Operation::List);
            if operation == Operation::List && listings == failing { Outcome::Fails("it cannot be listed.") } else { Outcome::Done }
        });
        with_session(Places::of_runs(Storage::faulty(&kept, &faults)), async |mut client: Client| {
            client.send(Command::Restore { run: run.clone(), take_over: false });
            // Whatever comes of it.
            _ = client.until(|event, _| matches!(event, Event::Phase(Phase::Paused))).await;
            client.send(Command::Stop);
            client.send(Command::Export(ExportKind::Checkpoint));
            _ = client.until(|event, _| matches!(event, Event::Exported { .. })).await;
        });
        let after = files(&kept);
        assert!(after.iter().filter(|file| file.starts_with(&run)).count() > 1, "failing listing {failing}: {after:?}");
        assert!(before.iter().filter(|file| file.starts_with("text-")).all(|text| after.contains(text)), "failing listing {failing}");
    }
    with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| goes_on_exactly(&mut client, &run, false, spec()).await);
    fs::remove_dir_all(kept).expect("the folder goes");
}

#[test]
fn what_a_crash_left_goes_at_the_next_start() {
    let (kept, shelf) = (folder("sweep"), folder("sweep-shelf"));
    let KeptRun { run, .. } = two_checkpoints(&kept);
    let before = files(&kept);
    let unfinished = [vec![0; 8], b"all but the beginning".to_vec()].concat();
    put(&kept, "text-00000000/text", b"a text without a checkpoint");
    put(&kept, "text-00000001/text", &unfinished);
    put(&kept, "run-1/step-0000003-00000000000001.safetensors", &unfinished);
    put(&kept, &format!("{run}/step-0000022-00000000000001.safetensors"), &unfinished);
    put(&kept, &format!("{run}/step-0000023-00000000000001.safetensors.part"), b"half");
    put(&shelf, "0123456789abcdef/model.safetensors", b"weights without a card");
    with_session(Places { models: Some(Storage::new(&shelf)), ..Places::of_runs(Storage::new(&kept)) }, async |mut client: Client| {
        client.until(|event, _| matches!(event, Event::Ready { .. })).await.expect("it begins")
    });
    assert_eq!((files(&kept), files(&shelf)), (before, vec![]));
    assert_eq!(fs::read_dir(&kept).expect("a folder").count(), 2, "no empty folder is left");
    for folder in [kept, shelf] {
        fs::remove_dir_all(folder).expect("the folder goes");
    }
}

#[test]
fn what_another_version_keeps_stays() {
    let (kept, shelf) = (folder("later"), folder("later-shelf"));
    put(&kept, "run-1/checkpoint-3.bin", b"a checkpoint of another version");
    put(&kept, "text-00000000/text", b"which may read this");
    put(&shelf, "0123456789abcdef/card.bin", b"a card of another version");
    let before = (files(&kept), files(&shelf));
    with_session(Places { models: Some(Storage::new(&shelf)), ..Places::of_runs(Storage::new(&kept)) }, async |mut client: Client| {
        client.until(|event, _| matches!(event, Event::Ready { .. })).await.expect("it begins")
    });
    assert_eq!((files(&kept), files(&shelf)), before);
    for folder in [kept, shelf] {
        fs::remove_dir_all(folder).expect("the folder goes");
    }
}

#[test]
fn a_model_whose_renaming_was_cut_short_is_found_again() {
    let shelf = folder("renaming");
    let places = || Places { models: Some(Storage::new(&shelf)), ..Places::default() };
    with_session(places(), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: RunSpec { steps: 4, ..spec() } });
        client.until(|event, _| matches!(event, Event::Shelf(_))).await.expect("a shelf");
    });
    let card = shelf.join(files(&shelf).into_iter().find(|file| file.ends_with("card.json")).expect("a card"));
    let next = PathBuf::from(card.to_string_lossy().into_owned() + ".next");
    fs::rename(&card, &next).expect("another name");
    fs::write(&card, [0; 60]).expect("half a card");
    with_session(places(), async |mut client: Client| {
        let id = card.parent().and_then(Path::file_name).expect("an id").to_string_lossy().into_owned();
        client.send(Command::OpenModel { which: Which::Own(id) });
        let request =
            GenerateRequest { prompt: "The".into(), temperature: 0.0, top_k: 0, top_p: 1.0, length: 5, stop: String::new(), seed: 1 };
        assert!(write(&mut client, request).await.len() > 5);
    });
    assert!(!next.exists());
    fs::remove_dir_all(shelf).expect("the folder goes");
}

#[test]
fn a_run_with_other_settings_than_this_version_has_goes_on_with_a_note() {
    let kept = folder("retired");
    let KeptRun { run, .. } = two_checkpoints(&kept);
    for file in files(&kept).into_iter().filter(|file| file.starts_with("run-")) {
        let path = kept.join(file);
        let (Checkpoint { mut meta, model, history, tokenizer, state, .. }, _) =
            Checkpoint::from_bytes(&fs::read(&path).expect("a file")).expect("a checkpoint");
        let known: Vec<&str> = meta.spec.split('&').filter(|pair| !pair.starts_with("clip=")).collect();
        assert!(known.join("&").len() < meta.spec.len());
        meta.spec = known.join("&") + "&colour=red";
        fs::write(&path, Snapshot { meta, model: &model, history: &history, tokenizer, state: &state }.parts(None).concat())
            .expect("a file");
    }
    with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
        client.send(Command::Restore { run: run.clone(), take_over: false });
        let said = note(&mut client).await;
        assert!(said.ends_with("is set without what this one lacks: colour."), "{said}");
        client.until(|event, _| matches!(event, Event::Phase(Phase::Paused))).await.expect("the run");
        goes_on_exactly(&mut client, &run, false, spec()).await;
    });
    fs::remove_dir_all(kept).expect("the folder goes");
}
