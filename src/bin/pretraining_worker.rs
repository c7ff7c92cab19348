//! The worker of the chapter on pretraining: owns the device, the data and the storage.

#[cfg(target_arch = "wasm32")]
fn main() {
    seven_steps::worker::entry::start_pretraining();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("The worker runs in a browser: start it with `cargo xtask serve`.");
}
