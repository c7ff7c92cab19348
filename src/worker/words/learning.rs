//! What is told as words are learnt: where they lie, and what they answer.

use std::cell::RefCell;

use seven_steps_embeddings::plane::Plane;
use seven_steps_embeddings::vectors::Vectors;

use super::model::Model;
use crate::platform::now;
use crate::protocol::words::{Map, OTHER, Tested};
use crate::worker::pace::Pace;

/// Milliseconds between two pictures of the map.
const FRAME: f64 = 80.0;
/// Steps of the plane for a picture while words move, and for the last one.
const STEPS: u32 = 2;
const LAST_STEPS: u32 = 40;
/// Times that the test is taken in a training.
const TESTS: f32 = 20.0;
/// Questions of a relation, at most; they are spread over all of its pairs.
const QUESTIONS: usize = 400;
/// Questions that are answered at a stretch.
const STRETCH: usize = 48;

/// Where the words lie, as long as they move. The plane is gone on from, so that a picture turns into the next one.
pub async fn map(model: &Model, relation: Option<u32>, plane: &RefCell<Option<Plane>>, say: &dyn Fn(Map)) -> Result<(), String> {
    let shown = model.built.names.len() as u32;
    let of: Vec<u32> = match relation {
        None => all(model, shown),
        Some(relation) => {
            let relation = model.built.relations.get(relation as usize).ok_or("There is no such relation: choose another.")?;
            relation.pairs.iter().flatten().copied().collect()
        }
    };
    let mut state = model.state();
    let mut pace = Pace::new();
    loop {
        let picture = {
            let mut kept = plane.borrow_mut();
            let dimensions = model.dimensions();
            let plane = match &mut *kept {
                Some(plane) if plane.dimensions() == dimensions => plane,
                other => other.insert(Plane::new(dimensions, 1)),
            };
            let vectors = model.vectors();
            (0..if state.ended { LAST_STEPS } else { STEPS }).for_each(|_| plane.follow(&vectors, &of));
            Map { done: state.done, places: places(plane, &vectors, &of, shown) }
        };
        say(picture);
        if state.ended {
            return Ok(());
        }
        let next = now() + FRAME;
        while now() < next && !state.ended {
            state = model.changed(state.version).await;
            pace.breathe_rarely().await;
        }
    }
}

/// All words; or those of known kinds, where there are enough, which lie farther apart than the many small words.
fn all(model: &Model, shown: u32) -> Vec<u32> {
    let known: Vec<u32> = (0..shown).filter(|&word| model.built.groups[word as usize] != OTHER).collect();
    if known.len() as u32 > shown / 4 { known } else { (0..shown).collect() }
}

/// Scaled so that the words that the plane is for fill the picture.
fn places(plane: &Plane, vectors: &Vectors, of: &[u32], shown: u32) -> Vec<[f32; 2]> {
    let square: f32 = of.iter().map(|&word| plane.place(vectors.row(word)).iter().map(|x| x * x).sum::<f32>()).sum();
    let scale = 0.45 / (square / of.len().max(1) as f32).sqrt().max(f32::MIN_POSITIVE);
    (0..shown).map(|word| plane.place(vectors.row(word)).map(|x| x * scale)).collect()
}

/// Takes the test now and then, and when the training has ended.
pub async fn test(model: &Model, say: &dyn Fn(Tested)) -> Result<(), String> {
    if model.built.relations.is_empty() {
        return Err("The test asks for what the built-in world knows, and too few of its words are in this text.".into());
    }
    let questions: Vec<Vec<([u32; 3], u32)>> = model.built.relations.iter().map(|relation| questions(&relation.pairs)).collect();
    let mut state = model.state();
    let mut pace = Pace::new();
    loop {
        // What is learnt in the meantime does not count.
        let vectors = model.vectors();
        let mut right = Vec::with_capacity(questions.len());
        for questions in &questions {
            let mut count = 0;
            for stretch in questions.chunks(STRETCH) {
                let asked: Vec<[u32; 3]> = stretch.iter().map(|(asked, _)| *asked).collect();
                let found = vectors.analogies(&asked);
                count += found.iter().zip(stretch).filter(|(found, (_, answer))| *found == answer).count() as u32;
                pace.breathe().await;
            }
            right.push([count, questions.len() as u32]);
        }
        say(Tested { done: state.done, right });
        if state.ended {
            return Ok(());
        }
        let next = state.done + 1.0 / TESTS;
        while state.done < next && !state.ended {
            state = model.changed(state.version).await;
            pace.breathe_rarely().await;
        }
    }
}

/// b − a + c = d for the pairs a, b and c, d; some of them, where there are many.
fn questions(pairs: &[[u32; 2]]) -> Vec<([u32; 3], u32)> {
    let others = |&[a, b]: &[u32; 2]| pairs.iter().filter(move |[c, _]| *c != a).map(move |&[c, d]| ([b, a, c], d));
    let all: Vec<_> = pairs.iter().flat_map(others).collect();
    let count = all.len().min(QUESTIONS);
    (0..count).map(|i| all[i * all.len() / count]).collect()
}
