//! A lesson's examples as sparse matrices, by which all of them learn at once and no two writes meet.
//!
//! With H the mean of each example's contexts, and G how strongly it pulls at each of its targets, a step of Word2Vec is
//!
//! ```text
//! H = C · inputs         C [examples, words]: 1 / contexts of the example, for each
//! G = rate · (labels − σ(H · outputsᵀ)), where there are pairs
//! E = G · outputs        before these change
//! outputs += Gᵀ · H
//! inputs += Cᵀ · E
//! ```
//!
//! A sparse matrix is a list of entries, each a row of the dense matrix and the place of its value, and a list of rows, each with
//! where its entries end. Of the transposed matrices only rows with entries are listed.

use std::ops::Range;

use seven_steps_cpu::word2vec::Batch;

/// What a step takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    pub examples: usize,
    pub contexts: usize,
    pub targets: usize,
    /// Rows of either table.
    pub words: usize,
}

/// Where the lists of a step lie among its words. What is beyond the last entry of a list is left over from before.
#[derive(Clone, Debug)]
pub struct Layout {
    /// C, and its values.
    pub contexts: Matrix,
    pub shares: Range<usize>,
    /// G, which example and which target each of its values is of [targets, 2], and the labels.
    pub targets: Matrix,
    pub pairs: Range<usize>,
    pub labels: Range<usize>,
    /// Words of all.
    pub len: usize,
}

/// A matrix [examples, words] and its transpose: the entries [·, 2] and the rows [·, 2] of each.
#[derive(Clone, Debug)]
pub struct Matrix {
    pub plain: [Range<usize>; 2],
    pub turned: [Range<usize>; 2],
}

impl Layout {
    /// Each list begins at a multiple of `align` words.
    pub fn new(capacity: Capacity, align: usize) -> Self {
        let Capacity { examples, contexts, targets, words } = capacity;
        let mut len = 0;
        let mut next = |words: usize| {
            let from = len;
            len = (from + words).next_multiple_of(align);
            from..from + words
        };
        let mut matrix = |entries: usize| Matrix {
            plain: [next(2 * entries), next(2 * examples)],
            turned: [next(2 * entries), next(2 * words.min(entries))],
        };
        let [contexts_matrix, targets_matrix] = [contexts, targets].map(&mut matrix);
        let [shares, pairs, labels] = [contexts, 2 * targets, targets].map(next);
        Self { contexts: contexts_matrix, shares, targets: targets_matrix, pairs, labels, len }
    }
}

/// Makes lists.
pub struct Lists {
    capacity: Capacity,
    layout: Layout,
    /// Where the next entry of each word goes, while a matrix is turned; zero else.
    next: Vec<u32>,
}

impl Lists {
    pub fn new(capacity: Capacity, layout: Layout) -> Self {
        Self { capacity, layout, next: vec![0; capacity.words] }
    }

    /// Rows of either table.
    pub fn words(&self) -> usize {
        self.capacity.words
    }

    /// Writes as many examples of the batch as fit, from number `from` on; the number of the first that does not.
    pub fn fill(&mut self, batch: &Batch, from: usize, words: &mut [u32]) -> usize {
        let Self { capacity, layout, next } = self;
        let first = if from == 0 { [0, 0] } else { batch.ends[from - 1] };
        let count = |&[contexts, targets]: &[u32; 2]| [(contexts - first[0]) as usize, (targets - first[1]) as usize];
        let ends = batch.ends[from..].iter().take(capacity.examples);
        let ends = ends.take_while(|end| count(end)[0] <= capacity.contexts && count(end)[1] <= capacity.targets);
        let [context_ends, target_ends] = [0, 1].map(|which| ends.clone().map(move |end| end[which] - first[which]));
        let [contexts, targets] = ends.clone().last().map_or([0, 0], count);
        let contexts = &batch.contexts[first[0] as usize..][..contexts];
        let targets = &batch.targets[first[1] as usize..][..targets];
        let target_words = targets.iter().map(|&(target, _)| target);

        write(&layout.contexts, contexts.iter().copied(), context_ends.clone(), next, words);
        write(&layout.targets, target_words.clone(), target_ends.clone(), next, words);
        let mut begin = 0;
        for end in context_ends {
            words[layout.shares.clone()][begin as usize..end as usize].fill((1.0 / (end - begin) as f32).to_bits());
            begin = end;
        }
        put(words, &layout.pairs, owners(target_ends).zip(target_words));
        words[layout.labels.clone()].iter_mut().zip(targets).for_each(|(word, (_, label))| *word = label.to_bits());
        from + ends.count()
    }
}

/// Writes a matrix whose entries have these columns, row by row until these ends. `next` is zero before and after.
fn write(
    matrix: &Matrix,
    columns: impl Iterator<Item = u32> + Clone,
    ends: impl Iterator<Item = u32> + Clone,
    next: &mut [u32],
    words: &mut [u32],
) {
    let [entries, rows] = &matrix.plain;
    put(words, entries, columns.clone().zip(0..));
    // Rows that no example takes have no entries.
    let last = ends.clone().last().unwrap_or(0);
    put(words, rows, (0..).zip(ends.clone().chain(std::iter::repeat(last))));

    let [entries, rows] = &matrix.turned;
    let list = words[rows.clone()].as_chunks_mut::<2>().0;
    let mut used = 0;
    for column in columns.clone() {
        if next[column as usize] == 0 {
            list[used][0] = column;
            used += 1;
        }
        next[column as usize] += 1;
    }
    let mut begin = 0;
    for [column, end] in &mut list[..used] {
        *end = begin + std::mem::replace(&mut next[*column as usize], begin);
        begin = *end;
    }
    list[used..].fill([0, begin]);
    let list = words[entries.clone()].as_chunks_mut::<2>().0;
    for ((column, row), value) in columns.clone().zip(owners(ends)).zip(0..) {
        list[next[column as usize] as usize] = [row, value];
        next[column as usize] += 1;
    }
    columns.for_each(|column| next[column as usize] = 0);
}

/// Which row each entry is in.
fn owners(ends: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
    let mut begin = 0;
    ends.zip(0..).flat_map(move |(end, row)| std::iter::repeat_n(row, (end - std::mem::replace(&mut begin, end)) as usize))
}

/// Writes pairs one after the other, as many as there are or fit.
fn put(words: &mut [u32], place: &Range<usize>, pairs: impl Iterator<Item = (u32, u32)>) {
    words[place.clone()].as_chunks_mut().0.iter_mut().zip(pairs).for_each(|(words, (a, b))| *words = [a, b]);
}
