//! What the commands do that keep, restore, hand out and take files.

use std::rc::Rc;

use super::checkpoint::{Checkpoint, Snapshot};
use super::export::{self, BINARY, Export};
use super::keeper::{Held, TAKEN_OVER};
use super::message::{Attachment, Problem};
use super::prepare::{Text, prepare};
use super::session::{OpenModel, Session, Started};
use super::source;
use super::storage::{Claim, Lock};
use super::trainer::Trainer;
use crate::nn::model::Model;
use crate::platform::{unix_time, yield_now};
use crate::protocol::{Brought, Event, ExportKind, Phase, Subject};
use crate::spec::ExecutorChoice;
use crate::text::{Tokenizer, read_text};

/// Bytes of a file to open, unpacked.
const MOST_OPENED: u64 = 2_000_000_000;

impl Session {
    /// Writes a checkpoint of the run. Where that cannot be done, a note says so and all goes on.
    pub(super) async fn keep(&mut self) {
        let (Some(keeper), Some(run)) = (&mut self.keeper, &mut self.run) else { return };
        if run.lost || self.lock.as_mut().is_some_and(Lock::is_lost) {
            return;
        }
        self.kept_at = run.clock.seconds();
        let prepared = Rc::clone(&run.prepared);
        let snapshot = match run.stand(&self.sink).await {
            Ok(snapshot) => snapshot,
            Err(trouble) => return self.trouble(trouble),
        };
        match keeper.keep(&snapshot, &prepared.text, &mut self.lock).await {
            Ok(()) => self.sink.send(Event::Kept { runs: keeper.kept.clone() }),
            Err(Some(reason)) => {
                let message = format!("The run could not be kept: {reason} It goes on; download a checkpoint to be safe.");
                self.sink.note(Subject::Storage, message);
            }
            Err(None) => {}
        }
        self.show_room().await;
    }

    /// Says how much is kept, where that is known.
    pub(super) async fn show_room(&self) {
        let Some(keeper) = &self.keeper else { return };
        if let Some(room) = keeper.room().await {
            self.sink.send(Event::Room(room));
        }
    }

    /// Another tab goes on with the run: it pauses here, and is not written over.
    pub(super) fn taken_over(&mut self) {
        if self.phase == Phase::Training {
            self.enter(Phase::Paused);
        }
        self.sink.note(Subject::Training, TAKEN_OVER);
    }

    /// A name in storage that no other run has, and the claim to it.
    pub(super) async fn new_run(&self) -> (String, Option<Lock>) {
        loop {
            let name = format!("run-{}", unix_time());
            match &self.keeper {
                Some(keeper) => match keeper.claim(&name, Claim::IfFree).await {
                    Ok(lock) => return (name, lock),
                    // A millisecond later there is another.
                    Err(Held) => yield_now().await,
                },
                None => return (name, None),
            }
        }
    }

    /// Whether the run is open in this session.
    fn has_open(&mut self, run: &str) -> bool {
        self.lock.as_mut().is_some_and(|lock| lock.name == run && !lock.is_lost())
    }

    pub(super) async fn visibility(&mut self, hidden: bool) {
        match hidden {
            _ if self.phase != Phase::Training => {}
            true => self.keep().await,
            false => self.sink.note(Subject::Training, "While this tab was hidden, training went on as far as the browser let it."),
        }
    }

    pub(super) async fn forget(&mut self, run: &str) {
        let is_ours = self.has_open(run);
        let Some(keeper) = &mut self.keeper else { return };
        let claimed = if is_ours { Ok(None) } else { keeper.claim(run, Claim::IfFree).await };
        let forgotten = match &claimed {
            Ok(_) => keeper.forget(run).await,
            Err(Held) => Err("it is open in another tab. Close that tab first, or delete it there.".into()),
        };
        match forgotten {
            Ok(()) => self.sink.send(Event::Kept { runs: keeper.kept.clone() }),
            Err(reason) => self.refuse(Subject::Storage, &format!("The run could not be deleted: {reason}")),
        }
        self.show_room().await;
    }

