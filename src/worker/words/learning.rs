//! What is told as words are learnt: where they lie, and what they answer.

use std::cell::RefCell;

use seven_steps_embeddings::plane::Plane;
use seven_steps_embeddings::tsne::Tsne;

use super::model::Model;
use crate::platform::now;
use crate::protocol::words::{Built, Map, OTHER, Tested, View, are_many_known};
use crate::worker::pace::Pace;

/// Milliseconds between two pictures of the map.
const FRAME: f64 = 80.0;
/// Steps of the plane for a picture while words move, and for the last one.
const STEPS: u32 = 2;
const LAST_STEPS: u32 = 40;
/// The share of words that may lie outside the picture.
const MOST_OUTSIDE: f32 = 0.005;
/// Words that are laid out by t-SNE, and in how many steps.
const UNFOLDED: usize = 1_500;
const TSNE_STEPS: u32 = 500;
/// Times that the test is taken in a training.
const TESTS: f32 = 20.0;
/// Questions of a relation, at most; they are spread over all of its pairs.
const QUESTIONS: usize = 400;
/// Questions that are answered at a stretch.
const STRETCH: usize = 48;

/// Where the words lie, as long as they move. The plane is gone on from, so that a picture turns into the next one; views other than
/// that of all words go on from a copy, so that all words lie where they lay when they are seen again.
pub async fn map(model: &Model, view: View, plane: &RefCell<Option<Plane>>, say: &dyn Fn(Map)) -> Result<(), String> {
    let copy = RefCell::new(plane.borrow().clone());
    let plane = if view == View::All { plane } else { &copy };
    let of = match view {
        View::Unfolded => return unfold(model, plane, say).await,
        View::All => Of::Words(known(model, usize::MAX)),
        View::Relation(relation) => {
            let relation = model.built.relations.get(relation as usize).ok_or("There is no such relation: choose another.")?;
            Of::Pairs(relation.pairs.clone())
        }
    };
    let mut state = model.state();
    let mut pace = Pace::new();
    loop {
        let steps = if state.ended { LAST_STEPS } else { STEPS };
        say(followed(model, plane, &of, steps));
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

/// Lets the words of known kinds fall into heaps of their like; again when the training has ended, if it had not.
async fn unfold(model: &Model, plane: &RefCell<Option<Plane>>, say: &dyn Fn(Map)) -> Result<(), String> {
    let words = known(model, UNFOLDED);
    let all = followed(model, plane, &Of::Words(words.clone()), STEPS).places;
    let mut places: Vec<[f32; 2]> = words.iter().map(|&word| all[word as usize]).collect();
    let mut pace = Pace::new();
    loop {
        let (state, vectors) = (model.state(), model.vectors());
        let mut tsne = Tsne::new(&places);
        for at in 0..words.len() {
            tsne.look(&vectors, &words, at);
            pace.breathe().await;
        }
        let mut next = now();
        for step in 1..=TSNE_STEPS {
            tsne.step();
            if now() >= next || step == TSNE_STEPS {
                let mut picture = vec![[f32::NAN; 2]; model.built.names.len()];
                let places = tsne.places();
                words.iter().zip(&places).for_each(|(&word, place)| picture[word as usize] = *place);
                say(fitted(state.done, picture, &places, 0.0));
                next = now() + FRAME;
            }
            pace.breathe().await;
        }
        if state.ended {
            return Ok(());
        }
        places = tsne.places();
        while !model.changed(model.state().version).await.ended {}
    }
}

/// Words of known kinds, `most` at most; all, where few are known or there are few. They lie farther apart than the many small words.
fn known(model: &Model, most: usize) -> Vec<u32> {
    let Built { names, groups, .. } = &model.built;
    let is_all = !are_many_known(groups);
    (0..names.len() as u32).filter(|&word| is_all || groups[word as usize] != OTHER).take(most).collect()
}

/// What a plane is laid through.
enum Of {
    Words(Vec<u32>),
    Pairs(Vec<[u32; 2]>),
}

/// The words' places in the plane, which has come nearer to that of `of`.
fn followed(model: &Model, plane: &RefCell<Option<Plane>>, of: &Of, steps: u32) -> Map {
    let mut kept = plane.borrow_mut();
    let dimensions = model.dimensions();
    let plane = match &mut *kept {
        Some(plane) if plane.dimensions() == dimensions => plane,
        other => other.insert(Plane::new(dimensions, 1)),
    };
    let vectors = model.vectors();
    match of {
        Of::Words(words) => (0..steps).for_each(|_| plane.follow(&vectors, words)),
        Of::Pairs(pairs) => (0..steps).for_each(|_| plane.align(&vectors, pairs)),
    }
    let places: Vec<[f32; 2]> = (0..model.built.names.len() as u32).map(|word| plane.place(vectors.row(word))).collect();
    let placed = |words: &[u32]| words.iter().map(|&word| places[word as usize]).collect::<Vec<_>>();
    let (within, outside) = match of {
        Of::Words(words) => (placed(words), MOST_OUTSIDE),
        Of::Pairs(pairs) => (placed(pairs.as_flattened()), 0.0),
    };
    fitted(model.state().done, places, &within, outside)
}

/// A picture in whose middle those lie that are `within`, but for a share of them that may lie outside.
fn fitted(done: f32, mut places: Vec<[f32; 2]>, within: &[[f32; 2]], outside: f32) -> Map {
    let ends = [0, 1].map(|axis| {
        let mut along: Vec<f32> = within.iter().map(|place| place[axis]).collect();
        along.sort_unstable_by(f32::total_cmp);
        let left_out = (along.len() as f32 * outside / 2.0) as usize;
        [along[left_out], along[along.len() - 1 - left_out]]
    });
    let reach = ends.map(|[first, last]| (last - first) / 2.0);
    let most = reach[0].max(reach[1]).max(f32::MIN_POSITIVE);
    for place in &mut places {
        *place = [0, 1].map(|axis| (place[axis] - (ends[axis][0] + ends[axis][1]) / 2.0) / most);
    }
    Map { done, places, reach: reach.map(|reach| reach / most) }
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
