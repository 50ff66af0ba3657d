//! `cargo xtask compare`: Beige and other emulators on the same boot images, one after the other on one core, with CPU
//! time between the marks that the guest itself gives.

mod floors;
mod machines;
mod measure;
mod report;
mod start;
mod workloads;

use machines::Emulator;
use measure::{Measured, median};
use report::{Cell, Report, Row};
use start::Start;
use std::path::Path;
use std::process::Command;
use workloads::{Images, WORKLOADS};

/// CPU seconds that a measurement should take at least, where the guests are that long.
const LONG_ENOUGH: f64 = 0.4;
/// An emulator that would take more for all its runs is measured once.
const TOO_LONG: f64 = 36.0;

struct Options<'a> {
    quick: bool,
    json: bool,
    write: bool,
    runs: usize,
    only: Vec<&'a str>,
}

impl<'a> Options<'a> {
    fn parse(words: &[&'a str]) -> Result<Options<'a>, String> {
        let mut options = Options { quick: false, json: false, write: false, runs: 3, only: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--quick" => (options.quick, options.runs) = (true, 1),
                "--json" => options.json = true,
                "--write" => options.write = true,
                "--runs" => {
                    let runs = words.next().and_then(|runs| runs.parse().ok()).filter(|runs| *runs > 0);
                    options.runs = runs.ok_or("--runs takes a number from 1 on")?;
                }
                "--only" => {
                    let names = words.next().ok_or("--only takes names of workloads, with commas between them")?;
                    options.only = names.split(',').collect();
                }
                other => return Err(format!("compare has no option {other}; `cargo xtask` tells those it has")),
            }
        }
        let known = |name: &&&str| WORKLOADS.iter().any(|workload| workload.name == **name);
        match options.only.iter().find(|name| !known(name)) {
            Some(name) => Err(format!("there is no workload {name}; there are {}", names().join(", "))),
            None if options.write && (options.quick || !options.only.is_empty()) => {
                Err("--write takes the whole comparison: leave out --quick and --only".to_owned())
            }
            None => Ok(options),
        }
    }
}

fn names() -> Vec<&'static str> {
    WORKLOADS.iter().map(|workload| workload.name).collect()
}

/// Compares, and prints or writes the table.
///
/// # Errors
/// When Beige does not build, a sum of Beige's is wrong or a floor is missed (small guests prove no floor).
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<String, String> {
    let options = Options::parse(words)?;
    let folder = tempfile::tempdir().map_err(|error| format!("there is no temporary folder: {error}"))?;
    let beige = build(root)?;
    let mut emulators = Vec::new();
    for emulator in Emulator::ALL {
        match emulator.missing() {
            None => emulators.push(emulator),
            Some(reason) => eprintln!("SKIPPED {}: {reason}", emulator.name()),
        }
    }
    let mut images = Images::new(beige.clone(), folder.path())?;
    let mut rows = Vec::new();
    for workload in WORKLOADS.iter().filter(|workload| options.only.is_empty() || options.only.contains(&workload.name))
    {
        let mut cells = Vec::new();
        for emulator in &emulators {
            eprintln!("{} on {}", workload.name, emulator.name());
            cells.push((*emulator, measure_cell(workload.name, *emulator, &mut images, &options)?));
        }
        rows.push(Row { workload, cells });
    }
    let start = Start::measure(&beige, folder.path(), options.runs)?;
    let report = Report { emulators, rows, start };
    if options.json {
        println!("{}", report.json());
    } else {
        println!("{}", report.markdown());
    }
    if options.write {
        report.write(&root.join("docs/performance.md"))?;
    }
    report.verdict(options.quick)
}

/// Beige as its users have it.
fn build(root: &Path) -> Result<std::path::PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root).args(["build", "--release", "--quiet", "--package", "beige-app"]);
    let status = build.status().map_err(|error| format!("cargo does not start: {error}"))?;
    if !status.success() {
        return Err("Beige does not build".to_owned());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    Ok(target.join("release").join("beige"))
}

/// One workload on one emulator: the smallest scale that takes long enough, and the median of its runs. `None` when
/// the emulator does not come to the end.
fn measure_cell(
    name: &'static str,
    emulator: Emulator,
    images: &mut Images,
    options: &Options,
) -> Result<Option<Cell>, String> {
    let mut scale = 1;
    let mut runs: Vec<Measured> = Vec::new();
    loop {
        let image = images.get(name, scale)?;
        let Some(run) = measure::run(emulator, images.beige(), &image.path)? else {
            eprintln!("  {} does not end {name} at scale {scale}", emulator.name());
            break;
        };
        let seconds = run.seconds;
        runs.push(run);
        if seconds < LONG_ENOUGH && !options.quick && images.has(name, scale * 8) {
            scale *= 8;
            runs.clear();
        } else if runs.len() >= options.runs || seconds * options.runs as f64 > TOO_LONG {
            break;
        }
    }
    if runs.is_empty() {
        return Ok(None);
    }
    let image = images.get(name, scale)?;
    let seconds = median(runs.iter().map(|run| run.seconds).collect());
    Ok(Some(Cell {
        mips: image.instructions as f64 / seconds / 1e6,
        seconds,
        scale,
        runs: runs.len(),
        is_right: runs.iter().all(|run| run.sum == image.sum),
        peak_kib: runs.iter().filter_map(|run| run.peak_kib).max(),
    }))
}
