//! The house rules that a machine can check. Each test collects every breach and names them all.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate, and those of the crate that each may name: everything points one way.
const LAYERS: &[(&str, &[&str])] = &[
    ("platform", &[]),
    ("trig", &[]),
    ("rng", &["trig"]),
    ("spec", &["trig"]),
    ("catalog", &["platform", "spec"]),
    ("url", &["spec", "catalog"]),
    ("protocol", &["spec"]),
    ("text", &["platform", "rng", "spec"]),
    ("world", &["platform", "rng"]),
    ("engine", &["platform", "rng", "protocol"]),
    ("nn", &["platform", "rng", "trig", "spec", "protocol", "engine"]),
    ("stages", &["platform", "rng", "spec", "catalog", "protocol", "text", "engine", "nn"]),
    ("tasks", &["rng", "protocol", "world"]),
    ("worker", &["platform", "rng", "spec", "catalog", "url", "protocol", "text", "world", "engine", "nn", "stages", "tasks"]),
    ("ui", &["platform", "spec", "catalog", "url", "protocol"]),
];

/// Names from outside, and the only modules that may use them.
const CONFINED: &[(&str, &[&str])] = &[
    ("wgpu", &["engine"]),
    ("leptos", &["ui"]),
    ("Document", &["ui", "world"]),
    ("Element", &["ui"]),
    ("HtmlElement", &["ui"]),
    ("Window", &["ui", "platform"]),
];

const MAX_LINES: usize = 450;

#[test]
fn modules_name_only_those_below_them() {
    let mut breaches = Vec::new();
    for (path, source) in sources("src", &["rs"]) {
        let module = module_path(&path);
        if module[0] == "lib" || module[0] == "bin" {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module[0]) else {
            breaches.push(format!("{}: the module {} has no row in LAYERS", path.display(), module[0]));
            continue;
        };
        let code = without_comments(&source);
        for named in crate_modules_named(&code, module.len()) {
            if named != module[0] && LAYERS.iter().any(|(name, _)| *name == named) && !allowed.contains(&named.as_str()) {
                breaches.push(format!("{} names {named}", path.display()));
            }
        }
        for (name, homes) in CONFINED {
            if !homes.contains(&module[0].as_str()) && words(&code).any(|word| word == *name) {
                breaches.push(format!("{} names {name}", path.display()));
            }
        }
    }
    none(breaches);
}

#[test]
fn files_are_short() {
    let long = sources(".", &["rs", "wgsl", "css", "mjs", "py"]).into_iter().filter_map(|(path, source)| {
        let lines = source.lines().count();
        (lines > MAX_LINES).then(|| format!("{} has {lines} lines, of {MAX_LINES} allowed", path.display()))
    });
    none(long.collect());
}

#[test]
fn rust_holds_no_shaders() {
    let marks = ["@compute", "@workgroup_size", "var<storage", "var<workgroup", "@builtin("];
    none(lines_with(&["rs"], |line| marks.iter().any(|mark| line.contains(mark))));
}

#[test]
fn nothing_is_left_undone() {
    let marks = ["TODO", "FIXME", "XXX", "dbg!", "todo!", "unimplemented!", "#[ignore"];
    none(lines_with(&["rs", "wgsl", "css", "html", "mjs", "js", "py", "md", "toml"], |line| marks.iter().any(|mark| line.contains(mark))));
}

#[test]
fn every_allowance_has_its_reason() {
    let silent = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        let attribute =
            ["allow(", "expect("].iter().any(|name| code.contains(&format!("#[{name}")) || code.contains(&format!("#![{name}")));
        attribute && !line.contains("reason = ") && !line.contains("//")
    };
    let silent_in_toml = |line: &str| line.contains("\"allow\"") && !line.contains('#');
    none([lines_with(&["rs"], silent), lines_with(&["toml"], silent_in_toml)].concat());
}

#[test]
fn every_shader_has_a_header_and_a_twin() {
    let mut breaches = Vec::new();
    for (path, source) in sources("shaders", &["wgsl"]) {
        if !source.starts_with("//") {
            breaches.push(format!("{} does not begin with a comment that says what it computes", path.display()));
        }
        let twin = Path::new("src/engine/cpu").join(path.with_extension("rs").file_name().unwrap());
        if !path.starts_with("shaders/shared") && !twin.exists() {
            breaches.push(format!("{} has no twin {}", path.display(), twin.display()));
        }
    }
    none(breaches);
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    let places = ["/home/", "/root/", "/Users/", "C:\\"];
    let all = ["rs", "wgsl", "css", "html", "mjs", "js", "py", "md", "toml", "json", "lock", "run"];
    none(lines_with(&all, |line| places.iter().any(|place| line.contains(place))));
}

/// Every file under `folder` (of the repository) with one of the extensions, or of that very name, except this one.
fn sources(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path().strip_prefix("./").map_or(entry.path(), Path::to_path_buf);
            let name = entry.file_name().to_string_lossy().to_string();
            if path.is_dir() {
                if ![".git", "target", "dist", "node_modules"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if extensions.contains(&name.rsplit('.').next().unwrap()) && !path.ends_with(file!()) {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has none of {extensions:?}: the check would check nothing");
    found
}

fn lines_with(extensions: &[&str], breach: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, source) in sources(".", extensions) {
        let lines = source.lines().enumerate().filter(|(_, line)| breach(line));
        found.extend(lines.map(|(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim())));
    }
    found
}

fn none(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

/// `src/engine/cpu/mod.rs` is engine::cpu.
fn module_path(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    inside.iter().map(|part| part.to_string_lossy().to_string()).filter(|part| part != "mod").collect()
}

fn without_comments(source: &str) -> String {
    source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The modules at the crate's root that paths in `code` go to; `depth` is how deep the file's own module lies.
fn crate_modules_named(code: &str, depth: usize) -> Vec<String> {
    let code: String = code.split_whitespace().collect();
    let climb = "super::".repeat(depth);
    let mut named = Vec::new();
    for root in ["crate::", climb.as_str()] {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => named.extend(heads_of_group(group)),
                None => named.extend(words(rest).next().map(String::from)),
            }
        }
    }
    named
}

/// The first segment of each path in `a::b, c::{d, e}, …}`.
fn heads_of_group(group: &str) -> Vec<String> {
    let mut heads = vec![String::new()];
    let (mut depth, mut in_head) = (0, true);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ => {}
        }
        in_head = if c == ',' && depth == 0 { true } else { in_head && (c.is_alphanumeric() || c == '_') };
        if in_head && c != ',' {
            heads.last_mut().unwrap().push(c);
        }
    }
    heads
}
