//! Instruction tuning, or supervised fine-tuning: learn from demonstrations what an answer looks like (Ouyang et al. 2022,
//! arXiv:2203.02155, section 3.5).
//!
//! - Data: conversations of a prompt and its answer, each after the separator, with role tokens between: `<|user|>` prompt
//!   `<|end|>` `<|assistant|>` answer `<|end|>`. Some of the rows may be text of pretraining instead ("replay").
//! - Signal: the tokens of the answer and its end weigh the same, those of the prompt nothing, so the loss is the mean negative
//!   log-likelihood of the answers' tokens in the whole batch, as TRL's `SFTTrainer` has it with `completion_only_loss`. The replayed
//!   text's tokens have a share of the weight of their own.
//! - Metrics: nats a token.

use std::rc::Rc;

use super::pretrain::Stream;
use crate::nn::model::Batch;
use crate::rng;
use crate::spec::Roles;
use crate::text::Tokenizer;

/// Sets the order of the pairs apart from other draws of a seed.
const ORDER: u32 = 0x6f72_6472;

/// A conversation as tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub tokens: Vec<u32>,
    /// The first token of the answer, which the token of the assistant's role stands before.
    pub answer: usize,
}

impl Conversation {
    /// A prompt and its answer. Role tokens are put around them; no text becomes one.
    pub fn new(tokenizer: &Tokenizer, roles: &Roles, prompt: &str, answer: &str) -> Self {
        let mut tokens = asked(tokenizer, roles, prompt);
        let begin = tokens.len();
        tokens.extend(tokenizer.encode(answer));
        tokens.push(roles.end);
        Self { tokens, answer: begin }
    }
}

/// A prompt, up to where the assistant answers.
pub fn asked(tokenizer: &Tokenizer, roles: &Roles, prompt: &str) -> Vec<u32> {
    let mut tokens: Vec<u32> = tokenizer.separator().into_iter().collect();
    tokens.push(roles.user);
    tokens.extend(tokenizer.encode(prompt));
    tokens.extend([roles.end, roles.assistant]);
    tokens
}

/// How conversations are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// B: rows of a step.
    pub batch: u32,
    /// T: tokens of a row.
    pub time: u32,
    pub epochs: u32,
    /// Share of the rows that replay text, and of the weight that it has.
    pub replay: f32,
    /// Whether a row takes as many conversations as fit, each seeing those before it; else one.
    pub packed: bool,
    pub seed: u32,
}

/// A run of instruction tuning: which batch each step reads.
pub struct Sft {
    reading: Reading,
    conversations: Vec<Conversation>,
    /// The conversations of each row of each step; those of a step one after the other.
    rows: Vec<Vec<usize>>,
    replay: Option<Stream>,
}

impl Sft {
    /// `replay` is read from its beginning. Each conversation must have at most T + 1 tokens.
    pub fn new(reading: Reading, conversations: Vec<Conversation>, replay: Option<Stream>) -> Self {
        debug_assert!(conversations.iter().all(|conversation| conversation.tokens.len() <= reading.time as usize + 1));
        let mut order: Vec<usize> = Vec::new();
        for epoch in 0..reading.epochs {
            let stream = rng::stream(reading.seed ^ ORDER, u64::from(epoch));
            let mut shuffled: Vec<usize> = (0..conversations.len()).collect();
            shuffled.sort_by_key(|&index| rng::bits(stream, index as u64));
            order.extend(shuffled);
        }
        let mut rows: Vec<Vec<usize>> = Vec::new();
        let mut room = 0;
        for index in order {
            let len = conversations[index].tokens.len();
            match rows.last_mut().filter(|_| reading.packed && len <= room) {
                Some(row) => row.push(index),
                None => {
                    rows.push(vec![index]);
                    room = reading.time as usize + 1;
                }
            }
            room -= len;
        }
        Self { reading, conversations, rows, replay }
    }

    /// Rows of a step that hold conversations.
    fn talking(&self) -> usize {
        let replayed = if self.replay.is_some() { (self.reading.replay * self.reading.batch as f32).round() as usize } else { 0 };
        (self.reading.batch as usize - replayed.min(self.reading.batch as usize - 1)).max(1)
    }

    pub fn steps(&self) -> u32 {
        self.rows.len().div_ceil(self.talking()) as u32
    }

    /// Conversations that the first `steps` steps read.
    pub fn conversations(&self, steps: u32) -> u32 {
        self.rows.iter().take(steps as usize * self.talking()).map(|row| row.len() as u32).sum()
    }

