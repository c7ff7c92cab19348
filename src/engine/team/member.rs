//! The other end: a CPU executor that does what another worker orders.

use super::here::{Words, len, put, take};
use super::{ANSWER, LOAD, ORDER, head};
use crate::engine::cpu::Cpu;
use crate::engine::device::ProgramId;
use crate::engine::program::{BufferId, Place, Program};

/// What a member holds.
#[derive(Default)]
pub struct Server(Cpu);

impl Server {
    /// Does what is ordered, and makes the order its answer.
    pub fn serve(&mut self, order: &mut Words) {
        let [_, program] = head(order);
        let done = if program == LOAD { self.load(order) } else { self.work(order) }.is_some();
        if !done {
            self.0.clear();
        }
        put(order, 1, &[done.into()]);
    }

    fn load(&mut self, order: &Words) -> Option<()> {
        let cpu = &mut self.0;
        let mut all = vec![0; len(order)];
        take(order, 0, &mut all);
        let mut words = all[2..].iter();
        let mut programs = Vec::new();
        for _ in 0..*words.next()? {
            programs.push(Program::read(&mut words)?);
        }
        let mut sizes: Vec<usize> = Vec::new();
        for call in programs.iter().flat_map(|program| &program.calls) {
            for view in &call.views {
                if let Place::Persistent(BufferId(buffer)) = view.place {
                    sizes.resize(sizes.len().max(buffer + 1), 0);
                    sizes[buffer] = sizes[buffer].max(view.offset + view.len);
                }
            }
        }
        cpu.clear();
        for words in sizes {
            cpu.buffer("", words).ok()?;
        }
        for program in programs {
            cpu.load(program).ok()?;
        }
        Some(())
    }

    fn work(&mut self, order: &mut Words) -> Option<()> {
        let cpu = &mut self.0;
        let [_, program, times, writes, reads] = head::<ORDER>(order);
        let mut parts = vec![0; 2 * (writes + reads) as usize];
        take(order, ORDER, &mut parts);
        let (writes, reads) = parts.split_at(2 * writes as usize);
        let mut at = ORDER + parts.len();
        for part in writes.chunks_exact(2) {
            let (words, len) = (cpu.words(BufferId(part[0] as usize))?, part[1] as usize);
            if len == 0 {
                words.fill(0.0);
            }
            take(order, at, bytemuck::cast_slice_mut(words.get_mut(..len)?));
            at += len;
        }
        for _ in 0..times {
            cpu.replay(ProgramId(program as usize));
        }
        at = ANSWER;
        for part in reads.chunks_exact(2) {
            let (words, len) = (cpu.words(BufferId(part[0] as usize))?, part[1] as usize);
            put(order, at, bytemuck::cast_slice(words.get(..len)?));
            at += len;
        }
        Some(())
    }
}
