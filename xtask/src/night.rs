//! The tests that take hours: those that are ignored by day, one after another, with the release profile.

use std::path::Path;
use std::process::Command;

/// Package, the arguments that choose its test binary, and test.
const TESTS: [(&str, &[&str], &str); 4] = [
    ("beige-tests", &["--test", "storm"], "a_night_of_accesses"),
    ("beige-tests", &["--test", "system"], "protected::memtest_finishes_a_pass_without_errors"),
    ("beige-cpu", &["--lib"], "tests::random::a_night_of_instructions"),
    ("beige-cpu", &["--lib"], "tests::random::differ::a_night_of_blocks_and_steps"),
];

/// Runs them all and tells their progress.
///
/// # Errors
/// When one fails.
pub(crate) fn run(root: &Path) -> Result<String, String> {
    for (package, binary, test) in TESTS {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(root).args(["test", "--release", "--package", package]).args(binary);
        cargo.args(["--", "--ignored", "--exact", "--nocapture", test]);
        let status = cargo.status().map_err(|error| format!("cargo does not start: {error}"))?;
        if !status.success() {
            return Err(format!("{package}: {test} failed"));
        }
    }
    Ok(format!("{} tests of the night passed", TESTS.len()))
}
