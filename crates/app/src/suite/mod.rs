//! `beige suite`: runs instruction suites on the CPU and compares.

mod junit;

use crate::cli::SuiteArgs;
use crate::console::{Console, say};
use crate::{BAD_INPUT, HOST_RESOURCE};
use beige_suite::report::{Report, json, text};
use beige_suite::select::{self, FoundFile, Shard};
use beige_suite::{Options, SuiteError, drive};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;

/// Exit code of tests that failed.
const FAILED: u8 = 1;

/// Runs the suites and prints what came out; gives the exit code.
pub(crate) fn run(args: &SuiteArgs) -> u8 {
    match prepare(args).and_then(|(files, options)| run_files(&files, &options)) {
        Ok(report) => show(args, &report),
        Err(error) => {
            say(&error.to_string());
            BAD_INPUT
        }
    }
}

fn prepare(args: &SuiteArgs) -> Result<(Vec<FoundFile>, Options), SuiteError> {
    if let Some(path) = &args.junit {
        junit::check_path(path)?;
    }
    let shard = shard(args)?;
    let mut files = select::find(&args.paths)?;
    if files.is_empty() {
        let sentence = "no file of tests was found: give files or folders with *.MOO, *.MOO.gz, *.json or *.json.gz";
        return Err(SuiteError::new(sentence));
    }
    if let Some(filter) = &args.filter {
        files.retain(|file| filter.matches_stem(&file.stem) != Some(false));
        if files.is_empty() {
            return Err(SuiteError::new(
                "the filter leaves no file of tests; `beige suite --help` shows how it is read",
            ));
        }
    }
    let mut places = 0..files.len();
    files.retain(|_| places.next().is_some_and(|place| shard.takes(place)));
    let options = Options {
        model: args.cpu,
        engine: args.engine,
        filter: args.filter.clone(),
        jobs: args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
        failures_kept: args.failures,
        first_failure: args.first_failure,
        undefined_flags: args.undefined_flags,
    };
    Ok((files, options))
}

/// The shard that was asked for, or the one that the environment of a job names.
fn shard(args: &SuiteArgs) -> Result<Shard, SuiteError> {
    let (shard, variable) = Shard::choose(args.shard, |name| std::env::var(name).ok())?;
    if let Some(variable) = variable {
        say(&format!("running shard {shard}, as {variable} says; --shard 1/1 runs everything"));
    }
    Ok(shard)
}

fn run_files(files: &[FoundFile], options: &Options) -> Result<Report, SuiteError> {
    let bar = progress_bar(files.len());
    let report = drive::run(files, options, &|| bar.inc(1));
    bar.finish_and_clear();
    let report = report?;
    let counts = report.counts();
    // A shard may be empty, a suite may not.
    if counts.run() + counts.skipped == 0 && !files.is_empty() {
        return Err(SuiteError::new("the files hold no test that was asked for"));
    }
    Ok(report)
}

/// Shown where standard error is a terminal.
fn progress_bar(files: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} files, {eta} left");
    ProgressBar::new(files as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(args: &SuiteArgs, report: &Report) -> u8 {
    let mut console = Console::new(false);
    if args.json {
        console.print(&json::report(report).to_string(), true);
    } else {
        let table = text::report(report);
        if !table.is_empty() {
            console.print(&table, true);
        }
        console.print(&report.summary(), true);
    }
    if let Some(path) = &args.junit
        && let Err(error) = junit::write(path, report)
    {
        say(&error.to_string());
        return HOST_RESOURCE;
    }
    if report.passed() { 0 } else { FAILED }
}
