//! The program ends at any moment of its use of the storage: what was kept goes on exactly, and nothing is left over.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::rc::Rc;

use seven_steps::protocol::models::Entry;
use seven_steps::protocol::{Command, Event, GenerateRequest, History, KeptRun, Phase, TextSource};
use seven_steps::rng;
use seven_steps::spec::RunSpec;
use seven_steps::worker::checkpoint::Checkpoint;
use seven_steps::worker::local::{Client, Places, with_session};
use seven_steps::worker::storage::Storage;
use seven_steps::worker::storage::faulty::{Faults, Outcome};

use crate::client::{folder, spec, text, write};
use crate::history::{losses, unbroken};

/// Moments at which the program ends.
const ENDS: u64 = 200;
const RUNS: u32 = 3;
const THREADS: u64 = 8;

fn of_seed(seed: u32) -> RunSpec {
    RunSpec { seed, ..spec() }
}

/// A visit that may end at any moment, and what was promised until then.
struct Visit<'a> {
    client: Client,
    faults: &'a Faults,
    runs: Vec<KeptRun>,
    models: Vec<Entry>,
}

impl Visit<'_> {
    /// Goes on until `seen`; none if the program ends before.
    async fn until(&mut self, seen: impl Fn(&Event) -> bool) -> Option<()> {
        loop {
            let event = self.client.next().await.expect("the session stands").0;
            if self.faults.ended() {
                return None;
            }
            match &event {
                Event::Kept { runs } => self.runs.clone_from(runs),
                Event::Shelf(own) => self.models.clone_from(own),
                _ => {}
            }
            if seen(&event) {
                return Some(());
            }
        }
    }

    async fn reaches(&mut self, step: u32) -> Option<()> {
        self.until(|event| matches!(event, Event::Steps(steps) if steps.iter().any(|done| done.step >= step))).await
    }

    async fn pauses(&mut self) -> Option<()> {
        self.client.send(Command::Pause);
        self.until(|event| matches!(event, Event::Kept { .. })).await
    }

    /// Trains, saves, switches, finishes, renames and deletes.
    async fn goes(&mut self) -> Option<()> {
        self.client.send(Command::LoadText(TextSource::Pasted { text: text() }));
        self.until(|event| matches!(event, Event::TextReady(_))).await?;
        self.client.send(Command::Start { spec: of_seed(1) });
        self.reaches(3).await?;
        self.pauses().await?;
        self.client.send(Command::Resume);
        self.reaches(9).await?;
        let first = self.runs.first().map(|kept| kept.run.clone()).expect("a run");
        // It is kept while it trains, and another begins.
        self.client.send(Command::Start { spec: of_seed(2) });
        self.reaches(3).await?;
        self.pauses().await?;
        let second = self.runs.first().map(|kept| kept.run.clone()).expect("a run");
        self.client.send(Command::Resume);
        self.until(|event| matches!(event, Event::Shelf(_))).await?;
        let id = self.models[0].card.id.clone();
        self.client.send(Command::RenameModel { id: id.clone(), name: "Sheep".into() });
        self.until(|event| matches!(event, Event::Shelf(own) if own[0].card.name == "Sheep")).await?;
        self.client.send(Command::Restore { run: first, take_over: false });
        self.until(|event| matches!(event, Event::Phase(Phase::Paused))).await?;
        self.client.send(Command::Resume);
        self.reaches(12).await?;
        self.pauses().await?;
        self.runs.retain(|kept| kept.run != second);
        self.client.send(Command::Forget { run: second });
        self.until(|event| matches!(event, Event::Kept { .. })).await?;
        self.client.send(Command::Start { spec: of_seed(3) });
        self.reaches(3).await?;
        self.pauses().await?;
        self.models.clear();
        self.client.send(Command::DeleteModel { id });
        self.until(|event| matches!(event, Event::Shelf(_))).await
    }
}

fn places(root: &Path, storage: impl Fn(&Path) -> Storage) -> Places {
    Places { runs: Some(storage(&root.join("runs"))), models: Some(storage(&root.join("models"))), texts: None }
}

