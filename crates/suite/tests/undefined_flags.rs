//! The recorded suites without their masks of undefined flags, against what docs/cpu-undefined.md says of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use beige_suite::moo;
use beige_suite::runner::Runner;
use std::io::Write as _;
use std::path::Path;

const DOCUMENT: &str = include_str!("../../../docs/cpu-undefined.md");
const EVERY_FLAG: u16 = u16::MAX;

#[test]
fn the_8086_leaves_undefined_flags_as_the_recorded_chip_does() {
    check("8086");
}

#[test]
fn the_80286_leaves_undefined_flags_as_the_recorded_chip_does() {
    check("80286");
}

fn check(suite: &str) {
    let data = std::env::var_os("BEIGE_TEST_DATA").filter(|_| cfg!(not(debug_assertions)));
    let Some(data) = data else {
        // Past the capture of the test harness; a closed stderr is no reason to fail.
        let reason = "they need BEIGE_TEST_DATA and the release profile";
        let _ = writeln!(std::io::stderr(), "SKIPPED undefined flags of the {suite}: {reason}");
        return;
    };
    let folder = Path::new(&data).join("suites").join(suite);
    let (mut tests, mut complaints) = (0, Vec::new());
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some((stem, _)) = name.split_once(".MOO") else { continue };
        let file = moo::read(&path).unwrap();
        let mut runner = Runner::new(Runner::model_of(&file.cpu).unwrap());
        tests += file.tests.len();
        let misses = file.tests.iter().filter(|test| !runner.run(test, EVERY_FLAG).is_empty()).count();
        let documented = documented_misses(suite, stem);
        if misses > documented {
            complaints.push(format!("{stem}: {misses} misses, documented are {documented}"));
        }
    }
    assert!(tests > 0, "{} holds no tests", folder.display());
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The misses that the document's table gives for a file, none where it has no row.
fn documented_misses(suite: &str, file: &str) -> usize {
    let rows = DOCUMENT.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let row = rows.into_iter().find(|cells| cells.get(1..3) == Some(&[suite, file]));
    row.map_or(0, |cells| cells[3].parse().unwrap())
}
