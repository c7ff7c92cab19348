use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dirs::Dirs;
use crate::shell::{Result, run, say};
use crate::tools;

/// Writes the static site to `dist/`, optimised, and holds its size against the budget.
pub fn build(dirs: &Dirs) -> Result {
    tools::rust()?;
    let wasm_opt = tools::wasm_opt(dirs)?;
    let dist = dirs.root.join("dist");
    say("building dist/");
    run(trunk(dirs, "build")?.arg("--release").arg("--dist").arg(&dist), "The page does not build: see the messages above.")?;
    for module in modules(&dist)? {
        let mut optimise = Command::new("node");
        // The worker computes; the page only has to arrive. No feature flags: a module's own feature section says what it may use.
        let level = if module.ends_with("worker_bg.wasm") { "-O3" } else { "-Oz" };
        run(optimise.arg(&wasm_opt).arg(level).arg(&module).arg("-o").arg(&module), "wasm-opt failed: see its message above.")?;
    }
    run(Command::new("node").arg(dirs.root.join("xtask/sizes.mjs")).arg(&dist), "dist/ has grown beyond what is allowed.")
}

/// Trunk, with its tools on the PATH and the build's stamp in the environment.
pub fn trunk(dirs: &Dirs, subcommand: &str) -> Result<Command> {
    tools::crates(dirs)?;
    let mut trunk = Command::new("trunk");
    trunk.arg(subcommand).current_dir(&dirs.root);
    trunk.env("PATH", tools::bundler(dirs)?).env("CARGO_TARGET_DIR", &dirs.target).env("SEVEN_STEPS_BUILD", stamp(&dirs.root)?);
    // Trunk takes NO_COLOR=1 for a bad flag; RUSTFLAGS would put the repository's own flags (simd128) aside.
    trunk.env_remove("NO_COLOR").env_remove("RUSTFLAGS");
    Ok(trunk)
}

fn modules(dist: &Path) -> Result<Vec<PathBuf>> {
    let files = fs::read_dir(dist).map_err(|e| format!("dist/ cannot be read: {e}."))?;
    let paths = files.flatten().map(|file| file.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "wasm")).collect())
}

/// Eight digits that change with the sources, by which a page tells a stale cached worker from its own.
fn stamp(root: &Path) -> Result<String> {
    let mut files = vec![root.join("Cargo.lock")];
    let mut folders = vec![root.join("src"), root.join("shaders")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(&fs::read(&file).map_err(|e| format!("{} cannot be read: {e}.", file.display()))?);
    }
    Ok(format!("{:08x}", hasher.finish() as u32))
}
