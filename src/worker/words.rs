//! The service behind the chapter on word vectors: one text, the vectors of its words, and every figure's questions about them, while
//! they are learnt.
//!
//! A question is a task beside the training, and so is the reading of another text: what stands is asked, and goes on being learnt,
//! until the other takes its place.
//!
//! - `model`: a vocabulary, and its vectors in training. `checks`: refusals.
//! - `answers`: what is answered once. `learning`: what is told as long as words are learnt.
//! - `files`: vectors as files. `graphics`: training on the graphics card.

mod answers;
mod checks;
mod files;
mod graphics;
mod learning;
mod model;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use futures::channel::mpsc::UnboundedReceiver;
use seven_steps_embeddings::plane::Plane;

use super::library::Library;
use super::message::{self, Sink};
use super::prepare::Text;
use super::session::Opening;
use super::tasks::{Tasks, Turn};
use crate::protocol::chapter::Source;
use crate::protocol::version;
use crate::protocol::words::{Answer, Command, Event, Line, Question, Setup};
#[cfg(target_arch = "wasm32")]
pub use graphics::trains_words;
use model::Model;

/// A command, and what came beside it.
pub type Request = message::Request<Command>;

/// Serves until the inbox closes. The visitor's own text is kept in `storage`, if it opens.
pub async fn serve(mut inbox: UnboundedReceiver<Request>, sink: Sink<Event>, storage: Opening) {
    let (text, model, plane) = Default::default();
    let desk = Desk { sink, library: Library::open(storage).await, text, model, plane };
    let mut service = Service { desk: Rc::new(desk), tasks: Tasks::default(), is_greeted: false };
    while let Some(turn) = service.tasks.next(&mut inbox).await {
        match turn {
            Turn::Asked(request) => service.obey(request),
            Turn::Done(Outcome::Replaced(model)) => service.install(model),
            Turn::Done(Outcome::Done) => {}
        }
    }
}

/// What all tasks share.
struct Desk {
    sink: Sink<Event>,
    library: Library,
    /// The text that was read last.
    text: RefCell<Option<Rc<Text>>>,
    /// What is asked.
    model: RefCell<Option<Rc<Model>>>,
    /// The map's.
    plane: RefCell<Option<Plane>>,
}

/// Whom a task answers, by which another takes its place.
#[derive(Clone, Copy, PartialEq)]
enum Seat {
    At(Line),
    Training,
}

enum Outcome {
    Done,
    /// What is asked is another one now.
    Replaced(Rc<Model>),
}

struct Service {
    desk: Rc<Desk>,
    tasks: Tasks<Seat, Outcome>,
    is_greeted: bool,
}

impl Service {
    /// From now on all questions are about this one; those about the one before end.
    fn install(&mut self, model: Rc<Model>) {
        let sink = &self.desk.sink;
        sink.send(Event::Built(model.built.clone()));
        for seat in self.tasks.end_all() {
            if let Seat::At(line) = seat {
                sink.send(Event::Answered { line });
            }
        }
        *self.desk.model.borrow_mut() = Some(Rc::clone(&model));
        self.train(model);
    }

    /// Learns on, as long as there is something to learn.
    fn train(&mut self, model: Rc<Model>) {
        let desk = Rc::clone(&self.desk);
        self.tasks.begin(Some(Seat::Training), async move {
            let say = |learnt| desk.sink.send(Event::Learnt(learnt));
            say(model.learnt());
            if !model.state().ended
                && let Err(reason) = model.learn(&say, &|note| desk.refuse(Line::Training, note)).await
            {
                model.end();
                say(model.learnt());
                desk.refuse(Line::Training, format!("{reason} What was learnt until then stands."));
            }
            Outcome::Done
        });
    }

