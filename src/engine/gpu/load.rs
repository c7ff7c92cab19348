//! Programs made ready: slots, pipelines and bindings.

use std::mem;

use super::Gpu;
use super::shaders::{self, Shader};
use crate::engine::EngineError;
use crate::engine::device::ProgramId;
use crate::engine::kernels::{Access, Kernel};
use crate::engine::program::{BufferId, Call, Place, Program, View};

/// A program that is ready to be replayed.
pub(super) struct Loaded {
    /// As recorded: they are bound anew when a slot grows.
    pub(super) calls: Vec<Call>,
    pub(super) dims: wgpu::Buffer,
    pub(super) bound: Vec<Bound>,
}

/// A call that is ready to be encoded.
pub(super) struct Bound {
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) bindings: wgpu::BindGroup,
    pub(super) grid: [u32; 2],
    pub(super) work: f64,
}

/// Bytes between the dims of two calls in their buffer, WebGPU's `minUniformBufferOffsetAlignment`.
const DIMS_STRIDE: u64 = 256;

impl Gpu {
    pub async fn load(&mut self, program: Program) -> Result<ProgramId, EngineError> {
        for Call { kernel, dims, .. } in &program.calls {
            if self.tuning.is_open(*kernel, dims) {
                let winner = self.contest(*kernel, dims).await?;
                self.tuning.settle(*kernel, dims, winner);
            }
        }
        let outgrown = self.make_room(&program)?;
        self.check_allocations().await?;
        for call in &program.calls {
            self.compile(call.kernel, self.shader(call)).await?;
        }
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let dims = self.dims_buffer(&program.calls);
        self.counts.buffers += 1;
        let bound = program.calls.iter().zip(0..).map(|(call, index)| self.bind(call, &self.shader(call), &dims, DIMS_STRIDE * index));
        let bound = bound.collect();
        self.counts.bind_groups += program.calls.len() as u32;
        self.programs.push(Loaded { calls: program.calls, dims, bound });
        if !outgrown.is_empty() {
            self.rebind();
        }
        // No program is bound to them any more, and what was queued is done before they go.
        outgrown.iter().for_each(wgpu::Buffer::destroy);
        self.accepted(scope).await?;
        Ok(ProgramId(self.programs.len() - 1))
    }

    /// Makes the slots as large as the program needs them; those that were too small.
    fn make_room(&mut self, program: &Program) -> Result<Vec<wgpu::Buffer>, EngineError> {
        let mut outgrown = Vec::new();
        for (slot, &words) in program.slots.iter().enumerate() {
            let before = self.slots.get(slot).map(wgpu::Buffer::size);
            if before.is_some_and(|bytes| bytes >= 4 * words as u64) {
                continue;
            }
            let buffer = self.allocate(&format!("The working memory of “{}”", program.name), words)?;
            match self.slots.get_mut(slot) {
                Some(slot) => outgrown.push(mem::replace(slot, buffer)),
                None => self.slots.push(buffer),
            }
            self.allocated -= before.unwrap_or(0);
        }
        Ok(outgrown)
    }

    /// Binds all programs to the slots as they now are.
    fn rebind(&mut self) {
        let mut programs = mem::take(&mut self.programs);
        for Loaded { calls, dims, bound } in &mut programs {
            for ((call, bound), index) in calls.iter().zip(bound).zip(0..) {
                bound.bindings = self.bindings(call, &bound.pipeline, dims, DIMS_STRIDE * index);
                self.counts.bind_groups += 1;
            }
        }
        self.programs = programs;
    }

    fn shader(&self, Call { kernel, dims, .. }: &Call) -> Shader {
        Shader::of(*kernel, dims, self.tuning.tiles(*kernel, dims))
    }

    /// The dims of these calls, [`DIMS_STRIDE`] bytes apart.
    pub(super) fn dims_buffer(&self, calls: &[Call]) -> wgpu::Buffer {
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
    pub(super) fn bind(&self, call: &Call, shader: &Shader, dims: &wgpu::Buffer, offset: u64) -> Bound {
        let pipeline = self.pipelines[shader].clone();
        let bindings = self.bindings(call, &pipeline, dims, offset);
        Bound { pipeline, bindings, grid: shader.grid(&call.dims), work: shaders::work(call) }
    }

    fn bindings(&self, call: &Call, pipeline: &wgpu::ComputePipeline, dims: &wgpu::Buffer, offset: u64) -> wgpu::BindGroup {
        let range = |buffer, offset, bytes| {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: wgpu::BufferSize::new(bytes) })
        };
        let view = |view: &View| {
            let buffer = match view.place {
                Place::Persistent(BufferId(buffer)) => &self.buffers[buffer],
                Place::Temporary(slot) => &self.slots[slot],
            };
            range(buffer, 4 * view.offset as u64, 4 * view.len.next_multiple_of(4) as u64)
        };
        let uniforms = [range(dims, offset, size_of_val(&call.dims) as u64), range(&self.step, 0, self.step.size())];
        let resources = uniforms.into_iter().chain(call.views.iter().map(view)).enumerate();
        let entries: Vec<_> = resources.map(|(binding, resource)| wgpu::BindGroupEntry { binding: binding as u32, resource }).collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(call.kernel.name()),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }

    /// Compiles a shader that is not yet there, and waits for it: a browser compiles where it also draws, and so draws between
    /// one shader and the next.
    pub(super) async fn compile(&mut self, kernel: Kernel, shader: Shader) -> Result<(), EngineError> {
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
}
