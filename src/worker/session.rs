//! The session: takes commands, runs one thing after the other in slices, and sends events.
//!
//! Everything happens on one thread. What waits (reading a text, preparing a run) is a future of its own, polled
//! beside the inbox, and given up by dropping it. What computes on the run's model (training, writing) goes in slices
//! between two looks at the inbox.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use futures::future::LocalBoxFuture;

use super::executors::Executors;
use super::figures::Figures;
use super::keeper::Keeper;
use super::message::{Problem, Request, Sink};
use super::model_files::Opened;
use super::prepare::{Prepared, Text};
use super::shared_text::Shelf;
use super::storage::{Lock, Storage};
use super::tasks::Tasks;
use super::trainer::{Progress, Trainer, Trouble};
use crate::engine::EngineError;
use crate::nn::inference::Asked;
use crate::nn::reader::Reader;
use crate::platform::yield_now;
use crate::protocol::figures::Line;
use crate::protocol::models::Which;
use crate::protocol::{Event, Phase, PresetEstimate, Subject};
use crate::text::Tokenizer;

/// Seconds of training between two checkpoints.
const KEEP_EVERY: f64 = 30.0;

/// Work that waits for something else; dropping it gives it up.
pub(super) type Job<T> = Option<Pin<Box<dyn Future<Output = Result<T, Problem>>>>>;

/// Everything the worker holds.
pub struct Session {
    inbox: UnboundedReceiver<Request>,
    pub(super) sink: Sink,
    /// Open the storage, once, at the greeting.
    pub(super) storage: Option<Openings>,
    pub(super) executors: Option<Rc<Executors>>,
    pub(super) keeper: Option<Keeper>,
    pub(super) shelf: Option<Shelf>,
    pub(super) text: Option<Rc<Text>>,
    /// The last text prepared, for the next run on it.
    pub(super) prepared: Option<Rc<Prepared>>,
    /// A tokenizer that the next run uses instead of training one.
    pub(super) tokenizer: Option<Tokenizer>,
    pub(super) phase: Phase,
    pub(super) run: Option<Trainer>,
    /// Held while a run is open that is kept, so that no other tab writes over it.
    pub(super) lock: Option<Lock>,
    /// A model that was opened, while there is no run.
    pub(super) opened: Option<OpenModel>,
    pub(super) generation: Option<Box<dyn Writing>>,
    /// What obeys the commands that not all pages have.
    pub(super) more: More,
    pub(super) loading: Job<Text>,
    pub(super) starting: Job<Started>,
    pub(super) estimating: Job<Vec<PresetEstimate>>,
    /// What the figures' questions are answered from.
    pub(super) figures: Option<Figures>,
    pub(super) asked: Tasks<Line, (Line, Result<(), String>)>,
    /// Seconds trained when the run was last kept.
    pub(super) kept_at: f64,
}

/// A text that is being written on a session's model.
pub trait Writing {
    /// Writes for about a tenth of a second; true when the text is done.
    fn advance<'a, 'm: 'a>(
        &'a mut self,
        model: &'a mut Asked<'m>,
        tokenizer: &'a Tokenizer,
        sink: &'a Sink,
    ) -> LocalBoxFuture<'a, Result<bool, EngineError>>;

    /// Ends the text early.
    fn finish(&self, sink: &Sink);
}

/// What a worker's page has beyond the others: a chapter does without what only the workshop has, and need not load it.
pub type More = for<'a> fn(&'a mut Session, Request) -> LocalBoxFuture<'a, ()>;

/// The way to the storage, or why there is none.
pub type Opening = Pin<Box<dyn Future<Output = Result<Storage, String>>>>;

/// The ways to what is kept.
pub struct Openings {
    pub runs: Opening,
    pub texts: Opening,
    pub models: Opening,
}

/// A model that writes and scores, without a run.
pub(super) struct OpenModel {
    pub which: Which,
    pub model: Rc<Opened>,
    pub reader: Reader,
    /// Whether its device is gone.
    pub lost: bool,
}

