//! A team: this worker, and others that each serve it as a CPU executor. It needs no shared memory, for which a host would have
//! to send special headers.
//!
//! An order is one array of words. It is handed over instead of copied, and comes back as the answer, so that nothing is
//! allocated from order to order:
//!
//! - an order: its number, a program, how many times to run it, how many buffers are written before and how many read after, a
//!   buffer and a length for each of these, and what is written (a buffer for which nothing comes is zeroed);
//! - to load: the same with [`LOAD`] in the place of the program and the programs, as [`Program::write`] puts them, for a buffer;
//! - the answer: the number, 1 (0 if it could not be done), and what was read.
//!
//! Nothing is waited for without a limit. An answer that comes too late is told from the one awaited by its number.

#[cfg(target_arch = "wasm32")]
mod browser;
mod member;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
use browser as here;
#[cfg(not(target_arch = "wasm32"))]
use native as here;

#[cfg(target_arch = "wasm32")]
pub use browser::{answer, heard_from_a_member, hire, serve_as, serves_a_team};
pub use here::{Words, cores, len, put, take, words};
pub use member::Server;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::EngineError;
use super::program::{BufferId, Program};
use crate::platform::now;

/// Stands in the place of a program where so many are to be loaded.
const LOAD: u32 = u32::MAX;
/// Words before the buffers of an order to work, and before what was read in an answer.
const ORDER: usize = 5;
const ANSWER: usize = 2;
/// Seconds that a worker may take to start.
const START: u32 = 10;
/// Seconds that an answer may take, beyond ten times what this worker took for its own share.
const PATIENCE: u32 = 30;

/// The way to one of the others.
pub struct Member {
    post: Box<dyn Fn(Words)>,
    mailbox: Rc<Mailbox>,
    /// That of the last order; its greeting answers 0.
    number: u32,
    /// When that went out.
    ordered: f64,
    /// Whether it has answered what it was asked.
    here: bool,
    /// The last answer, whose memory the next order takes.
    spare: Option<Words>,
}

impl Member {
    /// `post` hands an order over, whose answer comes into the mailbox.
    pub fn new(post: impl Fn(Words) + 'static, mailbox: Rc<Mailbox>) -> Self {
        Self { post: Box::new(post), mailbox, number: 0, ordered: 0.0, here: false, spare: None }
    }

    /// Has it run a program so many times, after it has written these words into buffers, and zeroed those for which there are
    /// none. It answers with the first words of others.
    pub fn order(&mut self, program: u32, times: u32, writes: &[(BufferId, &[u32])], reads: &[(BufferId, usize)]) {
        let mut head = vec![program, times, writes.len() as u32, reads.len() as u32];
        let mut answered = ANSWER;
        for &(buffer, words) in writes {
            head.extend([buffer.0 as u32, words.len() as u32]);
        }
        for &(buffer, len) in reads {
            head.extend([buffer.0 as u32, len as u32]);
            answered += len;
        }
        let parts: Vec<&[u32]> = [&head[..]].into_iter().chain(writes.iter().map(|(_, words)| *words)).collect();
        self.post(&parts, answered);
    }

    /// Posts an order, its number and these parts, in an array with room for so many words of an answer.
    pub fn post(&mut self, parts: &[&[u32]], room: usize) {
        self.number += 1;
        self.ordered = now();
        let needed = room.max(1 + parts.iter().map(|part| part.len()).sum::<usize>());
        let mut order = self.spare.take().filter(|spare| len(spare) >= needed).unwrap_or_else(|| words(needed));
        put(&mut order, 0, &[self.number]);
        let mut at = 1;
        for part in parts {
            put(&mut order, at, part);
            at += part.len();
        }
        (self.post)(order);
    }

    /// Keeps an answer that was read, for the next order.
    pub fn keep(&mut self, answer: Words) {
        self.spare = Some(answer);
    }

    /// The answer to the last order, or the greeting if there was none; none if it could not be done, or not within so many seconds.
    pub async fn answer(&mut self, seconds: u32) -> Option<Words> {
        self.mailbox.waited.set(0);
        let answer = poll_fn(|context| self.mailbox.poll(self.number, seconds, context)).await;
        self.here = answer.is_some();
        answer
    }
}

/// Where a member's last answer lies until it is taken.
#[derive(Default)]
pub struct Mailbox {
    answer: Cell<Option<Words>>,
    gone: Cell<bool>,
    /// Seconds that were waited for an answer.
    waited: Cell<u32>,
    waiting: Cell<Option<Waker>>,
}

impl Mailbox {
    pub fn put(&self, answer: Words) {
        self.answer.set(Some(answer));
        self.wake();
    }

    /// No answer will come any more.
    pub fn close(&self) {
        self.gone.set(true);
        self.wake();
    }

