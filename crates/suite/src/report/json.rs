//! A report for programs.

use super::show::{flag_letter, name, value};
use super::{Counts, Failure, FileReport, Report, SuiteReport, engine_name};
use serde_json::{Map, Value, json};

/// The whole report as one document.
#[must_use]
pub fn report(report: &Report) -> Value {
    let mut document = json!({
        "engine": engine_name(report.engine),
        "result": if report.passed() { "pass" } else { "fail" },
        "undefined_flags": report.undefined_flags,
        "suites": report.suites.iter().map(suite).collect::<Vec<_>>(),
    });
    add(&mut document, &report.counts());
    document
}

fn add(document: &mut Value, counts: &Counts) {
    let Counts { passed, failed, accepted, skipped } = *counts;
    document["tests"] = json!(counts.run());
    for (key, count) in [("passed", passed), ("failed", failed), ("accepted", accepted), ("skipped", skipped)] {
        document[key] = json!(count);
    }
}

fn suite(suite: &SuiteReport) -> Value {
    let mut document = json!({ "suite": suite.name, "opcodes": suite.files.iter().map(file).collect::<Vec<_>>() });
    add(&mut document, &suite.counts());
    document
}

fn file(file: &FileReport) -> Value {
    let flags = (0..).zip(file.undefined.flags).filter(|(_, count)| *count > 0);
    let flags: Map<String, Value> =
        flags.filter_map(|(bit, count)| Some((flag_letter(bit)?.to_string(), json!(count)))).collect();
    let mut document = json!({
        "opcode": file.opcode,
        "mnemonic": file.mnemonic,
        "file": file.path,
        "cpu": file.model.name(),
        "undefined_flags_missed": { "tests": file.undefined.tests, "flags": flags },
        "unexecuted": file.unexecuted,
        "accepted_by": file.rules,
        "failures": file.failures.iter().map(failure).collect::<Vec<_>>(),
    });
    add(&mut document, &file.counts);
    document
}

fn failure(failure: &Failure) -> Value {
    let differences = failure.differences.iter().map(|difference| {
        json!({
            "field": name(difference.field),
            "before": difference.initial.map(|initial| value(difference, Some(initial))),
            "expected": value(difference, difference.expected),
            "got": value(difference, difference.got),
        })
    });
    json!({
        "test": failure.index,
        "name": failure.name,
        "bytes": failure.bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>(),
        "disassembly": failure.disassembly,
        "hash": failure.hash,
        "differences": differences.collect::<Vec<_>>(),
    })
}
