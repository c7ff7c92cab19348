//! The models of step 1 on the held-out text that runs on the endless world are validated on, as lines for their losses to cross.

use std::rc::Rc;

use super::Figures;
use crate::protocol::figures::{Answer, Reference};
use crate::protocol::models::Which;
use crate::worker::library::tell;
use crate::worker::ngrams;
use crate::worker::prepare::{Text, held_out};

/// Words of the built-in world that are counted, as on the page of step 1.
const WORDS: u32 = 1_000_000;
/// Whose pieces the uniform guess is about, where there is no run.
const USUAL: &str = "base";

/// Says them from the worst to the best.
///
/// # Errors
/// What could not be read or counted, as a sentence.
pub async fn references(figures: &Figures, say: &impl Fn(Answer)) -> Result<(), String> {
    let world = figures.world().await?;
    let tests = held_out(&world);
    let which = if figures.run.is_some() { Which::Run } else { Which::Baked(USUAL.into()) };
    // Without a model there are no pieces to guess among.
    if let Ok(opened) = figures.opened(&which).await {
        let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
        let mut encoding = opened.tokenizer.encoding(&tests);
        while encoding.advance() {}
        let bytes = tests.iter().map(|text| text.len()).sum::<usize>().max(1);
        let tokens = encoding.finish().len() as f64;
        let bits_per_byte = (f64::from(opened.card.config.vocab).log2() * tokens / bytes as f64) as f32;
        say(Answer::Reference(Reference { name: "uniform".into(), bits_per_byte }));
    }
    let text: Rc<Text> = Rc::new(tell(&world, WORDS, &|_| ()).await);
    ngrams::references(text, &tests, &|reference| say(Answer::Reference(reference))).await
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::worker::executors::Executors;
    use crate::worker::models::Models;

    #[test]
    fn longer_ngrams_are_less_surprised_by_the_held_out_text() {
        let said = RefCell::new(Vec::new());
        pollster::block_on(async {
            let nowhere = Box::pin(std::future::ready(Err("it is a test.".to_owned())));
            let figures = Figures::new(Rc::new(Executors::probe(None).await), Models::open(nowhere).await);
            let take = |answer| {
                if let Answer::Reference(reference) = answer {
                    said.borrow_mut().push(reference)
                }
            };
            references(&figures, &take).await.unwrap();
        });
        let said: Vec<Reference> = said.into_inner().into_iter().filter(|reference| reference.name != "uniform").collect();
        let names: Vec<&str> = said.iter().map(|reference| reference.name.as_str()).collect();
        assert_eq!(names, ["unigram", "bigram", "trigram", "5-gram"]);
        assert!(said.windows(2).all(|pair| pair[1].bits_per_byte < pair[0].bits_per_byte), "{said:?}");
        // English letters have about 4.1 bits each when guessed alone, and no model of words comes near the 0.3 of its truth.
        assert!(said.iter().all(|reference| (0.3..4.1).contains(&reference.bits_per_byte)), "{said:?}");
    }
}
