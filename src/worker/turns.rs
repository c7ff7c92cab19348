//! Work that is done one piece after the other, whoever asks for it: a browser opens a file once at a time.

use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};

/// A queue of work; a clone is another handle.
///
/// Who waits for its turn drives the work before it. So it comes even if whoever asked for that has given it up, or is not polled.
#[derive(Clone)]
pub struct Turns(Rc<RefCell<Shared<LocalBoxFuture<'static, ()>>>>);

impl Default for Turns {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(ready(()).boxed_local().shared())))
    }
}

impl Turns {
    /// Does `work` after all that was asked for before it.
    pub async fn take<T: 'static>(&self, work: LocalBoxFuture<'static, T>) -> T {
        let outcome = Rc::new(RefCell::new(None));
        let (before, put) = (self.0.borrow().clone(), Rc::clone(&outcome));
        let turn = async move {
            before.await;
            let done = work.await;
            *put.borrow_mut() = Some(done);
        };
        let turn = turn.boxed_local().shared();
        self.0.borrow_mut().clone_from(&turn);
        turn.await;
        outcome.take().expect("a turn that has ended has an outcome")
    }
}

#[cfg(test)]
mod tests {
    use futures::channel::oneshot::channel;
    use futures::{join, poll};
    use pollster::block_on;

    use super::*;

    #[test]
    fn one_is_done_after_the_other() {
        let (turns, said) = (Turns::default(), Rc::new(RefCell::new(Vec::new())));
        let (go, wait) = channel::<()>();
        let step = |name: &'static str, wait: LocalBoxFuture<'static, ()>| {
            let said = Rc::clone(&said);
            let work = async move {
                said.borrow_mut().push((name, "begins"));
                wait.await;
                said.borrow_mut().push((name, "ends"));
                name
            };
            turns.take(work.boxed_local())
        };
        let first = step("first", wait.map(|_| ()).boxed_local());
        let second = step("second", ready(()).boxed_local());
        let outcomes = block_on(async {
            let let_go = async { go.send(()) };
            let (one, other, _) = join!(first, second, let_go);
            [one, other]
        });
        assert_eq!(outcomes, ["first", "second"]);
        assert_eq!(*said.borrow(), [("first", "begins"), ("first", "ends"), ("second", "begins"), ("second", "ends")]);
    }

    #[test]
    fn what_was_given_up_or_stands_still_holds_nobody_up() {
        let turns = Turns::default();
        block_on(async {
            let (go, wait) = channel::<u32>();
            let mut given_up = Box::pin(turns.take(wait.boxed_local()));
            assert!(poll!(&mut given_up).is_pending());
            drop(given_up);
            let mut still = Box::pin(turns.take(ready(1).boxed_local()));
            assert!(poll!(&mut still).is_pending());
            go.send(7).expect("it is still done");
            assert_eq!(turns.take(ready(2).boxed_local()).await, 2);
            assert_eq!(still.await, 1);
        });
    }
}
