//! What figures ask about words, but for what goes on as they are learnt.

use seven_steps_embeddings::END;
use seven_steps_embeddings::company::{Company, overlap};
use seven_steps_embeddings::plane::Plane;
use seven_steps_embeddings::vectors::Vectors;

use super::model::Model;
use crate::protocol::words::{self as say, Alike, Companion, Near, Neighbours, OTHER, Order, Senses, Step, Sum, Use};
use crate::text::words::words;

/// Words beside a figure's own.
const NEAREST: usize = 10;
/// Words that are sums.
const FOUND: usize = 5;
/// Companions of a word.
const COMPANIONS: usize = 10;
/// A companion stands near a word so often at least, so that it is not there by accident.
const TOGETHER: f32 = 3.0;
/// Places of a word that are compared.
const PLACES: usize = 300;
/// Words near a place that are compared with those of another, at least.
const FULL: usize = 5;
/// Words shown to either side of a place.
const AROUND: usize = 8;

/// The place of a word in the vocabulary.
///
/// # Errors
/// Where it has none, as a sentence.
pub fn find(model: &Model, word: &str) -> Result<u32, String> {
    let word = word.trim();
    if word.is_empty() {
        return Err("Type a word first.".into());
    }
    model.words.find(word).ok_or_else(|| {
        if word.contains(char::is_whitespace) {
            return format!("“{word}” is more than one word: type one.");
        }
        let where_ = if model.built.imported.is_some() { "file" } else { "text" };
        format!("“{word}” is not among the {} words of this {where_} that have a vector: try another.", model.words.names.len())
    })
}

pub fn alike(model: &Model, words: &[String]) -> Alike {
    let vectors = model.vectors();
    let found: Vec<Option<u32>> = words.iter().map(|word| model.words.find(word.trim())).collect();
    let cosine = |(a, b): (&Option<u32>, &Option<u32>)| match (a, b) {
        (Some(a), Some(b)) => vectors.similarity(*a, *b),
        _ => 0.0,
    };
    let cosines = found.iter().flat_map(|a| found.iter().map(move |b| (a, b))).map(cosine).collect();
    let named = |(word, found): (&String, &Option<u32>)| (found.map_or_else(|| word.trim().into(), |found| name(model, found)), *found);
    Alike { words: words.iter().zip(&found).map(named).collect(), cosines, vocabulary: model.built.vocabulary }
}

/// # Errors
/// Where a word has no vector, or there is no text.
pub fn company(model: &Model, words: &[String; 2]) -> Result<say::Company, String> {
    let pair = [find(model, &words[0])?, find(model, &words[1])?];
    let text = text(model)?;
    let rows = pair.map(|word| text.times(word));
    // Often together, and far more often than by chance: G² (Dunning 1993, "Accurate Methods for the Statistics of Surprise and
    // Coincidence") up to what is the same for all.
    let weight = |which: usize, other: u32| {
        let times = rows[which][other as usize];
        let expected = model.words.counts[pair[which] as usize] as f32 * model.words.counts[other as usize] as f32
            / model.built.tokens as f32
            * (model.built.setup.window + 1) as f32;
        if times > 1.0 && times * expected >= TOGETHER { times * expected * times.ln() } else { 0.0 }
    };
    let mut shown = Vec::new();
    for which in 0..2 {
        let mut weighed: Vec<(u32, f32)> = (0..model.built.vocabulary).map(|other| (other, weight(which, other))).collect();
        weighed.retain(|(_, weight)| *weight > 0.0);
        weighed.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
        shown.extend(weighed.into_iter().take(COMPANIONS).map(|(other, _)| other));
    }
    // Those of both in the middle.
    shown.sort_unstable_by(|a, b| {
        let lean = |word: &u32| rows[0][*word as usize].max(1.0).ln() - rows[1][*word as usize].max(1.0).ln();
        lean(b).total_cmp(&lean(a)).then(a.cmp(b))
    });
    shown.dedup();
    let row = |other: u32| Companion { word: name(model, other), times: [rows[0][other as usize], rows[1][other as usize]] };
    Ok(say::Company {
        words: pair.map(|word| name(model, word)),
        counts: pair.map(|word| model.words.counts[word as usize]),
        rows: shown.into_iter().map(row).collect(),
        overlap: overlap(&rows[0], &rows[1]),
    })
}

/// # Errors
/// Where the word has no vector.
pub fn near(model: &Model, word: &str) -> Result<Neighbours, String> {
    let word = find(model, word)?;
    let vectors = model.vectors();
    Ok(Neighbours { word: name(model, word), near: named(model, vectors.nearest(vectors.row(word), &[word], NEAREST)) })
}

/// # Errors
/// Where a word has no vector.
pub fn sum(model: &Model, words: &[String; 3]) -> Result<Sum, String> {
    let three = [find(model, &words[0])?, find(model, &words[1])?, find(model, &words[2])?];
    let vectors = model.vectors();
    let direction = vectors.direction(three);
    let found = vectors.analogy(three, FOUND);
    let [a, b, c] = three.map(|word| vectors.row(word));
    // From b upwards to a, and from b aside to c.
    let less = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x - y).collect::<Vec<f32>>();
    let up = scaled(less(a, b));
    let aside = less(c, b);
    let along = product(&aside, &up);
    let right = scaled(aside.iter().zip(&up).map(|(x, up)| x - along * up).collect());
    let place = |vector: &[f32]| {
        let from = less(vector, b);
        [product(&from, &right), product(&from, &up)]
    };
    let nearest = found.first().map_or(&direction[..], |(word, _)| vectors.row(*word));
    let places = [place(a), place(b), place(c), place(&direction), place(nearest)];
    Ok(Sum { words: three.map(|word| name(model, word)), found: named(model, found), places })
}

