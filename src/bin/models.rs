//! The page of the workshop and of the chapters whose models are transformers: mounts what the page is for.

#[cfg(all(target_arch = "wasm32", feature = "page"))]
fn main() {
    seven_steps::ui::models();
}

#[cfg(not(all(target_arch = "wasm32", feature = "page")))]
fn main() {
    eprintln!("The page runs in a browser: start it with `cargo xtask serve`.");
}
