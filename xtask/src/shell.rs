use std::process::{Command, Stdio};

/// The error is a sentence for the user: what went wrong and what to do.
pub type Result<T = ()> = std::result::Result<T, String>;

/// Prints what is about to happen.
pub fn say(message: &str) {
    println!("xtask: {message}");
}

/// Runs a command with its output shown. `failure` is the sentence for when it does not succeed.
pub fn run(command: &mut Command, failure: &str) -> Result {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(failure.to_string()),
        Err(e) => Err(format!("{failure} ({}: {e})", command.get_program().to_string_lossy())),
    }
}

/// What a command writes to its standard output, or `None` if it cannot run or fails.
pub fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}