    pub(super) async fn export(&mut self, kind: ExportKind) {
        if let (ExportKind::Tokenizer, Some(prepared)) = (kind, &self.prepared) {
            return self.hand_out(export::tokenizer(&prepared.tokenizer));
        }
        if !self.has_model().await {
            return;
        }
        let Some(run) = &mut self.run else {
            return self.export_opened(kind);
        };
        let prepared = Rc::clone(&run.prepared);
        match kind {
            ExportKind::Tokenizer => self.hand_out(export::tokenizer(&prepared.tokenizer)),
            ExportKind::Spec => {
                let file = export::spec(&run.info.spec);
                self.hand_out(file);
            }
            ExportKind::Metrics => {
                let file = export::metrics(&run.info.history);
                self.hand_out(file);
            }
            ExportKind::Checkpoint => match run.stand(&self.sink).await {
                Ok(snapshot) => {
                    let bytes = snapshot.parts(Some(&prepared.text.to_bytes())).concat();
                    let name = format!("seven-steps-{}.safetensors", snapshot.meta.step);
                    self.hand_out(Export { name, mime: BINARY, bytes });
                }
                Err(trouble) => self.trouble(trouble),
            },
            ExportKind::Model => match run.stand(&self.sink).await {
                Ok(Snapshot { model, state, .. }) => {
                    let files = export::model(model, &state.parameters, &prepared.tokenizer);
                    files.into_iter().for_each(|file| self.hand_out(file));
                }
                Err(trouble) => self.trouble(trouble),
            },
        }
    }

    /// The run's metrics, if there is a run.
    pub(super) fn export_metrics(&self) {
        if let Some(run) = &self.run {
            self.hand_out(export::metrics(&run.info.history));
        }
    }

    /// What there is of a model without a run: itself, and its tokenizer.
    fn export_opened(&self, kind: ExportKind) {
        let Some(OpenModel { model, .. }) = &self.opened else { return };
        match kind {
            ExportKind::Model => {
                let files = export::model(&model.card.config, &model.parameters, &model.tokenizer);
                files.into_iter().for_each(|file| self.hand_out(file));
            }
            ExportKind::Tokenizer => self.hand_out(export::tokenizer(&model.tokenizer)),
            ExportKind::Checkpoint | ExportKind::Metrics | ExportKind::Spec => {
                self.refuse(Subject::Storage, "An opened model has no run: download the model or its tokenizer, or train one.");
            }
        }
    }

    pub(super) fn hand_out(&self, Export { name, mime, bytes }: Export) {
        self.sink.attach(Event::Exported { name, mime: mime.into() }, bytes);
    }

    /// Takes a tokenizer for the next run, or a checkpoint to go on from under a new name.
    pub(super) async fn open(&mut self, name: &str, attachments: Vec<Attachment>) {
        let bytes = match attachments.into_iter().next() {
            Some(attachment @ Attachment::Bytes(_)) => source::bytes(attachment, MOST_OPENED, |_| ()).await,
            _ => Err("No file came: choose it again.".into()),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(reason) => return self.refuse(Subject::Storage, &reason),
        };
        if name.to_ascii_lowercase().ends_with(".json") {
            return self.open_tokenizer(name, bytes);
        }
        let opened = match Checkpoint::from_bytes(&bytes) {
            Ok((checkpoint, Some(text))) => {
                if self.phase == Phase::Training {
                    self.keep().await;
                }
                let (name, lock) = self.new_run().await;
                self.go_on(checkpoint, text, name, None).await.map(|()| self.lock = lock)
            }
            Ok((_, None)) => {
                Err(Problem::new(Subject::Storage, format!("{name} holds no text to go on with: download a checkpoint again.")))
            }
            Err(reason) => {
                let message = format!("{name} cannot be opened, since {reason}: choose a checkpoint or a tokenizer.json saved here.");
                Err(Problem::new(Subject::Storage, message))
            }
        };
        if let Err(problem) = opened {
            self.sink.refuse(problem);
        }
    }

