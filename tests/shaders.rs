//! naga validates every shader, in each form that a case of the self-test asks for.

use naga::AddressSpace;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use seven_steps::engine::gpu::measure::Probe;
use seven_steps::engine::gpu::shaders::{Shader, Tiles};
use seven_steps::engine::kernels::Kernel;
use seven_steps::engine::selftest::cases;

#[test]
fn every_shader_is_valid_wgsl() {
    for case in cases() {
        for tiles in Tiles::ALL {
            validate(case.kernel.name(), &Shader::of(case.kernel, &case.dims, tiles).source());
        }
    }
    for probe in [Probe::MultiplyAdd, Probe::Copy] {
        validate(&format!("{probe:?}"), &probe.source());
    }
}

fn validate(name: &str, source: &str) {
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
    let valid = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module);
    valid.unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
    let main = module.entry_points.iter().find(|entry| entry.name == "main").unwrap_or_else(|| panic!("{name} has no main"));
    // What WebGPU gives where no more is asked for.
    assert!(main.workgroup_size.iter().product::<u32>() <= 256, "{name}: invocations of a workgroup");
    let shared = module.global_variables.iter().filter(|(_, variable)| variable.space == AddressSpace::WorkGroup);
    let bytes: u32 = shared.map(|(_, variable)| module.types[variable.ty].inner.size(module.to_ctx())).sum();
    assert!(bytes <= 16_384, "{name}: {bytes} bytes of a workgroup");
}

#[test]
fn the_self_test_knows_every_kernel() {
    for kernel in Kernel::ALL {
        assert!(cases().iter().any(|case| case.kernel == kernel), "{} has no case", kernel.name());
    }
}
