//! The shaders without their comments: who opens the page need not download those.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=shaders");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR")).join("shaders");
    strip(Path::new("shaders"), &out);
}

/// Writes every file under `from` to the same place under `to`, bare.
fn strip(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("OUT_DIR can be written");
    for entry in fs::read_dir(from).expect("there are shaders").flatten() {
        let (path, bare) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            strip(&path, &bare);
            continue;
        }
        let source = fs::read_to_string(&path).expect("shaders are text");
        let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        fs::write(bare, lines.join("\n") + "\n").expect("OUT_DIR can be written");
    }
}