    /// The batch [B,T] of `step` (from 0), and the tokens in it that are no padding. Steps are asked for in order.
    pub fn batch(&mut self, step: u32) -> (Batch, u64) {
        let [rows, time] = [self.reading.batch, self.reading.time].map(|n| n as usize);
        let talking = self.talking();
        let len = rows * time;
        let mut batch = Batch { ids: vec![0; len], targets: vec![0; len], weights: vec![0.0; len] };
        let first = step as usize * talking;
        let mut read = 0;
        for (place, row) in self.rows[first..(first + talking).min(self.rows.len())].iter().enumerate() {
            let mut at = place * time;
            for &index in row {
                let Conversation { tokens, answer } = &self.conversations[index];
                // What fills the row's last place has no target after it.
                let count = tokens.len().min((place + 1) * time - at);
                batch.ids[at..at + count].copy_from_slice(&tokens[..count]);
                let targets = tokens.len() - 1;
                batch.targets[at..at + targets].copy_from_slice(&tokens[1..]);
                batch.weights[at + answer - 1..at + targets].fill(1.0);
                at += count;
                read += tokens.len() as u64;
            }
        }
        let answered = batch.weights.iter().sum::<f32>().max(1.0);
        let share = if rows > talking { self.reading.replay } else { 0.0 };
        batch.weights.iter_mut().for_each(|weight| *weight *= (1.0 - share) / answered);
        if let Some(stream) = self.replay.as_mut().filter(|_| rows > talking) {
            let tokens = (rows - talking) * time;
            let replayed = stream.batch(rows - talking, time, share / tokens as f32);
            let place = talking * time..len;
            batch.ids[place.clone()].copy_from_slice(&replayed.ids);
            batch.targets[place.clone()].copy_from_slice(&replayed.targets);
            batch.weights[place].copy_from_slice(&replayed.weights);
            read += tokens as u64;
        }
        (batch, read)
    }

    /// The learning rate of `step` (from 0): it rises over a twentieth of the steps, and falls in a straight line to zero.
    pub fn learning_rate(&self, peak: f32, step: u32) -> f32 {
        let steps = self.steps();
        let warmup = (steps / 20).max(1);
        let rise = (step + 1) as f32 / warmup as f32;
        let fall = (steps - step) as f32 / (steps.saturating_sub(warmup) + 1) as f32;
        peak * rise.min(fall).min(1.0)
    }
}

/// Text of pretraining to replay.
pub fn replayed(documents: super::pretrain::Documents, tokenizer: Rc<Tokenizer>) -> Stream {
    Stream::new(documents, tokenizer, [0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const READING: Reading = Reading { batch: 4, time: 24, epochs: 2, replay: 0.0, packed: false, seed: 1 };

    fn conversations(tokenizer: &Tokenizer) -> Vec<Conversation> {
        let roles = tokenizer.roles().unwrap();
        (0..10).map(|n| Conversation::new(tokenizer, &roles, &format!("Say {n}."), &"ab".repeat(1 + n % 3))).collect()
    }

    /// The targets that count, in order.
    fn counted(batch: &Batch) -> Vec<u32> {
        batch.targets.iter().zip(&batch.weights).filter(|(_, weight)| **weight > 0.0).map(|(&target, _)| target).collect()
    }

    #[test]
    fn only_answers_and_their_ends_count_and_all_weigh_the_same() {
        let tokenizer = Tokenizer::bytes();
        for packed in [false, true] {
            let mut sft = Sft::new(Reading { packed, time: 60, ..READING }, conversations(&tokenizer), None);
            let mut told = Vec::new();
            for step in 0..sft.steps() {
                let (batch, _) = sft.batch(step);
                assert!((batch.weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
                let mut weights: Vec<f32> = batch.weights.iter().copied().filter(|weight| *weight > 0.0).collect();
                weights.dedup();
                assert_eq!(weights.len(), 1);
                let text = tokenizer.decode(&counted(&batch));
                told.extend(text.split_terminator("<|end|>").map(String::from));
                // What counts is what follows in the row.
                for (place, &weight) in batch.weights.iter().enumerate().filter(|(place, _)| place % 60 < 59) {
                    assert!(weight == 0.0 || batch.targets[place] == batch.ids[place + 1] || batch.ids[place + 1] == 0);
                }
            }
            told.sort_unstable();
            let mut expected: Vec<String> = (0..20).map(|n| "ab".repeat(1 + n % 10 % 3)).collect();
            expected.sort_unstable();
            assert_eq!(told, expected, "each answer once an epoch");
            assert_eq!(sft.conversations(sft.steps()), 20);
        }
    }

    #[test]
    fn replayed_text_has_its_share_of_rows_and_weight() {
        let tokenizer = Rc::new(Tokenizer::bytes());
        let stream = replayed(Rc::new(|n| format!("Text {n} of the world.")), Rc::clone(&tokenizer));
        let mut sft = Sft::new(Reading { replay: 0.5, ..READING }, conversations(&tokenizer), Some(stream));
        assert_eq!(sft.steps(), 10);
        let (batch, _) = sft.batch(0);
        let [talk, text] = [&batch.weights[..48], &batch.weights[48..]].map(|part| part.iter().sum::<f32>());
        assert!((talk - 0.5).abs() < 1e-6 && (text - 0.5).abs() < 1e-6);
        assert!(tokenizer.decode(&batch.ids[48..]).starts_with("Text 0 of the world.<|endoftext|>Text 1"));
    }

    #[test]
    fn the_rate_rises_and_falls_to_nothing() {
        let tokenizer = Tokenizer::bytes();
        let sft = Sft::new(Reading { epochs: 40, ..READING }, conversations(&tokenizer), None);
        let rates: Vec<f32> = (0..sft.steps()).map(|step| sft.learning_rate(1.0, step)).collect();
        assert_eq!((rates.len(), rates[0], rates[4]), (100, 0.2, 1.0));
        assert!(rates[4..].is_sorted_by(|one, other| one >= other) && rates[99] > 0.0 && rates[99] < 0.02);
    }
}
