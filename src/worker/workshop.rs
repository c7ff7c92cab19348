//! What only the workshop does: it writes and scores texts, opens files and models, and says what each preset costs.

use std::rc::Rc;

use futures::future::LocalBoxFuture;

use super::estimate::estimate;
use super::generate::Generation;
use super::message::Request;
use super::score::score;
use super::session::{OpenModel, Session, asked};
use crate::protocol::figures::{Answer, Line, Question};
use crate::protocol::{Command, Event, ExportKind, GenerateRequest, Subject};
use crate::spec::RunSpec;

/// Obeys the commands that other pages do not have.
pub fn obey(session: &mut Session, Request { command, attachments }: Request) -> LocalBoxFuture<'_, ()> {
    Box::pin(async move {
        match command {
            Command::Estimate { spec } => session.estimate(spec),
            Command::Generate { id, request } => session.generate(id, request).await,
            Command::Score { id, text } => session.score(id, &text).await,
            Command::Open { name } => session.open(&name, attachments).await,
            Command::OpenModel { which } => session.open_model(which).await,
            Command::Reset => session.reset(),
            Command::SetLearningRate { lr } => session.set_learning_rate(lr).await,
            Command::Forget { run } => session.forget(&run).await,
            Command::Visibility { hidden } => session.visibility(hidden).await,
            Command::Export(kind) => session.export(kind).await,
            Command::Ask { line, question: Question::Models } => session.list_models(line).await,
            // All others are obeyed on every page, or on none with this worker.
            _ => (),
        }
    })
}

/// Obeys what the chapter on pretraining has beyond other pages: its figures ask, and a run's metrics can be taken away.
pub fn obey_chapter(session: &mut Session, Request { command, .. }: Request) -> LocalBoxFuture<'_, ()> {
    Box::pin(async move {
        match command {
            Command::Ask { line, question } => session.ask(line, question).await,
            Command::Export(ExportKind::Metrics) => session.export_metrics(),
            _ => session.refuse(Subject::Device, "This page has no part in that: open the workshop."),
        }
    })
}

/// Obeys the commands of every page.
#[cfg(not(target_arch = "wasm32"))]
pub fn obey_all(session: &mut Session, request: Request) -> LocalBoxFuture<'_, ()> {
    if matches!(request.command, Command::Ask { .. }) { obey_chapter(session, request) } else { obey(session, request) }
}

impl Session {
    async fn list_models(&mut self, line: Line) {
        let Some(figures) = self.figures.clone() else { return };
        self.sink.send(match figures.all().await {
            Ok(entries) => {
                self.sink.send(Event::Answer { line, answer: Answer::Models(entries) });
                Event::Answered { line }
            }
            Err(message) => Event::Unanswered { line, message },
        });
    }

    fn estimate(&mut self, spec: RunSpec) {
        let vocab = self.tokenizer.as_ref().map(|tokenizer| tokenizer.vocab_size() as u32);
        if let Some(executors) = &self.executors {
            self.estimating = Some(Box::pin(estimate(Rc::clone(executors), spec, vocab)));
        }
    }

    async fn generate(&mut self, id: u32, request: GenerateRequest) {
        self.stop_generating();
        if !self.has_model().await {
            return self.sink.send(Event::GenerationDone { id, tokens: 0, seconds: 0.0 });
        }
        let generation = match (&self.run, &self.opened) {
            (Some(run), _) => Generation::new(id, request, &run.prepared.tokenizer, &run.prepared.start_of_document()),
            (None, Some(open)) => {
                let tokenizer = &open.model.tokenizer;
                let beginning = tokenizer.separator().map_or_else(|| tokenizer.encode("\n"), |separator| vec![separator]);
                Generation::new(id, request, tokenizer, &beginning)
            }
            (None, None) => return,
        };
        match generation {
            Ok(generation) => self.generation = Some(Box::new(generation)),
            Err(problem) => self.sink.refuse(problem),
        }
    }

    async fn score(&mut self, id: u32, text: &str) {
        if !self.has_model().await {
            return;
        }
        let Some((mut model, tokenizer)) = asked(&mut self.run, &mut self.opened) else { return };
        let scored = score(&mut model, tokenizer, text).await;
        match scored {
            Ok(score) => self.sink.send(Event::Scored { id, score }),
            Err(problem) => {
                let is_lost = problem.about == Subject::Device;
                self.run.iter_mut().for_each(|run| run.lost |= is_lost);
                self.opened.iter_mut().for_each(|open| open.lost |= is_lost);
                self.sink.refuse(problem);
            }
        }
    }

    /// Whether there is a model to ask; says so if not.
    pub(super) async fn has_model(&mut self) -> bool {
        match (&self.run, &self.opened) {
            (Some(_), _) => self.mend().await,
            (None, Some(OpenModel { lost: false, .. })) => true,
            (None, Some(OpenModel { which, .. })) => {
                let which = which.clone();
                self.open_model(which).await;
                self.opened.as_ref().is_some_and(|open| !open.lost)
            }
            (None, None) => {
                self.refuse(Subject::Generation, "There is no model yet: train one first, or open one.");
                false
            }
        }
    }
}
