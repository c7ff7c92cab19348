use std::process::Command;

use crate::dirs::Dirs;
use crate::shell::{Result, run};
use crate::tools;

/// Runs the native benchmarks of the engine, in a few minutes once they are built; only those of an executor that is named.
pub fn bench(dirs: &Dirs, executor: &[String]) -> Result {
    tools::rust()?;
    let mut cargo = Command::new("cargo");
    cargo.args(["bench", "--quiet", "--locked", "--bench", "engine", "--"]).args(executor);
    cargo.current_dir(&dirs.root).env("CARGO_TARGET_DIR", &dirs.target);
    run(&mut cargo, "The benchmark stopped: see the messages above.")
}
