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

    /// Lies along the mean difference of the pairs, from the first word of each to the second; and across it comes nearer to the
    /// direction in which the pairs differ most from each other.
    pub fn align(&mut self, vectors: &Vectors, pairs: &[[u32; 2]]) {
        let [mut along, mut mean, mut across] = [(); 3].map(|()| vec![0.0; self.dimensions()]);
        let middle = |[a, b]: [u32; 2]| vectors.row(a).iter().zip(vectors.row(b)).map(|(a, b)| (a + b) / 2.0).collect::<Vec<f32>>();
        for &[a, b] in pairs {
            along.iter_mut().zip(vectors.row(a)).zip(vectors.row(b)).for_each(|((sum, a), b)| *sum += b - a);
            mean.iter_mut().zip(middle([a, b])).for_each(|(sum, x)| *sum += x / pairs.len() as f32);
        }
        let second = &self.axes[1];
        for &pair in pairs {
            let off: Vec<f32> = middle(pair).iter().zip(&mean).map(|(x, mean)| x - mean).collect();
            let share = dot(&off, second);
            across.iter_mut().zip(&off).for_each(|(sum, x)| *sum += share * x);
        }
        if dot(&along, &along) > 0.0 && dot(&across, &across) > 0.0 {
            self.mean = mean;
            self.axes = [along, across];
            self.orthonormalise();
        }
    }

    /// Where a vector lies in the plane.
    pub fn place(&self, vector: &[f32]) -> [f32; 2] {
        let along = |axis: &Vec<f32>| vector.iter().zip(&self.mean).zip(axis).map(|((x, mean), axis)| (x - mean) * axis).sum();
        [along(&self.axes[0]), along(&self.axes[1])]
    }

    /// Gram–Schmidt, twice over. Where the second axis lies along the first, another one takes its place.
    fn orthonormalise(&mut self) {
        let [first, second] = &mut self.axes;
        scale(first);
        scale(second);
        if dot(first, second).abs() > 0.9999 {
            // The unit vector along which the first axis has least.
            let least = (0..first.len()).min_by(|&a, &b| first[a].abs().total_cmp(&first[b].abs()));
            second.iter_mut().enumerate().for_each(|(at, x)| *x = if Some(at) == least { 1.0 } else { 0.0 });
        }
        for _ in 0..2 {
            let along = dot(first, second);
            second.iter_mut().zip(&*first).for_each(|(x, first)| *x -= along * first);
            scale(second);
        }
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

/// To length 1.
fn scale(axis: &mut [f32]) {
    let length = dot(axis, axis).sqrt().max(f32::MIN_POSITIVE);
    axis.iter_mut().for_each(|x| *x /= length);
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
    fn pairs_that_differ_alike_lie_along_the_first_axis() {
        // Each second word is two steps further in the third dimension, and the pairs lie spread along the fifth.
        let number = |at: usize| match (at / 6 % 2, at % 6) {
            (1, 2) => 2.0,
            (_, 4) => (at / 12) as f32,
            _ => 0.1 * (pcg4d([at as u32, 5, 5, 5])[0] as f32 / 4_294_967_296.0 - 0.5),
        };
        let vectors = Vectors::unscaled((0..40 * 6).map(number).collect(), 6);
        let pairs: Vec<[u32; 2]> = (0..20).map(|pair| [2 * pair, 2 * pair + 1]).collect();
        let mut plane = Plane::new(6, 1);
        (0..20).for_each(|_| plane.align(&vectors, &pairs));
        for [a, b] in pairs {
            let [from, to] = [a, b].map(|word| plane.place(vectors.row(word)));
            assert!((to[0] - from[0] - 2.0).abs() < 0.2 && (to[1] - from[1]).abs() < 0.2, "{from:?} {to:?}");
        }
    }

    #[test]
    fn two_words_leave_the_axes_at_right_angles() {
        let vectors = cloud(&[1.0; 8], 2);
        let mut plane = Plane::new(8, 1);
        (0..30).for_each(|_| plane.follow(&vectors, &[0, 1]));
        let [first, second] = &plane.axes;
        assert!(dot(first, second).abs() < 1e-5 && (dot(first, first) - 1.0).abs() < 1e-5 && (dot(second, second) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn words_that_are_all_alike_leave_it_as_it_is() {
        let mut plane = Plane::new(3, 1);
        let before = plane.axes.clone();
        plane.follow(&Vectors::unscaled([1.0, 2.0, 3.0].repeat(4), 3), &[0, 1, 2, 3]);
        assert_eq!(plane.axes, before);
    }
}
