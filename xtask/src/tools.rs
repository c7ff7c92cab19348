//! Each function finds a tool at the right version, or installs it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dirs::Dirs;
use crate::shell::{Result, output_of, run, say};

const TRUNK: &str = "0.21.14";
/// Debian's binaryen (108) writes modules that fail at start, so the version matters.
const BINARYEN: &str = "132.0.0";
const ESBUILD: &str = "0.28.2";
/// The oldest that binaryen, puppeteer and the tests run on.
const NODE: (u32, u32) = (18, 19);
const RUST: u32 = 95;

/// A Rust that is new enough, with the wasm target, clippy and rustfmt.
pub fn rust() -> Result {
    let version = output_of(Command::new("rustc").arg("--version")).unwrap_or_default();
    let minor: u32 = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0);
    if minor < RUST {
        return Err(format!("Rust 1.{RUST} or later is needed, this is \"{version}\": run `rustup update stable`."));
    }
    let sysroot = PathBuf::from(output_of(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default());
    let missing = |path: &str| !sysroot.join(path).exists();
    let rustup = |what: &str, args: &[&str]| {
        say(&format!("installing {what} with rustup"));
        run(Command::new("rustup").args(args), &format!("{what} could not be installed: install it with your Rust's own means."))
    };
    if missing("lib/rustlib/wasm32-unknown-unknown") {
        rustup("Rust's wasm target", &["target", "add", "wasm32-unknown-unknown"])?;
    }
    if missing("bin/cargo-clippy") || missing("bin/cargo-fmt") {
        rustup("clippy and rustfmt", &["component", "add", "clippy", "rustfmt"])?;
    }
    Ok(())
}

/// The sources of the dependencies; Trunk is told to stay off the network.
pub fn crates(dirs: &Dirs) -> Result {
    let mut fetch = Command::new("cargo");
    let wasm = ["fetch", "--quiet", "--locked", "--target", "wasm32-unknown-unknown"];
    run(fetch.args(wasm).current_dir(&dirs.root), "The dependencies could not be fetched: look at cargo's message above.")
}

/// Trunk and wasm-bindgen's command. Returns a PATH on which Trunk finds both.
pub fn bundler(dirs: &Dirs) -> Result<OsString> {
    let wasm_bindgen = locked_version(&dirs.root, "wasm-bindgen")?;
    let folders = [
        // Trunk's own release profile takes a quarter of an hour to build, and its default features ask for OpenSSL's headers.
        cargo_tool(dirs, "trunk", "trunk", TRUNK, &["--locked", "--no-default-features", "--features", "rustls"], "bundles the page")?,
        // Without --locked: the lock of 0.2.130 names a crate version that has been withdrawn.
        cargo_tool(dirs, "wasm-bindgen-cli", "wasm-bindgen", &wasm_bindgen, &["--no-default-features"], "joins wasm to JavaScript")?,
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.into_iter().flatten().chain(std::env::split_paths(&path));
    std::env::join_paths(all).map_err(|e| format!("PATH cannot be extended: {e}."))
}

/// The folder of a crate's command, or `None` if the one on the PATH will do.
fn cargo_tool(dirs: &Dirs, package: &str, command: &str, version: &str, flags: &[&str], purpose: &str) -> Result<Option<PathBuf>> {
    let fits =
        |path: &Path| output_of(Command::new(path).arg("--version")).is_some_and(|said| said.split_whitespace().nth(1) == Some(version));
    let home = dirs.tools.join(format!("{package}-{version}"));
    if fits(Path::new(command)) {
        return Ok(None);
    }
    if !fits(&home.join("bin").join(command)) {
        install_crate(dirs, package, version, flags, purpose, &home)?;
    }
    Ok(Some(home.join("bin")))
}

fn install_crate(dirs: &Dirs, package: &str, version: &str, flags: &[&str], purpose: &str, home: &Path) -> Result {
    if output_of(Command::new("cargo").args(["binstall", "-V"])).is_some() {
        say(&format!("installing {package} {version}, which {purpose}: prebuilt, with cargo binstall"));
        let mut binstall = Command::new("cargo");
        binstall.args(["binstall", "--no-confirm", "--disable-strategies", "compile", "--root"]).arg(home);
        if run(binstall.arg(format!("{package}@{version}")), "").is_ok() {
            return Ok(());
        }
    }
    say(&format!("installing {package} {version}, which {purpose}: built from source, some minutes (`cargo binstall` would take seconds)"));
    let mut install = Command::new("cargo");
    install.args(["install", package, "--version", version, "--root"]).arg(home).args(flags).current_dir(&dirs.root);
    // Built to be built fast; in one folder, since the two tools share dependencies.
    install.env("CARGO_TARGET_DIR", dirs.tools.join("build"));
    for (key, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1"), ("DEBUG", "false")] {
        install.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
    }
    run(&mut install, &format!("{package} could not be installed: look at cargo's message above; it needs the network."))
}

/// The version of a package in Cargo.lock.
fn locked_version(root: &Path, package: &str) -> Result<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).map_err(|e| format!("Cargo.lock cannot be read: {e}."))?;
    let version = lock.split_once(&format!("name = \"{package}\"\nversion = \"")).and_then(|(_, rest)| rest.split_once('"'));
    version.map(|(version, _)| version.to_string()).ok_or(format!("Cargo.lock has no {package}: run `cargo update`."))
}

