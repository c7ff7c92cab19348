//! What the chapter's figures share: the text, the settings, and the worker that they ask.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::{
    protocol::{
        TextSource, TextSummary, decode,
        ngrams::{Answer, Built, Command, Event, Line, Question, Setup, Smoothing, Source, Unit},
        version,
    },
    ui::{
        controls::download,
        settings::Settings,
        wire::{News, Wire},
    },
};

/// Words of the built-in world that are counted at first.
pub const WORDS: u32 = 1_000_000;

/// A handle to all that the figures share, copied freely.
#[derive(Clone, Copy)]
pub struct Desk {
    wire: Wire,
    /// Where each line's answers go.
    asked: StoredValue<Vec<(Line, Replies)>, LocalStorage>,
    wanted: StoredValue<Wanted, LocalStorage>,
    pub connection: RwSignal<Connection>,
    /// What the worker is doing to the text, and how far it is.
    pub progress: RwSignal<Option<(String, f32)>>,
    pub text: RwSignal<Option<TextSummary>>,
    /// The counts that stand: figures ask anew when they change.
    pub built: RwSignal<Option<Built>>,
    /// Why the text that was given last was refused.
    pub problem: RwSignal<Option<String>>,
    pub settings: RwSignal<Settings>,
}

/// The text asked for last, with its files.
struct Wanted {
    source: Source,
    files: Array,
    /// Whether the counts that stand are of it, and others of it may be on the way.
    stands: bool,
}

