//! t-SNE (van der Maaten & Hinton 2008, "Visualizing Data using t-SNE", JMLR 9): a picture in which those that are near stay near,
//! whatever becomes of the distances between those that are far. A step at a time, so that it can be watched.
//!
//! As Barnes-Hut t-SNE does (van der Maaten 2014, JMLR 15), only the nearest pull; but all push, without approximation.

use crate::vectors::{Vectors, dot};

/// About how many neighbours pull: the perplexity of each word's affinities.
const PERPLEXITY: f32 = 20.0;
/// Neighbours that are looked at.
const NEIGHBOURS: usize = 60;
/// Pulls are so many times stronger at first, for so many steps.
const EXAGGERATION: f32 = 12.0;
const EARLY: u32 = 100;
/// Numbers added abreast.
const LANES: usize = 4;

pub struct Tsne {
    /// Of each word's pulls: the other word, and the affinity.
    pulls: Vec<Vec<(u32, f32)>>,
    /// Coordinates, padded with far places to whole lanes.
    x: Vec<f32>,
    y: Vec<f32>,
    speeds: Vec<[f32; 2]>,
    gains: Vec<[f32; 2]>,
    step: u32,
}

impl Tsne {
    /// Begins with these places, made small.
    pub fn new(places: &[[f32; 2]]) -> Self {
        let count = places.len();
        let square: f32 = places.iter().flatten().map(|x| x * x).sum();
        let scale = 1e-2 / (square / count.max(1) as f32).sqrt().max(f32::MIN_POSITIVE);
        let along = |axis: usize| places.iter().map(|place| place[axis] * scale).collect();
        Self {
            pulls: vec![Vec::new(); count],
            x: along(0),
            y: along(1),
            speeds: vec![[0.0; 2]; count],
            gains: vec![[1.0; 2]; count],
            step: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.pulls.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pulls.is_empty()
    }

    pub fn places(&self) -> Vec<[f32; 2]> {
        self.x.iter().zip(&self.y).map(|(x, y)| [*x, *y]).collect()
    }

    /// Finds what pulls at the word that is `at` in `words`, by the angles of their vectors.
    pub fn look(&mut self, vectors: &Vectors, words: &[u32], at: usize) {
        let here = vectors.row(words[at]);
        let far = |word: &u32| 2.0 - 2.0 * dot(here, vectors.row(*word));
        let mut others: Vec<(u32, f32)> = (0..).zip(words.iter().map(far)).filter(|(other, _)| *other != at as u32).collect();
        others.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
        others.truncate(NEIGHBOURS);
        self.pulls[at] = affinities(&others, 2.0 * self.len() as f32);
    }

    /// One step of gradient descent with momentum, and with a gain for each coordinate.
    pub fn step(&mut self) {
        let count = self.len();
        let (mut forces, total) = self.pushes();
        let strength = if self.step < EARLY { EXAGGERATION } else { 1.0 };
        forces.iter_mut().flatten().for_each(|force| *force /= -total);
        for at in 0..count {
            for &(other, affinity) in &self.pulls[at] {
                let other = other as usize;
                let apart = [self.x[at] - self.x[other], self.y[at] - self.y[other]];
                let pull = strength * affinity / (1.0 + apart[0] * apart[0] + apart[1] * apart[1]);
                for axis in 0..2 {
                    forces[at][axis] += pull * apart[axis];
                    forces[other][axis] -= pull * apart[axis];
                }
            }
        }
        let rate = (count as f32 / EXAGGERATION / 4.0).max(50.0);
        let momentum = if self.step < EARLY { 0.5 } else { 0.8 };
        let moved = self.x.iter_mut().zip(&mut self.y).zip(&forces).zip(self.speeds.iter_mut().zip(&mut self.gains));
        for (((x, y), forces), (speeds, gains)) in moved {
            for (((place, force), speed), gain) in [x, y].into_iter().zip(forces).zip(speeds).zip(gains) {
                let force = 4.0 * force;
                *gain = if (force > 0.0) == (*speed > 0.0) { (*gain * 0.8).max(0.01) } else { *gain + 0.2 };
                *speed = momentum * *speed - rate * *gain * force;
                *place += *speed;
            }
        }
        self.step += 1;
    }

    /// For each word Σ q² (y − y′) over all others, with q = 1 / (1 + |y − y′|²), and the sum of all q.
    fn pushes(&self) -> (Vec<[f32; 2]>, f32) {
        let padded = |along: &[f32]| {
            let mut padded = along.to_vec();
            // So far away that it pushes nothing.
            padded.resize(along.len().next_multiple_of(LANES), 1e15);
            padded
        };
        let [xs, ys] = [padded(&self.x), padded(&self.y)];
        let mut total = 0.0f64;
        let forces = self.x.iter().zip(&self.y).map(|(&x, &y)| {
            let [mut sum, mut along, mut aside] = [[0.0f32; LANES]; 3];
            for (xs, ys) in xs.as_chunks::<LANES>().0.iter().zip(ys.as_chunks::<LANES>().0) {
                for lane in 0..LANES {
                    let (dx, dy) = (x - xs[lane], y - ys[lane]);
                    let q = 1.0 / (1.0 + dx * dx + dy * dy);
                    sum[lane] += q;
                    along[lane] += q * q * dx;
                    aside[lane] += q * q * dy;
                }
            }
            // Of itself q is 1.
            total += f64::from(sum.iter().sum::<f32>()) - 1.0;
            [along.iter().sum(), aside.iter().sum()]
        });
        (forces.collect(), total.max(1e-12) as f32)
    }
}

/// Affinities by squared distances, the nearest first, as wide as the perplexity asks, divided by `by`.
fn affinities(others: &[(u32, f32)], by: f32) -> Vec<(u32, f32)> {
    let Some(&(_, nearest)) = others.first() else { return Vec::new() };
    let wanted = PERPLEXITY.min(others.len() as f32 / 2.0).max(1.0).ln();
    let weights = |narrow: f32| others.iter().map(move |(_, far)| (-narrow * (far - nearest)).exp());
    // Entropy falls as the width does.
    let entropy = |narrow: f32| {
        let total: f32 = weights(narrow).sum();
        total.ln() + weights(narrow).zip(others).map(|(weight, (_, far))| weight * narrow * (far - nearest)).sum::<f32>() / total
    };
    let (mut low, mut high) = (0.0f32, 1e4);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if entropy(middle) > wanted { low = middle } else { high = middle }
    }
    let total: f32 = weights(low).sum();
    others.iter().zip(weights(low)).map(|((other, _), weight)| (*other, weight / total / by)).collect()
}

