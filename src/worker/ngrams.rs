//! The service behind the chapter on n-grams: one text, its counts, and every figure's questions about them, side by side.
//!
//! A question is a task beside the others, which lets them and the inbox go on every few hundredths of a second ([`super::pace`]).
//! The next question on a line takes its place, and a text that is counted anew ends all questions on the old.
//!
//! - `lexicon`: from text to tokens and back. `spelling`: what a word outside of the vocabulary costs.
//! - `stand`: a text cut and counted, and the models of it.
//! - `table`, `writing`, `wall`, `growth`, `compare`, `hidden`: the answers. `references`: lines for the losses of step 3 to cross.
//! - `arpa`: models as files. `checks`: refusals. `offers`: what figures begin with.

mod arpa;
mod checks;
mod compare;
mod growth;
mod hidden;
mod lexicon;
mod offers;
#[cfg(not(target_arch = "wasm32"))]
mod references;
mod spelling;
pub(super) mod stand;
mod table;
pub(super) mod wall;
mod writing;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use futures::channel::mpsc::UnboundedReceiver;
use seven_steps_markov::hmm::Hmm;
use seven_steps_markov::{BEGIN, END, UNKNOWN};

use super::library::Library;
use super::message::{self, Sink};
use super::pace;
use super::prepare::Text;
use super::session::Opening;
use super::tasks::{Tasks, Turn};
use crate::protocol::chapter::Source;
use crate::protocol::ngrams::{Answer, Command, Event, Line, Question, Setup};
use crate::protocol::version;
use crate::world::Probe;
#[cfg(not(target_arch = "wasm32"))]
pub use references::references;
use stand::Stand;

/// A command, and what came beside it.
pub type Request = message::Request<Command>;

