//! What figures ask their worker, each on a line of its own, and what came of it.

use leptos::prelude::*;

/// The lines of a chapter, each a value of L; what is answered on them is of type A.
pub struct Switchboard<L: 'static, A: 'static>(StoredValue<Vec<(L, Replies<A>)>, LocalStorage>);

/// The answers on a figure's line.
pub struct Replies<A: 'static> {
    pub answers: RwSignal<Vec<A>>,
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

impl<L, A> Clone for Switchboard<L, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, A> Copy for Switchboard<L, A> {}

impl<A> Clone for Replies<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Replies<A> {}

impl<L: Copy + PartialEq, A: Send + Sync> Switchboard<L, A> {
    pub fn new() -> Self {
        Self(StoredValue::new_local(vec![]))
    }

    /// A line for a figure.
    pub fn line(&self, line: L) -> Replies<A> {
        let replies = Replies {
            answers: RwSignal::new(vec![]),
            standing: RwSignal::new(Standing::Idle),
            stale: StoredValue::new(false),
            open: StoredValue::new(0),
        };
        self.0.update_value(|lines| lines.push((line, replies)));
        replies
    }

    /// Where the answers on this line go, if a figure asks there.
    pub fn replies(&self, line: L) -> Option<Replies<A>> {
        self.0.with_value(|lines| lines.iter().find(|(known, _)| *known == line).map(|(_, replies)| *replies))
    }

    /// Whoever was asked is gone, and answers nothing any more.
    pub fn forget(&self) {
        self.0.with_value(|lines| lines.iter().for_each(|(_, replies)| replies.open.set_value(0)));
    }

    /// The first answer to a question takes the place of those to the one before; where `alone`, each does.
    pub fn answer(&self, line: L, answer: A, alone: bool) {
        let Some(replies) = self.replies(line).filter(|replies| replies.open.get_value() == 1) else { return };
        replies.answers.update(|answers| {
            if alone || replies.stale.get_value() {
                replies.stale.set_value(false);
                answers.clear();
            }
            answers.push(answer);
        });
    }

    /// A question on this line has ended. What was answered to one before it does not stand beside a refusal.
    pub fn end(&self, line: L, standing: Standing) {
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
}

impl<A: Send + Sync> Replies<A> {
    /// A question is being put on this line.
    pub fn pose(&self) {
        self.stale.set_value(true);
        self.open.update_value(|open| *open += 1);
        self.standing.set(Standing::Asking);
    }

    /// All answers that the figure understands.
    pub fn all<T>(&self, understand: impl Fn(&A) -> Option<T>) -> Vec<T> {
        self.answers.with(|answers| answers.iter().filter_map(understand).collect())
    }

    /// The last answer, as the figure understands it.
    pub fn last<T>(&self, understand: impl Fn(&A) -> Option<T>) -> Option<T> {
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
