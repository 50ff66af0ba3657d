//! The documented instructions of the recorded suites in `BEIGE_TEST_DATA`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use beige_suite::masks::Masks;
use beige_suite::moo;
use beige_suite::runner::Runner;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Opcodes that wait for the work on the CPU's undocumented side and on the x87.
const DOCUMENTED: [&str; 1] = ["normal"];

#[test]
fn documented_instructions_of_the_8086_agree_with_the_recorded_chip() {
    check("8086");
}

#[test]
fn documented_instructions_of_the_80286_agree_with_the_recorded_chip() {
    check("80286");
}

#[test]
fn the_80386_sample_agrees_with_the_recorded_chip() {
    check("80386");
}

fn check(suite: &str) {
    let data = std::env::var_os("BEIGE_TEST_DATA").filter(|_| cfg!(not(debug_assertions)));
    let Some(data) = data else {
        // Past the capture of the test harness; a closed stderr is no reason to fail.
        let reason = "they need BEIGE_TEST_DATA and the release profile";
        let _ = writeln!(std::io::stderr(), "SKIPPED vectors of the {suite}: {reason}");
        return;
    };
    let folder = Path::new(&data).join("suites").join(suite);
    let masks = Masks::of_folder(&folder);
    let revoked = std::fs::read_to_string(folder.join("revocation_list.txt")).unwrap_or_default();
    let (mut tests, mut failures) = (0, Vec::new());
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let stem = name.split(".MOO").next().unwrap();
        if !DOCUMENTED.contains(&masks.status(stem)) {
            continue;
        }
        let file = moo::read(&path).unwrap();
        let model = Runner::model_of(&file.cpu).unwrap();
        let mut runner = Runner::new(model);
        let mut failed = 0;
        for test in file.tests.iter().filter(|test| test.hash.is_empty() || !revoked.contains(&test.hash)) {
            tests += 1;
            let differences = runner.run(test, masks.defined_flags(stem));
            failed += usize::from(!differences.is_empty());
            if failed == 1 && !differences.is_empty() {
                failures.push(format!("{stem}: {} {:02X?}: {}", test.name, test.bytes, differences.join("; ")));
            }
        }
        if failed > 0 {
            failures.push(format!("{stem}: {failed} of {} fail", file.tests.len()));
        }
    }
    assert!(tests > 0, "{} holds no tests", folder.display());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().contains(".MOO"));
    files.sort();
    files
}
