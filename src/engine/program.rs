//! Programs: recorded lists of kernel calls over buffers with fixed shapes.
//!
//! A [`Recorder`] takes calls over persistent buffers (weights, gradients, caches) and temporary tensors; [`Recorder::finish`]
//! plans the temporaries by lifetime, so that tensors which are never alive together share a slot. The programs of a device share
//! its slots in turn ([`shared_slots`]): temporaries do not outlive a replay. A finished [`Program`] is loaded onto a device once
//! and replayed: no allocation, compilation or binding happens in a replay. What changes from step to step is data in
//! [`StepParams`].

pub use seven_steps_cpu::step::StepParams;

use std::cmp::Reverse;

use super::kernels::Kernel;

/// A buffer that outlives programs, as the device numbered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(pub usize);

/// Where a view's words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Persistent(BufferId),
    /// While recording a temporary tensor's number, in a finished program its slot's.
    Temporary(usize),
}

/// A range of 32-bit words in a buffer; `offset` is a multiple of [`ALIGN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    pub place: Place,
    pub offset: usize,
    pub len: usize,
}

/// Words between two places where a view may begin: 256 bytes, WebGPU's `minStorageBufferOffsetAlignment`.
pub const ALIGN: usize = 64;

/// A call's fixed numbers, as its kernel defines them; floats are stored as their bits.
pub type Dims = [u32; 8];

/// Dims as words, without those that are floats.
pub fn shape(dims: &Dims) -> String {
    let used = dims.iter().rposition(|&dim| dim != 0).map_or(0, |last| last + 1);
    let shape: Vec<String> = dims[..used].iter().filter(|&&dim| dim < 1 << 24).map(u32::to_string).collect();
    shape.join("×")
}

/// One kernel over its views, in the order of the kernel's bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub kernel: Kernel,
    pub views: Vec<View>,
    pub dims: Dims,
}

/// A finished recording.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub calls: Vec<Call>,
    /// Words of each temporary slot, the largest first.
    pub slots: Vec<usize>,
}

/// Records calls.
#[derive(Debug, Default)]
pub struct Recorder {
    calls: Vec<Call>,
    temporaries: Vec<usize>,
}

impl Recorder {
    /// A temporary tensor of `len` words, with undefined contents until a call writes it.
    pub fn tensor(&mut self, len: usize) -> View {
        self.temporaries.push(len);
        View { place: Place::Temporary(self.temporaries.len() - 1), offset: 0, len }
    }

    pub fn call(&mut self, kernel: Kernel, views: &[View], dims: Dims) {
        debug_assert_eq!(views.len(), kernel.bindings().len(), "{kernel:?} takes other bindings");
        self.calls.push(Call { kernel, views: views.to_vec(), dims });
    }

    /// Words of all temporaries, were no two to share a slot.
    pub fn unplanned(&self) -> usize {
        self.temporaries.iter().sum()
    }

    /// Plans the temporaries, the largest first: each gets the smallest slot of which all tensors are dead while it lives, or a
    /// slot of its own (Pisarchyk & Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", arXiv:2001.03288). No
    /// two views of one call share a slot.
    pub fn finish(self, name: &str) -> Program {
        let Self { mut calls, temporaries } = self;
        let mut lives: Vec<Option<Life>> = vec![None; temporaries.len()];
        for (index, call) in calls.iter().enumerate() {
            for tensor in call.views.iter().filter_map(temporary) {
                let life = lives[tensor].get_or_insert([index; 2]);
                life[1] = index;
            }
        }
        // The words of each slot and the lives of its tensors; the slots become smaller and smaller.
        let mut slots: Vec<(usize, Vec<Life>)> = Vec::new();
        let mut slot_of = vec![0; temporaries.len()];
        let mut largest_first: Vec<usize> = (0..temporaries.len()).collect();
        largest_first.sort_unstable_by_key(|&tensor| (Reverse(temporaries[tensor]), tensor));
        for tensor in largest_first {
            let Some(life) = lives[tensor] else { continue };
            let is_free = |(_, others): &(usize, Vec<Life>)| others.iter().all(|other| other[1] < life[0] || life[1] < other[0]);
            let slot = slots.iter().rposition(is_free).unwrap_or_else(|| {
                slots.push((temporaries[tensor], Vec::new()));
                slots.len() - 1
            });
            slots[slot].1.push(life);
            slot_of[tensor] = slot;
        }
        for view in calls.iter_mut().flat_map(|call| &mut call.views) {
            if let Some(tensor) = temporary(view) {
                view.place = Place::Temporary(slot_of[tensor]);
            }
        }
        Program { name: name.to_owned(), calls, slots: slots.into_iter().map(|(words, _)| words).collect() }
    }
}

/// A tensor's first call and its last.
type Life = [usize; 2];

/// Words of the slots that programs share on a device, where none of them runs within another: each is as large as the largest
/// of its number.
pub fn shared_slots<'a>(programs: impl IntoIterator<Item = &'a Program>) -> Vec<usize> {
    let mut shared = Vec::new();
    for Program { slots, .. } in programs {
        shared.resize(slots.len().max(shared.len()), 0);
        shared.iter_mut().zip(slots).for_each(|(shared, &words)| *shared = words.max(*shared));
    }
    shared
}

impl Program {
    /// Appends it to `words`, but for its name: each count before what it counts, kernels by their place in [`Kernel::ALL`].
    pub fn write(&self, words: &mut Vec<u32>) {
        words.push(self.slots.len() as u32);
        words.extend(self.slots.iter().map(|&slot| slot as u32));
        words.push(self.calls.len() as u32);
        for Call { kernel, views, dims } in &self.calls {
            words.extend(Kernel::ALL.iter().position(|other| other == kernel).map(|place| place as u32));
            for View { place, offset, len } in views {
                let (is_temporary, index) = match *place {
                    Place::Persistent(BufferId(buffer)) => (0, buffer),
                    Place::Temporary(slot) => (1, slot),
                };
                words.extend([is_temporary, index as u32, *offset as u32, *len as u32]);
            }
            words.extend(dims);
        }
    }

