//! The other end: a CPU executor that does what another worker orders.

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;

use super::here::{Words, len, put, take, words};
use super::{ANSWER, LOAD, ORDER, head};
use crate::engine::cpu::Cpu;
use crate::engine::device::ProgramId;
use crate::engine::program::{BufferId, Place, Program, StepParams};

/// Greets, and serves until nobody is left to give orders.
pub async fn serve(mut orders: UnboundedReceiver<Words>, answer: impl Fn(Words)) {
    let mut greeting = words(ANSWER);
    put(&mut greeting, 1, &[1]);
    answer(greeting);
    let mut cpu = Cpu::default();
    while let Some(mut words) = orders.next().await {
        let done = obey(&mut cpu, &mut words).await.is_some();
        if !done {
            cpu.clear();
        }
        put(&mut words, 1, &[done.into()]);
        answer(words);
    }
}

/// Does what is ordered, and puts what is to be read in the place of it; none if it cannot be done.
async fn obey(cpu: &mut Cpu, order: &mut Words) -> Option<()> {
    let [_, program] = head(order);
    if program == LOAD {
        return load(cpu, order);
    }
    let [_, program, times, writes, reads] = head::<ORDER>(order);
    let mut parts = vec![0; 2 * (writes + reads) as usize];
    take(order, ORDER, &mut parts);
    let mut at = ORDER + parts.len();
    let parts: Vec<_> = parts.chunks_exact(2).map(|part| (BufferId(part[0] as usize), part[1] as usize)).collect();
    let (writes, reads) = parts.split_at(writes as usize);
    for &(buffer, len) in writes {
        let words = cpu.words(buffer)?;
        if len == 0 {
            words.fill(0.0);
        }
        take(order, at, bytemuck::cast_slice_mut(words.get_mut(..len)?));
        at += len;
    }
    for _ in 0..times {
        cpu.run(ProgramId(program as usize), &StepParams::default()).await;
    }
    at = ANSWER;
    for &(buffer, len) in reads {
        put(order, at, bytemuck::cast_slice(cpu.words(buffer)?.get(..len)?));
        at += len;
    }
    Some(())
}

fn load(cpu: &mut Cpu, order: &Words) -> Option<()> {
    let mut all = vec![0; len(order)];
    take(order, 0, &mut all);
    let mut rest = all.into_iter().skip(2);
    let programs: Vec<Program> = (0..rest.next()?).map(|_| Program::read(&mut rest)).collect::<Option<_>>()?;
    let mut sizes: Vec<usize> = Vec::new();
    for view in programs.iter().flat_map(|program| &program.calls).flat_map(|call| &call.views) {
        if let Place::Persistent(BufferId(buffer)) = view.place {
            sizes.resize(sizes.len().max(buffer + 1), 0);
            sizes[buffer] = sizes[buffer].max(view.offset + view.len);
        }
    }
    cpu.clear();
    for words in sizes {
        cpu.buffer("A share of the work", words).ok()?;
    }
    programs.into_iter().try_for_each(|program| cpu.load(program).map(drop)).ok()
}
