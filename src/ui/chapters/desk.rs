//! What the figures of the chapters from step 3 on share: their worker, the models that there are, and the run.

use std::ops::Deref;

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{
    frame::Connection,
    model_bar::ModelBar,
    replies::{self, Standing},
    service::{Heard, Protocol, Service},
};
use crate::{
    protocol::{
        Command, DeviceInfo, Event, History, KeptRun, Phase, RunInfo, Speed, Subject, TextSource, TextSummary,
        figures::{Answer, Line, Question},
        models::{Entry, Which},
    },
    ui::{
        controls::download,
        format,
        persistence::keep_for_good,
        shelf::{Shelf, Wish, renew},
    },
};

pub type Replies = replies::Replies<Answer>;

/// The protocol of the workshop, which these chapters speak too.
pub struct Models;

impl Protocol for Models {
    type Command = Command;
    type Event = Event;
    type Line = Line;
    type Question = Question;
    type Answer = Answer;

    fn hello(version: String) -> Command {
        Command::Hello { version }
    }

    fn ask(line: Line, question: Question) -> Command {
        Command::Ask { line, question }
    }

    fn greeted(event: &Event) -> Option<&str> {
        match event {
            Event::Ready { version, .. } => Some(version),
            _ => None,
        }
    }
}

/// A handle to all that the figures share, copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    service: Service<Models>,
    /// How often a worker has begun: none, and there is nobody to ask.
    generation: RwSignal<u32>,
    pub device: RwSignal<Option<DeviceInfo>>,
    pub text: RwSignal<Option<TextSummary>>,
    /// The models made in advance and those on the shelf.
    pub entries: RwSignal<Vec<Entry>>,
    /// The model that the figures ask.
    pub model: RwSignal<Which>,
    pub phase: RwSignal<Phase>,
    /// The run that stands, and what it measured.
    pub run: RwSignal<Option<RunInfo>>,
    pub history: RwSignal<History>,
    pub speed: RwSignal<Option<Speed>>,
    /// The pieces that are being read just now.
    pub reading: RwSignal<Vec<String>>,
    /// Runs that can be gone on with.
    pub kept: RwSignal<Vec<KeptRun>>,
    /// A kept run that another tab has open.
    pub held: RwSignal<Option<String>>,
    /// What was refused, or is worth a word, and what it is about.
    pub message: RwSignal<Option<(Subject, String)>>,
}

impl Deref for Desk {
    type Target = Service<Models>;

    fn deref(&self) -> &Self::Target {
        &self.service
    }
}

impl Desk {
    /// Starts the worker; the figures ask `model` at first.
    pub fn open(model: Which) -> Self {
        let desk = Self {
            service: Service::new("pretraining_worker"),
            generation: RwSignal::new(0),
            device: RwSignal::new(None),
            text: RwSignal::new(None),
            entries: RwSignal::new(vec![]),
            model: RwSignal::new(model),
            phase: RwSignal::new(Phase::Idle),
            run: RwSignal::new(None),
            history: RwSignal::new(History::default()),
            speed: RwSignal::new(None),
            reading: RwSignal::new(vec![]),
            kept: RwSignal::new(vec![]),
            held: RwSignal::new(None),
            message: RwSignal::new(None),
        };
        desk.listen(move |heard| {
            if let Heard::Event(event, attached) = heard {
                desk.apply(event, &attached);
            }
        });
        desk.start();
        let models = desk.keep_asking(Line::Models, || Some(Question::Models));
        Effect::new(move |_| {
            if let Some(entries) = models.last(|answer| if let Answer::Models(entries) = answer { Some(entries.clone()) } else { None }) {
                desk.entries.set(entries);
            }
        });
        desk
    }

    /// A line on which `question` is asked whenever it changes or another worker begins; nothing while it is none.
    pub fn keep_asking(&self, line: Line, question: impl Fn() -> Option<Question> + 'static) -> Replies {
        self.keep(line, Box::new(question))
    }

    fn keep(&self, line: Line, question: Box<dyn Fn() -> Option<Question>>) -> Replies {
        let (desk, replies) = (*self, self.line(line));
        Effect::new(move |before: Option<Option<(Question, u32)>>| {
            let generation = desk.generation.get();
            let wanted = question().filter(|_| generation > 0).map(|question| (question, generation));
            if let Some((question, _)) = wanted.as_ref().filter(|_| before.flatten() != wanted) {
                desk.ask(line, question.clone());
            }
            wanted
        });
        replies
    }

    /// Gives up what is answered on a line; what was answered stands.
    pub fn give_up(&self, line: Line) {
        self.tell(&Command::Drop { line });
        self.board.end(line, Standing::Done);
    }

