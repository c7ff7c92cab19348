//! Every kernel on the GPU against its CPU twin, through whatever Vulkan driver there is.

use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::engine::selftest;

fn gpu() -> Device {
    let gpu = pollster::block_on(Gpu::new(false));
    Device::Gpu(gpu.unwrap_or_else(|error| panic!("{error} These tests need Vulkan: install mesa-vulkan-drivers.")))
}

#[test]
fn every_kernel_agrees_with_its_twin() {
    let reports = pollster::block_on(selftest::run(&mut gpu())).expect("the device works");
    for report in &reports {
        println!("{:24} {:24} {:.1e}", report.kernel, report.shape, report.error);
    }
    let wrong: Vec<_> = reports.iter().filter(|report| !report.passed).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
