//! The GPU executor: buffers, pipelines and replay on wgpu, in the browser and natively.
//!
//! - [`adapter`]: which GPU there is.
//! - [`contest`]: which tiles are the fastest here.
//! - [`health`]: errors and loss of the device.
//! - [`measure`]: what only measurements ask for.
//! - [`pace`]: how much work goes into one submit.
//! - [`shaders`]: the WGSL of each kernel and its grid.
//! - [`tuning`]: what the contests found.

mod adapter;
mod contest;
mod health;
pub mod measure;
mod pace;
pub mod shaders;
pub mod tuning;

use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;

use bytemuck::{Pod, Zeroable};
use futures::channel::oneshot;

use super::EngineError;
use super::device::ProgramId;
use super::kernels::{Access, Kernel};
use super::program::{ALIGN, BufferId, Call, Place, Program, StepParams, View};
use crate::platform;
use crate::protocol::bench::Counts;
use health::Health;
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
    programs: Vec<Vec<Bound>>,
}

/// A buffer that was asked for: the bytes of all before it and with it, and the error if memory was short.
struct Allocation {
    before: u64,
    after: u64,
    error: Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>,
}

/// A call that is ready to be encoded.
struct Bound {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    grid: [u32; 2],
    work: f64,
}

/// Bytes between the dims of two calls in their buffer, WebGPU's `minUniformBufferOffsetAlignment`.
const DIMS_STRIDE: u64 = 256;

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
        for Allocation { before, after, error } in std::mem::take(&mut self.allocations) {
            if error.await.is_some() {
                return Err(EngineError::TooLarge { what: "All of it together".into(), needed: after, available: before });
            }
        }
        self.health.check()
    }

    pub async fn load(&mut self, program: Program) -> Result<ProgramId, EngineError> {
        for Call { kernel, dims, .. } in &program.calls {
            if self.tuning.is_open(*kernel, dims) {
                let winner = self.contest(*kernel, dims).await?;
                self.tuning.settle(*kernel, dims, winner);
            }
        }
        let mut slots = Vec::new();
        for &words in &program.slots {
            slots.push(self.allocate(&format!("The working memory of “{}”", program.name), words)?);
        }
        self.check_allocations().await?;
        for call in &program.calls {
            self.compile(call.kernel, self.shader(call)).await?;
        }
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let dims = self.dims_buffer(&program.calls);
        let calls = program.calls.iter().zip(0..);
        let bound = calls.map(|(call, index)| self.bind(call, &self.shader(call), &dims, DIMS_STRIDE * index, &slots)).collect();
        self.accepted(scope).await?;
        self.counts.buffers += 1;
        self.counts.bind_groups += program.calls.len() as u32;
        self.programs.push(bound);
        Ok(ProgramId(self.programs.len() - 1))
    }

    /// # Errors
    /// [`EngineError::Rejected`] with what a scope caught, [`EngineError::DeviceLost`].
    async fn accepted(&self, scope: wgpu::ErrorScopeGuard) -> Result<(), EngineError> {
        let error = scope.pop().await;
        self.health.check()?;
        error.map_or(Ok(()), |error| Err(EngineError::Rejected(error.to_string())))
    }

    fn shader(&self, Call { kernel, dims, .. }: &Call) -> Shader {
        Shader::of(*kernel, dims, self.tuning.tiles(*kernel, dims))
    }

    /// The dims of these calls, [`DIMS_STRIDE`] bytes apart.
    fn dims_buffer(&self, calls: &[Call]) -> wgpu::Buffer {
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("dims"),
            size: DIMS_STRIDE * calls.len().max(1) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        for (call, index) in calls.iter().zip(0..) {
            self.queue.write_buffer(&buffer, DIMS_STRIDE * index, bytemuck::cast_slice(&call.dims));
        }
        buffer
    }

    /// Binds a call whose shader is compiled.
    fn bind(&self, call: &Call, shader: &Shader, dims: &wgpu::Buffer, offset: u64, slots: &[wgpu::Buffer]) -> Bound {
        let grid = shader.grid(&call.dims);
        let pipeline = self.pipelines[shader].clone();
        let range = |buffer, offset, bytes| {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: wgpu::BufferSize::new(bytes) })
        };
        let view = |view: &View| {
            let buffer = match view.place {
                Place::Persistent(BufferId(buffer)) => &self.buffers[buffer],
                Place::Temporary(slot) => &slots[slot],
            };
            range(buffer, 4 * view.offset as u64, 4 * view.len.next_multiple_of(4) as u64)
        };
        let uniforms = [range(dims, offset, size_of_val(&call.dims) as u64), range(&self.step, 0, self.step.size())];
        let resources = uniforms.into_iter().chain(call.views.iter().map(view)).enumerate();
        let entries: Vec<_> = resources.map(|(binding, resource)| wgpu::BindGroupEntry { binding: binding as u32, resource }).collect();
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(call.kernel.name()),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        Bound { pipeline, bindings, grid, work: shaders::work(call) }
    }

    /// Compiles a shader that is not yet there, and waits for it: a browser compiles where it also draws, and so draws between
    /// one shader and the next.
    async fn compile(&mut self, kernel: Kernel, shader: Shader) -> Result<(), EngineError> {
        if self.pipelines.contains_key(&shader) {
            return Ok(());
        }
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let label = Some(kernel.name());
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor { label, source: wgpu::ShaderSource::Wgsl(shader.source().into()) });
        let uniform = wgpu::BufferBindingType::Uniform;
        let storage = kernel.bindings().iter().map(|access| wgpu::BufferBindingType::Storage { read_only: *access == Access::Read });
        let types = [uniform, uniform].into_iter().chain(storage).enumerate();
        let entries: Vec<_> = types
            .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
                binding: binding as u32,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                count: None,
            })
            .collect();
        let group = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&group)],
            immediate_size: 0,
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label,
            layout: Some(&layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        self.accepted(scope).await?;
        self.counts.pipelines += 1;
        self.pipelines.insert(shader, pipeline);
        Ok(())
    }

    /// Frees buffers and programs; pipelines stay.
    pub fn clear(&mut self) {
        self.buffers.drain(..).for_each(|buffer| buffer.destroy());
        self.allocations.clear();
        self.allocated = 0;
        self.programs.clear();
        self.staging = None;
    }

    pub fn write(&mut self, buffer: BufferId, offset: usize, words: &[u32]) {
        self.queue.write_buffer(&self.buffers[buffer.0], 4 * offset as u64, bytemuck::cast_slice(words));
    }

    /// Queues one replay, in submits of bounded work.
    pub fn run(&mut self, program: ProgramId, step: &StepParams) -> Result<(), EngineError> {
        self.health.check()?;
        self.queue.write_buffer(&self.step, 0, bytemuck::bytes_of(&StepUniform::from(step)));
        let budget = self.pace.budget();
        self.pace.begins(self.programs[program.0].iter().map(|call| call.work).sum());
        let mut calls = &self.programs[program.0][..];
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
