//! Word2Vec's step (Mikolov et al. 2013, arXiv:1301.3781 and arXiv:1310.4546): words and the words near them pull at each other,
//! and push at what is drawn as noise.
//!
//! An example has contexts, rows of the input table, and targets, rows of the output table, each with a label of 1 or 0. The
//! loss of an input x is −Σ over targets t of log σ(±x·t). Of the skip-gram each context is an input; of the continuous bag of
//! words their mean is.

use super::logistic_pull::strength;
use super::simd::{Task, Vector, dispatch};

/// Words between rows of the tables: rows are padded with zeros to a multiple of this.
pub const PAD: usize = 16;

/// What an example's input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Each context predicts each target.
    SkipGram,
    /// The mean of the contexts does.
    Cbow,
}

/// The vectors of words: [V, stride] each.
pub struct Tables<'a> {
    pub inputs: &'a mut [f32],
    pub outputs: &'a mut [f32],
    /// Words a row, a multiple of [`PAD`].
    pub stride: usize,
}

/// Examples, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub contexts: Vec<u32>,
    /// Rows of the output table, and their labels.
    pub targets: Vec<(u32, f32)>,
    /// Where each example's contexts and targets end.
    pub ends: Vec<[u32; 2]>,
}

impl Batch {
    pub fn clear(&mut self) {
        self.contexts.clear();
        self.targets.clear();
        self.ends.clear();
    }

    /// Ends an example that has all its contexts, one at least, and all its targets.
    pub fn close(&mut self) {
        self.ends.push([self.contexts.len() as u32, self.targets.len() as u32]);
    }

    /// The contexts and the targets of each example.
    pub fn examples(&self) -> impl Iterator<Item = (&[u32], &[(u32, f32)])> {
        let mut from = [0, 0];
        self.ends.iter().map(move |&end| {
            let [[contexts, targets], [contexts_end, targets_end]] = [from, end].map(|ends| ends.map(|end| end as usize));
            from = end;
            (&self.contexts[contexts..contexts_end], &self.targets[targets..targets_end])
        })
    }
}

/// One step of gradient descent for each example, in order: x ← x + rate Σ strength(x·t, label) t, and so for t; see [`strength`].
pub fn learn(tables: &mut Tables, method: Method, batch: &Batch, rate: f32) {
    dispatch(Learn { tables, method, batch, rate });
}

struct Learn<'a, 'b> {
    tables: &'a mut Tables<'b>,
    method: Method,
    batch: &'a Batch,
    rate: f32,
}

impl Task for Learn<'_, '_> {
    #[inline(always)]
    fn run<V: Vector<L>, const L: usize, const MR: usize, const NV: usize, const NR: usize>(self) {
        let Self { tables, method, batch, rate } = self;
        let (mut pulls, mut mean, mut deltas) = (Vec::new(), vec![0.0; tables.stride], [V::splat(0.0); MOST]);
        for (contexts, targets) in batch.examples() {
            match method {
                Method::SkipGram => skip_gram::<V, L>(tables, contexts, targets, rate, &mut pulls, &mut deltas),
                Method::Cbow => bag_of_words::<V, L>(tables, contexts, targets, rate, &mut mean, &mut pulls),
            }
        }
    }
}

/// `pulls` becomes rate · [`strength`] for each input and target; `deltas` are zero before and after.
#[inline(always)]
fn skip_gram<V: Vector<L>, const L: usize>(
    tables: &mut Tables,
    contexts: &[u32],
    targets: &[(u32, f32)],
    rate: f32,
    pulls: &mut Vec<f32>,
    deltas: &mut [V; MOST],
) {
    let stride = tables.stride;
    pulls.clear();
    for &context in contexts {
        pull::<V, L>(row(tables.inputs, context, stride), tables.outputs, targets, rate, pulls);
    }
    for at in (0..stride).step_by(L) {
        for (&context, pulls) in contexts.iter().zip(pulls.chunks(targets.len())) {
            let x = lanes::<L>(tables.inputs, context, stride, at);
            let old = V::load(x);
            let mut new = old;
            for ((&(target, _), &pull), delta) in targets.iter().zip(pulls).zip(&mut *deltas) {
                let pull = V::splat(pull);
                new = pull.mul_add(V::load(lanes::<L>(tables.outputs, target, stride, at)), new);
                *delta = pull.mul_add(old, *delta);
            }
            new.store(x);
        }
        for (&(target, _), delta) in targets.iter().zip(&mut *deltas) {
            let t = lanes::<L>(tables.outputs, target, stride, at);
            V::splat(1.0).mul_add(*delta, V::load(t)).store(t);
            *delta = V::splat(0.0);
        }
    }
}

#[inline(always)]
fn bag_of_words<V: Vector<L>, const L: usize>(
    tables: &mut Tables,
    contexts: &[u32],
    targets: &[(u32, f32)],
    rate: f32,
    mean: &mut [f32],
    pulls: &mut Vec<f32>,
) {
    let stride = tables.stride;
    let share = V::splat(1.0 / contexts.len() as f32);
    for at in (0..stride).step_by(L) {
        let sum = |sum, &context| share.mul_add(V::load(lanes::<L>(tables.inputs, context, stride, at)), sum);
        contexts.iter().fold(V::splat(0.0), sum).store(lanes::<L>(mean, 0, stride, at));
    }
    pulls.clear();
    pull::<V, L>(mean, tables.outputs, targets, rate, pulls);
    for at in (0..stride).step_by(L) {
        let h = V::load(lanes::<L>(mean, 0, stride, at));
        let mut pulled = V::splat(0.0);
        for (&(target, _), &pull) in targets.iter().zip(&*pulls) {
            let t = lanes::<L>(tables.outputs, target, stride, at);
            let (pull, old) = (V::splat(pull), V::load(t));
            pulled = pull.mul_add(old, pulled);
            pull.mul_add(h, old).store(t);
        }
        for &context in contexts {
            let x = lanes::<L>(tables.inputs, context, stride, at);
            share.mul_add(pulled, V::load(x)).store(x);
        }
    }
}

/// Targets that an example has at most.
pub const MOST: usize = 64;

/// Appends rate · [`strength`] for each target.
#[inline(always)]
fn pull<V: Vector<L>, const L: usize>(x: &[f32], outputs: &[f32], targets: &[(u32, f32)], rate: f32, pulls: &mut Vec<f32>) {
    /// Targets at a time: as many sums as hide each other's latency.
    const ABREAST: usize = 4;
    for targets in targets.chunks(ABREAST) {
        let rows: [&[[f32; L]]; ABREAST] =
            std::array::from_fn(|i| row(outputs, targets[i.min(targets.len() - 1)].0, x.len()).as_chunks::<L>().0);
        let mut sums = [V::splat(0.0); ABREAST];
        for (at, x) in x.as_chunks::<L>().0.iter().enumerate() {
            let x = V::load(x);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = x.mul_add(V::load(&row[at]), *sum);
            }
        }
        for (&(_, label), sum) in targets.iter().zip(sums) {
            let mut lanes = [0.0; L];
            sum.store(&mut lanes);
            pulls.push(rate * strength(lanes.iter().sum(), label));
        }
    }
}

#[inline(always)]
fn row(table: &[f32], row: u32, stride: usize) -> &[f32] {
    &table[row as usize * stride..][..stride]
}

/// L words of a row, from word `at` on.
#[inline(always)]
fn lanes<const L: usize>(table: &mut [f32], row: u32, stride: usize, at: usize) -> &mut [f32; L] {
    let start = row as usize * stride + at;
    table[start..start + L].first_chunk_mut().expect("the slice is as long")
}
