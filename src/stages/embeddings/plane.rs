//! The plane in which vectors differ most (Pearson 1901), followed as they move: a fit begins where the last one ended, and is turned
//! so that its axes lie as near to the last ones as they can, so that a picture of it keeps still where the vectors do.

use seven_steps_cpu::rng::pcg4d;

use crate::vectors::{Vectors, dot};

/// Two orthogonal directions through the mean.
#[derive(Clone)]
pub struct Plane {
    mean: Vec<f32>,
    axes: [Vec<f32>; 2],
}

impl Plane {
    /// One at random.
    pub fn new(dimensions: usize, seed: u32) -> Self {
        let number = |i, which| pcg4d([i, which, seed, 0x71a]).map(|hash| hash as f32 / 4_294_967_296.0 - 0.5).iter().sum();
        let axes = [0, 1].map(|which| (0..dimensions as u32).map(|i| number(i, which)).collect());
        let mut plane = Self { mean: vec![0.0; dimensions], axes };
        plane.orthonormalise();
        plane
    }

    pub fn dimensions(&self) -> usize {
        self.mean.len()
    }

    /// Comes nearer to the plane in which these words differ most, by one step of the power iteration.
    pub fn follow(&mut self, vectors: &Vectors, words: &[u32]) {
        let before = self.axes.clone();
        self.mean.fill(0.0);
        for &word in words {
            self.mean.iter_mut().zip(vectors.row(word)).for_each(|(sum, x)| *sum += x / words.len() as f32);
        }
        let mut sums = [vec![0.0; self.dimensions()], vec![0.0; self.dimensions()]];
        for &word in words {
            let place = self.place(vectors.row(word));
            for (sums, along) in sums.iter_mut().zip(place) {
                sums.iter_mut().zip(vectors.row(word)).zip(&self.mean).for_each(|((sum, x), mean)| *sum += along * (x - mean));
            }
        }
        // Where words do not differ at all, the axes stay.
        if sums.iter().all(|sums| dot(sums, sums) > 0.0) {
            self.axes = sums;
            self.orthonormalise();
            self.turn_towards(&before);
        }
    }

    /// Where a vector lies in the plane.
    pub fn place(&self, vector: &[f32]) -> [f32; 2] {
        let along = |axis: &Vec<f32>| vector.iter().zip(&self.mean).zip(axis).map(|((x, mean), axis)| (x - mean) * axis).sum();
        [along(&self.axes[0]), along(&self.axes[1])]
    }

    fn orthonormalise(&mut self) {
        let [first, second] = &mut self.axes;
        let length = dot(first, first).sqrt().max(f32::MIN_POSITIVE);
        first.iter_mut().for_each(|x| *x /= length);
        let along = dot(first, second);
        second.iter_mut().zip(first).for_each(|(x, first)| *x -= along * *first);
        let length = dot(second, second).sqrt().max(f32::MIN_POSITIVE);
        second.iter_mut().for_each(|x| *x /= length);
    }

    /// Turns, or turns and mirrors, the axes within their plane, as near to `other` as they come (Schönemann 1966, "A generalized
    /// solution of the orthogonal Procrustes problem", which in two dimensions is closed).
    fn turn_towards(&mut self, other: &[Vec<f32>; 2]) {
        let [[a, b], [c, d]] = [0, 1].map(|i| [0, 1].map(|j| dot(&self.axes[i], &other[j])));
        let (turn, mirror) = ((a + d).hypot(b - c), (a - d).hypot(b + c));
        if turn.max(mirror) <= f32::MIN_POSITIVE {
            return;
        }
        let [[a, b], [c, d]] = if turn >= mirror {
            [[(a + d) / turn, (b - c) / turn], [(c - b) / turn, (a + d) / turn]]
        } else {
            [[(a - d) / mirror, (b + c) / mirror], [(b + c) / mirror, (d - a) / mirror]]
        };
        let [first, second] = &mut self.axes;
        for (x, y) in first.iter_mut().zip(second) {
            (*x, *y) = (a * *x + c * *y, b * *x + d * *y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points whose coordinates spread differently along each axis.
    fn cloud(spreads: &[f32], count: u32) -> Vectors {
        let width = spreads.len();
        let number = |at: usize| {
            let [hash, ..] = pcg4d([at as u32, 7, 7, 7]);
            (hash as f32 / 4_294_967_296.0 - 0.5) * spreads[at % width]
        };
        Vectors::unscaled((0..count as usize * width).map(number).collect(), width)
    }

    #[test]
    fn it_finds_the_plane_of_greatest_spread_and_then_keeps_still() {
        let (vectors, words) = (cloud(&[1.0, 9.0, 0.5, 6.0, 1.0], 400), (0..400).collect::<Vec<u32>>());
        let mut plane = Plane::new(5, 1);
        (0..40).for_each(|_| plane.follow(&vectors, &words));
        for axis in &plane.axes {
            assert!(axis[1].hypot(axis[3]) > 0.995, "{axis:?}");
        }
        let before = plane.clone();
        (0..20).for_each(|_| plane.follow(&vectors, &words));
        for (axis, before) in plane.axes.iter().zip(&before.axes) {
            assert!(dot(axis, before) > 0.999);
        }
    }

    #[test]
    fn words_that_are_all_alike_leave_it_as_it_is() {
        let mut plane = Plane::new(3, 1);
        let before = plane.axes.clone();
        plane.follow(&Vectors::unscaled([1.0, 2.0, 3.0].repeat(4), 3), &[0, 1, 2, 3]);
        assert_eq!(plane.axes, before);
    }
}
