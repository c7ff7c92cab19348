use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, thread};

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
    fuse(dirs, &dist)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    for modules in files(&dist, "wasm")?.chunks(cores) {
        thread::scope(|scope| {
            let works: Vec<_> = modules.iter().map(|module| scope.spawn(|| optimise(&wasm_opt, module))).collect();
            works.into_iter().try_for_each(|work| work.join().map_err(|_| "wasm-opt could not be run.".to_owned())?)
        })?;
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

/// No feature flags: a module's own feature section says what it may use. Functions of like names are alike, and side by side they
/// compress better, as do functions that are called once but stay apart, and code that was flattened between.
fn optimise(wasm_opt: &Path, module: &Path) -> Result {
    let flat = ["--flatten", "--rereloop", "-Os"];
    let passes = [&["-Os", "--converge", "--one-caller-inline-max-function-size=45"][..], &flat, &["--reorder-functions-by-name"]].concat();
    let mut node = Command::new("node");
    run(node.arg(wasm_opt).args(passes).arg(module).arg("-o").arg(module), "wasm-opt failed: see its message above.")
}

/// Trunk, with its tools on the PATH and the build's stamp in the environment.
pub fn trunk(dirs: &Dirs, subcommand: &str) -> Result<Command> {
    tools::crates(dirs)?;
    let mut trunk = Command::new("trunk");
    trunk.arg(subcommand);
    surround(&mut trunk, dirs, &dirs.target, "")?;
    // Trunk takes NO_COLOR=1 for a bad flag.
    trunk.env_remove("NO_COLOR");
    Ok(trunk)
}

/// The workers that multiply and add a lot.
const FUSED: [&str; 5] = ["model_worker", "pretraining_worker", "post_training_worker", "engine_worker", "words_worker"];

/// Compiles those once more for browsers that may multiply and add in one instruction (WebAssembly's relaxed SIMD), as NAME_fused,
/// and tells the script that starts them.
fn fuse(dirs: &Dirs, dist: &Path) -> Result {
    let target = dirs.target.join("fused");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--profile", "site", "--target", WASM, "--no-default-features"]);
    cargo.args(FUSED.iter().flat_map(|name| ["--bin", name]));
    run(surround(&mut cargo, dirs, &target, "-Ctarget-feature=+relaxed-simd")?, "The workers do not build: see the messages above.")?;
    let path = tools::bundler(dirs)?;
    for name in FUSED {
        let mut bindgen = Command::new("wasm-bindgen");
        bindgen.args(["--target", "web", "--no-typescript", "--out-name"]).arg(format!("{name}_fused")).arg("--out-dir").arg(dist);
        bindgen.arg(target.join(WASM).join("site").join(format!("{name}.wasm")));
        run(bindgen.env("PATH", &path), "wasm-bindgen failed: see its message above.")?;
    }
    let is_told = rewrite(&dist.join("worker_boot.js"), "const FUSED = [];", &format!("const FUSED = {FUSED:?};"))?;
    if is_told { Ok(()) } else { Err("www/worker_boot.js has no list of fused workers to fill: `const FUSED = [];`.".into()) }
}

const WASM: &str = "wasm32-unknown-unknown";

/// What compiles the site finds its tools, the build's stamp, and these flags besides the repository's own.
fn surround<'a>(command: &'a mut Command, dirs: &Dirs, target: &Path, flags: &str) -> Result<&'a mut Command> {
    let mut flags = flags.to_owned();
    // What a visitor downloads need not say where this machine keeps its crates.
    if let Some(cargo_home) = cargo_home() {
        flags = format!("{flags} --remap-path-prefix={}=crates", cargo_home.join("registry/src").display());
    }
    command.current_dir(&dirs.root).env("PATH", tools::bundler(dirs)?).env("CARGO_TARGET_DIR", target);
    command.env("SEVEN_STEPS_BUILD", stamp(&dirs.root)?).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    // It would put the repository's own flags (simd128) aside.
    Ok(command.env_remove("RUSTFLAGS"))
}

/// Writes the stamp where pages name what they load as of `?dev`, so that no cache mixes two builds.
fn name_the_build(dist: &Path, stamp: &str) -> Result {
    files(dist, "html")?.iter().try_for_each(|page| rewrite(page, "?dev", &format!("?{stamp}")).map(drop))
}

/// Writes `new` wherever a file says `old`; whether it does.
fn rewrite(file: &Path, old: &str, new: &str) -> Result<bool> {
    let unwritable = |e| format!("{} cannot be rewritten: {e}.", file.display());
    let text = fs::read_to_string(file).map_err(unwritable)?;
    fs::write(file, text.replace(old, new)).map_err(unwritable)?;
    Ok(text.contains(old))
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