    fn open_tokenizer(&mut self, name: &str, bytes: Vec<u8>) {
        match read_text(name, bytes).and_then(|text| Tokenizer::from_json(&text)) {
            Ok(tokenizer) => {
                let brought = Brought { name: name.into(), tokens: tokenizer.vocab_size() as u32 };
                self.sink.send(Event::Brought(Some(brought)));
                self.tokenizer = Some(tokenizer);
            }
            Err(refusal) => self.sink.refuse(refusal.into()),
        }
    }

    pub(super) async fn restore(&mut self, run: &str, take_over: bool) {
        // It may be the very run that trains.
        if self.phase == Phase::Training {
            self.keep().await;
        }
        let is_ours = self.has_open(run);
        let Some(keeper) = &self.keeper else { return };
        let claim = if take_over { Claim::TakeOver } else { Claim::IfFree };
        let lock = match if is_ours { Ok(self.lock.take()) } else { keeper.claim(run, claim).await } {
            Ok(lock) => lock,
            Err(Held) => {
                let message = "This run is open in another tab. Go on there, or take it over here: the other tab then pauses it.".into();
                return self.sink.send(Event::Held { run: run.to_owned(), message });
            }
        };
        let restored = match keeper.find(run).await {
            Ok((checkpoint, text, note)) => self.go_on(checkpoint, text, run.to_owned(), note).await,
            Err(reason) => Err(Problem::new(Subject::Storage, format!("This run cannot be continued: {reason} Start a new one."))),
        };
        if restored.is_ok() || is_ours {
            self.lock = lock;
        }
        if let Err(problem) = restored {
            self.sink.refuse(problem);
        }
    }

    /// Begins to build the run of a checkpoint; it will be paused at its step. `note` is what should be known about it.
    async fn go_on(&mut self, checkpoint: Checkpoint, text: Text, name: String, note: Option<String>) -> Result<(), Problem> {
        let executors = self.executors()?;
        let spec = checkpoint.spec.clone();
        let tokenizer = Tokenizer::from_json(&checkpoint.tokenizer)?;
        if spec.model(tokenizer.vocab_size() as u32) != checkpoint.model {
            return Err(Problem::new(
                Subject::Storage,
                "This checkpoint's spec describes another model than its weights: choose another file.",
            ));
        }
        let executor = executors.choose(spec.executor).or_else(|_| executors.choose(ExecutorChoice::Auto))?;
        executors.check_fit(executor.0, &Model::requirements(&checkpoint.model, spec.batch))?;
        self.clear();
        let retired = (!checkpoint.retired.is_empty()).then(|| {
            format!(
                "This run is of another version of this program, and is set without what this one lacks: {}.",
                checkpoint.retired.join(", ")
            )
        });
        let notes: Vec<String> = note.into_iter().chain(retired).collect();
        if !notes.is_empty() {
            self.sink.note(Subject::Storage, notes.join(" "));
        }
        let text = Rc::new(text);
        self.text = Some(Rc::clone(&text));
        self.sink.send(Event::TextReady(text.summary.clone()));
        self.enter(Phase::Preparing { what: "Reading the checkpoint".into(), done: 0.0 });
        let sink = self.sink.clone();
        self.starting = Some(Box::pin(async move {
            let prepared = Rc::new(prepare(text, &spec, Some(tokenizer), &sink).await?);
            let mut run = Trainer::new(&executors, name, spec, prepared, executor).await?;
            if [run.info.train_tokens, run.info.validation_tokens] != checkpoint.meta.tokens {
                let message = "This checkpoint's text gives other tokens than it was trained on: it is of another version of this program.";
                return Err(Problem::new(Subject::Storage, message));
            }
            run.restore(checkpoint);
            Ok(Started { run, paused: true })
        }));
        Ok(())
    }
}
