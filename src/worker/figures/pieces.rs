//! Byte pair encoding, merge by merge.

use super::Figures;
use crate::protocol::figures::Pieces;
use crate::protocol::models::Which;
use crate::text::Tokenizer;

/// Characters of a text at most.
const MOST: usize = 2000;
/// The sample that tokens are counted on: its seed, and its bytes at least.
const SAMPLE_SEED: u32 = 4;
const SAMPLE_BYTES: usize = 100_000;

/// Cuts `text` by the first `merges` merges of a model's tokenizer.
///
/// # Errors
/// What cannot be opened or is too long, as a sentence.
pub async fn pieces(figures: &Figures, which: &Which, text: &str, merges: u32) -> Result<Pieces, String> {
    let characters = text.chars().count();
    if characters > MOST {
        return Err(format!("A text of {characters} characters is too long to be shown piece by piece: take at most {MOST}."));
    }
    let model = figures.opened(which).await?;
    let sample = figures.world().await?.text(SAMPLE_SEED, SAMPLE_BYTES);
    Ok(cut(&model.tokenizer, text, merges, &sample))
}

fn cut(tokenizer: &Tokenizer, text: &str, merges: u32, sample: &[String]) -> Pieces {
    let of = tokenizer.merges() as u32;
    let merges = merges.min(of);
    let young = tokenizer.after(merges as usize);
    let last = merges.checked_sub(1).and_then(|last| tokenizer.merge(last as usize));
    let sizes = sample.iter().map(|text| (text.len(), young.encode(text).len()));
    let (sample_bytes, sample_tokens) = sizes.fold((0, 0), |all, one| (all.0 + one.0 as u32, all.1 + one.1 as u32));
    Pieces {
        tokens: young.encode(text).into_iter().map(|id| young.token_text(id)).collect(),
        merges,
        of,
        last: last.map(|pair| pair.map(|id| tokenizer.token_text(id))),
        sample_bytes,
        sample_tokens,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::text::pretokenize::Digits;
    use crate::text::train_bpe;

    fn learnt(text: &str, merges: usize) -> Tokenizer {
        let alone = Tokenizer::bytes().vocab_size();
        train_bpe(&[text], alone + merges, Digits::Grouped, |_| ControlFlow::Continue(())).unwrap().unwrap()
    }

    #[test]
    fn the_first_merges_are_what_a_shorter_training_learns() {
        let text = "low low low low lower lower newest newest newest newest newest newest widest widest widest";
        let tokenizer = learnt(text, 10);
        assert_eq!(tokenizer.merges(), 10);
        let mut before = text.len() as u32;
        for merges in 0..=10 {
            let pieces = cut(&tokenizer, text, merges, &[text.to_owned()]);
            let shorter = learnt(text, merges as usize);
            let expected: Vec<String> = shorter.encode(text).into_iter().map(|id| shorter.token_text(id)).collect();
            assert_eq!(pieces.tokens, expected);
            assert_eq!((pieces.merges, pieces.of), (merges, 10));
            assert_eq!((pieces.sample_tokens as usize, pieces.sample_bytes as usize), (expected.len(), text.len()));
            if let Some(last) = pieces.last {
                assert!(pieces.sample_tokens < before && expected.contains(&last.concat()), "{last:?}");
            }
            before = pieces.sample_tokens;
        }
    }

    #[test]
    fn what_has_no_merges_is_cut_as_it_is() {
        let pieces = cut(&Tokenizer::bytes(), "hé", 5, &[]);
        assert_eq!((pieces.merges, pieces.of, pieces.last), (0, 0, None));
        assert_eq!(pieces.tokens, ["h", "\\xC3", "\\xA9"]);
    }
}
