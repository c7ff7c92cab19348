//! The page of the chapter on instruction tuning: mounts its figures.

#[cfg(all(target_arch = "wasm32", feature = "page"))]
fn main() {
    seven_steps::ui::tuning();
}

#[cfg(not(all(target_arch = "wasm32", feature = "page")))]
fn main() {
    eprintln!("The page runs in a browser: start it with `cargo xtask serve`.");
}
