use std::fs;
use std::process::Command;

use crate::dirs::Dirs;
use crate::shell::{Result, run};

/// Makes what the pages find beside them, from the recipes named, or from all: base models first, then those tuned from them, then what is asked of them.
pub fn bake(dirs: &Dirs, names: &[String]) -> Result {
    let folder = dirs.root.join("recipes");
    let file = |name: &String| folder.join(format!("{name}.json"));
    let mut recipes = if names.is_empty() {
        let files = fs::read_dir(&folder).map_err(|e| format!("recipes/ cannot be read: {e}."))?;
        files.flatten().map(|file| file.path()).collect()
    } else {
        names.iter().map(file).collect::<Vec<_>>()
    };
    recipes.sort_by_cached_key(|recipe| {
        let text = fs::read_to_string(recipe).unwrap_or_default();
        let makes = ["\"pretrain\"", "\"tune\""].iter().position(|what| text.contains(what));
        (makes.unwrap_or(usize::MAX), recipe.clone())
    });
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--locked", "--release", "--bin", "headless", "--", "bake"]).args(recipes);
    cargo.arg("--site").arg(dirs.root.join("www")).current_dir(&dirs.root).env("CARGO_TARGET_DIR", &dirs.target);
    run(&mut cargo, "Not everything could be made: see the message above.")
}
