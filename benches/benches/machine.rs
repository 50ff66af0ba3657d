//! Whole runs of a machine from power-on: FreeDOS to its prompt, or the built-in disk to the end of its self-test, and
//! every shared workload at scale 1. Guests that are not in the repository are found through `BEIGE_TEST_DATA`.

#![allow(clippy::expect_used, reason = "a benchmark fails by panicking")]

#[allow(dead_code, reason = "shared with tests")]
#[path = "../support/guest.rs"]
mod guest;

use beige_machine::Machine;
use beige_media::{FloppyFormat, Image};
use criterion::{BenchmarkId, Criterion};
use std::path::{Path, PathBuf};

/// Guest time between looks at the screen.
const LOOK: u64 = 1_000_000;
/// No boot takes longer.
const PATIENCE: u64 = 60_000_000_000;

/// A file of the test data.
fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(&std::env::var_os("BEIGE_TEST_DATA")?).join(path);
    path.exists().then_some(path)
}

/// Runs until the screen shows a text.
fn run_to(mut machine: Machine, text: &str) {
    while !machine.screen_text().is_some_and(|rows| rows.iter().any(|row| row.contains(text))) {
        machine.run_until(machine.now() + LOOK);
        assert!(machine.now() < PATIENCE, "the screen does not show `{text}`");
    }
}

fn boot(criterion: &mut Criterion) {
    let floppy = data("guests/freedos-1440.img");
    if floppy.is_none() {
        eprintln!("BEIGE_TEST_DATA has no FreeDOS: the built-in disk boots instead");
    }
    let built_in = || Image::from_bytes(beige_firmware::BUILT_IN_DISK, FloppyFormat::F1440K);
    let mut group = criterion.benchmark_group("boot");
    group.sample_size(10);
    match floppy {
        Some(path) => {
            group.bench_function("FreeDOS", |bencher| bencher.iter(|| run_to(guest::machine(&path), r"A:\>")));
        }
        None => {
            let boot = || run_to(guest::with_disk(built_in()), "SELF-TEST PASS");
            group.bench_function("built-in disk", |bencher| bencher.iter(boot));
        }
    }
    group.finish();
}

fn shared_workloads(criterion: &mut Criterion) {
    let Some(folder) = data("workloads/s1") else {
        eprintln!("SKIPPED shared workloads: BEIGE_TEST_DATA has none");
        return;
    };
    let files = std::fs::read_dir(&folder).expect("the folder can be read");
    let files = files.map(|file| file.expect("the folder can be read").path());
    let mut images: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|kind| kind == "img")).collect();
    images.sort();
    let mut group = criterion.benchmark_group("shared");
    group.sample_size(10);
    for image in images {
        let name = image.file_stem().expect("an image has a name").to_string_lossy().into_owned();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| guest::Started::boot(&image).work().sum);
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    boot(&mut criterion);
    shared_workloads(&mut criterion);
    criterion.final_summary();
}
