//! The GPU executor: buffers, pipelines and replay on wgpu, in the browser and natively.
//!
//! - [`adapter`]: which GPU there is.
//! - [`contest`]: which tiles are the fastest here.
//! - [`health`]: errors and loss of the device.
//! - [`load`]: programs made ready: slots, pipelines, bindings.
//! - [`measure`]: what only measurements ask for.
//! - [`pace`]: how much work goes into one submit.
//! - [`shaders`]: the WGSL of each kernel and its grid.
//! - [`tuning`]: what the contests found.

mod adapter;
mod contest;
mod health;
mod load;
pub mod measure;
mod pace;
pub mod shaders;
pub mod tuning;

use std::collections::HashMap;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;

use bytemuck::{Pod, Zeroable};
use futures::channel::oneshot;

use super::EngineError;
use super::device::ProgramId;
use super::program::{ALIGN, BufferId, StepParams};
use crate::platform;
use crate::protocol::bench::Counts;
use health::Health;
use load::{Bound, Loaded};
use pace::Pace;
use shaders::{Shader, Tiles};
use tuning::Tuning;

/// A WebGPU device with its buffers and programs.
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    name: String,
    software: bool,
    tuning: Rc<Tuning>,
    health: Health,
    pace: Pace,
    step: wgpu::Buffer,
    /// Where data stands to be read; grows.
    staging: Option<wgpu::Buffer>,
    pipelines: HashMap<Shader, wgpu::ComputePipeline>,
    buffers: Vec<wgpu::Buffer>,
    /// Bytes of all buffers and slots.
    allocated: u64,
    counts: Counts,
    /// Answers, yet to come, on whether buffers could be had.
    allocations: Vec<Allocation>,
    /// The slots that the programs share.
    slots: Vec<wgpu::Buffer>,
    programs: Vec<Loaded>,
}

/// A buffer that was asked for: the bytes of all before it and with it, and the error if memory was short.
struct Allocation {
    before: u64,
    after: u64,
    error: Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>,
}

/// `shaders/shared/step.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct StepUniform {
    params: StepParams,
    corrections: [f32; 2],
    padding: [u32; 2],
}

impl From<&StepParams> for StepUniform {
    fn from(params: &StepParams) -> Self {
        let correction = |beta: f32| (1.0 - f64::from(beta).powi(params.step as i32)) as f32;
        Self { params: *params, corrections: [params.beta1, params.beta2].map(correction), padding: [0; 2] }
    }
}

impl Gpu {
    /// Opens the fastest adapter.
    ///
    /// # Errors
    /// [`EngineError::NoGpu`] where there is none, or it gives no device.
    pub async fn new() -> Result<Self, EngineError> {
        let adapter::Opened { device, queue, name, software } = adapter::open().await?;
        // What is fastest in software is known, and compiling all that is not would take seconds.
        let tuning = Rc::new(if software { Tuning::fixed(Tiles::Large) } else { Tuning::default() });
        let health = Health::watch(&device);
        let step = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("step"),
            size: size_of::<StepUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Ok(Self {
            device,
            queue,
            name,
            software,
            tuning,
            health,
            pace: Pace::default(),
            step,
            staging: None,
            pipelines: HashMap::new(),
            buffers: Vec::new(),
            allocated: 0,
            counts: Counts::default(),
            allocations: Vec::new(),
            slots: Vec::new(),
            programs: Vec::new(),
        })
    }

    /// What the adapter calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the adapter computes on the CPU.
    pub fn software(&self) -> bool {
        self.software
    }

    /// What has been asked of the device so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes of all buffers and slots.
    pub fn allocated(&self) -> u64 {
        self.allocated
    }

    /// What is known of the device; programs that are loaded from now on follow it.
    pub fn tuning(&self) -> &Rc<Tuning> {
        &self.tuning
    }

    /// Takes what another device of the adapter has learnt, and shares from now on what it learns.
    pub fn retune(&mut self, tuning: Rc<Tuning>) {
        self.tuning = tuning;
    }

    /// The largest buffer that can be bound, in bytes.
    pub fn largest_buffer(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_buffer_size.min(limits.max_storage_buffer_binding_size)
    }

    pub fn buffer(&mut self, name: &str, words: usize) -> Result<BufferId, EngineError> {
        let buffer = self.allocate(name, words)?;
        self.buffers.push(buffer);
        Ok(BufferId(self.buffers.len() - 1))
    }

    /// A zeroed buffer, padded so that the last view can be bound in whole vectors. Memory that is short is told by the
    /// next call that waits.
    fn allocate(&mut self, name: &str, words: usize) -> Result<wgpu::Buffer, EngineError> {
        let bytes = 4 * words.max(1).next_multiple_of(ALIGN) as u64;
        if bytes > self.largest_buffer() {
            return Err(EngineError::TooLarge { what: name.to_owned(), needed: bytes, available: self.largest_buffer() });
        }
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(name),
            size: bytes,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let (before, after) = (self.allocated, self.allocated + bytes);
        self.allocations.push(Allocation { before, after, error: Box::pin(scope.pop()) });
        self.allocated = after;
        self.counts.buffers += 1;
        Ok(buffer)
    }

