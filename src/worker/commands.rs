//! What each command does.

use std::rc::Rc;

use super::executors::Executors;
use super::figures::Figures;
use super::keeper::{Keeper, TAKEN_OVER};
use super::message::{Attachment, Problem, Request};
use super::models::Models;
use super::prepare::prepare;
use super::session::{Openings, Session, Started};
use super::shared_text::Shelf;
use super::source::{endless, load, starter};
use super::storage::Lock;
use super::trainer::Trainer;
use crate::catalog::KNOBS;
use crate::nn::model::Model;
use crate::protocol::{Command, Event, Phase, Subject, TextSource, version};
use crate::spec::{RunSpec, TextChoice};

impl Session {
    pub(super) async fn obey(&mut self, Request { command, attachments }: Request) {
        if self.executors.is_none() && !matches!(command, Command::Hello { .. }) {
            return;
        }
        match command {
            Command::Hello { .. } => self.hello().await,
            Command::LoadText(source) => self.load_text(source, attachments),
            Command::CancelLoad => self.loading = None,
            Command::Start { spec } => {
                if let Err(problem) = self.start(spec).await {
                    self.sink.refuse(problem);
                }
            }
            Command::Pause => self.pause().await,
            Command::Resume => self.resume().await,
            Command::Stop => self.stop().await,
            Command::StopGenerating => self.stop_generating(),
            Command::Restore { run, take_over } => self.restore(&run, take_over).await,
            Command::Drop { line } => _ = self.asked.end(line),
            Command::RenameModel { id, name } => self.rename_model(&id, &name).await,
            Command::DeleteModel { id } => self.delete_model(&id).await,
            Command::ExportModel { which } => self.export_model(which).await,
            command => (self.more)(self, Request { command, attachments }).await,
        }
    }

    async fn hello(&mut self) {
        if let Some(Openings { runs, texts, models }) = self.storage.take() {
            let shelf = Shelf::open(texts).await;
            let executors = Rc::new(Executors::probe(shelf.storage().cloned()).await);
            self.figures = Some(Figures::new(Rc::clone(&executors), Models::open(models).await));
            self.executors = Some(executors);
            self.keeper = Some(Keeper::open(runs.await).await);
            self.shelf = Some(shelf);
        }
        let (Some(executors), Some(keeper)) = (&self.executors, &self.keeper) else { return };
        self.sink.send(Event::Ready { version: version(), device: executors.info.clone(), kept: keeper.kept.clone() });
        if let Some(reason) = &keeper.unread {
            let message = format!("The kept runs cannot be listed: {reason} None of them is deleted; reload the page to try again.");
            self.sink.note(Subject::Storage, message);
        }
        self.show_room().await;
    }

    fn load_text(&mut self, source: TextSource, attachments: Vec<Attachment>) {
        let sink = self.sink.clone();
        let progress = move |received, total| sink.send(Event::Loading { received, total });
        let shelf = self.shelf.clone();
        self.loading = Some(Box::pin(async move {
            let Some(shelf) = shelf else { return load(source, attachments, progress).await };
            // Only what the visitor chose takes the place of what is kept, which may just be out of reach.
            let is_chosen = !matches!(source, TextSource::Kept | TextSource::Named);
            if matches!(source, TextSource::Kept)
                && let Some(text) = shelf.kept().await
            {
                return Ok(text);
            }
            let text = load(source, attachments, progress).await?;
            if is_chosen {
                shelf.keep(&text).await;
            }
            Ok(text)
        }));
    }

