//! The worker of `bench.html`, and of whatever asks for the engine beside its own worker.

#[cfg(target_arch = "wasm32")]
fn main() {
    seven_steps::worker::entry::start_engine();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("The benchmark runs in a browser: start it with `cargo xtask serve` and open bench.html.");
}