/// Serves until the inbox closes. The visitor's own text is kept in `storage`, if it opens.
pub async fn serve(mut inbox: UnboundedReceiver<Request>, sink: Sink<Event>, storage: Opening) {
    let (text, stand, hidden, probes) = Default::default();
    let desk = Desk { sink, library: Library::open(storage).await, text, stand, hidden, probes };
    let mut service = Service { desk: Rc::new(desk), tasks: Tasks::default(), is_greeted: false };
    while let Some(turn) = service.tasks.next(&mut inbox).await {
        match turn {
            Turn::Asked(request) => service.obey(request),
            Turn::Done(Outcome::Replaced(stand)) => service.install(stand),
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
    stand: RefCell<Option<Rc<Stand>>>,
    /// The hidden Markov model of it that was trained last.
    hidden: RefCell<Option<Rc<Hmm>>>,
    probes: RefCell<Option<Rc<Vec<Probe>>>>,
}

struct Service {
    desk: Rc<Desk>,
    tasks: Tasks<Line, Outcome>,
    is_greeted: bool,
}

enum Outcome {
    Done,
    /// What is asked is another one now.
    Replaced(Rc<Stand>),
}

impl Service {
    /// From now on all questions are about this one; those about the one before end.
    fn install(&mut self, stand: Rc<Stand>) {
        let sink = &self.desk.sink;
        sink.send(Event::Built(stand.built.clone()));
        self.tasks.end_all().into_iter().for_each(|line| sink.send(Event::Answered { line }));
        *self.desk.hidden.borrow_mut() = None;
        *self.desk.stand.borrow_mut() = Some(stand);
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
            Command::Hush { line } => self.hush(line),
            Command::Load { source, setup } => self.replace(async move {
                let is_chosen = !matches!(source, Source::Kept { .. });
                let text = Rc::new(desk.library.read(source, attachments, &|what, done| desk.progress(what, done)).await?);
                let stand = desk.count(Rc::clone(&text), setup).await?;
                // Only what can be counted takes the place of what stood before, here and when the visitor comes again.
                if is_chosen {
                    desk.library.shelf.keep(&text).await;
                }
                desk.sink.send(Event::Text(text.summary.clone()));
                *desk.text.borrow_mut() = Some(text);
                Ok(stand)
            }),
            Command::Build { setup } => self.replace(async move {
                let text = desk.text.borrow().clone().ok_or("There is no text to count yet: choose one.")?;
                desk.count(text, setup).await
            }),
            Command::Import { name } => {
                self.replace(async move { arpa::import(name, attachments, &|what, done| desk.progress(what, done)).await })
            }
            Command::Export { order, smoothing } => self.tasks.begin(None, async move {
                let exported = async {
                    let stand = desk.stand()?;
                    arpa::export(&stand, stand.way(order, smoothing)?).await
                };
                match exported.await {
                    Ok((name, bytes)) => desk.sink.attach(Event::Exported { name, mime: "text/plain".into() }, bytes),
                    Err(message) => desk.refuse(Line::Export, message),
                }
                Outcome::Done
            }),
            Command::Ask { line, question } => {
                self.hush(line);
                self.tasks.begin(Some(line), async move {
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
    fn replace(&mut self, made: impl Future<Output = Result<Stand, String>> + 'static) {
        self.hush(Line::Corpus);
        let desk = Rc::clone(&self.desk);
        self.tasks.begin(Some(Line::Corpus), async move {
            match made.await {
                Ok(stand) => Outcome::Replaced(Rc::new(stand)),
                Err(message) => {
                    desk.refuse(Line::Corpus, message);
                    Outcome::Done
                }
            }
        });
    }

    /// Ends what is asked on this line, and says so, as of every question.
    fn hush(&mut self, line: Line) {
        (0..self.tasks.end(line)).for_each(|_| self.desk.sink.send(Event::Answered { line }));
    }
}

impl Desk {
    fn refuse(&self, line: Line, message: String) {
        self.sink.send(Event::Refused { line, message });
    }

    fn progress(&self, what: &str, done: f32) {
        self.sink.send(Event::Progress { what: what.into(), done });
    }

    async fn count(&self, text: Rc<Text>, setup: Setup) -> Result<Stand, String> {
        Stand::count(text, setup, &|what, done| self.progress(what, done)).await
    }

    fn stand(&self) -> Result<Rc<Stand>, String> {
        self.stand.borrow().clone().ok_or_else(|| "There is no model yet: choose a text first.".into())
    }

    fn hidden(&self) -> Result<Rc<Hmm>, String> {
        self.hidden.borrow().clone().ok_or_else(|| "There is no hidden Markov model yet: train one first.".into())
    }

    /// The probe sentences, told once.
    async fn probes(&self) -> Result<Rc<Vec<Probe>>, String> {
        if let Some(probes) = self.probes.borrow().clone() {
            return Ok(probes);
        }
        let probes = Rc::new(wall::probes(&*self.library.world().await?).await);
        *self.probes.borrow_mut() = Some(Rc::clone(&probes));
        Ok(probes)
    }

    async fn answer(&self, line: Line, question: Question) -> Result<(), String> {
        let stand = self.stand()?;
        let say = |answer| self.sink.send(Event::Answer { line, answer });
        match question {
            Question::Followers { context, order, smoothing, most } => {
                let way = stand.way(order, smoothing)?;
                say(Answer::Followers(table::followers(&stand, &context, way, most).await?));
            }
            Question::Write { prompt, order, smoothing, temperature, length, seed } => {
                let way = stand.way(order, smoothing)?;
                writing::write(&stand, &prompt, way, temperature, length, seed, &|written| say(Answer::Written(written))).await?;
            }
            Question::Wall { smoothing } => {
                wall::wall(&stand, &self.probes().await?, smoothing, &|wall| say(Answer::Wall(wall))).await?;
            }
            Question::Explosion => growth::growth(stand.data()?, &|growth| say(Answer::Growth(growth))).await?,
            Question::Unseen { context, word, order } => say(Answer::Unseen(compare::unseen(&stand, &context, &word, order).await?)),
            Question::Compare { order } => {
                let hidden = self.hidden.borrow().clone();
                compare::compare(&stand, stand.data()?, order, hidden.as_deref(), &|compared| say(Answer::Compared(compared))).await?;
            }
            Question::Hidden { states, iterations, seed } => {
                let keep = |hmm| *self.hidden.borrow_mut() = Some(Rc::new(hmm));
                hidden::train(&stand, stand.data()?, [states, iterations, seed], &keep, &say).await?;
            }
            Question::Tag { text } => say(Answer::Tagged(hidden::tag(&stand, &*self.hidden()?, &text)?)),
            Question::HiddenWrite { length, seed } => {
                let say = |written| say(Answer::Written(written));
                writing::write_hidden(&stand.lexicon, &*self.hidden()?, length, seed, &say).await?;
            }
            Question::Score { text, order, smoothing } => {
                let way = stand.way(order, smoothing)?;
                say(Answer::Scored(compare::score(&stand, &text, way).await?));
            }
        }
        Ok(())
    }
}
