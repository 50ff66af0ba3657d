//! The recorded suites without their masks of undefined flags, against what docs/cpu-undefined.md says of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use beige_suite::report::Report;
use beige_suite::{Engine, Options, drive, select};
use std::io::Write as _;
use std::path::Path;

const DOCUMENT: &str = include_str!("../../../docs/cpu-undefined.md");

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
    let files = select::find(std::slice::from_ref(&folder)).unwrap();
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    for engine in [Engine::Stepper, Engine::Blocks] {
        let options = Options { engine, jobs, undefined_flags: true, ..Options::default() };
        check_report(suite, &drive::run(&files, &options, &|| ()).unwrap());
    }
}

fn check_report(suite: &str, report: &Report) {
    let (tests, mut complaints) = (report.counts().run(), Vec::new());
    for file in report.suites.iter().flat_map(|suite| &suite.files) {
        let (stem, misses) = (&file.opcode, file.counts.failed);
        let documented = documented_misses(suite, stem);
        if misses > documented {
            complaints.push(format!("{stem}: {misses} misses, documented are {documented}"));
        }
    }
    assert!(tests > 0, "{suite} holds no tests");
    assert!(complaints.is_empty(), "{:?}\n{}", report.engine, complaints.join("\n"));
}

/// The misses that the document's table gives for a file, none where it has no row.
fn documented_misses(suite: &str, file: &str) -> u64 {
    let rows = DOCUMENT.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let row = rows.into_iter().find(|cells| cells.get(1..3) == Some(&[suite, file]));
    row.map_or(0, |cells| cells[3].parse().unwrap())
}
