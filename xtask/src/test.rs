use std::process::Command;
use std::time::{Duration, Instant};

use crate::build::build;
use crate::dirs::Dirs;
use crate::shell::{Result, run, say};
use crate::tools;

type Stage = (&'static str, fn(&Dirs) -> Result);

const STAGES: [Stage; 5] = [("fmt", fmt), ("clippy", clippy), ("native", native), ("build", build), ("browser", browser)];

/// Runs the stages named, or all, each even if one before it failed, and sums up.
pub fn test(dirs: &Dirs, only: &[String]) -> Result {
    if let Some(unknown) = only.iter().find(|name| STAGES.iter().all(|(stage, _)| stage != name)) {
        return Err(format!("There is no stage \"{unknown}\"; there are {}.", STAGES.map(|(stage, _)| stage).join(", ")));
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|chosen| chosen == name);
    // Everything that can be missing is installed first: better to fail now than after half an hour.
    tools::rust()?;
    if wanted("native") || wanted("browser") {
        tools::browsers_and_vulkan()?;
    }
    if wanted("build") || wanted("browser") {
        tools::node()?;
    }
    let mut report = Vec::new();
    for (name, stage) in STAGES.into_iter().filter(|(name, _)| wanted(name)) {
        say(&format!("stage {name}"));
        let start = Instant::now();
        let outcome = stage(dirs);
        if let Err(message) = &outcome {
            say(message);
        }
        report.push((name, outcome, start.elapsed()));
    }
    summary(&report)
}

fn summary(report: &[(&str, Result, Duration)]) -> Result {
    println!("\nSummary");
    for (name, outcome, time) in report {
        let verdict = outcome.as_ref().map_or_else(|message| format!("FAILED: {message}"), |()| "passed".into());
        println!("  {name:<8} {:>5} s  {verdict}", time.as_secs());
    }
    let failed: Vec<&str> = report.iter().filter(|(_, outcome, _)| outcome.is_err()).map(|(name, ..)| *name).collect();
    if !failed.is_empty() {
        return Err(format!("Failed: {}. One alone runs with `cargo xtask test {}`.", failed.join(", "), failed[0]));
    }
    println!("All stages passed.");
    Ok(())
}

fn cargo(dirs: &Dirs, args: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(args).current_dir(&dirs.root).env("CARGO_TARGET_DIR", &dirs.target);
    cargo
}

fn fmt(dirs: &Dirs) -> Result {
    run(&mut cargo(dirs, &["fmt", "--all", "--check"]), "Some files are not formatted: run `cargo fmt --all`.")
}

fn clippy(dirs: &Dirs) -> Result {
    let failure = "clippy has complaints: see the messages above.";
    run(&mut cargo(dirs, &["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]), failure)?;
    // In the profile of the build after it, which finds the compiled macros and build scripts.
    let wasm = ["clippy", "--locked", "--profile", "site", "--target", "wasm32-unknown-unknown"];
    let check = |what: &str, programs: &[&str]| {
        let programs = programs.iter().flat_map(|name| ["--bin", name]);
        run(cargo(dirs, &wasm).arg(what).args(programs).args(["--", "-D", "warnings"]), failure)
    };
    check("--lib", &["ngrams", "words", "pretraining", "tuning", "workshop"])?;
    check(
        "--no-default-features",
        &["model_worker", "pretraining_worker", "post_training_worker", "ngrams_worker", "words_worker", "engine_worker"],
    )
}

fn native(dirs: &Dirs) -> Result {
    run(&mut cargo(dirs, &["test", "--locked", "--workspace"]), "Some tests fail: see the messages above.")
}

fn browser(dirs: &Dirs) -> Result {
    tools::node()?;
    tools::puppeteer(dirs)?;
    if !dirs.root.join("dist/index.html").exists() {
        return Err("There is no dist/ to test: run `cargo xtask build` first.".into());
    }
    let mut node = Command::new("node");
    // One file at a time: a training page has the machine to itself.
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]).current_dir(dirs.root.join("tests/browser"));
    run(&mut node, "Some browser tests fail: see the messages above.")
}
