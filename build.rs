//! The shaders without their comments: who opens the page need not download those.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    strip(Path::new("shaders"), &out.join("shaders"), |line| line.split("//").next().unwrap_or_default().trim());
}

/// Writes every file under `from` to the same place under `to`, with what `keep` leaves of each line.
fn strip(from: &Path, to: &Path, keep: fn(&str) -> &str) {
    println!("cargo::rerun-if-changed={}", from.display());
    fs::create_dir_all(to).expect("OUT_DIR can be written");
    for entry in fs::read_dir(from).expect("the folder is there").flatten() {
        let (path, bare) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            strip(&path, &bare, keep);
            continue;
        }
        let source = fs::read_to_string(&path).expect("it is text");
        let lines: Vec<&str> = source.lines().map(keep).filter(|line| !line.is_empty()).collect();
        fs::write(bare, lines.join("\n") + "\n").expect("OUT_DIR can be written");
    }
}
