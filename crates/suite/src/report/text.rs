//! A report for people: a table of opcodes, failures side by side, totals.

use super::show::{flag_letter, name, value};
use super::{Counts, Failure, FileReport, Report, SuiteReport};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Differing fields that are shown of one test.
const FIELDS_MAX: usize = 24;

/// The whole report but its last line.
#[must_use]
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    for suite in &report.suites {
        table(&mut text, suite, report.undefined_flags);
    }
    for file in report.suites.iter().flat_map(|suite| &suite.files) {
        failures(&mut text, file);
    }
    totals(&mut text, report);
    text.truncate(text.trim_end().len());
    text
}

fn table(text: &mut String, suite: &SuiteReport, undefined: bool) {
    let width = suite.files.iter().map(|file| file.opcode.len()).max().unwrap_or_default().max(6);
    let mut models: Vec<&str> = suite.files.iter().map(|file| file.model.name()).collect();
    models.dedup();
    let _ = writeln!(text, "{} on the {}", suite.name, models.join(", "));
    let last = if undefined { "  undefined flags missed" } else { "" };
    let _ = writeln!(text, "{:<width$}            passed  failed  accepted  skipped{last}", "opcode");
    for file in &suite.files {
        let Counts { passed, failed, accepted, skipped } = file.counts;
        let (opcode, mnemonic) = (&file.opcode, &file.mnemonic);
        let missed = if undefined { undefined_text(file) } else { String::new() };
        let row =
            format!("{opcode:<width$}  {mnemonic:<8}  {passed:>6}  {failed:>6}  {accepted:>8}  {skipped:>7}  {missed}");
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text.push('\n');
}

/// `12: o 3, z 12`.
fn undefined_text(file: &FileReport) -> String {
    if file.undefined.tests == 0 {
        return String::new();
    }
    let flags = (0..).zip(file.undefined.flags).filter(|(_, count)| *count > 0);
    let named = flags.filter_map(|(bit, count)| flag_letter(bit).map(|letter| format!("{letter} {count}")));
    format!("{}: {}", file.undefined.tests, named.collect::<Vec<_>>().join(", "))
}

fn failures(text: &mut String, file: &FileReport) {
    for failure in &file.failures {
        text.push_str(&self::failure(&file.path, failure));
        text.push('\n');
    }
    let hidden = file.counts.failed.saturating_sub(file.failures.len() as u64);
    if hidden > 0 && !file.failures.is_empty() {
        let _ = writeln!(text, "{}: {hidden} more failed\n", file.path);
    }
}

/// One failure: the instruction, then each differing field before, as recorded and as our CPU left it.
#[must_use]
pub fn failure(path: &str, failure: &Failure) -> String {
    let Failure { index, name: title, bytes, disassembly, hash, differences } = failure;
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let mut text = format!("{path} test {index}: {title}\n  bytes {}", bytes.join(" "));
    if !disassembly.is_empty() {
        let _ = write!(text, "  = {disassembly}");
    }
    if !hash.is_empty() {
        let _ = write!(text, "  hash {hash}");
    }
    let mut rows = vec![["".to_owned(), "before".to_owned(), "expected".to_owned(), "got".to_owned()]];
    for difference in differences.iter().take(FIELDS_MAX) {
        let show = |of| value(difference, of);
        let before = difference.initial.map_or_else(String::new, |initial| show(Some(initial)));
        rows.push([name(difference.field), before, show(difference.expected), show(difference.got)]);
    }
    let [first, second, third] =
        [0, 1, 2].map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or_default());
    for [field, before, expected, got] in &rows {
        let _ = write!(text, "\n    {field:<first$}  {before:<second$}  {expected:<third$}  {got}");
    }
    if differences.len() > FIELDS_MAX {
        let _ = write!(text, "\n    and {} more", differences.len() - FIELDS_MAX);
    }
    text.push('\n');
    text
}

fn totals(text: &mut String, report: &Report) {
    let width = report.suites.iter().map(|suite| suite.name.len()).max().unwrap_or_default();
    for suite in &report.suites {
        let Counts { passed, failed, accepted, skipped } = suite.counts();
        let name = &suite.name;
        let _ = writeln!(
            text,
            "{name:<width$}  {passed} passed, {failed} failed, {accepted} accepted, {skipped} skipped (revoked)"
        );
        let unexecuted: u64 = suite.files.iter().map(|file| file.unexecuted).sum();
        if unexecuted > 0 {
            let _ = writeln!(
                text,
                "  {unexecuted} of them recorded an error that an earlier test had left waiting: their instruction did not run"
            );
        }
        let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
        for (rule, count) in suite.files.iter().flat_map(|file| &file.rules) {
            *rules.entry(rule).or_default() += count;
        }
        for (rule, count) in rules {
            let _ = writeln!(text, "  accepted {count} of {rule}");
        }
        if suite.accepts_too_much() {
            let most = crate::accepted::MOST;
            let _ = writeln!(text, "  more than {most} in 1000 tests need a rule: they count as failed");
        }
    }
}