/// A run that has been built, and whether it waits for the visitor to go on.
pub(super) struct Started {
    pub run: Trainer,
    pub paused: bool,
}

/// The model that writes and scores, and its tokenizer: the run's, or else the opened one.
pub(super) fn asked<'a>(run: &'a mut Option<Trainer>, opened: &'a mut Option<OpenModel>) -> Option<(Asked<'a>, &'a Tokenizer)> {
    match (run, opened) {
        (Some(run), _) => Some((Asked::Training(&mut run.model), &run.prepared.tokenizer)),
        (None, Some(open)) => Some((Asked::Reading(&mut open.reader), &open.model.tokenizer)),
        (None, None) => None,
    }
}

/// What ended a wait.
enum Wake {
    Request(Request),
    Loaded(Result<Text, Problem>),
    Started(Box<Result<Started, Problem>>),
    Estimated(Result<Vec<PresetEstimate>, Problem>),
    Answered(Line, Result<(), String>),
    /// Another tab has taken the run over.
    TakenOver,
    /// Nobody is left to send commands.
    Closed,
}

impl Session {
    /// Commands that not all pages have are obeyed by `more`: [`super::workshop::obey`], or [`super::workshop::obey_chapter`].
    pub fn new(inbox: UnboundedReceiver<Request>, sink: Sink, storage: Openings, more: More) -> Self {
        Self {
            inbox,
            sink,
            storage: Some(storage),
            executors: None,
            keeper: None,
            shelf: None,
            text: None,
            prepared: None,
            tokenizer: None,
            phase: Phase::Idle,
            run: None,
            lock: None,
            opened: None,
            generation: None,
            more,
            loading: None,
            starting: None,
            estimating: None,
            figures: None,
            asked: Tasks::default(),
            kept_at: 0.0,
        }
    }

    /// Serves until the inbox closes.
    pub async fn serve(mut self) {
        loop {
            let wake = if self.is_working() { self.look().await } else { Some(self.wait().await) };
            match wake {
                Some(Wake::Request(request)) => self.obey(request).await,
                Some(Wake::Loaded(loaded)) => self.loaded(loaded),
                Some(Wake::Started(started)) => self.started(*started),
                Some(Wake::Estimated(estimated)) => self.estimated(estimated),
                Some(Wake::Answered(line, answered)) => self.sink.send(match answered {
                    Ok(()) => Event::Answered { line },
                    Err(message) => Event::Unanswered { line, message },
                }),
                Some(Wake::TakenOver) => self.taken_over(),
                Some(Wake::Closed) => return,
                None => {
                    self.work().await;
                    yield_now().await;
                }
            }
        }
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        if let Some(run) = &mut self.run {
            if phase == Phase::Training { run.clock.start() } else { run.clock.stop() }
        }
        self.phase = phase.clone();
        self.sink.send(Event::Phase(phase));
    }

    fn is_working(&self) -> bool {
        self.generation.is_some() || self.run.is_some() && self.phase == Phase::Training
    }

    /// One training pass, and some tokens.
    async fn work(&mut self) {
        if let Some(generation) = &mut self.generation {
            let advanced = match asked(&mut self.run, &mut self.opened) {
                Some((mut model, tokenizer)) => generation.advance(&mut model, tokenizer, &self.sink).await,
                None => Ok(true),
            };
            match advanced {
                Ok(true) => self.generation = None,
                Ok(false) => {}
                Err(error) if self.run.is_some() => return self.trouble(error.into()),
                Err(error) => return self.lose_opened(error),
            }
        }
        let Some(run) = &mut self.run else { return };
        if self.phase == Phase::Training {
            // One cache serves both.
            if self.generation.is_none()
                && run.owes_sample()
                && let Err(error) = run.sample(&self.sink).await
            {
                return self.trouble(error.into());
            }
            match run.advance(&self.sink).await {
                Ok(Progress::More) if run.clock.seconds() - self.kept_at < KEEP_EVERY => {}
                Ok(Progress::More) => self.keep().await,
                Ok(Progress::Finished) => {
                    self.enter(Phase::Finished);
                    self.keep().await;
                    self.shelve().await;
                }
                Err(trouble) => self.trouble(trouble),
            }
        }
    }