/// # Errors
/// Where the word has no vector, or there is no text.
pub fn senses(model: &Model, word: &str, cues: &[String; 2]) -> Result<Senses, String> {
    let word = find(model, word)?;
    let cues = [find(model, &cues[0])?, find(model, &cues[1])?];
    let (vectors, text) = (model.vectors(), text(model)?);
    let places: Vec<usize> = text.places(word).collect();
    let stride = places.len().div_ceil(PLACES).max(1);
    let lean = |place: usize| {
        let context = context(&vectors, word, text.near(place));
        product(&context, vectors.row(cues[0])) - product(&context, vectors.row(cues[1]))
    };
    let leans = places.iter().step_by(stride).filter(|&&place| text.near(place).count() >= FULL).map(|&place| (lean(place), place));
    let mut leans: Vec<(f32, usize)> = leans.collect();
    leans.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let around = |range: &[u32]| range.iter().map(|word| &*model.words.names[*word as usize]).collect::<Vec<&str>>().join(" ");
    let found = |cue: u32, lean: Option<&(f32, usize)>| {
        let (mut before, mut after) = (&[][..], &[][..]);
        if let Some(&(_, place)) = lean {
            before = &text.text[place.saturating_sub(AROUND)..place];
            before = &before[before.iter().rposition(|word| *word == END).map_or(0, |end| end + 1)..];
            after = &text.text[place + 1..];
            after = &after[..after.iter().take(AROUND).take_while(|word| **word != END).count()];
        }
        Use { cue: name(model, cue), cosine: vectors.similarity(word, cue), before: around(before), after: around(after) }
    };
    Ok(Senses {
        word: name(model, word),
        count: model.words.counts[word as usize],
        near: named(model, vectors.nearest(vectors.row(word), &[word], NEAREST)),
        uses: [found(cues[0], leans.first()), found(cues[1], leans.last())],
    })
}

/// # Errors
/// Where a sentence has no word with a vector.
pub fn order(model: &Model, sentences: &[String; 2]) -> Result<Order, String> {
    let vectors = model.vectors();
    let read = |sentence: &String| -> Result<Vec<(String, Option<u32>)>, String> {
        let read: Vec<_> = words(sentence)
            .filter(|word| word.starts_with(char::is_alphanumeric))
            .map(|word| (word.to_owned(), model.words.find(word)))
            .collect();
        if read.iter().all(|(_, found)| found.is_none()) {
            return Err("None of these words has a vector: type a sentence of words that are in the text.".into());
        }
        Ok(read)
    };
    let sentences = [read(&sentences[0])?, read(&sentences[1])?];
    let known: Vec<u32> = sentences.iter().flatten().filter_map(|(_, found)| *found).collect();
    let mut plane = Plane::new(model.dimensions(), 0);
    (0..30).for_each(|_| plane.follow(&vectors, &known));
    let origin = plane.place(&vec![0.0; model.dimensions()]);
    let mut sums = [vec![0.0; model.dimensions()], vec![0.0; model.dimensions()]];
    let mut paths = [Vec::new(), Vec::new()];
    for ((sentence, sum), path) in sentences.iter().zip(&mut sums).zip(&mut paths) {
        for (word, found) in sentence {
            if let Some(found) = found {
                sum.iter_mut().zip(vectors.row(*found)).for_each(|(sum, x)| *sum += x);
            }
            let [x, y] = plane.place(sum);
            path.push(Step { word: word.clone(), known: found.is_some(), place: [x - origin[0], y - origin[1]] });
        }
    }
    let [a, b] = sums.map(scaled);
    Ok(Order { paths, cosine: product(&a, &b) })
}

fn text(model: &Model) -> Result<Company<'_>, String> {
    if model.built.imported.is_some() {
        return Err("This needs the text, and a file of vectors comes without it: choose a text.".into());
    }
    let window = model.built.setup.window as usize;
    Ok(Company { text: &model.words.text, counts: &model.words.counts, window })
}

/// The mean of a place's company, without the word itself.
fn context(vectors: &Vectors, word: u32, near: impl Iterator<Item = (u32, usize)>) -> Vec<f32> {
    let mut sum = vec![0.0; vectors.row(word).len()];
    for (other, _) in near.filter(|(other, _)| *other != word) {
        sum.iter_mut().zip(vectors.row(other)).for_each(|(sum, x)| *sum += x);
    }
    scaled(sum)
}

fn named(model: &Model, found: Vec<(u32, f32)>) -> Vec<Near> {
    let near = |(word, cosine): (u32, f32)| {
        let group = model.built.groups.get(word as usize).copied().unwrap_or(OTHER);
        Near { word: name(model, word), cosine, group }
    };
    found.into_iter().map(near).collect()
}

fn name(model: &Model, word: u32) -> String {
    String::from(&*model.words.names[word as usize])
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Of length 1; what has no length stays.
fn scaled(mut vector: Vec<f32>) -> Vec<f32> {
    let length = product(&vector, &vector).sqrt().max(f32::MIN_POSITIVE);
    vector.iter_mut().for_each(|x| *x /= length);
    vector
}