    /// Checks what can be checked, then stops the run that stands and begins to prepare the new one.
    async fn start(&mut self, spec: RunSpec) -> Result<(), Problem> {
        let executors = self.executors()?;
        for knob in KNOBS {
            knob.check(&spec).map_err(|problem| Problem::new(Subject::Training, problem))?;
        }
        let vocab = self.tokenizer.as_ref().map_or(spec.expected_vocab(), |tokenizer| tokenizer.vocab_size() as u32);
        let expected = spec.model(vocab);
        if let Some((_, problem)) = expected.problem() {
            return Err(Problem::new(Subject::Model, problem));
        }
        let executor = executors.choose(spec.executor)?;
        executors.check_fit(executor.0, &Model::requirements(&expected, spec.batch))?;
        let text = match (spec.text, &self.text) {
            (choice, Some(text)) if choice == text.summary.choice => Some(Rc::clone(text)),
            (TextChoice::Starter | TextChoice::World, _) => None,
            (TextChoice::Own, _) => {
                return Err(Problem::new(Subject::Text, "There is no text yet: paste some, choose a file, or take the built-in text."));
            }
        };
        if self.phase == Phase::Training {
            self.keep().await;
        }
        let (name, lock) = self.new_run().await;
        self.clear();
        self.lock = lock;
        // The device is the run's now.
        self.estimating = None;
        self.enter(Phase::Preparing { what: "Reading the text".into(), done: 0.0 });
        let (sink, brought, prepared) = (self.sink.clone(), self.tokenizer.clone(), self.prepared.clone());
        self.starting = Some(Box::pin(async move {
            let text = match (text, spec.text) {
                (Some(text), _) => text,
                (None, choice) => {
                    let text = if choice == TextChoice::World { endless().await? } else { starter().await? };
                    sink.send(Event::TextReady(text.summary.clone()));
                    Rc::new(text)
                }
            };
            let prepared = match prepared.filter(|prepared| brought.is_none() && prepared.serves(&text, &spec)) {
                Some(prepared) => prepared,
                None => Rc::new(prepare(text, &spec, brought, &sink).await?),
            };
            let run = Trainer::new(&executors, name, spec, prepared, executor).await?;
            Ok(Started { run, paused: false })
        }));
        Ok(())
    }

    async fn pause(&mut self) {
        if self.phase != Phase::Training {
            return self.refuse(Subject::Training, "Nothing is training, so there is nothing to pause.");
        }
        self.enter(Phase::Paused);
        self.keep().await;
    }

    async fn resume(&mut self) {
        match (&self.phase, &self.run) {
            (Phase::Paused | Phase::Failed { .. }, Some(_)) if self.lock.as_mut().is_some_and(Lock::is_lost) => {
                self.refuse(Subject::Training, TAKEN_OVER);
            }
            (Phase::Paused | Phase::Failed { .. }, Some(_)) => {
                if self.mend().await {
                    self.enter(Phase::Training);
                }
            }
            _ => self.refuse(Subject::Training, "There is no paused run to go on with."),
        }
    }

    async fn stop(&mut self) {
        if self.starting.take().is_some() {
            return self.enter(Phase::Idle);
        }
        if !matches!(self.phase, Phase::Training | Phase::Paused | Phase::Failed { .. }) {
            return self.refuse(Subject::Training, "There is no run to stop.");
        }
        self.enter(Phase::Stopped);
        self.keep().await;
    }

    pub(super) fn reset(&mut self) {
        self.clear();
        self.enter(Phase::Idle);
    }

    /// Lets go of the run, and of one that is being built.
    pub(super) fn clear(&mut self) {
        self.stop_generating();
        (self.starting, self.run, self.lock, self.opened) = (None, None, None, None);
    }

    pub(super) async fn set_learning_rate(&mut self, lr: f32) {
        let Some(run) = &mut self.run else {
            return self.refuse(Subject::Training, "There is no run whose learning rate could be changed.");
        };
        if !(lr > 0.0 && lr <= 1.0) {
            return self.refuse(Subject::Training, "The learning rate must be more than 0 and at most 1.");
        }
        if run.lost {
            run.set_learning_rate(lr);
            return;
        }
        // What was trained until now is measured with the rate it was trained with.
        match run.look(&self.sink).await {
            Ok(()) => run.set_learning_rate(lr),
            Err(trouble) => return self.trouble(trouble),
        }
        if self.phase == Phase::Paused {
            self.keep().await;
        }
    }

    pub(super) fn stop_generating(&mut self) {
        if let Some(generation) = self.generation.take() {
            generation.finish(&self.sink);
        }
    }

    /// Builds the model anew if its device was lost, on the CPU if there is no GPU any more.
    pub(super) async fn mend(&mut self) -> bool {
        let (Some(executors), Some(run)) = (&self.executors, &mut self.run) else { return false };
        if !run.lost {
            return true;
        }
        match run.rebuild(executors).await {
            Ok(()) => {
                self.sink.send(Event::Run(run.info.clone()));
                true
            }
            Err(problem) => {
                self.sink.refuse(problem);
                false
            }
        }
    }

    pub(super) fn executors(&self) -> Result<Rc<Executors>, Problem> {
        self.executors.clone().ok_or_else(|| Problem::new(Subject::Device, "The worker has not begun yet: reload the page."))
    }
}