    /// A second has passed. They are counted, so that one in which the whole device slept is one.
    pub fn tick(&self) {
        self.waited.set(self.waited.get() + 1);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }

    fn poll(&self, number: u32, seconds: u32, context: &mut Context) -> Poll<Option<Words>> {
        if let Some(words) = self.answer.take() {
            let [answers, done] = head(&words);
            if answers == number {
                return Poll::Ready(Some(words).filter(|_| done == 1));
            }
        }
        if self.gone.get() || self.waited.get() > seconds {
            return Poll::Ready(None);
        }
        self.waiting.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

fn head<const N: usize>(words: &Words) -> [u32; N] {
    let mut head = [0; N];
    take(words, 0, &mut head);
    head
}

/// All others that were started for this worker. They live as long as it does, and work for one team at a time.
#[derive(Clone, Default)]
pub struct Pool(Rc<RefCell<Vec<Member>>>);

impl Pool {
    /// With these members, beside those that the page starts.
    pub fn of(members: Vec<Member>) -> Self {
        Self(Rc::new(RefCell::new(members)))
    }

    /// A team of so many workers with this one, or of those who come in time.
    pub async fn team(&self, threads: u32) -> Team {
        let mut team = Team { members: self.0.take(), others: 0, pool: self.clone() };
        let mut patience = 1;
        while (team.members.len() as u32) + 1 < threads {
            let Some(member) = here::hire_member() else { break };
            team.members.push(member);
            patience = START;
        }
        // All of them start meanwhile, whoever is waited for first.
        for member in &mut team.members {
            if !member.here && member.answer(patience).await.is_none() {
                patience = 0;
            }
        }
        team.settle(&|all| all <= threads);
        self.0.borrow_mut().extend(team.members.drain(team.others..));
        team
    }
}

/// Those of the pool that work for one model, in their order; none on most devices.
#[derive(Default)]
pub struct Team {
    /// Of whom the first work.
    members: Vec<Member>,
    others: usize,
    pool: Pool,
}

impl Team {
    /// Workers in all, this one too.
    pub fn threads(&self) -> u32 {
        self.others as u32 + 1
    }

    /// Leaves out those that do not answer, and as many more as it takes until the number of all `suits`.
    pub fn settle(&mut self, suits: &dyn Fn(u32) -> bool) {
        self.others = 0;
        for place in 0..self.members.len() {
            if self.members[place].here {
                self.members.swap(self.others, place);
                self.others += 1;
            }
        }
        while self.others > 0 && !suits(self.threads()) {
            self.others -= 1;
        }
    }

    /// The members, counted from 1.
    pub fn members(&mut self) -> impl Iterator<Item = (usize, &mut Member)> {
        (1..).zip(&mut self.members[..self.others])
    }

    /// Has each member hold these programs, and zeroed buffers for them, instead of what it held.
    pub fn load(&mut self, programs: &[&Program]) {
        let mut words = Vec::new();
        for program in programs {
            program.write(&mut words);
        }
        for (_, member) in self.members() {
            member.order(LOAD, programs.len() as u32, &[(BufferId(0), &words)], &[]);
        }
    }

    /// Hands each member's answer to `hear`, in their order.
    ///
    /// # Errors
    /// [`EngineError::HelperLost`], after the other answers.
    pub async fn answers(&mut self, hear: &mut dyn FnMut(Answer)) -> Result<(), EngineError> {
        let mut all = Ok(());
        for (_, member) in self.members() {
            let patience = PATIENCE + ((now() - member.ordered) / 100.0) as u32;
            match member.answer(patience).await {
                Some(words) => {
                    hear(Answer { words: &words, at: ANSWER });
                    member.keep(words);
                }
                None => all = Err(EngineError::HelperLost),
            }
        }
        all
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.pool.0.borrow_mut().append(&mut self.members);
    }
}

/// What a member read out, to be taken in its order.
pub struct Answer<'a> {
    words: &'a Words,
    at: usize,
}

impl Answer<'_> {
    /// Appends the next `len` words to `out`.
    pub fn append<T: bytemuck::Pod>(&mut self, out: &mut Vec<T>, len: usize) {
        let before = out.len();
        out.resize(before + len, T::zeroed());
        self.take(bytemuck::cast_slice_mut(&mut out[before..]));
    }

    /// Adds the next words, which are floats, to `sums`.
    pub fn add(&mut self, sums: &mut [f32]) {
        // So many that they stay in the nearest cache.
        let mut chunk = [0; 4096];
        for sums in sums.chunks_mut(chunk.len()) {
            self.take(&mut chunk[..sums.len()]);
            for (sum, word) in sums.iter_mut().zip(chunk) {
                *sum += f32::from_bits(word);
            }
        }
    }

    fn take(&mut self, out: &mut [u32]) {
        take(self.words, self.at, out);
        self.at += out.len();
    }
}
