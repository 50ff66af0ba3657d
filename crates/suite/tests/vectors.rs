//! Every test of the recorded suites in `BEIGE_TEST_DATA`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use beige_suite::report::text;
use beige_suite::{Engine, Options, drive, select};
use cpu_time::ProcessTime;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// What a suite may take with one engine, with a tenfold margin.
const CPU_TIME_MAX: Duration = Duration::from_secs(60);

#[test]
fn the_8086_agrees_with_the_recorded_chip() {
    check("8086", 48_300);
}

#[test]
fn the_80286_agrees_with_the_recorded_chip() {
    check("80286", 81_250);
}

#[test]
fn the_80386_sample_agrees_with_the_recorded_chip() {
    check("80386", 500);
}

#[test]
fn protected_mode_agrees_with_the_recorded_cpu() {
    check("protected32", 37_131);
}

#[test]
fn the_x87_agrees_with_the_recorded_cpu() {
    check("x87", 16_950);
}

/// Runs a suite, which must have at least `tests` tests.
fn check(suite: &str, tests: u64) {
    let data = std::env::var_os("BEIGE_TEST_DATA").filter(|_| cfg!(not(debug_assertions)));
    let Some(data) = data else {
        // Past the capture of the test harness; a closed stderr is no reason to fail.
        let reason = "they need BEIGE_TEST_DATA and the release profile";
        let _ = writeln!(std::io::stderr(), "SKIPPED vectors of the {suite}: {reason}");
        return;
    };
    let folder = Path::new(&data).join("suites").join(suite);
    let files = select::find(&[folder]).unwrap();
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    for engine in [Engine::Stepper, Engine::Blocks] {
        let started = ProcessTime::now();
        let options = Options { engine, jobs, failures_kept: 1, ..Options::default() };
        let report = drive::run(&files, &options, &|| ()).unwrap();
        assert!(report.counts().run() >= tests, "{}", report.summary());
        assert!(report.passed(), "{engine:?}\n{}\n{}", text::report(&report), report.summary());
        assert_eq!(report.counts().accepted, 0, "{engine:?}\n{}", text::report(&report));
        assert!(started.elapsed() < CPU_TIME_MAX, "{engine:?}: {:?} of CPU time", started.elapsed());
    }
}
