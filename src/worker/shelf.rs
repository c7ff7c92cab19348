//! What the commands do that ask about models, open them and put them on the visitor's shelf.

use std::rc::Rc;

use super::executors::Executors;
use super::export;
use super::model_files::Opened;
use super::models::Models;
use super::session::{OpenModel, Session};
use crate::nn::reader::Reader;
use crate::platform::unix_time;
use crate::protocol::figures::{Line, Question};
use crate::protocol::models::{Card, Exam, FORMAT, Stage, Which};
use crate::protocol::{Event, Phase, Subject};
use crate::spec::TextChoice;
use crate::url;

impl Session {
    /// Begins to answer a figure's question, in the place of what its line asked before.
    pub(super) async fn ask(&mut self, line: Line, question: Question) {
        for _ in 0..self.asked.end(line) {
            self.sink.send(Event::Answered { line });
        }
        let Some(mut figures) = self.figures.clone() else { return };
        figures.run = self.snapshot().await.map(Rc::new);
        let sink = self.sink.clone();
        self.asked
            .begin(Some(line), async move { (line, figures.answer(question, |answer| sink.send(Event::Answer { line, answer })).await) });
    }

    /// The run's model as it is now; none if there is no run or it cannot be read.
    async fn snapshot(&mut self) -> Option<Opened> {
        let run = self.run.as_mut().filter(|run| !run.lost)?;
        let parameters = run.model.parameters().await.ok()?;
        let info = &run.info;
        let text = match info.spec.text {
            TextChoice::Own => run.prepared.text.summary.name.as_str(),
            TextChoice::Starter | TextChoice::World => "the built-in world",
        };
        let validated = info.history.validations.last();
        let card = Card {
            format: FORMAT,
            id: String::new(),
            name: format!("{text}, {} steps", run.step()),
            stage: Stage::Pretraining,
            config: info.model.clone(),
            roles: run.prepared.tokenizer.roles(),
            parents: Vec::new(),
            recipe: url::to_fragment(&info.spec),
            tokens: u64::from(run.step()) * info.spec.tokens_per_step(),
            made: unix_time(),
            exam: Exam { bits_per_byte: validated.map(|validation| validation.bits_per_byte) },
        };
        Some(Opened::new(card, &parameters, (*run.prepared.tokenizer).clone()))
    }

    /// Puts the run's model on the shelf. Where that cannot be done, a note says so.
    pub(super) async fn shelve(&mut self) {
        let (Some(figures), Some(opened)) = (self.figures.clone(), self.snapshot().await) else { return };
        match figures.models.put(&opened).await {
            Ok(()) => self.show_shelf().await,
            Err(reason) => {
                self.sink.note(Subject::Storage, format!("The model could not be put on the shelf: {reason} Download it to be safe."))
            }
        }
    }

    pub(super) async fn rename_model(&mut self, id: &str, name: &str) {
        let Some(figures) = self.figures.clone() else { return };
        match figures.models.rename(id, name).await {
            Ok(()) => self.show_shelf().await,
            Err(reason) => self.refuse(Subject::Storage, &format!("The model could not be renamed: {reason}")),
        }
    }

    pub(super) async fn delete_model(&mut self, id: &str) {
        let Some(figures) = self.figures.clone() else { return };
        match figures.models.delete(id).await {
            Ok(()) => self.show_shelf().await,
            Err(reason) => self.refuse(Subject::Storage, &format!("The model could not be deleted: {reason}")),
        }
    }

    async fn show_shelf(&self) {
        let Some(figures) = &self.figures else { return };
        match figures.models.own().await {
            Ok(own) => self.sink.send(Event::Shelf(own)),
            Err(reason) => {
                self.sink.note(Subject::Storage, format!("Your models cannot be listed: {reason} Reload the page to try again."))
            }
        }
        self.show_room().await;
    }

    /// Hands out a model's card, and the folder that Hugging Face loads.
    pub(super) async fn export_model(&mut self, which: Which) {
        let run = if which == Which::Run { self.snapshot().await.map(Rc::new) } else { None };
        let Some(mut figures) = self.figures.clone() else { return };
        figures.run = run;
        match figures.opened(&which).await {
            Ok(opened) => {
                for file in export::folder(&opened) {
                    self.hand_out(file);
                }
            }
            Err(message) => self.refuse(Subject::Model, &message),
        }
    }

    /// Opens a model to write and score with, in the place of what stands; a run that trains is kept first.
    pub(super) async fn open_model(&mut self, which: Which) {
        let opened = match (&self.figures, &self.executors) {
            (Some(figures), Some(executors)) => open(&figures.models, executors, &which).await,
            _ => return,
        };
        let (model, reader) = match opened {
            Ok(opened) => opened,
            Err(message) => return self.refuse(Subject::Model, &message),
        };
        if self.phase == Phase::Training {
            self.keep().await;
        }
        self.clear();
        self.enter(Phase::Idle);
        self.sink.send(Event::Opened { which: which.clone(), card: model.card.clone() });
        self.opened = Some(OpenModel { which, model, reader, lost: false });
    }
}

async fn open(models: &Models, executors: &Executors, which: &Which) -> Result<(Rc<Opened>, Reader), String> {
    let model = models.load(which).await?;
    let config = &model.card.config;
    let device = executors.open(executors.info.auto).await.map_err(|error| error.to_string())?;
    let reader = Reader::new(device, config.clone(), &model.parameters).await.map_err(|error| error.to_string())?;
    Ok((model, reader))
}
