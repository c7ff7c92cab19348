//! Writing text: one token at a time from a cache of keys and values.
//!
//! A model that trains meanwhile changes between two tokens. Each token is computed with the weights of its moment; the keys
//! and values of earlier tokens stay as they were computed, since reading the text anew for every token would cost as much
//! as training. A text written after training has paused follows from one set of weights alone.

use futures::future::LocalBoxFuture;

use super::message::{Problem, Sink};
use super::session::Writing;
use crate::engine::EngineError;
use crate::engine::program::StepParams;
use crate::nn::inference::{Asked, Inference};
use crate::nn::model::Decoded;
use crate::platform::{digits, now};
use crate::protocol::{Alternative, Event, GenerateRequest, Subject, WrittenToken};
use crate::rng;
use crate::text::{StreamDecoder, Tokenizer};

/// Alternatives shown for a token.
const ALTERNATIVES: usize = 8;
/// Milliseconds of writing between two training passes.
const SLICE: f64 = 100.0;
/// Tokens written at most: a page keeps each of them, and what might have stood in its place.
const MOST: u32 = 2_000;
/// Bytes of a prompt and of a stop text at most.
const MOST_PROMPT: usize = 20_000;
const MOST_STOP: usize = 200;

/// A text being written.
pub struct Generation {
    pub id: u32,
    request: GenerateRequest,
    /// All tokens so far, the prompt's and those written.
    tokens: Vec<u32>,
    /// The token at the cache's position 0.
    base: usize,
    /// Tokens read into the cache, counted from the first of all.
    read: usize,
    /// Tokens that were sent.
    shown: usize,
    /// Where the written tokens begin.
    prompt: usize,
    decoder: StreamDecoder,
    stop: Stop,
    started: f64,
}

impl Writing for Generation {
    fn advance<'a, 'm: 'a>(
        &'a mut self,
        model: &'a mut Asked<'m>,
        tokenizer: &'a Tokenizer,
        sink: &'a Sink,
    ) -> LocalBoxFuture<'a, Result<bool, EngineError>> {
        Box::pin(self.write(model, tokenizer, sink))
    }

    fn finish(&self, sink: &Sink) {
        let tokens = (self.shown.max(self.prompt) - self.prompt) as u32;
        let seconds = ((now() - self.started) / 1000.0) as f32;
        sink.send(Event::GenerationDone { id: self.id, tokens, seconds });
    }
}

impl Generation {
    /// An empty prompt is taken for `beginning`, one token at least.
    ///
    /// # Errors
    /// A number out of range.
    pub fn new(id: u32, request: GenerateRequest, tokenizer: &Tokenizer, beginning: &[u32]) -> Result<Self, Problem> {
        let refuse = |message: String| Err(Problem::new(Subject::Generation, message));
        if !(0.0..=100.0).contains(&request.temperature) {
            return refuse(format!("A temperature of {} does not work: choose from 0 to 100.", digits(request.temperature)));
        }
        if !(request.top_p > 0.0 && request.top_p <= 1.0) {
            return refuse(format!("A top-p of {} does not work: choose more than 0 and at most 1.", digits(request.top_p)));
        }
        if request.length > MOST {
            return refuse(format!("{} tokens are too many to write at once: choose at most {MOST}.", request.length));
        }
        if request.prompt.len() > MOST_PROMPT {
            let bytes = request.prompt.len();
            return refuse(format!("This beginning has {bytes} bytes: give at most {MOST_PROMPT}, of which the model sees only the last."));
        }
        if request.stop.len() > MOST_STOP {
            return refuse(format!("The text to stop at has {} bytes: give at most {MOST_STOP}.", request.stop.len()));
        }
        let mut tokens = tokenizer.encode(&request.prompt);
        let mut shown = 0;
        if tokens.is_empty() {
            tokens = beginning.to_vec();
            // What stands in for an empty prompt is not shown.
            shown = tokens.len();
        }
        let prompt = tokens.len();
        let decoder = StreamDecoder::default();
        let stop = Stop::at(&request.stop);
        Ok(Self { id, request, tokens, base: 0, read: 0, shown, prompt, decoder, stop, started: now() })
    }

    /// Writes for about a tenth of a second; true when the text is done.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`].
    async fn write(&mut self, model: &mut Asked<'_>, tokenizer: &Tokenizer, sink: &Sink) -> Result<bool, EngineError> {
        let until = now() + SLICE;
        if self.shown == 0 {
            self.show(tokenizer, None, sink);
        }
        while now() < until {
            if self.is_done(tokenizer) {
                Writing::finish(self, sink);
                return Ok(true);
            }
            let Decoded { choice, logits } = self.read_one(model).await?;
            if self.read == self.tokens.len() {
                self.tokens.push(choice);
            }
            // What was read again after the context had run full was shown before.
            if self.read == self.shown && !self.ends_document(tokenizer) {
                self.show(tokenizer, Some(&logits), sink);
            }
        }
        Ok(false)
    }

