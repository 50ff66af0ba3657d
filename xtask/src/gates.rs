//! Gates: rules of the house that no compiler checks.

use std::path::{Path, PathBuf};

/// Which crates of this workspace a crate may import, outside its tests. Siblings never import each other.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("x87", &["core"]),
    ("cpu", &["core", "x87"]),
    ("chipset", &["core"]),
    ("video", &["core"]),
    ("storage", &["core"]),
    ("media", &["core"]),
    ("firmware", &["core"]),
    ("machine", &["core", "cpu", "chipset", "video", "storage"]),
    ("host", &["core", "machine", "media", "firmware"]),
    ("suite", &["core", "cpu"]),
    ("app", &["core", "host", "suite"]),
    ("testkit", &["core"]),
];

/// Crates that neither read a clock or the environment, nor start threads.
const BELOW_HOST: &[&str] = &["core", "x87", "cpu", "chipset", "video", "storage", "media", "firmware", "machine"];
const CLOCKS_AND_THREADS: &[&str] = &["std::time::Instant", "SystemTime", "std::env", "std::thread", "thread::spawn"];
/// Crates that open no files either.
const WITHOUT_FILES: &[&str] = &["core", "x87", "cpu", "chipset", "video", "storage", "firmware", "machine"];
const FILES: &[&str] = &["std::fs", "File::open"];
/// What must not be left in the program.
const LEFTOVERS: &[&str] = &["dbg!(", "todo!(", "unimplemented!(", "_old.rs"];

/// Where `unsafe` may stand, and there clippy wants a reason for each. All other crates forbid it.
const UNSAFE: [&str; 3] = ["crates/cpu/src/block", "crates/cpu/src/mem", "crates/cpu/src/primitives.rs"];

/// All gates.
pub(crate) fn check_all(root: &Path) -> Result<String, String> {
    let mut failures = Vec::new();
    failures.extend(check_dependencies(root).err());
    for (krate, words) in [(BELOW_HOST, CLOCKS_AND_THREADS), (WITHOUT_FILES, FILES)] {
        for name in krate {
            failures.extend(words_in(&root.join("crates").join(name).join("src"), words)?);
        }
    }
    failures.extend(words_in(&root.join("crates"), LEFTOVERS)?);
    failures.extend(iced_outside_decode(root)?);
    failures.extend(unsafe_elsewhere(root)?);
    if failures.is_empty() { Ok("all gates hold".to_owned()) } else { Err(failures.join("\n")) }
}

/// The direction of imports between the crates.
pub(crate) fn check_dependencies(root: &Path) -> Result<String, String> {
    let mut failures = Vec::new();
    for folder in entries(&root.join("crates"))? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let manifest = read(&folder.join("Cargo.toml"))?;
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(krate, _)| *krate == name) else {
            failures.push(format!("crates/{name} is not in the table of imports of xtask"));
            continue;
        };
        for import in imports(&manifest) {
            if !allowed.contains(&import.as_str()) {
                failures.push(format!("crates/{name} imports {import}, which ARCHITECTURE.md does not allow"));
            }
        }
    }
    if failures.is_empty() {
        Ok("the crates import in the right direction".to_owned())
    } else {
        Err(failures.join("\n"))
    }
}

/// Crates of this workspace named in `[dependencies]` of a manifest.
fn imports(manifest: &str) -> Vec<String> {
    let mut in_dependencies = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.trim() == "[dependencies]";
        } else if in_dependencies && let Some(rest) = line.strip_prefix("beige-") {
            found.push(rest.split([' ', '=', '.']).next().unwrap_or_default().to_owned());
        }
    }
    found
}

/// iced-x86 is named in the decoder and the disassembler of `cpu` alone.
fn iced_outside_decode(root: &Path) -> Result<Vec<String>, String> {
    let mut failures = Vec::new();
    for path in sources(&root.join("crates"))? {
        let is_decoder = path.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            part.starts_with("decode") || part.starts_with("disasm")
        });
        let names_it = code(&read(&path)?).any(|(_, line)| line.contains("iced_x86"));
        if names_it && !is_decoder {
            failures.push(format!("{} names iced-x86, which only the decoder may", path.display()));
        }
    }
    Ok(failures)
}

/// `unsafe` outside of the places that may have it, and crates that do not forbid it.
fn unsafe_elsewhere(root: &Path) -> Result<Vec<String>, String> {
    let mut failures = Vec::new();
    for folder in ["crates", "benches", "tests"] {
        for path in sources(&root.join(folder))? {
            if UNSAFE.iter().any(|place| path.starts_with(root.join(place))) {
                continue;
            }
            let text = read(&path)?;
            if let Some(number) = code(&text).find_map(|(number, line)| is_unsafe(line).then_some(number)) {
                failures.push(format!("{}:{number} has `unsafe`, which must not be there", path.display()));
            }
        }
    }
    for folder in entries(&root.join("crates"))? {
        let source = folder.join("src");
        let lib = source.join("lib.rs");
        let start = if lib.exists() { lib } else { source.join("main.rs") };
        let word = if folder.ends_with("cpu") { "#![deny(unsafe_code)]" } else { "#![forbid(unsafe_code)]" };
        if !read(&start)?.lines().any(|line| line == word) {
            failures.push(format!("{} does not say `{word}`", start.display()));
        }
    }
    Ok(failures)
}

/// Whether a line has unsafe code or allows it.
fn is_unsafe(line: &str) -> bool {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut before = "";
    words.into_iter().any(|word| {
        let found = word == "unsafe" || word == "unsafe_code" && matches!(before, "allow" | "expect" | "warn");
        before = word;
        found
    })
}

fn words_in(folder: &Path, words: &[&str]) -> Result<Vec<String>, String> {
    let mut failures = Vec::new();
    for path in sources(folder)? {
        let text = read(&path)?;
        for (number, line) in code(&text) {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                failures.push(format!("{}:{number} has `{word}`, which must not be there", path.display()));
            }
        }
    }
    Ok(failures)
}

/// The lines of a source that are neither comments nor in its test module, which stands last.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    lines.take_while(|(_, line)| *line != "#[cfg(test)]").filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for path in entries(&folder)? {
            if path.is_dir() {
                // Integration tests may do what tests do.
                if path.file_name().is_none_or(|name| name != "tests") {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests" || stem.to_string_lossy().ends_with("_tests"))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        found.push(entry.map_err(fail)?.path());
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_dependencies_count_as_imports() {
        let manifest = "[dependencies]\nbeige-core = { workspace = true }\nlog = \"1\"\n\
                        [dev-dependencies]\nbeige-testkit.workspace = true\n";
        assert_eq!(imports(manifest), ["core"]);
    }

    #[test]
    fn unsafe_code_is_told_from_lints_against_it() {
        assert!(is_unsafe("let x = unsafe { *y };") && is_unsafe("unsafe impl Send for A {}"));
        assert!(is_unsafe("#![allow(unsafe_code)]"));
        assert!(!is_unsafe("#![forbid(unsafe_code)]") && !is_unsafe("fn is_unsafe() {}"));
    }

    #[test]
    fn comments_and_the_test_module_are_not_code() {
        let text = "use a;\n// b\n#[cfg(test)]\nmod tests {}\n";
        assert_eq!(code(text).collect::<Vec<_>>(), [(1, "use a;")]);
    }
}
