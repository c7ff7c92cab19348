//! Chains of a few orders on a text that none of them has seen, in bits per byte.

use std::rc::Rc;

use seven_steps_markov::Evaluation;

use super::pace::Pace;
use super::stand::Stand;
use crate::protocol::figures::Reference;
use crate::protocol::ngrams::{Setup, Smoothing, Unit};
use crate::text::stretches::lines;
use crate::worker::prepare::Text;

/// N, and what such a model of words is called.
const ORDERS: [(u32, &str); 4] = [(1, "unigram"), (2, "bigram"), (3, "trigram"), (5, "5-gram")];
/// Tokens read between two looks at the clock.
const SLICE: usize = 1 << 12;

/// Learns from `text`, with modified Kneser–Ney smoothing, and says how each order does on `tests`. Unknown words cost what their
/// letters do, and line breaks count as bytes, as in step 1.
///
/// # Errors
/// What is wrong with the text, as a sentence.
pub async fn references(text: Rc<Text>, tests: &[String], say: &dyn Fn(Reference)) -> Result<(), String> {
    let most = ORDERS.map(|(order, _)| order).into_iter().max().unwrap_or(1);
    let stand = Stand::count(text, Setup { unit: Unit::Word, order: most }, &|_, _| ()).await?;
    let data = stand.data()?;
    let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
    let mut unknown_bits = 0.0;
    let unknown = &mut |word: &str| unknown_bits += data.spelling.cost(word.as_bytes());
    let tokens = stand.lexicon.encode(&tests, unknown, &|_| ()).await;
    let bytes = lines(&tests).map(|line| line.len() as u64 + 1).sum::<u64>().max(1) as f64;
    for (order, name) in ORDERS {
        let model = stand.model(stand.way(order, Smoothing::ModifiedKneserNey)?).await?;
        let mut evaluation = Evaluation::new(&*model, data.counts.unknown_share());
        let mut pace = Pace::new();
        while evaluation.advance(&*model, &tokens, SLICE) {
            pace.breathe().await;
        }
        say(Reference { name: name.into(), bits_per_byte: ((evaluation.bits + unknown_bits) / bytes) as f32 });
    }
    Ok(())
}
