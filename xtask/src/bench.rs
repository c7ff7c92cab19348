use std::process::Command;

use crate::dirs::Dirs;
use crate::shell::{Result, run, say};
use crate::tools;

/// Runs the native benchmarks of the engine, in about two minutes once they are built.
pub fn bench(dirs: &Dirs) -> Result {
    tools::rust()?;
    for bench in ["cpu", "engine"] {
        say(&format!("benchmark {bench}"));
        let mut cargo = Command::new("cargo");
        cargo.args(["bench", "--quiet", "--locked", "--bench", bench]).current_dir(&dirs.root).env("CARGO_TARGET_DIR", &dirs.target);
        run(&mut cargo, "The benchmark stopped: see the messages above.")?;
    }
    Ok(())
}
