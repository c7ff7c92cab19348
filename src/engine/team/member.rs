//! The other end: a CPU executor that does what another worker orders.

use super::here::{Words, put, take};
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
        let done = self.obey(order).is_some();
        if !done {
            self.0.clear();
        }
        put(order, 1, &[done.into()]);
    }

    fn obey(&mut self, order: &mut Words) -> Option<()> {
        let cpu = &mut self.0;
        let [_, program, times, writes, reads] = head::<ORDER>(order);
        let mut parts = vec![0; 2 * (writes + reads) as usize];
        take(order, ORDER, &mut parts);
        let (writes, reads) = parts.split_at(2 * writes as usize);
        let mut at = ORDER + parts.len();
        if program == LOAD {
            let mut words = vec![0; *writes.get(1)? as usize];
            take(order, at, &mut words);
            return load(cpu, times, &words);
        }
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

/// Takes so many programs, and makes the buffers that they name as large as they need them.
fn load(cpu: &mut Cpu, count: u32, words: &[u32]) -> Option<()> {
    let mut words = words.iter();
    let mut programs = Vec::new();
    let mut sizes = Vec::new();
    for _ in 0..count {
        let program = Program::read(&mut words)?;
        for view in program.calls.iter().flat_map(|call| &call.views) {
            if let Place::Persistent(BufferId(buffer)) = view.place {
                while sizes.len() <= buffer {
                    sizes.push(0);
                }
                sizes[buffer] = sizes[buffer].max(view.offset + view.len);
            }
        }
        programs.push(program);
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
