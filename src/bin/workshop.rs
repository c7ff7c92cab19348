//! The page of the workshop.

#[cfg(all(target_arch = "wasm32", feature = "page"))]
fn main() {
    seven_steps::ui::workshop();
}

#[cfg(not(all(target_arch = "wasm32", feature = "page")))]
fn main() {
    eprintln!("The page runs in a browser: start it with `cargo xtask serve`.");
}
