//! The report as JUnit XML: a test suite for each folder, a test case for each file of tests.

use beige_suite::SuiteError;
use beige_suite::accepted::MOST;
use beige_suite::report::{Counts, FileReport, Report, SuiteReport, engine_name, text};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::path::Path;

/// Refuses a path that cannot become a file, before anything runs.
///
/// # Errors
/// When its folder is not there, or it is a folder itself.
pub(super) fn check_path(path: &Path) -> Result<(), SuiteError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(SuiteError::in_file(path, "the folder of the report is not there; make it first"));
    }
    if path.is_dir() {
        return Err(SuiteError::in_file(path, "this is a folder; name a file for the report"));
    }
    Ok(())
}

/// Writes the report.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(path: &Path, report: &Report) -> Result<(), SuiteError> {
    let text = xml(report).map_err(|error| SuiteError::in_file(path, error))?;
    std::fs::write(path, text).map_err(|error| SuiteError::in_file(path, error))
}

fn xml(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut document = quick_junit::Report::new("beige suite");
    document.add_test_suites(report.suites.iter().map(|one| {
        let mut cases = suite(one);
        cases.add_property(("engine", engine_name(report.engine)));
        cases
    }));
    document.to_string()
}

fn suite(suite: &SuiteReport) -> TestSuite {
    let mut cases = TestSuite::new(suite.name.as_str());
    cases.add_test_cases(suite.files.iter().map(|file| case(suite, file)));
    if suite.accepts_too_much() {
        let message = format!("more than {MOST} in 1000 tests of the suite need a rule: they count as failed");
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(message);
        cases.add_test_case(TestCase::new("accepted", status));
    }
    cases
}

fn case(suite: &SuiteReport, file: &FileReport) -> TestCase {
    let Counts { passed, failed, accepted, skipped } = file.counts;
    let counts = format!("{passed} passed, {failed} failed, {accepted} accepted, {skipped} skipped");
    let mut status = match file.counts.run() {
        0 => TestCaseStatus::skipped(),
        _ if failed > 0 => TestCaseStatus::non_success(NonSuccessKind::Failure),
        _ => TestCaseStatus::success(),
    };
    if failed > 0 {
        status.set_message(counts.clone());
        let failures: Vec<String> = file.failures.iter().map(|failure| text::failure(&file.path, failure)).collect();
        status.set_description(failures.join("\n"));
    }
    let mut case = TestCase::new(format!("{} {}", file.opcode, file.mnemonic).trim_end(), status);
    case.set_classname(suite.name.as_str());
    case.set_system_out(counts);
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use beige_host::Model;
    use beige_suite::Engine;
    use beige_suite::report::{Failure, UndefinedMisses};
    use std::collections::BTreeMap;

    #[test]
    fn a_failure_stands_in_its_case_with_its_text() {
        let failure = Failure {
            index: 7,
            name: "add [bx], al & more".to_owned(),
            bytes: vec![0, 7],
            disassembly: "add [bx],al".to_owned(),
            hash: String::new(),
            differences: Vec::new(),
        };
        let file = FileReport {
            path: "8086/00.MOO".to_owned(),
            opcode: "00".to_owned(),
            mnemonic: "add".to_owned(),
            model: Model::I8086,
            counts: Counts { passed: 2, failed: 1, ..Counts::default() },
            undefined: UndefinedMisses::default(),
            unexecuted: 0,
            rules: BTreeMap::new(),
            failures: vec![failure],
        };
        let suite = SuiteReport { name: "8086".to_owned(), files: vec![file] };
        let text = xml(&Report { suites: vec![suite], engine: Engine::Blocks, undefined_flags: false }).unwrap();
        for part in [
            r#"<testsuites name="beige suite" tests="1" skipped="0" failures="1""#,
            r#"<property name="engine" value="blocks"/>"#,
            r#"<testcase name="00 add" classname="8086""#,
            r#"message="2 passed, 1 failed, 0 accepted, 0 skipped""#,
            "8086/00.MOO test 7: add [bx], al &amp; more",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