    /// Takes another text; `files` go beside it.
    pub fn give(&self, source: TextSource, files: &Array) {
        self.problem.set(None);
        self.progress.set(Some(("Reading the text".into(), 0.0)));
        if !self.send(&Command::LoadText(source), files) {
            self.progress.set(None);
            self.problem.set(Some("This file is too large to be handed over: choose a smaller one.".into()));
        }
    }

    /// The models to choose from.
    pub fn shelf(&self) -> Shelf {
        let desk = *self;
        Shelf {
            entries: desk.entries.into(),
            chosen: Signal::derive(move || Some(desk.model.get())),
            choose: Callback::new(move |which| desk.model.set(which)),
            labels: ["Ask this one", "Asked now"],
            is_elsewhere: true,
            tell: Callback::new(move |wish: Wish| desk.tell(&wish.into())),
        }
    }

    /// What the bar of the chapter shows.
    pub fn bar(&self, notes: RwSignal<Vec<String>>) -> ModelBar {
        let desk = *self;
        let run = move || {
            desk.run.with(|run| {
                let run = run.as_ref()?;
                let step = desk.history.with(|history| history.steps.last().map_or(0, |step| step.step));
                Some(format!("{} parameters, {}", format::amount(run.parameters), format::counted(step.into(), "step")))
            })
        };
        // What is about training stands beside it.
        let message = move || {
            let told = desk.message.get().filter(|(about, _)| !matches!(about, Subject::Training | Subject::Text));
            told.map(|(_, sentence)| sentence)
        };
        ModelBar {
            asks: "All figures ask",
            label: "Models and text",
            shelf: desk.shelf(),
            entries: desk.entries,
            model: desk.model,
            notes,
            connection: desk.connection,
            progress: desk.progress,
            problem: desk.problem,
            restart: Callback::new(move |()| desk.start()),
            run: Signal::derive(run),
            message: Signal::derive(message),
            dismiss: Callback::new(move |()| desk.message.set(None)),
        }
    }

    /// What a figure says that has asked nothing yet.
    pub fn waits(&self) -> &'static str {
        if self.is_ready() { "" } else { "Starting the worker…" }
    }

    /// The name of the model that the figures ask.
    pub fn model_name(&self) -> String {
        let which = self.model.get();
        let named = self.entries.with(|entries| entries.iter().find(|entry| entry.which == which).map(|entry| entry.card.name.clone()));
        named.unwrap_or_else(|| if which == Which::Run { "the model in training".into() } else { String::new() })
    }

    fn apply(&self, event: Event, attached: &JsValue) {
        keep_for_good(&event);
        match event {
            Event::Ready { device, kept, .. } => {
                self.device.set(Some(device));
                self.kept.set(kept);
                self.phase.set(Phase::Idle);
                self.connection.set(Connection::Ready);
                self.generation.update(|count| *count += 1);
            }
            Event::Loading { received, total } => {
                self.advance("Reading the text".into(), total.map_or(0.0, |total| received as f32 / total.max(1) as f32));
            }
            Event::TextReady(summary) => {
                self.progress.set(None);
                self.text.set(Some(summary));
            }
            // A text that was given; one that cannot be trained on is told beside the training.
            Event::Refused { about: Subject::Text, message } if self.progress.with_untracked(Option::is_some) => {
                self.progress.set(None);
                self.problem.set(Some(message));
            }
            Event::Refused { about, message } | Event::Note { about, message } => self.message.set(Some((about, message))),
            Event::Phase(phase) => self.phase.set(phase),
            Event::Run(info) => {
                self.history.set(info.history.clone());
                self.run.set(Some(info));
            }
            Event::Steps(steps) => self.history.update(|history| history.add_steps(&steps)),
            Event::Validation(validation) => self.history.update(|history| history.add_validation(validation)),
            Event::Sample(sample) => self.history.update(|history| history.samples.push(sample)),
            Event::Reading { tokens } => self.reading.set(tokens),
            Event::Speed(speed) => self.speed.set(Some(speed)),
            Event::Kept { runs } => self.kept.set(runs),
            Event::Held { run, message } => {
                self.held.set(Some(run));
                self.message.set(Some((Subject::Training, message)));
            }
            Event::Shelf(own) => self.entries.update(|entries| renew(entries, own)),
            Event::Answer { line, answer } => self.board.answer(line, answer, is_replaced(line)),
            Event::Answered { line } => self.board.end(line, Standing::Done),
            Event::Unanswered { line, message } => self.board.end(line, Standing::Refused(message)),
            Event::Exported { name, mime } => download(&name, &mime, attached),
            Event::Brought(_)
            | Event::Estimates(_)
            | Event::Generated { .. }
            | Event::Room(_)
            | Event::GenerationDone { .. }
            | Event::Scored { .. }
            | Event::Opened { .. } => {}
        }
    }
}

/// Whether each answer on the line takes the place of the one before it.
fn is_replaced(line: Line) -> bool {
    matches!(line, Line::Answers | Line::Step(_))
}
