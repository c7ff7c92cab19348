use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

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
    for module in files(&dist, "wasm")? {
        let mut optimise = Command::new("node");
        // No feature flags: a module's own feature section says what it may use. Functions of like names are alike, and side by
        // side they compress better, as do functions that are called once but stay apart, and code that was flattened between.
        let flat = ["--flatten", "--rereloop", "-Os"];
        let passes =
            [&["-Os", "--converge", "--one-caller-inline-max-function-size=45"][..], &flat, &["--reorder-functions-by-name"]].concat();
        run(optimise.arg(&wasm_opt).args(passes).arg(&module).arg("-o").arg(&module), "wasm-opt failed: see its message above.")?;
    }
    let mut shorten = Command::new("node");
    shorten.arg(dirs.root.join("xtask/short_names.mjs")).arg(&wasm_opt).args(files(&dist, "wasm")?);
    run(&mut shorten, "The modules' names cannot be made shorter: see the message above.")?;
    name_the_build(&dist, &stamp(&dirs.root)?)?;
    let mut minify = Command::new(tools::esbuild(dirs)?);
    minify.args(["--minify", "--log-level=warning", "--allow-overwrite"]).arg(format!("--outdir={}", dist.display()));
    run(minify.args(files(&dist, "js")?), "The scripts cannot be made smaller: see esbuild's message above.")?;
    run(Command::new("node").arg(dirs.root.join("xtask/sizes.mjs")).arg(&dist), "dist/ has grown beyond what is allowed.")
}

/// Trunk, with its tools on the PATH and the build's stamp in the environment.
pub fn trunk(dirs: &Dirs, subcommand: &str) -> Result<Command> {
    tools::crates(dirs)?;
    let mut trunk = Command::new("trunk");
    trunk.arg(subcommand).current_dir(&dirs.root);
    trunk.env("PATH", tools::bundler(dirs)?).env("CARGO_TARGET_DIR", &dirs.target).env("SEVEN_STEPS_BUILD", stamp(&dirs.root)?);
    // What a visitor downloads need not say where this machine keeps its crates.
    if let Some(cargo_home) = cargo_home() {
        let crates = cargo_home.join("registry/src");
        trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("--remap-path-prefix={}=crates", crates.display()));
    }
    // Trunk takes NO_COLOR=1 for a bad flag; RUSTFLAGS would put the repository's own flags (simd128) aside.
    trunk.env_remove("NO_COLOR").env_remove("RUSTFLAGS");
    Ok(trunk)
}

/// Writes the stamp where pages name what they load as of `?dev`, so that no cache mixes two builds.
fn name_the_build(dist: &Path, stamp: &str) -> Result {
    for page in files(dist, "html")? {
        let unwritable = |e| format!("{} cannot be rewritten: {e}.", page.display());
        let text = fs::read_to_string(&page).map_err(unwritable)?;
        fs::write(&page, text.replace("?dev", &format!("?{stamp}"))).map_err(unwritable)?;
    }
    Ok(())
}

/// Where Cargo keeps what it downloads.
fn cargo_home() -> Option<PathBuf> {
    let usual = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(usual)
}

/// The files in `dist/` with this ending.
fn files(dist: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let files = fs::read_dir(dist).map_err(|e| format!("dist/ cannot be read: {e}."))?;
    let paths = files.flatten().map(|file| file.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect())
}

/// Eight digits that change with the sources, by which a page tells a stale cached worker from its own.
fn stamp(root: &Path) -> Result<String> {
    let mut files = vec![root.join("Cargo.lock")];
    let mut folders = vec![root.join("src"), root.join("shaders"), root.join("www")];
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
