//! Runs the files of suites, several at a time.

use crate::accepted::{self, RULES};
use crate::case::TestFile;
use crate::report::{Counts, Failure, FileReport, Report, SuiteReport, UndefinedMisses};
use crate::run::{Runner, Setup, masks_of, model_of};
use crate::select::{Filter, FoundFile, Opcode};
use crate::undefined::defined_flags_of_386;
use crate::{SuiteError, read};
use beige_cpu::{Engine, Model};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Differences of one failure that are kept.
const DIFFERENCES_KEPT: usize = 256;

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Run every test on this model, whatever was recorded.
    pub model: Option<Model>,
    /// What executes.
    pub engine: Engine,
    /// The opcodes to run.
    pub filter: Option<Filter>,
    /// Files at a time; at least 1.
    pub jobs: usize,
    /// Failures of a file to keep.
    pub failures_kept: usize,
    /// Stop at the first failure, in the order of the files.
    pub first_failure: bool,
    /// A miss in flags that the chip leaves undefined fails a test.
    pub undefined_flags: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            model: None,
            engine: Engine::Stepper,
            filter: None,
            jobs: 1,
            failures_kept: 3,
            first_failure: false,
            undefined_flags: false,
        }
    }
}

/// Runs the files. `progress` is told of each file that is done, from any thread.
///
/// # Errors
/// When a file cannot be read or set up; of several, the first in the order of the files that was met.
pub fn run(files: &[FoundFile], options: &Options, progress: &(dyn Fn() + Sync)) -> Result<Report, SuiteError> {
    let (next, stop, end) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicUsize::new(usize::MAX));
    let done: Mutex<BTreeMap<usize, Result<Option<FileReport>, SuiteError>>> = Mutex::default();
    let work = || {
        let mut worker = Worker { options, runners: Vec::new() };
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(place) else { return };
            if stop.load(Ordering::Relaxed) || place > end.load(Ordering::Relaxed) {
                return;
            }
            let result = worker.file(file);
            match &result {
                Err(_) => stop.store(true, Ordering::Relaxed),
                Ok(Some(report)) if options.first_failure && report.counts.failed > 0 => {
                    end.fetch_min(place, Ordering::Relaxed);
                }
                Ok(_) => {}
            }
            if let Ok(mut done) = done.lock() {
                done.insert(place, result);
            }
            progress();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.jobs.min(files.len()) {
            scope.spawn(work);
        }
        work();
    });
    let done = done.into_inner().unwrap_or_default();
    let end = end.into_inner();
    let mut suites: Vec<SuiteReport> = Vec::new();
    for (place, result) in done.into_iter().filter(|(place, _)| *place <= end) {
        let Some(report) = result? else { continue };
        let name = files[place].suite.clone();
        match suites.last_mut() {
            Some(suite) if suite.name == name => suite.files.push(report),
            _ => suites.push(SuiteReport { name, files: vec![report] }),
        }
    }
    Ok(Report { suites, engine: options.engine, undefined_flags: options.undefined_flags })
}

/// One thread's runners, by model and set-up.
struct Worker<'a> {
    options: &'a Options,
    runners: Vec<((Model, Setup), Runner)>,
}

impl Worker<'_> {
    /// Runs a file; `None` when the filter leaves it out.
    fn file(&mut self, found: &FoundFile) -> Result<Option<FileReport>, SuiteError> {
        let filter = self.options.filter.as_ref();
        if filter.and_then(|filter| filter.matches_stem(&found.stem)) == Some(false) {
            return Ok(None);
        }
        let file = read::read(&found.path)?;
        let instruction = file.tests.first().map_or(&[] as &[u8], |test| &test.bytes);
        if filter.is_some_and(|filter| !filter.matches(&found.stem, instruction)) {
            return Ok(None);
        }
        let (model, setup) = self.machine(found, &file)?;
        let flags = defined_flags(found, &file, model);
        let mut report = FileReport {
            path: found.path.display().to_string(),
            opcode: found.stem.clone(),
            mnemonic: file.mnemonic.clone(),
            model,
            counts: Counts::default(),
            undefined: UndefinedMisses::default(),
            unexecuted: 0,
            rules: BTreeMap::new(),
            failures: Vec::new(),
        };
        let (first_failure, undefined_flags) = (self.options.first_failure, self.options.undefined_flags);
        let kept = if first_failure { 1 } else { self.options.failures_kept };
        let runner = self.runner(model, setup);
        for test in &file.tests {
            if found.folder.is_revoked(&test.hash) {
                report.counts.skipped += 1;
                continue;
            }
            let masks = masks_of(&file, test, flags);
            let verdict = runner.run(test, file.wide, &masks).map_err(|what| SuiteError::in_file(&found.path, what))?;
            report.unexecuted += u64::from(verdict.unexecuted);
            report.undefined.note(verdict.undefined_flags());
            let mut differences = verdict.differences;
            if undefined_flags {
                differences.extend(verdict.undefined);
            }
            if differences.is_empty() {
                report.counts.passed += 1;
            } else if let Some(rules) = accepted::accepting(RULES, model, test, &differences) {
                report.counts.accepted += 1;
                rules.iter().for_each(|rule| *report.rules.entry(rule.instruction).or_default() += 1);
            } else {
                report.counts.failed += 1;
                if report.failures.len() < kept {
                    differences.truncate(DIFFERENCES_KEPT);
                    report.failures.push(Failure {
                        index: test.index,
                        name: test.name.clone(),
                        bytes: test.bytes.clone(),
                        disassembly: runner.disassembly(test),
                        hash: test.hash.clone(),
                        differences,
                    });
                }
                if first_failure {
                    break;
                }
            }
        }
        Ok(Some(report))
    }

    fn machine(&self, found: &FoundFile, file: &TestFile) -> Result<(Model, Setup), SuiteError> {
        let cpu = if file.cpu.is_empty() { found.folder.cpu() } else { Some(file.cpu.as_str()) };
        let known = match (cpu, self.options.model) {
            (None, None) => Err(SuiteError::new(
                "the file does not name its CPU, and there is no metadata.json beside it that does; --cpu names it",
            )),
            (None, Some(model)) => Ok((model, Setup::Real)),
            (Some(cpu), model) => model_of(cpu, file.mode, model),
        };
        known.map_err(|error| SuiteError::in_file(&found.path, error))
    }

    fn runner(&mut self, model: Model, setup: Setup) -> &mut Runner {
        let place = match self.runners.iter().position(|(key, _)| *key == (model, setup)) {
            Some(place) => place,
            None => {
                self.runners.push(((model, setup), Runner::new(model, setup, self.options.engine)));
                self.runners.len() - 1
            }
        };
        &mut self.runners[place].1
    }
}

/// The flags that are defined, for files without masks of their own.
fn defined_flags(found: &FoundFile, file: &TestFile, model: Model) -> Option<u16> {
    let masked = !file.masks.is_empty() || file.tests.iter().any(|test| !test.masks.is_empty());
    if masked {
        return None;
    }
    let told = found.folder.defined_flags(&found.stem);
    told.or_else(|| {
        let opcode = Opcode::from_stem(&found.stem)?;
        (file.wide && model >= Model::I80386).then(|| defined_flags_of_386(&opcode))
    })
}
