//! Which GPU there is, and a device on it.

use crate::engine::EngineError;

/// An open device, and what it says of itself.
pub struct Opened {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub name: String,
    pub software: bool,
}

/// Opens the fastest adapter, with all the memory that it gives.
///
/// # Errors
/// [`EngineError::NoGpu`] where there is none, or it gives no device.
pub async fn open() -> Result<Opened, EngineError> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::BROWSER_WEBGPU;
    let options = wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
    let adapter = wgpu::Instance::new(descriptor).request_adapter(&options).await.map_err(|_| EngineError::NoGpu(NONE.into()))?;
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("seven steps"),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    };
    let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| EngineError::NoGpu(error.to_string()))?;
    let info = adapter.get_info();
    let name = name(&device, &info);
    let lowercase = name.to_ascii_lowercase();
    let software = info.device_type == wgpu::DeviceType::Cpu || SOFTWARE.iter().any(|known| lowercase.contains(known));
    Ok(Opened { device, queue, name, software })
}

/// Why there is no adapter, as far as can be told.
const NONE: &str = if cfg!(target_arch = "wasm32") {
    "WebGPU is missing or switched off."
} else {
    "no Vulkan driver was found; Debian's package mesa-vulkan-drivers holds one that needs no graphics card."
};

/// Adapters that compute on the CPU.
const SOFTWARE: [&str; 3] = ["swiftshader", "llvmpipe", "basic render"];

#[cfg(not(target_arch = "wasm32"))]
fn name(_: &wgpu::Device, info: &wgpu::AdapterInfo) -> String {
    info.name.clone()
}

/// Browsers mostly keep the description empty; vendor and architecture remain.
#[cfg(target_arch = "wasm32")]
fn name(device: &wgpu::Device, info: &wgpu::AdapterInfo) -> String {
    use wasm_bindgen::JsValue;
    if !info.name.is_empty() {
        return info.name.clone();
    }
    let get = |object: &JsValue, key: &str| js_sys::Reflect::get(object, &key.into()).unwrap_or_default();
    let info = device.as_webgpu().map_or(JsValue::UNDEFINED, |device| get(device, "adapterInfo"));
    let parts = ["vendor", "architecture"].map(|key| get(&info, key).as_string().unwrap_or_default());
    let name = parts.join(" ").trim().to_owned();
    if name.is_empty() { "unnamed adapter".into() } else { name }
}