    /// # Errors
    /// [`EngineError::TooLarge`] for the first buffer that could not be had.
    async fn check_allocations(&mut self) -> Result<(), EngineError> {
        for Allocation { before, after, error } in mem::take(&mut self.allocations) {
            if error.await.is_some() {
                return Err(EngineError::TooLarge { what: "All of it together".into(), needed: after, available: before });
            }
        }
        self.health.check()
    }

    /// # Errors
    /// [`EngineError::Rejected`] with what a scope caught, [`EngineError::DeviceLost`].
    async fn accepted(&self, scope: wgpu::ErrorScopeGuard) -> Result<(), EngineError> {
        let error = scope.pop().await;
        self.health.check()?;
        error.map_or(Ok(()), |error| Err(EngineError::Rejected(error.to_string())))
    }

    /// Frees buffers, slots and programs; pipelines stay. A browser would free what is not destroyed when it collects garbage.
    pub fn clear(&mut self) {
        let dims = self.programs.drain(..).map(|program| program.dims);
        let all = self.buffers.drain(..).chain(self.slots.drain(..)).chain(dims).chain(self.staging.take());
        all.for_each(|buffer| buffer.destroy());
        self.allocations.clear();
        self.allocated = 0;
    }

    pub fn write(&mut self, buffer: BufferId, offset: usize, words: &[u32]) {
        self.queue.write_buffer(&self.buffers[buffer.0], 4 * offset as u64, bytemuck::cast_slice(words));
    }

    /// Queues one replay, in submits of bounded work.
    pub fn run(&mut self, program: ProgramId, step: &StepParams) -> Result<(), EngineError> {
        self.health.check()?;
        self.queue.write_buffer(&self.step, 0, bytemuck::bytes_of(&StepUniform::from(step)));
        let budget = self.pace.budget();
        self.pace.begins(self.programs[program.0].bound.iter().map(|call| call.work).sum());
        let mut calls = &self.programs[program.0].bound[..];
        while !calls.is_empty() {
            let mut work = calls[0].work;
            let more = calls[1..].iter().take_while(|call| {
                work += call.work;
                work <= budget
            });
            let (now, later) = calls.split_at(1 + more.count());
            self.submit(&mut now.iter());
            self.counts.submits += 1;
            calls = later;
        }
        Ok(())
    }

    fn submit(&self, calls: &mut dyn Iterator<Item = &Bound>) {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for call in calls {
            pass.set_pipeline(&call.pipeline);
            pass.set_bind_group(0, &call.bindings, &[]);
            pass.dispatch_workgroups(call.grid[0], call.grid[1], 1);
        }
        drop(pass);
        self.queue.submit([encoder.finish()]);
    }

    /// The words of several parts (buffer, offset, length), one after the other: a browser may take long to map.
    pub async fn read(&mut self, parts: &[(BufferId, usize, usize)]) -> Result<Vec<u32>, EngineError> {
        self.check_allocations().await?;
        let bytes = parts.iter().map(|&(_, _, len)| 4 * len as u64).sum();
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let staging = self.staging.take().filter(|staging| staging.size() >= bytes).unwrap_or_else(|| {
            self.counts.buffers += 1;
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("staging"),
                size: bytes.next_power_of_two().min(self.device.limits().max_buffer_size & !3).max(bytes),
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut at = 0;
        for &(buffer, offset, len) in parts {
            encoder.copy_buffer_to_buffer(&self.buffers[buffer.0], 4 * offset as u64, &staging, at, 4 * len as u64);
            at += 4 * len as u64;
        }
        self.queue.submit([encoder.finish()]);
        self.counts.submits += 1;
        self.counts.readbacks += 1;
        let (sender, receiver) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, ..bytes, move |result| _ = sender.send(result));
        if !matches!(self.wait(receiver).await, Some(Ok(()))) {
            // The word of a loss comes after the failures that it causes. Without one, what cannot be read is as good as lost.
            platform::yield_now().await;
            self.health.check()?;
            self.health.lose("its memory can no longer be read.");
        }
        self.health.check()?;
        let mapped = staging.get_mapped_range(..bytes).map_err(|error| EngineError::Rejected(error.to_string()))?;
        let words = bytemuck::pod_collect_to_vec(&mapped);
        drop(mapped);
        staging.unmap();
        self.staging = Some(staging);
        self.pace.finished();
        Ok(words)
    }

    pub async fn finish(&mut self) -> Result<(), EngineError> {
        self.check_allocations().await?;
        let (sender, receiver) = oneshot::channel();
        self.queue.on_submitted_work_done(move || _ = sender.send(()));
        self.wait(receiver).await;
        self.pace.finished();
        self.health.check()
    }

    /// Waits for what a callback sends; `None` if it was dropped uncalled. Natively callbacks only come while polling.
    async fn wait<T>(&self, receiver: oneshot::Receiver<T>) -> Option<T> {
        if let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            self.health.lose(&error.to_string());
        }
        receiver.await.ok()
    }

    /// Loses the device on purpose, for tests of what happens then.
    pub fn destroy(&self) {
        self.device.destroy();
        self.health.lose("it was destroyed on purpose.");
    }
}

/// Browsers free a device's memory only when told to, or when they collect garbage, which may be never.
impl Drop for Gpu {
    fn drop(&mut self) {
        self.device.destroy();
    }
}
