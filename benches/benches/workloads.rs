//! Every workload as a guest on a whole machine, from mark to mark, and the same work in Rust.
//!
//! Speed is counted in guest instructions on both sides, so that their ratio is the ratio of the times. Criterion's own
//! figures come first; then a table with the medians of measurements that alternate, so that a host that changes its
//! clock or has other work disturbs both sides alike.

#![allow(clippy::expect_used, reason = "a benchmark fails by panicking")]

#[allow(dead_code, reason = "shared with tests")]
#[path = "../support/guest.rs"]
mod guest;

use beige_benches::{WORKLOADS, Workload, guests};
use criterion::{BenchmarkId, Criterion, Throughput};
use guest::Started;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds of a run: about two million instructions.
const ROUNDS: u32 = 2;
/// Measurements of each side for the table.
const SAMPLES: usize = 5;

/// A guest at its start mark, with what it will do.
struct Prepared {
    workload: Workload,
    guest: Started,
    instructions: u64,
}

impl Prepared {
    /// Builds, boots and runs it once; `None`, told visibly, where a tool is missing.
    fn new(workload: Workload, folder: &std::path::Path) -> Option<Prepared> {
        let name = workload.name;
        let image = match guests::build(name, ROUNDS, folder) {
            Ok(image) => image,
            Err(error) => {
                eprintln!("SKIPPED {name}: {error}");
                return None;
            }
        };
        let mut guest = Started::boot(&image);
        let worked = guest.work();
        assert!(worked.sum == (workload.native)(ROUNDS), "{name}: guest and Rust have different sums");
        Some(Prepared { workload, guest, instructions: worked.instructions })
    }

    /// The guest's time, without what it takes to put it back to its start.
    fn interpreted(&mut self) -> Duration {
        self.guest.rewind();
        let begun = Instant::now();
        black_box(self.guest.work().sum);
        begun.elapsed()
    }

    fn compiled(&self) -> Duration {
        let begun = Instant::now();
        black_box((self.workload.native)(black_box(ROUNDS)));
        begun.elapsed()
    }

    fn bench(&mut self, criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group("workloads");
        group.sample_size(10).throughput(Throughput::Elements(self.instructions));
        group.bench_function(BenchmarkId::new(self.workload.name, "guest"), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| self.interpreted()).sum());
        });
        group.bench_function(BenchmarkId::new(self.workload.name, "native"), |bencher| {
            bencher.iter(|| (self.workload.native)(black_box(ROUNDS)));
        });
        group.finish();
    }

    /// Measures both sides in turn: guest instructions in a microsecond.
    fn mips(&mut self) -> (f64, f64) {
        let (mut interpreted, mut compiled) = ([Duration::ZERO; SAMPLES], [Duration::ZERO; SAMPLES]);
        for (interpreted, compiled) in interpreted.iter_mut().zip(&mut compiled) {
            *interpreted = self.interpreted();
            *compiled = self.compiled();
        }
        let mips = |times: &mut [Duration; SAMPLES]| {
            times.sort_unstable();
            self.instructions as f64 / times[SAMPLES / 2].as_secs_f64() / 1e6
        };
        (mips(&mut interpreted), mips(&mut compiled))
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut prepared: Vec<Prepared> =
        WORKLOADS.into_iter().filter_map(|workload| Prepared::new(workload, folder.path())).collect();
    for prepared in &mut prepared {
        prepared.bench(&mut criterion);
    }
    criterion.final_summary();
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!("{:10} {:>12} {:>12} {:>7}", "workload", "guest MIPS", "native MIPS", "ratio");
    for prepared in &mut prepared {
        let (guest, native) = prepared.mips();
        println!("{:10} {guest:12.0} {native:12.0} {:7.1}", prepared.workload.name, native / guest);
    }
}