impl Wanted {
    /// What a worker that just began is asked for: a text that was counted is kept.
    fn kept(stands: bool) -> Self {
        Self { source: Source::Kept { words: WORDS }, files: Array::new(), stands }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Connection {
    Starting,
    Ready,
    /// What happened, and what to do.
    Broken(String),
}

/// Counts are made for a little more than is looked at, so that N can be turned without counting anew.
fn setup(settings: &Settings) -> Setup {
    Setup { unit: settings.unit, order: settings.order.max(COUNTED) }
}

const COUNTED: u32 = 5;

/// What came of a figure's question.
#[derive(Clone, Copy)]
pub struct Replies {
    pub answers: RwSignal<Vec<Answer>>,
    pub standing: RwSignal<Standing>,
    /// Whether the answers that stand are those to an earlier question.
    stale: StoredValue<bool>,
    /// Questions that have not ended yet: what comes before the last but one has is to an earlier one.
    open: StoredValue<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nothing was asked yet.
    Idle,
    Asking,
    Done,
    /// What was wrong and what to do.
    Refused(String),
}

impl Replies {
    fn new() -> Self {
        Self {
            answers: RwSignal::new(vec![]),
            standing: RwSignal::new(Standing::Idle),
            stale: StoredValue::new(false),
            open: StoredValue::new(0),
        }
    }

    /// All answers that the figure understands.
    pub fn all<T>(&self, understand: impl Fn(&Answer) -> Option<T>) -> Vec<T> {
        self.answers.with(|answers| answers.iter().filter_map(understand).collect())
    }

    /// The last answer, as the figure understands it.
    pub fn last<T>(&self, understand: impl Fn(&Answer) -> Option<T>) -> Option<T> {
        self.answers.with(|answers| answers.iter().rev().find_map(&understand))
    }

    pub fn refusal(&self) -> String {
        match self.standing.get() {
            Standing::Refused(sentence) => sentence,
            _ => String::new(),
        }
    }

    /// Whether what stands was answered to an earlier question.
    pub fn is_stale(&self) -> bool {
        self.stale.get_value()
    }

    pub fn is_asking(&self) -> bool {
        self.standing.with(|standing| *standing == Standing::Asking)
    }
}

impl Desk {
    /// Starts the worker and asks it for the text that the visitor gave last, or the built-in world.
    pub fn open() -> Self {
        let desk = Self {
            wire: Wire::new("ngrams_worker"),
            asked: StoredValue::new_local(vec![]),
            wanted: StoredValue::new_local(Wanted::kept(false)),
            connection: RwSignal::new(Connection::Starting),
            progress: RwSignal::new(None),
            text: RwSignal::new(None),
            built: RwSignal::new(None),
            problem: RwSignal::new(None),
            settings: RwSignal::new(Settings::USUAL),
        };
        desk.wire.listen(move |news| desk.hear(news));
        desk.start();
        desk.keep_counted();
        desk
    }

    /// A worker, and another one in its place when it broke.
    pub fn start(&self) {
        self.connection.set(Connection::Starting);
        self.asked.with_value(|asked| asked.iter().for_each(|(_, replies)| replies.open.set_value(0)));
        self.wire.start();
    }

    /// Takes another text; `files` go beside it.
    pub fn load(&self, source: Source, files: &Array) {
        self.wanted.set_value(Wanted { source, files: files.clone(), stands: false });
        match self.connection.get_untracked() {
            Connection::Ready => self.read(),
            Connection::Starting => {}
            Connection::Broken(_) => self.start(),
        }
    }

    /// Asks for the text that is wanted, cut as the settings say.
    fn read(&self) {
        self.problem.set(None);
        self.progress.set(Some(("Reading".into(), 0.0)));
        let setup = setup(&self.settings.get_untracked());
        self.wanted.with_value(|wanted| self.send(&Command::Load { source: wanted.source.clone(), setup }, &wanted.files));
    }

    pub fn give(&self, source: TextSource, files: &Array) {
        self.load(Source::Given(source), files);
    }

    pub fn cancel(&self) {
        self.send(&Command::Cancel, &Array::new());
        self.progress.set(None);
        self.settle();
        if self.built.with_untracked(Option::is_none) {
            self.problem.set(Some("Nothing is counted yet: choose a text.".into()));
        }
    }

    /// What stands is what is wanted: what was refused or given up is forgotten.
    pub fn settle(&self) {
        self.problem.set(None);
        let counted = self.built.with_untracked(|built| built.as_ref().map(|built| built.setup));
        self.wanted.set_value(Wanted::kept(counted.is_some()));
        if let Some(counted) = counted {
            self.settings.update(|settings| {
                settings.unit = counted.unit;
                settings.order = settings.order.min(counted.order);
            });
        }
    }

    /// N and the method that figures ask with: while another N is being counted for, the longest that stands. A model from a file
    /// has its own.
    pub fn chosen(&self) -> (u32, Smoothing) {
        let Settings { order, smoothing, .. } = self.settings.get();
        let order = self.built.with(|built| match built {
            Some(Built { setup, imported: Some(_), .. }) => setup.order,
            Some(Built { setup, .. }) => order.min(setup.order),
            None => order,
        });
        (order, smoothing)
    }

    /// What the text that stands is cut into.
    pub fn unit(&self) -> Unit {
        let wanted = self.settings.get().unit;
        self.built.with(|built| built.as_ref().map_or(wanted, |built| built.setup.unit))
    }

    /// A line on which a figure asks now and then.
    pub fn line(&self, line: Line) -> Replies {
        let replies = Replies::new();
        self.asked.update_value(|asked| asked.push((line, replies)));
        replies
    }

    /// Asks; answers from before stay until the next one comes.
    pub fn ask(&self, line: Line, question: Question) {
        if let Some(replies) = self.replies(line) {
            self.pose(replies, line, question);
        }
    }

    /// Ends what is asked on this line, and leaves what was answered.
    pub fn hush(&self, line: Line) {
        if let Some(replies) = self.replies(line) {
            replies.standing.set(Standing::Done);
            self.send(&Command::Hush { line }, &Array::new());
        }
    }

    /// A line on which `question` is asked whenever it changes or the counts do; nothing while it is none. What was answered
    /// stays until the next answer comes, so that a figure does not blink.
    pub fn keep_asking(&self, line: Line, question: impl Fn() -> Option<Question> + 'static) -> Replies {
        let (desk, replies) = (*self, self.line(line));
        Effect::new(move |before: Option<Option<(Question, Built)>>| {
            let wanted = desk.built.get().and_then(|built| Some((question()?, built)));
            if let Some((question, _)) = wanted.as_ref().filter(|_| before.flatten() != wanted) {
                desk.pose(replies, line, question.clone());
            }
            wanted
        });
        replies
    }

    /// Hands the visitor the model as a file.
    pub fn export(&self) {
        let Settings { order, smoothing, .. } = self.settings.get_untracked();
        self.send(&Command::Export { order, smoothing }, &Array::new());
    }

    /// Takes a model from a file instead of counting.
    pub fn import(&self, name: String, file: &Array) {
        self.problem.set(None);
        self.progress.set(Some(("Reading the model".into(), 0.0)));
        self.send(&Command::Import { name }, file);
    }

    fn pose(&self, replies: Replies, line: Line, question: Question) {
        replies.stale.set_value(true);
        replies.open.update_value(|open| *open += 1);
        replies.standing.set(Standing::Asking);
        self.send(&Command::Ask { line, question }, &Array::new());
    }

    fn send(&self, command: &Command, attachments: &Array) {
        if !self.wire.send(command, attachments) {
            self.refuse(Line::Corpus, "This file is too large to be handed over: choose a smaller one.".into());
        }
    }

    fn hear(&self, news: News) {
        match news {
            News::Listens => self.send(&Command::Hello { version: version() }, &Array::new()),
            News::Said(bytes, attached) => match decode(&bytes).ok() {
                Some(Event::Ready { version: theirs }) if theirs != version() => self.wire.disagree(),
                Some(event) => self.apply(event, &attached),
                None => self.wire.disagree(),
            },
            News::Stopped(what) => self.lose(match what {
                Some(what) => format!("The worker stopped ({what}). Start it again."),
                None => "The worker could not be loaded, or stopped. Check the connection, then start it again.".into(),
            }),
            News::Absent(sentence) => self.lose(sentence.into()),
        }
    }

    fn apply(&self, event: Event, attached: &JsValue) {
        match event {
            Event::Ready { .. } => {
                self.connection.set(Connection::Ready);
                self.read();
            }
            // What was under way when the visitor cancelled comes too late.
            Event::Progress { what, done } if self.progress.with_untracked(Option::is_some) => self.progress.set(Some((what, done))),
            Event::Progress { .. } => {}
            Event::Text(summary) => self.text.set(Some(summary)),
            Event::Built(built) => {
                self.progress.set(None);
                self.wanted.update_value(|wanted| wanted.stands |= built.imported.is_none());
                self.built.set(Some(built));
            }
            Event::Answer { line, answer } => self.answer(line, answer),
            Event::Answered { line } => self.end(line, Standing::Done),
            Event::Refused { line, message } => self.refuse(line, message),
            Event::Exported { name, mime } => download(&name, &mime, attached),
        }
    }

    /// The first answer to a question takes the place of those to the one before.
    fn answer(&self, line: Line, answer: Answer) {
        let Some(replies) = self.replies(line).filter(|replies| replies.open.get_value() == 1) else { return };
        replies.answers.update(|answers| {
            if replies.stale.get_value() {
                replies.stale.set_value(false);
                answers.clear();
            }
            answers.push(answer);
        });
    }

    fn refuse(&self, line: Line, message: String) {
        if line != Line::Corpus {
            return self.end(line, Standing::Refused(message));
        }
        self.progress.set(None);
        if self.wanted.with_value(|wanted| wanted.stands) {
            // Other counts of the text that stands: the settings go back to those that there are.
            self.settle();
        }
        self.problem.set(Some(message));
    }

    /// A question on this line has ended. What was answered to one before it does not stand beside a refusal.
    fn end(&self, line: Line, standing: Standing) {
        let Some(replies) = self.replies(line) else { return };
        replies.open.update_value(|open| *open = open.saturating_sub(1));
        if replies.open.get_value() > 0 {
            return;
        }
        if replies.stale.get_value() && matches!(standing, Standing::Refused(_)) {
            replies.stale.set_value(false);
            replies.answers.set(vec![]);
        }
        replies.standing.set(standing);
    }

    /// Where the answers on this line go, if a figure asks there.
    pub fn replies(&self, line: Line) -> Option<Replies> {
        self.asked.with_value(|asked| asked.iter().find(|(known, _)| *known == line).map(|(_, replies)| *replies))
    }

    fn lose(&self, sentence: String) {
        self.progress.set(None);
        self.connection.set(Connection::Broken(sentence));
    }

    /// Counts anew when the settings ask for what was not counted.
    fn keep_counted(&self) {
        let desk = *self;
        let wanted = Memo::new(move |_| setup(&desk.settings.get()));
        Effect::new(move |before: Option<Setup>| {
            let setup = wanted.get();
            // A worker that just begins is asked with the settings of that moment.
            let ready = desk.connection.with_untracked(|connection| *connection == Connection::Ready);
            if !ready || before.is_none_or(|before| before == setup) {
                return setup;
            }
            if !desk.wanted.with_value(|wanted| wanted.stands) {
                desk.read();
                return setup;
            }
            let counted = desk.built.with_untracked(|built| built.as_ref().filter(|built| built.imported.is_none()).map(|b| b.setup));
            if counted.is_some_and(|counted| counted.unit != setup.unit || counted.order < setup.order) {
                desk.progress.set(Some(("Counting".into(), 0.0)));
                desk.send(&Command::Build { setup }, &Array::new());
            }
            setup
        });
    }
}
