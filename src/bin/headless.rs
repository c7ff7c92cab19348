//! `headless pretrain SPEC --text FILE --out DIR` and more: what the pages do, without the pages.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    match seven_steps::worker::headless::main(std::env::args_os().skip(1)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            seven_steps::worker::headless::complain(&message);
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
