//! Byte pair encoding, merge by merge.

use std::mem;
use std::rc::Rc;

use super::Figures;
use crate::protocol::figures::Pieces;
use crate::protocol::models::Which;
use crate::text::Tokenizer;

/// Characters of a text at most.
const MOST: usize = 2000;
/// The sample that tokens are counted on: its seed, and its bytes at least.
const SAMPLE_SEED: u32 = 4;
const SAMPLE_BYTES: usize = 100_000;

/// How a tokenizer cuts the sample.
pub struct Sample {
    /// The model whose tokenizer it is, by its id.
    id: String,
    bytes: u32,
    /// Its tokens after each number of merges, from none to all.
    tokens: Vec<u32>,
}

/// Cuts `text` by the first `merges` merges of a model's tokenizer.
///
/// # Errors
/// What cannot be opened, is empty or too long, as a sentence.
pub async fn pieces(figures: &Figures, which: &Which, text: &str, merges: u32) -> Result<Pieces, String> {
    let characters = text.chars().count();
    if characters == 0 {
        return Err("There is nothing to cut: write a word.".into());
    }
    if characters > MOST {
        return Err(format!("A text of {characters} characters is too long to be shown piece by piece: take at most {MOST}."));
    }
    let model = figures.opened(which).await?;
    let known = figures.sample.borrow().clone().filter(|sample| sample.id == model.card.id);
    let sample = match known {
        Some(sample) => sample,
        None => {
            let text = figures.world().await?.text(SAMPLE_SEED, SAMPLE_BYTES);
            let sample = Rc::new(Sample::new(model.card.id.clone(), &model.tokenizer, &text));
            *figures.sample.borrow_mut() = Some(Rc::clone(&sample));
            sample
        }
    };
    Ok(cut(&model.tokenizer, text, merges, &sample))
}

impl Sample {
    fn new(id: String, tokenizer: &Tokenizer, texts: &[String]) -> Self {
        let mut counts = vec![0; tokenizer.vocab_size()];
        texts.iter().flat_map(|text| tokenizer.encode(text)).for_each(|id| counts[id as usize] += 1);
        let mut tokens = vec![counts.iter().sum::<u32>()];
        // A merge joins what those before it made. So taken apart again, the last first, tokens are those before it.
        for (pair, made) in (0..tokenizer.merges()).rev().filter_map(|merge| tokenizer.merge(merge)) {
            let times = mem::take(&mut counts[made as usize]);
            pair.into_iter().for_each(|id| counts[id as usize] += times);
            tokens.push(tokens[tokens.len() - 1] + times);
        }
        tokens.reverse();
        Self { id, bytes: texts.iter().map(String::len).sum::<usize>() as u32, tokens }
    }
}

fn cut(tokenizer: &Tokenizer, text: &str, merges: u32, sample: &Sample) -> Pieces {
    let of = tokenizer.merges() as u32;
    let merges = merges.min(of);
    let young = tokenizer.after(merges as usize);
    let last = merges.checked_sub(1).and_then(|last| tokenizer.merge(last as usize));
    Pieces {
        tokens: young.encode(text).into_iter().map(|id| young.token_text(id)).collect(),
        merges,
        of,
        last: last.map(|(pair, _)| pair.map(|id| tokenizer.token_text(id))),
        sample_bytes: sample.bytes,
        sample_tokens: sample.tokens[merges as usize],
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::text::pretokenize::Digits;
    use crate::text::train_bpe;
    use crate::world::World;

    fn learnt(text: &str, merges: usize) -> Tokenizer {
        let alone = Tokenizer::bytes().vocab_size();
        train_bpe(&[text], alone + merges, Digits::Grouped, |_| ControlFlow::Continue(())).unwrap().unwrap()
    }

    #[test]
    fn the_first_merges_are_what_a_shorter_training_learns() {
        let text = "low low low low lower lower newest newest newest newest newest newest widest widest widest";
        let tokenizer = learnt(text, 10);
        assert_eq!(tokenizer.merges(), 10);
        let mut before = 2 * text.len() as u32;
        let sample = Sample::new(String::new(), &tokenizer, &[text.to_owned(), text.to_owned()]);
        for merges in 0..=10 {
            let pieces = cut(&tokenizer, text, merges, &sample);
            let shorter = learnt(text, merges as usize);
            let expected: Vec<String> = shorter.encode(text).into_iter().map(|id| shorter.token_text(id)).collect();
            assert_eq!(pieces.tokens, expected);
            assert_eq!((pieces.merges, pieces.of), (merges, 10));
            assert_eq!((pieces.sample_tokens as usize, pieces.sample_bytes as usize), (2 * expected.len(), 2 * text.len()));
            if let Some(last) = pieces.last {
                assert!(pieces.sample_tokens < before && expected.contains(&last.concat()), "{last:?}");
            }
            before = pieces.sample_tokens;
        }
    }

    #[test]
    fn what_has_no_merges_is_cut_as_it_is() {
        let tokenizer = Tokenizer::bytes();
        let pieces = cut(&tokenizer, "hé", 5, &Sample::new(String::new(), &tokenizer, &["hé".into()]));
        assert_eq!((pieces.merges, pieces.of, pieces.last, pieces.sample_tokens), (0, 0, None, 3));
        assert_eq!(pieces.tokens, ["h", "\\xC3", "\\xA9"]);
    }

    #[test]
    fn the_sample_is_cut_as_the_text_is_at_every_number_of_merges() {
        let world = World::built_in();
        let texts = world.text(SAMPLE_SEED, 20_000);
        let alone = Tokenizer::bytes().vocab_size();
        let tokenizer = train_bpe(&texts, alone + 400, Digits::Single, |_| ControlFlow::Continue(())).unwrap().unwrap();
        let sample = Sample::new(String::new(), &tokenizer, &texts);
        assert_eq!(sample.tokens.len(), 401);
        for merges in [0, 1, 7, 50, 399, 400] {
            let young = tokenizer.after(merges);
            assert_eq!(sample.tokens[merges] as usize, texts.iter().map(|text| young.encode(text).len()).sum::<usize>(), "{merges}");
        }
    }
}
