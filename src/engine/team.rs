//! A team: this worker, and others that each serve it as a CPU executor. It needs no shared memory, for which a host would have
//! to send special headers.
//!
//! An order is one array of words. It is handed over instead of copied, and comes back as the answer, so that nothing is
//! allocated from order to order:
//!
//! - to load: its number, [`LOAD`], how many programs, and these as [`Program::write`] puts them;
//! - to work: its number, a program, how many times to run it, how many buffers are written before and how many read after, a
//!   buffer and a length for each of these, and what is written (a buffer for which nothing comes is zeroed);
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
pub use browser::serves_a_team;
pub use here::{Words, cores};
pub use member::serve;

use std::cell::RefCell;
use std::mem;
use std::pin::pin;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;

use super::EngineError;
use super::program::{BufferId, Program};
use crate::platform::{now, within};
use here::{put, take, words};

/// Stands in the place of a program where some are to be loaded.
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
    answers: UnboundedReceiver<Words>,
    /// That of the last order; its greeting answers 0.
    number: u32,
    /// Whether it has answered all it was asked.
    here: bool,
    /// Seconds that an answer may take, as [`PATIENCE`].
    patience: u32,
    /// The last answer, whose memory the next order takes.
    spare: Option<Words>,
}

impl Member {
    /// `post` hands an order over; `answers` ends when the worker is gone.
    pub fn new(post: impl Fn(Words) + 'static, answers: UnboundedReceiver<Words>) -> Self {
        Self { post: Box::new(post), answers, number: 0, here: false, patience: PATIENCE, spare: None }
    }

    /// With another patience, in seconds.
    pub fn patient(self, patience: u32) -> Self {
        Self { patience, ..self }
    }

    /// Sends an order, for which `fill` writes all but the number, of so many words with its answer.
    fn order(&mut self, len: usize, fill: impl FnOnce(&mut Words)) {
        self.number += 1;
        let mut order = self.spare.take().filter(|spare| here::len(spare) >= len).unwrap_or_else(|| words(len));
        put(&mut order, 0, &[self.number]);
        fill(&mut order);
        (self.post)(order);
    }

    /// The answer to the last order; none if it could not be done, or not within so many seconds.
    async fn answer(&mut self, seconds: u32) -> Option<Words> {
        let Self { answers, number, .. } = self;
        let awaited = async {
            loop {
                let words = answers.next().await?;
                let [answers_to, done] = head(&words);
                if answers_to == *number {
                    return Some(words).filter(|_| done == 1);
                }
            }
        };
        let answer = within(seconds, pin!(awaited)).await.flatten();
        self.here = answer.is_some();
        answer
    }
}

fn head<const N: usize>(words: &Words) -> [u32; N] {
    let mut head = [0; N];
    take(words, 0, &mut head);
    head
}

/// All others that this worker has started. They live as long as it does, and work for one team at a time.
#[derive(Clone, Default)]
pub struct Pool(Rc<RefCell<Vec<Member>>>);

impl Pool {
    /// A team of so many workers with this one, or of those who come in time.
    pub async fn team(&self, threads: u32) -> Team {
        let mut team = Team { members: self.0.take(), pool: self.clone(), ordered: 0.0 };
        let mut patience = 1;
        while team.threads() < threads {
            let Some(member) = here::hire() else { break };
            team.members.push(member);
            patience = START;
        }
        // All of them start meanwhile, whoever is waited for first.
        for member in team.members.iter_mut().filter(|member| !member.here) {
            if member.answer(patience).await.is_none() {
                patience = 1;
            }
        }
        team.settle(|all| all <= threads);
        team
    }

    /// With these members, instead of workers that are started.
    pub fn of(members: Vec<Member>) -> Self {
        Self(Rc::new(RefCell::new(members)))
    }
}

/// Those of the pool that work for one model, in their order; none on most devices.
#[derive(Default)]
pub struct Team {
    members: Vec<Member>,
    pool: Pool,
    /// When the last order went out.
    ordered: f64,
}

impl Team {
    /// Workers in all, this one too.
    pub fn threads(&self) -> u32 {
        self.members.len() as u32 + 1
    }

    /// Sends those back that do not answer, and as many more as it takes until the number of all `suits`.
    pub fn settle(&mut self, suits: impl Fn(u32) -> bool) {
        let (mut here, mut away): (Vec<_>, Vec<_>) = mem::take(&mut self.members).into_iter().partition(|member| member.here);
        while !here.is_empty() && !suits(here.len() as u32 + 1) {
            away.extend(here.pop());
        }
        self.members = here;
        self.pool.0.borrow_mut().append(&mut away);
    }

    /// Has each member hold these programs, and zeroed buffers for them, instead of what it held.
    pub fn load(&mut self, programs: &[&Program]) {
        let mut order = vec![LOAD, programs.len() as u32];
        programs.iter().for_each(|program| program.write(&mut order));
        self.ordered = now();
        for member in &mut self.members {
            member.order(order.len() + 1, |words| put(words, 1, &order));
        }
    }

    /// Has each member run a program so many times, after it has written into buffers what `writes` gives for it, which counts
    /// from 1, and zeroed those for which that is nothing. It answers with the first words of others.
    pub fn order<'a>(
        &mut self,
        program: u32,
        times: u32,
        writes: &dyn Fn(usize) -> Vec<(BufferId, &'a [u32])>,
        reads: &[(BufferId, usize)],
    ) {
        self.ordered = now();
        for (place, member) in (1..).zip(&mut self.members) {
            let writes = writes(place);
            let mut head = vec![program, times, writes.len() as u32, reads.len() as u32];
            let lengths = writes.iter().map(|(buffer, words)| (*buffer, words.len())).chain(reads.iter().copied());
            head.extend(lengths.flat_map(|(buffer, len)| [buffer.0 as u32, len as u32]));
            let mut at = 1 + head.len();
            let sent: usize = writes.iter().map(|(_, words)| words.len()).sum();
            let read: usize = reads.iter().map(|(_, len)| len).sum();
            member.order((at + sent).max(ANSWER + read), |order| {
                put(order, 1, &head);
                for (_, words) in writes {
                    put(order, at, words);
                    at += words.len();
                }
            });
        }
    }

    /// Hands each member's answer to `hear`, in their order.
    ///
    /// # Errors
    /// [`EngineError::HelperLost`], after the other answers.
    pub async fn answers(&mut self, hear: &mut dyn FnMut(Answer)) -> Result<(), EngineError> {
        let own = (now() - self.ordered) / 1000.0;
        let mut all = Ok(());
        for member in &mut self.members {
            match member.answer(member.patience + (10.0 * own) as u32).await {
                Some(words) => {
                    hear(Answer { words: &words, at: ANSWER });
                    member.spare = Some(words);
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
            sums.iter_mut().zip(chunk).for_each(|(sum, word)| *sum += f32::from_bits(word));
        }
    }

    fn take(&mut self, out: &mut [u32]) {
        take(self.words, self.at, out);
        self.at += out.len();
    }
}