    /// Stops a run that cannot go on, with a word on why and what stands.
    pub(super) fn trouble(&mut self, trouble: Trouble) {
        let Some(run) = &mut self.run else { return };
        if let Some(generation) = self.generation.take() {
            generation.finish(&self.sink);
        }
        let message = match trouble {
            Trouble::Diverged(step) => {
                run.go_back();
                format!(
                    "Training diverged at step {step}: the loss left all bounds. The weights of step {} stand: lower the learning \
                     rate and press “Go on”, or train a new one.",
                    run.step()
                )
            }
            Trouble::Engine(error) => {
                run.lost = true;
                let step = run.good_step();
                format!("{error} The weights of step {step} are kept: press “Go on” to train on from there.")
            }
        };
        self.enter(Phase::Failed { message });
        if let Some(run) = &self.run {
            self.sink.send(Event::Run(run.info.clone()));
        }
    }

    /// The device of the opened model is gone; it is opened anew when it is wanted again.
    fn lose_opened(&mut self, error: EngineError) {
        if let Some(generation) = self.generation.take() {
            generation.finish(&self.sink);
        }
        if let Some(open) = &mut self.opened {
            open.lost = true;
        }
        self.sink.refuse(error.into());
    }

    fn loaded(&mut self, loaded: Result<Text, Problem>) {
        self.loading = None;
        match loaded {
            Ok(text) => {
                self.sink.send(Event::TextReady(text.summary.clone()));
                self.text = Some(Rc::new(text));
            }
            Err(problem) => self.sink.refuse(problem),
        }
    }

    fn started(&mut self, started: Result<Started, Problem>) {
        self.starting = None;
        let Started { run, paused } = match started {
            Ok(started) => started,
            Err(problem) => {
                self.sink.refuse(problem);
                return self.enter(Phase::Idle);
            }
        };
        if !paused && run.prepared.brought {
            // It was for this run.
            self.tokenizer = None;
            self.sink.send(Event::Brought(None));
        }
        self.prepared = Some(Rc::clone(&run.prepared));
        self.text = Some(Rc::clone(&run.prepared.text));
        self.kept_at = run.clock.seconds();
        self.sink.send(Event::Run(run.info.clone()));
        let phase = match paused {
            true if run.is_finished() => Phase::Finished,
            true => Phase::Paused,
            false => Phase::Training,
        };
        self.run = Some(run);
        self.enter(phase);
    }

    fn estimated(&mut self, estimated: Result<Vec<PresetEstimate>, Problem>) {
        self.estimating = None;
        match estimated {
            Ok(estimates) => self.sink.send(Event::Estimates(estimates)),
            Err(problem) => self.sink.refuse(problem),
        }
    }

    pub(super) fn refuse(&self, about: Subject, message: &str) {
        self.sink.refuse(Problem::new(about, message));
    }

    /// Waits for a command or the end of a job.
    async fn wait(&mut self) -> Wake {
        poll_fn(|context| self.poll(context)).await
    }

    /// What has happened meanwhile, without waiting.
    async fn look(&mut self) -> Option<Wake> {
        poll_fn(|context| {
            Poll::Ready(match self.poll(context) {
                Poll::Ready(wake) => Some(wake),
                Poll::Pending => None,
            })
        })
        .await
    }