    /// Takes one from where [`Self::write`] put it; none if it has a kernel that there is not.
    pub fn read(words: &mut std::slice::Iter<u32>) -> Option<Self> {
        let mut next = || words.next().map_or(0, |&word| word as usize);
        let (mut slots, mut calls) = (Vec::new(), Vec::new());
        for _ in 0..next() {
            slots.push(next());
        }
        for _ in 0..next() {
            let kernel = *Kernel::ALL.get(next())?;
            let mut views = Vec::new();
            for _ in kernel.bindings() {
                let (is_temporary, index) = (next() != 0, next());
                let place = if is_temporary { Place::Temporary(index) } else { Place::Persistent(BufferId(index)) };
                views.push(View { place, offset: next(), len: next() });
            }
            let mut dims = Dims::default();
            for dim in &mut dims {
                *dim = next() as u32;
            }
            calls.push(Call { kernel, views, dims });
        }
        Some(Self { name: String::new(), calls, slots })
    }
}

fn temporary(view: &View) -> Option<usize> {
    match view.place {
        Place::Temporary(tensor) => Some(tensor),
        Place::Persistent(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seven_steps_cpu::rng::pcg4d;

    #[test]
    fn temporaries_share_slots_only_when_never_alive_together() {
        let mut recorder = Recorder::default();
        let chain: Vec<View> = (0..6).map(|index| recorder.tensor(100 + index)).collect();
        for pair in chain.windows(2) {
            recorder.call(Kernel::SwiGlu, &[pair[0], pair[1]], [0; 8]);
        }
        // The first tensor is read again at the end, so its slot must not be given away.
        recorder.call(Kernel::SwiGlu, &[chain[0], chain[5]], [0; 8]);
        let program = recorder.finish("chain");
        assert_eq!(program.slots.len(), 3, "one for the first tensor, two that alternate");
        let first = program.calls[0].views[0].place;
        for call in &program.calls {
            assert_ne!(call.views[0].place, call.views[1].place);
            assert!(call.views[1].place != first);
            for view in &call.views {
                let Place::Temporary(slot) = view.place else { unreachable!() };
                assert!(program.slots[slot] >= view.len);
            }
        }
    }

    /// Random calls over random tensors, each of which some calls write and read.
    #[test]
    fn no_two_tensors_that_live_at_once_share_a_slot() {
        for seed in 0..50 {
            let random = |place: usize, below: usize| pcg4d([place as u32, seed, 0, 0])[0] as usize % below;
            let mut recorder = Recorder::default();
            let tensors: Vec<View> = (0..40).map(|i| recorder.tensor(1 + random(i, 1000))).collect();
            let calls: Vec<[usize; 2]> = (0..60).map(|i| [0, 1].map(|j| (i / 2 + random(100 + 2 * i + j, 10)) % 40)).collect();
            calls.iter().for_each(|call| recorder.call(Kernel::SwiGlu, &call.map(|tensor| tensors[tensor]), [0; 8]));
            let program = recorder.finish("random");
            let life = |tensor: usize| {
                let used = |call: &[usize; 2]| call.contains(&tensor);
                Some([calls.iter().position(used)?, calls.iter().rposition(used)?])
            };
            let mut slot_of = vec![None; 40];
            for (call, planned) in calls.iter().zip(&program.calls) {
                for (tensor, view) in call.iter().zip(&planned.views) {
                    let Place::Temporary(slot) = view.place else { unreachable!() };
                    assert!(program.slots[slot] >= view.len);
                    assert_eq!(*slot_of[*tensor].get_or_insert(slot), slot, "a tensor stays where it is");
                }
            }
            for (one, other) in (0..40).flat_map(|one| (0..one).map(move |other| (one, other))) {
                let (Some(a), Some(b)) = (life(one), life(other)) else { continue };
                assert!(slot_of[one] != slot_of[other] || a[1] < b[0] || b[1] < a[0], "seed {seed}: {one} and {other}");
            }
            let lives: Vec<_> = (0..40).filter_map(|tensor| Some((life(tensor)?, tensors[tensor].len))).collect();
            let alive = |at: usize| lives.iter().filter(move |([first, last], _)| *first <= at && at <= *last);
            let peak = (0..60).map(|at| alive(at).map(|(_, len)| len).sum::<usize>()).max().unwrap();
            let planned: usize = program.slots.iter().sum();
            assert!((peak..2 * peak).contains(&planned), "seed {seed}: {planned} words for {peak}");
        }
    }

    #[test]
    fn a_program_is_read_as_it_was_written() {
        let mut recorder = Recorder::default();
        for kernel in Kernel::ALL {
            let views: Vec<View> = (0..kernel.bindings().len())
                .map(|index| match index % 2 {
                    0 => recorder.tensor(100 + index),
                    _ => View { place: Place::Persistent(BufferId(index)), offset: 64 * index, len: index },
                })
                .collect();
            recorder.call(kernel, &views, [kernel as u32, 1, 2, 3, 4, 5, 6, u32::MAX]);
        }
        let program = recorder.finish("all kernels");
        let mut words = Vec::new();
        program.write(&mut words);
        let read = Program::read(&mut words.iter()).unwrap();
        assert_eq!((&read.calls, &read.slots), (&program.calls, &program.slots));
    }
}
