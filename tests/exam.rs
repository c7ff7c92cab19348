//! What is asked of a model that has not learnt anything: the shapes of the answers, and what is refused.

use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;

use seven_steps::nn::layout::Layout;
use seven_steps::protocol::figures::{Answer, Attention, Question};
use seven_steps::protocol::models::{Card, Exam, FORMAT, Stage, Which};
use seven_steps::spec::RunSpec;
use seven_steps::text::Tokenizer;
use seven_steps::url;
use seven_steps::worker::exam;
use seven_steps::worker::executors::Executors;
use seven_steps::worker::figures::Figures;
use seven_steps::worker::model_files::Opened;
use seven_steps::worker::models::Models;

/// A model with fresh weights.
fn fresh() -> Opened {
    let tokenizer = Tokenizer::bytes();
    let spec = RunSpec { depth: 2, width: Some(16), heads: Some(2), ffn: Some(16), seed: 7, ..RunSpec::default() };
    let config = spec.model(tokenizer.vocab_size() as u32);
    let card = Card {
        format: FORMAT,
        id: String::new(),
        name: "Fresh".into(),
        stage: Stage::Pretraining,
        config: config.clone(),
        roles: None,
        parents: vec![],
        recipe: url::to_fragment(&spec),
        tokens: 0,
        made: 0.0,
        exam: Exam::default(),
    };
    Opened::new(card, &Layout::new(&config).init(spec.seed), tokenizer)
}

async fn figures() -> Figures {
    let nowhere = Box::pin(ready(Err("it is a test.".to_owned())));
    let mut figures = Figures::new(Rc::new(Executors::probe(None).await), Models::open(nowhere).await);
    figures.run = Some(Rc::new(fresh()));
    figures
}

fn ask(question: Question) -> Result<Vec<Answer>, String> {
    let answers = RefCell::new(Vec::new());
    pollster::block_on(async { figures().await.answer(question, |answer| answers.borrow_mut().push(answer)).await })?;
    Ok(answers.into_inner())
}

fn look(text: &str) -> Result<Vec<Answer>, String> {
    ask(Question::Attention { model: Which::Run, text: text.into() })
}

#[test]
fn a_model_that_has_not_learnt_looks_as_it_did_before_training() {
    let text = "The king lost his hat.";
    let answers = look(text).expect("two answers");
    let [Answer::Attention(before), Answer::Attention(after)] = &answers[..] else { panic!("{answers:?}") };
    let count = text.len() + 1;
    for (attention, trained) in [(before, false), (after, true)] {
        let Attention { tokens, layers, heads, weights, .. } = attention;
        assert_eq!((attention.trained, tokens.concat()), (trained, format!("<|endoftext|>{text}")));
        assert_eq!((*layers, *heads, weights.len()), (2, 2, 4 * count * count));
        assert!(weights.chunks(count).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
    }
    // The files round weights to half precision.
    assert!(before.weights.iter().zip(&after.weights).all(|(a, b)| (a - b).abs() < 1e-3));
}

#[test]
fn what_cannot_be_shown_or_tried_is_refused_with_a_sentence() {
    assert_eq!(look(" \n").unwrap_err(), "There is nothing to look at: write a sentence.");
    assert!(look(&"a".repeat(96)).unwrap_err().starts_with("This text has 97 tokens, and at most 96 can be shown"));
    assert!(ask(Question::Heads { model: Which::Run, probes: 0 }).unwrap_err().starts_with("From 1 to 1000 probes"));
    let none = Question::Pieces { model: Which::Run, text: String::new(), merges: 1 };
    assert_eq!(ask(none).unwrap_err(), "There is nothing to cut: write a word.");
    let long = Question::Pieces { model: Which::Run, text: "a".repeat(2001), merges: 1 };
    assert!(ask(long).unwrap_err().starts_with("A text of 2001 characters is too long"));
}

#[test]
fn a_text_is_cut_and_a_sample_counted() {
    let answers = ask(Question::Pieces { model: Which::Run, text: "hats".into(), merges: 3 }).expect("an answer");
    let [Answer::Pieces(pieces)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!((pieces.tokens.concat(), pieces.of, pieces.sample_tokens), ("hats".into(), 0, pieces.sample_bytes));
    assert!(pieces.sample_bytes >= 100_000);
}

#[test]
fn a_model_that_has_not_learnt_knows_nothing() {
    let model = Rc::new(fresh());
    let report = pollster::block_on(async { exam::report(figures().await, model, 10).await }).expect("a report");
    assert!(report.exam.facts.iter().all(|known| known.right == 0 && known.of >= 30), "{:?}", report.exam.facts);
    assert_eq!(report.exam.manners.iter().map(|(_, count)| count).sum::<u32>(), 200);
    assert!(report.exam.manners.iter().all(|(manner, count)| *count == 0 || report.examples.iter().any(|one| one.manner == *manner)));
    for kind in [&report.wall.verbs, &report.wall.pronouns] {
        assert_eq!(kind.len(), 25);
        assert!(kind.iter().all(|distance| distance.of == 10));
    }
    let [before, after] = &report.heads[..] else { panic!("{:?}", report.heads) };
    assert_eq!((before.trained, after.trained, before.layer, before.head), (false, true, after.layer, after.head));
    let far = after.rates.iter().filter(|rate| rate.distance > 10);
    assert!(far.clone().all(|rate| rate.of == 10 && (0.05..0.5).contains(&rate.chance)), "{:?}", after.rates);
}
