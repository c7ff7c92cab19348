//! Storage that fails when it is told to, for tests.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Claim, Disk, Lock, MARK};
use crate::protocol::Room;

/// What is about to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    List,
    Read,
    Write,
    Remove,
}

/// What becomes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It changes nothing and says so, for this reason.
    Fails(&'static str),
    /// The program ends before it.
    EndBefore,
    /// The program ends in its midst: of a file half is written, of a slot one file is removed.
    EndWithin,
    /// The program ends after it.
    EndAfter,
}

/// What becomes of each operation, in all places that share it.
pub struct Faults {
    decide: RefCell<Box<dyn FnMut(Operation) -> Outcome>>,
    ended: Cell<bool>,
}

impl Faults {
    pub fn new(decide: impl FnMut(Operation) -> Outcome + 'static) -> Rc<Self> {
        Rc::new(Self { decide: RefCell::new(Box::new(decide)), ended: Cell::new(false) })
    }

    /// Whether the program has ended, as far as the storage is concerned: nothing reaches it any more.
    pub fn ended(&self) -> bool {
        self.ended.get()
    }

    fn next(&self, operation: Operation) -> Result<Outcome, String> {
        if self.ended() {
            return Err(ENDED.into());
        }
        let outcome = (self.decide.borrow_mut())(operation);
        self.ended.set(matches!(outcome, Outcome::EndBefore | Outcome::EndWithin | Outcome::EndAfter));
        match outcome {
            Outcome::Fails(reason) => Err(reason.into()),
            Outcome::EndBefore => Err(ENDED.into()),
            outcome => Ok(outcome),
        }
    }
}

const ENDED: &str = "the program has ended.";

/// A disk with faults.
#[derive(Clone)]
pub struct Faulty<D> {
    disk: D,
    faults: Rc<Faults>,
}

impl<D: Disk> Faulty<D> {
    pub fn new(disk: D, faults: &Rc<Faults>) -> Self {
        Self { disk, faults: Rc::clone(faults) }
    }
}

impl<D: Disk> Disk for Faulty<D> {
    async fn slots(&self) -> Result<Vec<String>, String> {
        self.faults.next(Operation::List)?;
        self.disk.slots().await
    }

    async fn files(&self, slot: &str) -> Result<Vec<String>, String> {
        self.faults.next(Operation::List)?;
        self.disk.files(slot).await
    }

    async fn read(&self, slot: &str, file: &str, most: usize) -> Result<Vec<u8>, String> {
        self.faults.next(Operation::Read)?;
        self.disk.read(slot, file, most).await
    }

    async fn write(&self, slot: &str, file: &str, parts: &[Cow<'_, [u8]>]) -> Result<(), String> {
        if self.faults.next(Operation::Write)? != Outcome::EndWithin {
            return self.disk.write(slot, file, parts).await;
        }
        // As it looks in a browser.
        let mut bytes = parts.concat();
        bytes.truncate(bytes.len() / 2);
        let mark = MARK.min(bytes.len());
        bytes[..mark].fill(0);
        self.disk.write(slot, file, &[bytes.into()]).await
    }

    async fn remove(&self, slot: &str, file: &str) -> Result<(), String> {
        self.faults.next(Operation::Remove)?;
        self.disk.remove(slot, file).await
    }

    async fn remove_slot(&self, slot: &str) -> Result<(), String> {
        if self.faults.next(Operation::Remove)? != Outcome::EndWithin {
            return self.disk.remove_slot(slot).await;
        }
        match self.disk.files(slot).await?.first() {
            Some(file) => self.disk.remove(slot, file).await,
            None => Ok(()),
        }
    }

    async fn room(&self) -> Result<Room, String> {
        self.disk.room().await
    }

    async fn lock(&self, name: &str, claim: Claim) -> Result<Option<Lock>, String> {
        self.disk.lock(name, claim).await
    }
}
