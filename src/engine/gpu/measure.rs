//! What only measurements ask of the GPU executor: two kernels that are no part of a model, and one call many times over.

use super::shaders::expand;
use super::{Bound, EngineError, Loaded};
use super::{BufferId, Gpu, ProgramId, StepParams, StepUniform};

/// A kernel that shows how fast the device is; its twin has the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    MultiplyAdd,
    Copy,
}

impl Probe {
    /// Words that an invocation takes, four a vector.
    fn words(self) -> u32 {
        match self {
            Self::MultiplyAdd => 4 * CHAINS,
            Self::Copy => 4 * 4,
        }
    }

    /// The whole WGSL.
    pub fn source(self) -> String {
        let text = match self {
            Self::MultiplyAdd => include_str!(concat!(env!("OUT_DIR"), "/shaders/multiply_add.wgsl")),
            Self::Copy => include_str!(concat!(env!("OUT_DIR"), "/shaders/copy.wgsl")),
        };
        expand(text, &[("CHAINS", CHAINS), ("UNROLLED", UNROLLED)])
    }
}

/// Vectors that an invocation brings forward: as many registers as a software adapter's processor has.
const CHAINS: u32 = 3;
/// Rounds between two looks at the counter.
const UNROLLED: u32 = 16;

impl Gpu {
    /// Makes a probe over `buffers` ready, as a program of one call. `len`: the words of each buffer, a multiple of 3,072;
    /// `rounds`: how often each is changed, a multiple of 16.
    ///
    /// # Errors
    /// [`EngineError::Rejected`] for the shader or a buffer, [`EngineError::DeviceLost`].
    pub async fn load_probe(&mut self, probe: Probe, buffers: &[BufferId], len: u32, rounds: u32) -> Result<ProgramId, EngineError> {
        self.check_allocations().await?;
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(probe.source().into()) });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        let dims = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 16,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.queue.write_buffer(&dims, 0, bytemuck::cast_slice(&[len, rounds, 0, 0]));
        let buffers = [&dims].into_iter().chain(buffers.iter().map(|&BufferId(buffer)| &self.buffers[buffer])).enumerate();
        let entries: Vec<_> = buffers
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding: binding as u32, resource: buffer.as_entire_binding() })
            .collect();
        let layout = pipeline.get_bind_group_layout(0);
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
        self.accepted(scope).await?;
        let bound = vec![Bound { pipeline, bindings, grid: [len.div_ceil(64 * probe.words()), 1], work: 0.0 }];
        self.programs.push(Loaded { calls: Vec::new(), dims, bound });
        Ok(ProgramId(self.programs.len() - 1))
    }

    /// Queues one call of a program `times` over, in one submit.
    pub fn repeat(&mut self, program: ProgramId, call: usize, times: usize, step: &StepParams) -> Result<(), EngineError> {
        self.health.check()?;
        self.queue.write_buffer(&self.step, 0, bytemuck::bytes_of(&StepUniform::from(step)));
        let Bound { pipeline, bindings, grid, .. } = &self.programs[program.0].bound[call];
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, bindings, &[]);
        for _ in 0..times {
            pass.dispatch_workgroups(grid[0], grid[1], 1);
        }
        drop(pass);
        self.queue.submit([encoder.finish()]);
        Ok(())
    }

    /// Queues the driver's own copy of a whole buffer to another `times` over, in one submit.
    pub fn copy(&mut self, from: BufferId, to: BufferId, times: usize) -> Result<(), EngineError> {
        self.health.check()?;
        let [from, to] = [from, to].map(|BufferId(buffer)| &self.buffers[buffer]);
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for _ in 0..times {
            encoder.copy_buffer_to_buffer(from, 0, to, 0, from.size());
        }
        self.queue.submit([encoder.finish()]);
        Ok(())
    }
}