/// Node.js and npm, which run wasm-opt and the browser tests.
pub fn node() -> Result {
    let found = || output_of(Command::new("node").arg("--version")).zip(output_of(Command::new("npm").arg("--version")));
    if found().is_none() {
        apt(&["nodejs", "npm"], "Node.js, which runs wasm-opt and the browser tests")?;
    }
    let (version, _) = found().ok_or("Node.js is installed, yet `node` and `npm` do not run: mend that first.")?;
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    let found: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE {
        return Err(format!("Node.js {}.{} or later is needed, this is {version}: install a newer one.", NODE.0, NODE.1));
    }
    Ok(())
}

/// The path of wasm-opt, a script for Node.js.
pub fn wasm_opt(dirs: &Dirs) -> Result<PathBuf> {
    npm_program(dirs, "binaryen", BINARYEN, "node_modules/binaryen/bin/wasm-opt", "its wasm-opt makes the release build smaller and faster")
}

/// The path of esbuild, which minifies scripts: the native program itself, or a script that starts it.
pub fn esbuild(dirs: &Dirs) -> Result<PathBuf> {
    npm_program(dirs, "esbuild", ESBUILD, "node_modules/.bin/esbuild", "it makes scripts smaller")
}

/// The path of a program that npm brings, installed where it is missing.
fn npm_program(dirs: &Dirs, package: &str, version: &str, path: &str, purpose: &str) -> Result<PathBuf> {
    node()?;
    let home = dirs.tools.join(format!("{package}-{version}"));
    let program = home.join(path);
    if !program.exists() {
        say(&format!("installing {package} {version} with npm: {purpose}"));
        npm_install(&home, &[&format!("{package}@{version}")])?;
    }
    Ok(program)
}

/// The packages that the browser tests import, as their lock file has them.
pub fn puppeteer(dirs: &Dirs) -> Result {
    let home = dirs.root.join("tests/browser");
    let read = |path: &str| fs::read_to_string(home.join(path)).unwrap_or_default();
    let lock = read("package-lock.json");
    if read("node_modules/.lock") != lock {
        say("installing the packages of the browser tests with npm");
        run(
            Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--prefix"]).arg(&home).current_dir(&home),
            "they could not be installed: look at npm's message above; it needs the network.",
        )?;
        fs::write(home.join("node_modules/.lock"), lock).map_err(|e| format!("tests/browser/node_modules cannot be written: {e}."))?;
    }
    Ok(())
}

fn npm_install(home: &Path, packages: &[&str]) -> Result {
    fs::create_dir_all(home).map_err(|e| format!("{} cannot be made: {e}.", home.display()))?;
    run(
        Command::new("npm").args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(home).args(packages).current_dir(home),
        "npm could not install it: look at its message above; it needs the network.",
    )
}

/// The browsers of the end-to-end tests, and the software Vulkan driver of the native GPU tests.
pub fn browsers_and_vulkan() -> Result {
    let on_path = |names: &[&str]| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
    };
    let lavapipe = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].iter().flat_map(fs::read_dir).flatten().flatten();
    let has_lavapipe = lavapipe.into_iter().any(|driver| driver.file_name().to_string_lossy().starts_with("lvp_icd"));
    let wanted = [
        (on_path(&["chromium", "google-chrome", "chrome"]), "chromium"),
        (on_path(&["firefox", "firefox-esr"]), "firefox-esr"),
        (has_lavapipe, "mesa-vulkan-drivers"),
    ];
    let missing: Vec<&str> = wanted.iter().filter(|(there, _)| !there).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    apt(&missing, "what the tests run on: browsers and a software Vulkan driver")
}

/// Installs Debian packages, as root or through sudo.
fn apt(packages: &[&str], purpose: &str) -> Result {
    let list = packages.join(" ");
    let by_hand = format!("Install these packages by hand, then run this again: {list} ({purpose}).");
    if output_of(Command::new("apt-get").arg("--version")).is_none() {
        return Err(format!("There is no apt-get here. {by_hand}"));
    }
    let root = output_of(Command::new("id").arg("-u")).as_deref() == Some("0");
    if !root && output_of(Command::new("sudo").arg("--version")).is_none() {
        return Err(format!("Installing needs root, and there is no sudo here. {by_hand}"));
    }
    say(&format!("installing {list} with apt-get: {purpose}"));
    let apt_get = |args: &[&str]| {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        command.args(if root { &[][..] } else { &["env"][..] });
        run(command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]).args(args), &format!("apt-get failed. {by_hand}"))
    };
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}
