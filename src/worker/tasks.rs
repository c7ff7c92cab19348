//! Questions that are answered side by side, in one thread: each is a future, polled beside the others.
//!
//! All are polled whenever one of them is woken. So a task may wait for what another does without being woken by it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;

/// Work under way, of which each has an outcome in the end. Dropping it gives it up.
pub struct Tasks<L, O>(Vec<Task<L, O>>);

struct Task<L, O> {
    /// What replaces it; nothing replaces an export.
    line: Option<L>,
    work: Pin<Box<dyn Future<Output = O>>>,
}

/// What comes next.
pub enum Turn<R, O> {
    Asked(R),
    Done(O),
}

impl<L, O> Default for Tasks<L, O> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<L: Copy + PartialEq, O> Tasks<L, O> {
    pub fn begin(&mut self, line: Option<L>, work: impl Future<Output = O> + 'static) {
        self.0.push(Task { line, work: Box::pin(work) });
    }

    /// Gives up what is done on this line. How many tasks it was.
    pub fn end(&mut self, line: L) -> usize {
        self.0.extract_if(.., |task| task.line == Some(line)).count()
    }

    /// Gives up what is done on any line, and names the line of each.
    pub fn end_all(&mut self) -> Vec<L> {
        self.0.extract_if(.., |task| task.line.is_some()).filter_map(|task| task.line).collect()
    }

    /// Goes on with every task until one is done or a request has come; none when no more can come.
    pub async fn next<R>(&mut self, inbox: &mut UnboundedReceiver<R>) -> Option<Turn<R, O>> {
        poll_fn(|context| self.poll(inbox, context)).await
    }

    fn poll<R>(&mut self, inbox: &mut UnboundedReceiver<R>, context: &mut Context) -> Poll<Option<Turn<R, O>>> {
        if let Poll::Ready(request) = inbox.poll_next_unpin(context) {
            return Poll::Ready(request.map(Turn::Asked));
        }
        self.go_on(context).map(|outcome| Some(Turn::Done(outcome)))
    }

    /// Goes on with every task; what the first came to that is done.
    pub fn go_on(&mut self, context: &mut Context) -> Poll<O> {
        for index in 0..self.0.len() {
            if let Poll::Ready(outcome) = self.0[index].work.as_mut().poll(context) {
                drop(self.0.remove(index));
                return Poll::Ready(outcome);
            }
        }
        Poll::Pending
    }
}