    fn poll(&mut self, context: &mut Context) -> Poll<Wake> {
        if let Poll::Ready(request) = self.inbox.poll_next_unpin(context) {
            return Poll::Ready(request.map_or(Wake::Closed, Wake::Request));
        }
        if let Some(Poll::Ready(())) = self.lock.as_mut().map(|lock| lock.poll_lost(context)) {
            return Poll::Ready(Wake::TakenOver);
        }
        if let Some(Poll::Ready(loaded)) = self.loading.as_mut().map(|job| job.as_mut().poll(context)) {
            return Poll::Ready(Wake::Loaded(loaded));
        }
        if let Some(Poll::Ready(started)) = self.starting.as_mut().map(|job| job.as_mut().poll(context)) {
            return Poll::Ready(Wake::Started(Box::new(started)));
        }
        if let Some(Poll::Ready(estimated)) = self.estimating.as_mut().map(|job| job.as_mut().poll(context)) {
            return Poll::Ready(Wake::Estimated(estimated));
        }
        self.asked.go_on(context).map(|(line, answered)| Wake::Answered(line, answered))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::cell::RefCell;

    use futures::channel::mpsc;

    use super::*;
    use crate::engine::device::Device;
    use crate::protocol::{Command, ExecutorKind, TextSource, version};
    use crate::spec::{ExecutorChoice, RunSpec, TextChoice, TokenizerKind};
    use crate::worker::workshop;

    /// Trains until `step` steps are done.
    async fn train(session: &mut Session, step: u32) {
        while session.run.as_ref().is_some_and(|run| run.step() < step) && session.phase == Phase::Training {
            session.work().await;
        }
    }

    #[test]
    fn a_lost_device_costs_what_came_since_the_last_copy_and_no_more() {
        let events = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&events);
        let (_, inbox) = mpsc::unbounded();
        let nowhere = || -> Opening { Box::pin(std::future::ready(Err("it is a test.".to_owned()))) };
        let storage = Openings { runs: nowhere(), texts: nowhere(), models: nowhere() };
        let mut session = Session::new(inbox, Sink::new(move |event, _| heard.borrow_mut().push(event)), storage, workshop::obey_all);
        let text = (0..200).map(|n| format!("{n} sheep went over the bridge.\n")).collect();
        let spec = RunSpec {
            text: TextChoice::Own,
            tokenizer: TokenizerKind::Bytes,
            depth: 1,
            context: Some(16),
            batch: 2,
            steps: 12,
            executor: ExecutorChoice::Gpu,
            ..RunSpec::default()
        };
        let step = |session: &Session| session.run.as_ref().map(Trainer::step);
        pollster::block_on(async {
            session.obey(Command::Hello { version: version() }.into()).await;
            session.obey(Command::LoadText(TextSource::Pasted { text }).into()).await;
            let Some(loading) = session.loading.take() else { panic!("nothing is loading") };
            session.loaded(loading.await);
            session.obey(Command::Start { spec }.into()).await;
            let Some(starting) = session.starting.take() else { panic!("{:?}", events.borrow()) };
            session.started(starting.await);
            train(&mut session, 4).await;
            session.keep().await;
            train(&mut session, 7).await;
            let Some(Trainer { model, .. }) = &session.run else { panic!("{:?}", events.borrow()) };
            let Device::Gpu(gpu) = &model.device else { panic!("a run on the GPU was asked for") };
            gpu.destroy();
            train(&mut session, 12).await;
            let Phase::Failed { message } = &session.phase else { panic!("the loss was not noticed") };
            assert!(message.starts_with("The graphics processor was lost: "), "{message}");
            assert!(message.ends_with(" The weights of step 4 are kept: press “Go on” to train on from there."), "{message}");
            let trained = |session: &Session| session.run.as_ref().map(|run| run.info.history.steps.clone()).unwrap_or_default();
            let before = trained(&session);
            session.obey(Command::Resume.into()).await;
            assert_eq!((step(&session), &session.phase), (Some(4), &Phase::Training));
            train(&mut session, 12).await;
            assert_eq!(step(&session), Some(12));
            let Some(run) = &session.run else { panic!("the run stands") };
            assert_eq!(run.info.executor, ExecutorKind::Gpu, "another device was opened");
            for (first, second) in before.iter().zip(trained(&session)) {
                let difference = (first.bits_per_byte - second.bits_per_byte).abs();
                assert!(difference < 1e-4 * first.bits_per_byte, "step {}: {first:?} against {second:?}", first.step);
            }
        });
    }
}
