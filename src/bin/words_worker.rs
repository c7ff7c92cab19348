//! The worker of the chapter on word vectors.

#[cfg(target_arch = "wasm32")]
fn main() {
    seven_steps::worker::entry::start_words();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("The worker runs in a browser: start it with `cargo xtask serve`.");
}
