//! What came of a figure's question.

use leptos::prelude::*;

use crate::protocol::ngrams::Answer;

/// The answers on a figure's line.
#[derive(Clone, Copy)]
pub struct Replies {
    pub answers: RwSignal<Vec<Answer>>,
    pub standing: RwSignal<Standing>,
    /// Whether the answers that stand are those to an earlier question.
    pub stale: StoredValue<bool>,
    /// Questions that have not ended yet: what comes before the last but one has is to an earlier one.
    pub open: StoredValue<u32>,
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
    pub fn new() -> Self {
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
