use std::env;
use std::path::PathBuf;

use crate::shell::Result;

/// The folders that the commands work in.
pub struct Dirs {
    /// The repository.
    pub root: PathBuf,
    /// Installed tools, one folder for each name and version.
    pub tools: PathBuf,
    /// What cargo builds; outside the repository, so that a fresh clone finds a warm one.
    pub target: PathBuf,
}

impl Dirs {
    pub fn find() -> Result<Dirs> {
        // Cargo sets this when it runs a binary. The one compiled in could be another checkout's, if they share a target folder.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
        let root = PathBuf::from(manifest).join("..").canonicalize().map_err(|e| format!("The repository is gone: {e}."))?;
        let cache = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
            (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
            (_, Some(home)) => PathBuf::from(home).join(".cache"),
            _ => return Err("There is no cache folder: set HOME or XDG_CACHE_HOME.".into()),
        }
        .join("seven-steps");
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), PathBuf::from);
        Ok(Dirs { root, tools: cache.join("tools"), target })
    }
}
