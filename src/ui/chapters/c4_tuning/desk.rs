//! What the figures of the chapters after pretraining share: their worker, and the models that there are.

use std::ops::Deref;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::super::{
    frame::Connection,
    model_bar::ModelBar,
    replies::{self, Standing},
    service::{Heard, Protocol, Service},
};
use crate::{
    protocol::{
        models::{Entry, Which},
        post_training::{Answer, Command, Event, Line, Question},
    },
    ui::{
        controls::download,
        shelf::{Shelf, Wish, renew},
    },
};

pub type Replies = replies::Replies<Answer>;

/// The protocol of the chapters after pretraining.
pub struct PostTraining;

impl Protocol for PostTraining {
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
            Event::Ready { version } => Some(version),
            _ => None,
        }
    }
}

/// A handle to all that the figures share, copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    service: Service<PostTraining>,
    /// How often a worker has begun: none, and there is nobody to ask.
    generation: RwSignal<u32>,
    /// The models made in advance and those on the shelf.
    pub entries: RwSignal<Vec<Entry>>,
    /// The model that the visitor asks.
    pub model: RwSignal<Which>,
    /// What is worth a word about models.
    note: RwSignal<Option<String>>,
}

impl Deref for Desk {
    type Target = Service<PostTraining>;

    fn deref(&self) -> &Self::Target {
        &self.service
    }
}

impl Desk {
    /// Starts the worker; the visitor asks `model` at first.
    pub fn open(model: Which) -> Self {
        let desk = Self {
            service: Service::new("post_training_worker"),
            generation: RwSignal::new(0),
            entries: RwSignal::new(vec![]),
            model: RwSignal::new(model),
            note: RwSignal::new(None),
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

    /// A line on which what was measured in advance is asked for once the figure is near.
    pub fn baked(&self, line: Line, name: &'static str, near: Signal<bool>) -> Replies {
        self.keep_asking(line, move || near.get().then(|| Question::Baked { name: name.into() }))
    }

    /// Gives up what is answered on a line; what was answered stands.
    pub fn give_up(&self, line: Line) {
        self.tell(&Command::Drop { line });
        self.board.end(line, Standing::Done);
    }

    /// What a figure says that has asked nothing yet.
    pub fn waits(&self) -> &'static str {
        if self.is_ready() { "" } else { "Starting the worker…" }
    }

    /// What the bar of the chapter shows.
    pub fn bar(&self, notes: RwSignal<Vec<String>>) -> ModelBar {
        let desk = *self;
        let wish = move |wish| match wish {
            Wish::Export(which) => Command::ExportModel { which },
            Wish::Rename(id, name) => Command::RenameModel { id, name },
            Wish::Delete(id) => Command::DeleteModel { id },
        };
        let shelf = Shelf {
            entries: desk.entries.into(),
            chosen: Signal::derive(move || Some(desk.model.get())),
            choose: Callback::new(move |which| desk.model.set(which)),
            labels: ["Ask this one", "Asked now"],
            is_elsewhere: true,
            tell: Callback::new(move |wished| desk.tell(&wish(wished))),
        };
        ModelBar {
            asks: "You ask",
            label: "Models",
            shelf,
            entries: desk.entries,
            model: desk.model,
            notes,
            connection: desk.connection,
            progress: desk.progress,
            problem: desk.problem,
            restart: Callback::new(move |()| desk.start()),
            run: Signal::derive(|| None),
            message: desk.note.into(),
            dismiss: Callback::new(move |()| desk.note.set(None)),
        }
    }

    fn apply(&self, event: Event, attached: &JsValue) {
        match event {
            Event::Ready { .. } => {
                self.connection.set(Connection::Ready);
                self.generation.update(|count| *count += 1);
            }
            Event::Note { message } => self.note.set(Some(message)),
            Event::Shelf(own) => self.entries.update(|entries| renew(entries, own)),
            Event::Answer { line, answer } => self.board.answer(line, answer, matches!(line, Line::Step(_))),
            Event::Answered { line } => self.board.end(line, Standing::Done),
            Event::Unanswered { line, message } => self.board.end(line, Standing::Refused(message)),
            Event::Exported { name, mime } => download(&name, &mime, attached),
        }
    }
}