    /// Reads the next token into the cache. When the context is full, begins anew from the last half of it.
    async fn read_one(&mut self, model: &mut Asked<'_>) -> Result<Decoded, EngineError> {
        let context = model.context();
        if self.read - self.base == context {
            self.base = self.read - context / 2;
            self.read = self.base;
        }
        let GenerateRequest { temperature, top_k, top_p, seed, .. } = self.request;
        // Each token has its own noise, so that a position that comes again does not draw the same.
        let seed = rng::stream(seed, self.tokens.len() as u64) as u32;
        let position = (self.read - self.base) as u32;
        let step = StepParams { position, seed, temperature, top_k, top_p, ..StepParams::default() };
        let decoded = model.decode(self.tokens[self.read], &step).await?;
        self.read += 1;
        Ok(decoded)
    }

    fn is_done(&self, tokenizer: &Tokenizer) -> bool {
        let written = self.tokens.len() - self.prompt;
        let all_shown = self.shown == self.tokens.len();
        (all_shown && (written >= self.request.length as usize || self.stop.found)) || self.ends_document(tokenizer)
    }

    /// Whether the last token written is the separator of documents, which is not shown.
    fn ends_document(&self, tokenizer: &Tokenizer) -> bool {
        self.tokens.len() > self.prompt && self.tokens.last().copied() == tokenizer.separator()
    }

    /// Sends the next token not yet shown, which `logits` [V] foresaw.
    fn show(&mut self, tokenizer: &Tokenizer, logits: Option<&[f32]>, sink: &Sink) {
        let token = self.tokens[self.shown];
        let prompt = self.shown < self.prompt;
        self.shown += 1;
        let mut text = self.decoder.push(tokenizer.token_bytes(token));
        if !prompt {
            if self.tokens.len() - self.prompt == self.request.length as usize {
                text += &std::mem::take(&mut self.decoder).finish();
            }
            self.stop.read(&text);
        }
        // Where training has just diverged there is nothing to show until the run goes back.
        let sum = logits.map(|logits| (logits, log_sum_exp(logits))).filter(|(_, sum)| sum.is_finite());
        let (probability, alternatives) = match sum {
            Some((logits, log_sum)) => {
                let probability = |id: u32| (logits[id as usize] - log_sum).exp();
                let best = best(logits, ALTERNATIVES);
                let alternatives = best.into_iter().map(|id| Alternative { text: tokenizer.token_text(id), probability: probability(id) });
                (Some(probability(token)), alternatives.collect())
            }
            None => (None, Vec::new()),
        };
        sink.send(Event::Generated { id: self.id, token: WrittenToken { text, prompt, probability, alternatives } });
    }
}

/// Looks for a text in what is written, each piece of it once.
struct Stop {
    text: String,
    /// The end of what was read, in which the text may have begun.
    tail: String,
    found: bool,
}

impl Stop {
    /// An empty text is never found.
    fn at(text: &str) -> Self {
        Self { text: text.into(), tail: String::new(), found: false }
    }

    fn read(&mut self, piece: &str) {
        if self.text.is_empty() {
            return;
        }
        self.tail += piece;
        self.found |= self.tail.contains(&self.text);
        let done = self.tail.floor_char_boundary((self.tail.len() + 1).saturating_sub(self.text.len()));
        self.tail.drain(..done);
    }
}

/// ln Σ exp(logit), without overflow.
fn log_sum_exp(logits: &[f32]) -> f32 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    most + logits.iter().map(|logit| (logit - most).exp()).sum::<f32>().ln()
}

/// The tokens of the `count` greatest logits, best first, the lower id first among equals.
fn best(logits: &[f32], count: usize) -> Vec<u32> {
    let mut best: Vec<u32> = Vec::with_capacity(count + 1);
    for id in 0..logits.len() as u32 {
        let place = best.partition_point(|&other| logits[other as usize] >= logits[id as usize]);
        if place < count {
            best.insert(place, id);
            best.truncate(count);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_in_order() {
        assert_eq!(best(&[0.0, 3.0, 1.0, 3.0, 2.0], 3), [1, 3, 4]);
        assert_eq!(best(&[1.0], 3), [0]);
    }

    #[test]
    fn a_stop_text_is_found_across_pieces_as_in_the_whole() {
        let pieces = ["a", "ab", "é", "", "b", "éa"];
        for text in ["", "ab", "aé", "baé", "éaéb", "abab", "bé"] {
            for seed in 0..200 {
                let (mut stop, mut whole) = (Stop::at(text), String::new());
                for index in 0..8 {
                    let piece = pieces[rng::below(rng::stream(7, seed), index, pieces.len() as u64) as usize];
                    stop.read(piece);
                    whole += piece;
                    assert_eq!(stop.found, !text.is_empty() && whole.contains(text), "{text:?} in {whole:?}");
                    assert!(stop.tail.len() <= text.len() + 1, "nothing is read twice");
                }
            }
        }
    }

    #[test]
    fn log_sum_exp_does_not_overflow() {
        assert!((log_sum_exp(&[1000.0, 1000.0]) - (1000.0 + std::f32::consts::LN_2)).abs() < 1e-4);
    }
}
