//! The worker of the workshop: owns the device, the data and the storage.

#[cfg(target_arch = "wasm32")]
fn main() {
    seven_steps::worker::entry::start_workshop();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("The worker runs in a browser: start it with `cargo xtask serve`.");
}