    fn obey(&mut self, Request { command, attachments }: Request) {
        let desk = Rc::clone(&self.desk);
        match command {
            Command::Hello { .. } => {
                self.is_greeted = true;
                desk.sink.send(Event::Ready { version: version() });
            }
            _ if !self.is_greeted => desk.refuse(Line::Corpus, "The worker has not begun yet: reload the page.".into()),
            Command::Cancel => self.hush(Line::Corpus),
            Command::Stop => self.stop(),
            Command::GoOn => {
                if let Some(model) = desk.model().ok().filter(|model| model.resume()) {
                    self.train(model);
                }
            }
            Command::Load { source, setup } => self.replace(async move {
                let is_chosen = !matches!(source, Source::Kept { .. });
                let text = Rc::new(desk.library.read(source, attachments, &|what, done| desk.progress(what, done)).await?);
                let model = desk.read(&text, setup).await?;
                // Only what can be learnt from takes the place of what stood before, here and when the visitor comes again.
                if is_chosen {
                    desk.library.shelf.keep(&text).await;
                }
                desk.sink.send(Event::Text(text.summary.clone()));
                *desk.text.borrow_mut() = Some(text);
                Ok(model)
            }),
            Command::Train { setup } => self.replace(async move {
                let text = desk.text.borrow().clone().ok_or("There is no text to learn from yet: choose one.")?;
                desk.read(&text, setup).await
            }),
            Command::Import { name } => self.replace(async move {
                let world = desk.library.world().await?;
                files::import(name, attachments, &world, &|what, done| desk.progress(what, done)).await
            }),
            Command::Export { form } => self.tasks.begin(None, async move {
                match desk.model() {
                    Ok(model) => {
                        let (name, bytes) = files::export(&model, form).await;
                        desk.sink.attach(Event::Exported { name, mime: "application/octet-stream".into() }, bytes);
                    }
                    Err(message) => desk.refuse(Line::Export, message),
                }
                Outcome::Done
            }),
            Command::Ask { line, question } => {
                self.hush(line);
                self.tasks.begin(Some(Seat::At(line)), async move {
                    match desk.answer(line, question).await {
                        Ok(()) => desk.sink.send(Event::Answered { line }),
                        Err(message) => desk.refuse(line, message),
                    }
                    Outcome::Done
                });
            }
        }
    }

    /// Begins to make what stands anew.
    fn replace(&mut self, made: impl Future<Output = Result<Model, String>> + 'static) {
        self.hush(Line::Corpus);
        let desk = Rc::clone(&self.desk);
        self.tasks.begin(Some(Seat::At(Line::Corpus)), async move {
            match made.await {
                Ok(model) => Outcome::Replaced(Rc::new(model)),
                Err(message) => {
                    desk.refuse(Line::Corpus, message);
                    Outcome::Done
                }
            }
        });
    }

    /// Ends what is asked on this line, and says so, as of every question.
    fn hush(&mut self, line: Line) {
        (0..self.tasks.end(Seat::At(line))).for_each(|_| self.desk.sink.send(Event::Answered { line }));
    }

    /// Ends the training.
    fn stop(&mut self) {
        if self.tasks.end(Seat::Training) > 0
            && let Ok(model) = self.desk.model()
        {
            model.end();
            self.desk.sink.send(Event::Learnt(model.learnt()));
        }
    }
}

impl Desk {
    fn refuse(&self, line: Line, message: String) {
        self.sink.send(Event::Refused { line, message });
    }

    fn progress(&self, what: &str, done: f32) {
        self.sink.send(Event::Progress { what: what.into(), done });
    }

    async fn read(&self, text: &Text, setup: Setup) -> Result<Model, String> {
        let world = self.library.world().await?;
        Model::read(text, setup, &world, &|what, done| self.progress(what, done)).await
    }

    fn model(&self) -> Result<Rc<Model>, String> {
        self.model.borrow().clone().ok_or_else(|| "There are no vectors yet: choose a text first.".into())
    }

    async fn answer(&self, line: Line, question: Question) -> Result<(), String> {
        let model = self.model()?;
        let say = |answer| self.sink.send(Event::Answer { line, answer });
        match question {
            Question::Alike { words } => say(Answer::Alike(answers::alike(&model, &words))),
            Question::Company { words } => say(Answer::Company(answers::company(&model, &words)?)),
            Question::Map { view } => learning::map(&model, view, &self.plane, &|map| say(Answer::Map(map))).await?,
            Question::Near { word } => say(Answer::Near(answers::near(&model, &word)?)),
            Question::Sum { words } => say(Answer::Sum(answers::sum(&model, &words)?)),
            Question::Test => learning::test(&model, &|tested| say(Answer::Tested(tested))).await?,
            Question::Senses { word, cues } => say(Answer::Senses(answers::senses(&model, &word, &cues)?)),
            Question::Order { sentences } => say(Answer::Order(answers::order(&model, &sentences)?)),
        }
        Ok(())
    }
}
