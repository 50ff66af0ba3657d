//! What a run of suites gave.

pub mod json;
mod show;
pub mod text;

use crate::verdict::Difference;
use beige_cpu::{Engine, Model};
use std::collections::BTreeMap;

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They agree with the recording.
    pub passed: u64,
    /// They do not.
    pub failed: u64,
    /// They differ as a rule of [`crate::accepted`] says.
    pub accepted: u64,
    /// They were not run, because their suite revoked them.
    pub skipped: u64,
}

impl Counts {
    /// The tests that ran.
    #[must_use]
    pub fn run(&self) -> u64 {
        self.passed + self.failed + self.accepted
    }

    fn add(&mut self, other: &Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.accepted += other.accepted;
        self.skipped += other.skipped;
    }
}

/// Misses in flags that the chip leaves undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UndefinedMisses {
    /// Tests with one.
    pub tests: u64,
    /// Tests by flag, from bit 0 of FLAGS up.
    pub flags: [u64; 16],
}

impl UndefinedMisses {
    /// Notes the undefined flags that one test missed.
    pub(crate) fn note(&mut self, flags: u32) {
        self.tests += u64::from(flags != 0);
        for (bit, count) in self.flags.iter_mut().enumerate() {
            *count += u64::from(flags >> bit & 1);
        }
    }
}

/// A test that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its number in the file.
    pub index: u32,
    /// Its name in the file.
    pub name: String,
    /// The bytes of the instruction.
    pub bytes: Vec<u8>,
    /// The instruction as our disassembler sees it.
    pub disassembly: String,
    /// The identity of the test.
    pub hash: String,
    /// What came out otherwise.
    pub differences: Vec<Difference>,
}

/// One file of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its path.
    pub path: String,
    /// Its stem: the opcode in most suites.
    pub opcode: String,
    /// Its mnemonic, where the file tells one.
    pub mnemonic: String,
    /// The model it ran on.
    pub model: Model,
    /// Its tests.
    pub counts: Counts,
    /// Its misses in undefined flags, counted whether or not they fail a test.
    pub undefined: UndefinedMisses,
    /// Tests that ran whose instruction did not, because their set-up was interrupted; they are counted above, too.
    pub unexecuted: u64,
    /// How often each rule was used, by instruction.
    pub rules: BTreeMap<&'static str, u64>,
    /// The first failures; the rest is only counted.
    pub failures: Vec<Failure>,
}

/// The files of one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteReport {
    /// The folder.
    pub name: String,
    /// Its files.
    pub files: Vec<FileReport>,
}

impl SuiteReport {
    /// Its tests. Where more were accepted than a suite may, the accepted ones count as failed.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = self.plain_counts();
        if self.accepts_too_much() {
            counts.failed += counts.accepted;
            counts.accepted = 0;
        }
        counts
    }

    /// Whether more tests were accepted than a suite may.
    #[must_use]
    pub fn accepts_too_much(&self) -> bool {
        let counts = self.plain_counts();
        counts.accepted * 1000 > counts.run() * crate::accepted::MOST
    }

    fn plain_counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.files.iter().for_each(|file| counts.add(&file.counts));
        counts
    }
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// By folder, in the order of their names.
    pub suites: Vec<SuiteReport>,
    /// What executed.
    pub engine: Engine,
    /// Whether misses in undefined flags fail a test.
    pub undefined_flags: bool,
}

/// As options and reports call it.
#[must_use]
pub fn engine_name(engine: Engine) -> &'static str {
    match engine {
        Engine::Stepper => "stepper",
        Engine::Blocks => "blocks",
    }
}

impl Report {
    /// All tests.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.suites.iter().for_each(|suite| counts.add(&suite.counts()));
        counts
    }

    /// Whether every test that ran passed or was accepted.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.counts().failed == 0
    }

    /// The last line: `PASS n of n` or `FAIL k of n`.
    #[must_use]
    pub fn summary(&self) -> String {
        let counts = self.counts();
        let run = counts.run();
        if counts.failed == 0 { format!("PASS {run} of {run}") } else { format!("FAIL {} of {run}", counts.failed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(passed: u64, accepted: u64) -> SuiteReport {
        let file = FileReport {
            path: String::new(),
            opcode: String::new(),
            mnemonic: String::new(),
            model: Model::I80486,
            counts: Counts { passed, accepted, ..Counts::default() },
            undefined: UndefinedMisses::default(),
            unexecuted: 0,
            rules: BTreeMap::new(),
            failures: Vec::new(),
        };
        SuiteReport { name: String::new(), files: vec![file] }
    }

    #[test]
    fn a_suite_may_accept_five_in_a_thousand_and_no_more() {
        let report = |suites| Report { suites, engine: Engine::Stepper, undefined_flags: false };
        assert_eq!(report(vec![suite(995, 5)]).summary(), "PASS 1000 of 1000");
        assert_eq!(report(vec![suite(994, 6)]).summary(), "FAIL 6 of 1000");
        // Each suite by itself.
        assert_eq!(report(vec![suite(100_000, 0), suite(9, 1)]).summary(), "FAIL 1 of 100010");
    }
}
