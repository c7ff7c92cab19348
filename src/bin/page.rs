//! The page: mounts the user interface.

#[cfg(target_arch = "wasm32")]
fn main() {
    seven_steps::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("The page runs in a browser: start it with `cargo xtask serve`.");
}
