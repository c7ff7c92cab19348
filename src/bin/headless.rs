//! `headless run SPEC --text FILE --out DIR`: the page's session without the page.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    match seven_steps::worker::headless::main(std::env::args_os().skip(1)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
