//! What the methods give: to a word, to a sentence, to the held-out text.

use std::f64::consts::LN_2;

use seven_steps_markov::hmm::{Belief, Hmm};
use seven_steps_markov::{Evaluation, Predictor};

use super::lexicon::{Appender, Cut};
use super::pace::Pace;
use super::stand::{Data, Stand, Way};
use super::wall::spelled;
use super::{BEGIN, END, UNKNOWN};
use crate::protocol::ngrams::{Compared, Scored, Share, Smoothing, Surprise, Unit};

/// Held-out tokens read between two looks at the clock.
const SLICE: usize = 1 << 12;

/// What each method gives to `word` after `context`.
pub async fn unseen(stand: &Stand, context: &str, word: &str, order: u32) -> Result<Vec<Share>, String> {
    let lexicon = &stand.lexicon;
    let mut ids: Vec<u32> = lexicon.cut_last(context).into_iter().map(|cut| cut.id).collect();
    let known = ids.len();
    let word = word.trim();
    let joined = match lexicon.unit() {
        Unit::Character => [context, word].concat(),
        _ => [context.trim_end(), word].join(" "),
    };
    ids.extend(lexicon.cut_last(&joined).into_iter().skip(known).map(|cut| cut.id));
    let (context, word) = ids.split_at(known);
    if word.is_empty() || word.contains(&UNKNOWN) {
        return Err(match word {
            [] => "There is no word to look for: type one.".into(),
            _ => "This word is not in the text at all, so every method takes it for <unk>: choose one of the text's words.".into(),
        });
    }
    let mut context = context.to_vec();
    if context.is_empty() {
        context.push(BEGIN);
    }
    let ngram = [&context, word].concat();
    let mut shares = Vec::new();
    for smoothing in Smoothing::ALL {
        let way = stand.way(order, smoothing)?;
        let model = stand.model(way).await?;
        let probability = spelled(&*model, &context, word) as f32;
        let count = stand.data()?.counts.count(&ngram[ngram.len().saturating_sub(order as usize)..]);
        shares.push(Share { smoothing, probability, count });
    }
    Ok(shares)
}

/// The surprise of each token of `text`, a sentence a line, each with its end.
pub async fn score(stand: &Stand, text: &str, way: Way) -> Result<Scored, String> {
    let model = stand.model(way).await?;
    let lexicon = &stand.lexicon;
    let mut appender = Appender::new(lexicon);
    let mut tokens = Vec::new();
    let mut pace = Pace::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut state = model.start();
        for Cut { id, text } in lexicon.cut(line).into_iter().chain([Cut { id: END, text: String::new() }]) {
            let (score, next) = model.score(state, id);
            let matched = score.order.saturating_sub(1) as u32;
            let text = appender.push(lexicon, id, &text);
            tokens.push(Surprise { text, known: id != UNKNOWN, bits: -score.probability.log2() as f32, matched });
            state = next;
            pace.breathe().await;
        }
    }
    if tokens.is_empty() {
        return Err("There is no sentence to score: type one.".into());
    }
    let bits: f32 = tokens.iter().map(|token| token.bits).sum();
    let perplexity = perplexity(bits.into(), tokens.len() as u64);
    Ok(Scored { tokens, bits, perplexity })
}

/// Every method on the held-out text, and the hidden Markov model if there is one.
pub async fn compare(stand: &Stand, data: &Data, order: u32, hidden: Option<&Hmm>, say: &dyn Fn(Compared)) -> Result<(), String> {
    for smoothing in Smoothing::ALL {
        let way = stand.way(order, smoothing)?;
        say(held_out(data, &*stand.model(way).await?, smoothing).await);
    }
    if let Some(hmm) = hidden {
        say(held_out_hidden(stand, data, hmm, usize::MAX).await);
    }
    Ok(())
}

/// An n-gram model on the held-out text.
async fn held_out(data: &Data, model: &dyn Predictor, smoothing: Smoothing) -> Compared {
    let mut evaluation = Evaluation::new(model, data.counts.unknown_share());
    let mut pace = Pace::new();
    while evaluation.advance(model, &data.held_out, SLICE) {
        pace.breathe().await;
    }
    let Evaluation { tokens, bits, impossible, .. } = evaluation;
    Measure { tokens, bits, impossible, spelled: data.unknown_bits, bytes: data.held_out_bytes as f64 }.compared(Some(smoothing))
}

/// A hidden Markov model on the first `most` tokens of the held-out text. Tokens outside of its vocabulary are unknown words to it.
pub async fn held_out_hidden(stand: &Stand, data: &Data, hmm: &Hmm, most: usize) -> Compared {
    let tokens = &data.held_out[..most.min(data.held_out.len())];
    let mut measure = Measure { tokens: tokens.len() as u64, ..Measure::default() };
    let mut belief = Belief::new(hmm);
    let mut pace = Pace::new();
    for token in tokens {
        let nats = -belief.observe(*token);
        if nats.is_finite() {
            measure.bits += nats / LN_2;
        } else {
            measure.impossible += 1;
        }
        if *token as usize >= hmm.vocab() {
            measure.spelled += data.spelling.cost(stand.lexicon.bytes(*token));
        }
        pace.breathe_rarely().await;
    }
    // Bytes and unknown words are known of the whole.
    let share = tokens.len() as f64 / data.held_out.len() as f64;
    measure.spelled += data.unknown_bits * share;
    measure.bytes = data.held_out_bytes as f64 * share;
    measure.compared(None)
}

#[derive(Default)]
struct Measure {
    tokens: u64,
    /// Of the tokens that were possible.
    bits: f64,
    impossible: u64,
    /// Bits that the letters of unknown words cost.
    spelled: f64,
    bytes: f64,
}

impl Measure {
    fn compared(&self, smoothing: Option<Smoothing>) -> Compared {
        let Self { tokens, impossible, .. } = *self;
        let bits = if impossible > 0 { f64::INFINITY } else { self.bits };
        let bits_per_byte = (bits + self.spelled) / self.bytes;
        Compared { smoothing, perplexity: perplexity(bits, tokens), bits_per_byte, impossible, tokens }
    }
}

/// 2 to the power of the bits a token, without the table of `exp2`, which would be four thousand bytes of download.
fn perplexity(bits: f64, tokens: u64) -> f64 {
    (bits / tokens as f64 * LN_2).exp()
}
