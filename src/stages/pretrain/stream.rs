//! A text without end, read once and in order.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::nn::model::Batch;
use crate::text::Tokenizer;

/// Document number `i` of an endless text.
pub type Documents = Rc<dyn Fn(u64) -> String>;

/// Reads documents one after the other, each followed by the separator. They are told when they are needed.
pub struct Stream {
    documents: Documents,
    tokenizer: Rc<Tokenizer>,
    /// Tokens that were told and not read yet.
    tokens: VecDeque<u32>,
    /// Of the documents whose tokens these are: tokens left of each.
    lengths: VecDeque<u64>,
    /// The first of them, and how much of it was read.
    document: u64,
    read: u64,
}

impl Stream {
    /// From the token `read` of `document` on.
    pub fn new(documents: Documents, tokenizer: Rc<Tokenizer>, [document, read]: [u64; 2]) -> Self {
        let mut stream = Self { documents, tokenizer, tokens: VecDeque::new(), lengths: VecDeque::new(), document, read: 0 };
        stream.skip(read as usize);
        stream
    }

    /// The document that is being read, and how many tokens of it were.
    pub fn position(&self) -> [u64; 2] {
        [self.document, self.read]
    }

    /// The next `rows` windows of `time` tokens [B,T], each target the token after; every token is a target once.
    pub fn batch(&mut self, rows: usize, time: usize, weight: f32) -> Batch {
        let len = rows * time;
        self.tell(len + 1);
        let batch = Batch {
            ids: self.tokens.range(..len).copied().collect(),
            targets: self.tokens.range(1..=len).copied().collect(),
            weights: vec![weight; len],
        };
        self.skip(len);
        batch
    }

    /// Tells until `count` tokens wait.
    fn tell(&mut self, count: usize) {
        while self.tokens.len() < count {
            let text = (self.documents)(self.document + self.lengths.len() as u64);
            let before = self.tokens.len();
            self.tokens.extend(self.tokenizer.encode(&text));
            self.tokens.extend(self.tokenizer.separator());
            self.lengths.push_back((self.tokens.len() - before) as u64);
        }
    }

    fn skip(&mut self, count: usize) {
        self.tell(count);
        self.tokens.drain(..count);
        self.read += count as u64;
        while let Some(length) = self.lengths.front().copied().filter(|length| *length <= self.read) {
            self.lengths.pop_front();
            self.document += 1;
            self.read -= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(position: [u64; 2]) -> Stream {
        let documents = Rc::new(|number: u64| format!("This is document {number}. ").repeat(1 + number as usize % 3));
        Stream::new(documents, Rc::new(Tokenizer::bytes()), position)
    }

    #[test]
    fn every_token_is_a_target_once_and_in_order() {
        let mut stream = stream([0, 0]);
        let batches: Vec<Batch> = (0..20).map(|_| stream.batch(3, 16, 1.0)).collect();
        let ids: Vec<u32> = batches.iter().flat_map(|batch| batch.ids.clone()).collect();
        let targets: Vec<u32> = batches.iter().flat_map(|batch| batch.targets.clone()).collect();
        assert_eq!(ids[1..], targets[..targets.len() - 1]);
        let text = String::from_utf8_lossy(&Tokenizer::bytes().decode_bytes(&ids)).into_owned();
        assert!(text.contains("This is document 0. ") && text.contains("This is document 3. "), "{text}");
    }

    #[test]
    fn it_goes_on_where_it_stood() {
        let mut whole = stream([0, 0]);
        for _ in 0..7 {
            whole.batch(2, 9, 1.0);
            let mut rest = stream(whole.position());
            assert_eq!(rest.position(), whole.position());
            let ahead = rest.batch(4, 30, 1.0);
            let mut same = stream(whole.position());
            assert_eq!(same.batch(4, 30, 1.0), ahead);
        }
    }
}
