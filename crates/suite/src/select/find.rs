//! Searching the paths of the user for files of tests.

use crate::SuiteError;
use crate::folder::{Folder, METADATA};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of tests.
#[derive(Clone, Debug)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name without endings: the opcode in most suites.
    pub stem: String,
    /// The folder that it stands in, as the user wrote it: the suite it belongs to.
    pub suite: String,
    /// What that folder says about its tests.
    pub folder: Arc<Folder>,
}

/// The endings of files of tests, in lower case.
const ENDINGS: [&str; 4] = [".moo.gz", ".moo", ".json.gz", ".json"];

/// The files among the paths, and below those that are folders, sorted by path. A file that is given by itself may have
/// any name.
///
/// # Errors
/// When a path is not there or cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Vec<FoundFile>, SuiteError> {
    let mut files = BTreeMap::new();
    for path in paths {
        let kind = std::fs::metadata(path).map_err(|error| SuiteError::in_file(path, error))?;
        if kind.is_dir() {
            search(path, &mut files)?;
        } else {
            add(path, &mut files);
        }
    }
    let mut folders: BTreeMap<PathBuf, Arc<Folder>> = BTreeMap::new();
    let mut found = Vec::new();
    for path in files.into_values() {
        let parent = path.parent().unwrap_or(Path::new("")).to_owned();
        let folder = match folders.get(&parent) {
            Some(folder) => Arc::clone(folder),
            None => Arc::new(Folder::read(&parent)?),
        };
        folders.insert(parent.clone(), Arc::clone(&folder));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let suite = if parent.as_os_str().is_empty() { ".".to_owned() } else { parent.display().to_string() };
        found.push(FoundFile { stem: stem(&name).to_owned(), suite, folder, path });
    }
    found.sort_by(|one, two| (&one.suite, &one.stem, &one.path).cmp(&(&two.suite, &two.stem, &two.path)));
    Ok(found)
}

/// The name without its ending.
fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let ending = ENDINGS.into_iter().find(|ending| lower.ends_with(ending));
    ending.and_then(|ending| name.get(..name.len() - ending.len())).unwrap_or(name)
}

fn is_tests(name: &str) -> bool {
    name != METADATA && stem(name) != name
}

/// The same file is run once, whatever ways lead to it.
fn add(path: &Path, files: &mut BTreeMap<PathBuf, PathBuf>) {
    let key = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    files.entry(key).or_insert_with(|| path.to_owned());
}

/// Links to folders are not followed: they may lead back.
fn search(folder: &Path, files: &mut BTreeMap<PathBuf, PathBuf>) -> Result<(), SuiteError> {
    let fail = |error| SuiteError::in_file(folder, error);
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = entry.path();
        if entry.file_type().map_err(fail)?.is_dir() {
            search(&path, files)?;
        } else if is_tests(&entry.file_name().to_string_lossy()) && path.is_file() {
            add(&path, files);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_has_lost_its_ending_only() {
        assert_eq!(stem("F6.4.MOO.gz"), "F6.4");
        assert_eq!(stem("0FBA.5.json"), "0FBA.5");
        assert_eq!(stem("D8_r_fadd.moo"), "D8_r_fadd");
        assert!(!is_tests(METADATA) && !is_tests("LICENSE") && !is_tests("revocation_list.txt"));
        assert!(is_tests("00.MOO") && is_tests("00.json.gz"));
    }
}