#[cfg(test)]
mod tests {
    use seven_steps_cpu::rng::pcg4d;

    use super::*;

    #[test]
    fn heaps_that_are_apart_come_apart() {
        // Three heaps in twelve dimensions.
        let number = |at: usize| {
            let (word, axis) = (at / 12, at % 12);
            let [hash, ..] = pcg4d([at as u32, 3, 3, 3]);
            hash as f32 / 4_294_967_296.0 * 0.6 + if axis == word % 3 { 1.0 } else { 0.0 }
        };
        let vectors = Vectors::new(&(0..90 * 12).map(number).collect::<Vec<f32>>(), 12, 12);
        let words: Vec<u32> = (0..90).collect();
        let mut tsne = Tsne::new(
            &words
                .iter()
                .map(|word| pcg4d([*word, 1, 1, 1]).map(|hash| hash as f32 / 4.3e9 - 0.5))
                .map(|[a, b, ..]| [a, b])
                .collect::<Vec<_>>(),
        );
        (0..90).for_each(|at| tsne.look(&vectors, &words, at));
        (0..400).for_each(|_| tsne.step());
        let places = tsne.places();
        for (at, place) in places.iter().enumerate() {
            let nearest = (0..90).filter(|&other| other != at).min_by(|&a, &b| {
                let far = |other: usize| (place[0] - places[other][0]).hypot(place[1] - places[other][1]);
                far(a).total_cmp(&far(b))
            });
            assert_eq!(nearest.map(|other| other % 3), Some(at % 3), "{place:?}");
        }
    }

    #[test]
    fn affinities_are_as_wide_as_was_asked_and_sum_to_one() {
        let others: Vec<(u32, f32)> = (0..60).map(|other| (other, 0.1 + 0.02 * other as f32)).collect();
        let found = affinities(&others, 1.0);
        let sum: f32 = found.iter().map(|(_, p)| p).sum();
        let entropy: f32 = found.iter().map(|(_, p)| -p * p.ln()).sum();
        assert!((sum - 1.0).abs() < 1e-5 && (entropy.exp() - PERPLEXITY).abs() < 0.05, "{sum} {entropy}");
    }
}