/// A visit to a folder with these faults, and what it promised.
fn visit(root: &Path, faults: &Rc<Faults>) -> (Vec<KeptRun>, Vec<Entry>) {
    with_session(places(root, |folder| Storage::faulty(folder, faults)), async |client: Client| {
        let mut visit = Visit { client, faults, runs: Vec::new(), models: Vec::new() };
        let came = visit.goes().await;
        assert_eq!(came.is_none(), faults.ended());
        (visit.runs, visit.models)
    })
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Every file is one that something refers to, and whole.
fn nothing_is_left_over(root: &Path) {
    let runs = root.join("runs");
    let (texts, kept): (BTreeSet<String>, BTreeSet<String>) = names(&runs).into_iter().partition(|name| name.starts_with("text-"));
    let mut read = BTreeSet::new();
    for run in kept {
        let checkpoints = names(&runs.join(&run));
        assert!((1..=2).contains(&checkpoints.len()), "{run}: {checkpoints:?}");
        for file in checkpoints {
            let bytes = fs::read(runs.join(&run).join(&file)).expect("a file");
            let (checkpoint, _) = Checkpoint::from_bytes(&bytes).expect("a whole checkpoint");
            read.insert(format!("text-{:08x}", checkpoint.meta.text));
        }
    }
    assert_eq!(texts, read);
    assert!(texts.iter().all(|text| names(&runs.join(text)) == ["text"]));
    for model in names(&root.join("models")) {
        assert_eq!(names(&root.join("models").join(&model)), ["card.json", "model.safetensors", "tokenizer.json"], "{model}");
    }
}

/// Goes on with a run to its end; its seed, and all that it measured.
async fn to_the_end(client: &mut Client, run: &str) -> (u32, History) {
    client.send(Command::Restore { run: run.into(), take_over: false });
    let (mut seed, mut whole) = (0, History::default());
    loop {
        match client.next().await.expect("the session stands").0 {
            Event::Run(info) => (seed, whole) = (info.spec.seed, info.history),
            Event::Steps(steps) => whole.steps.extend(steps),
            Event::Validation(validation) => whole.validations.push(validation),
            Event::Phase(Phase::Paused) => client.send(Command::Resume),
            Event::Phase(Phase::Finished) => return (seed, whole),
            Event::Phase(Phase::Failed { message }) | Event::Refused { message, .. } | Event::Note { message, .. } => panic!("{message}"),
            _ => {}
        }
    }
}

#[test]
fn what_was_kept_survives_the_end_of_the_program_at_any_moment() {
    let unbroken: BTreeMap<u32, History> = (1..=RUNS).map(|seed| (seed, unbroken(of_seed(seed)))).collect();
    let operations = Rc::new(Cell::new(0));
    let count = Rc::clone(&operations);
    let root = folder("crashes");
    visit(
        &root,
        &Faults::new(move |_| {
            count.set(count.get() + 1);
            Outcome::Done
        }),
    );
    fs::remove_dir_all(&root).expect("the folder goes");
    let operations = operations.get();
    assert!(operations > 50, "{operations} operations");
    // Most of a session's time here goes by the clock, into the measuring of the processor's peak.
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let unbroken = &unbroken;
            scope.spawn(move || {
                (0..ENDS).filter(|moment| moment % THREADS == thread).for_each(|moment| ends_at(moment, operations, unbroken))
            });
        }
    });
}

/// Ends the program at one of so many operations, and begins it anew.
fn ends_at(moment: u64, operations: u64, unbroken: &BTreeMap<u32, History>) {
    let root = folder(&format!("crashes-{moment}"));
    let draw = |index, below| rng::below(rng::stream(19, moment), index, below);
    let end = draw(0, operations);
    let outcome = [Outcome::EndBefore, Outcome::EndWithin, Outcome::EndAfter][draw(1, 3) as usize];
    let said = format!("moment {moment}, {outcome:?} at operation {end}");
    let mut done = 0;
    let faults = Faults::new(move |_| {
        done += 1;
        if done > end { outcome } else { Outcome::Done }
    });
    let (runs, models) = visit(&root, &faults);
    assert!(faults.ended(), "{said}");
    with_session(places(&root, |folder| Storage::new(folder)), async |mut client: Client| {
        let mut kept = Vec::new();
        let take = |event, _| match event {
            Event::Ready { kept: found, .. } => {
                kept = found;
                true
            }
            _ => false,
        };
        client.until(take).await.expect("it begins");
        nothing_is_left_over(&root);
        for promised in runs {
            let is_there = kept.iter().any(|found| found.run == promised.run && found.step >= promised.step);
            assert!(is_there, "{said}: {promised:?} among {kept:?}");
        }
        for run in kept {
            let (seed, whole) = to_the_end(&mut client, &run.run).await;
            assert_eq!(losses(&whole), losses(&unbroken[&seed]), "{said}");
        }
        for Entry { which, .. } in models {
            client.send(Command::OpenModel { which });
            let prompt = "12 sheep".into();
            let request = GenerateRequest { prompt, temperature: 0.0, top_k: 0, top_p: 1.0, length: 3, stop: String::new(), seed: 1 };
            assert!(write(&mut client, request).await.len() > 3, "{said}");
        }
    });
    _ = fs::remove_dir_all(&root);
}
