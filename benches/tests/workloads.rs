//! Every workload prints the sum that its counterpart in Rust computes, and costs what its work does.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "shared with the benchmarks")]
#[path = "../support/guest.rs"]
mod guest;

use beige_benches::guests::{BuildError, build};
use beige_benches::{WORKLOADS, Workload};
use cpu_time::ThreadTime;
use guest::Started;
use std::io::Write as _;
use std::path::Path;

/// The image of a workload, or `None`, told visibly, where a tool is missing.
fn image(test: &str, name: &str, rounds: u32, folder: &Path) -> Option<std::path::PathBuf> {
    match build(name, rounds, folder) {
        Ok(image) => Some(image),
        Err(error @ BuildError::Missing(_)) => {
            // A closed stderr is no reason to fail.
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {name}: {error}");
            None
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

fn sums_are_equal(test: &str, rounds: u32) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for Workload { name, native } in WORKLOADS {
        let Some(image) = image(test, name, rounds, folder.path()) else { continue };
        let (guest, rust) = (Started::boot(&image).work().sum, native(rounds));
        assert!(guest == rust, "{name}: the guest has {guest:08x}, Rust {rust:08x}");
    }
}

#[test]
fn guests_and_their_counterparts_have_equal_sums() {
    sums_are_equal("guests_and_their_counterparts_have_equal_sums", 2);
}

#[test]
#[ignore = "takes minutes in a debug build"]
fn long_runs_have_equal_sums() {
    sums_are_equal("long_runs_have_equal_sums", 50);
}

/// CPU nanoseconds an instruction: the best of three runs.
fn cost(image: &Path) -> f64 {
    let mut guest = Started::boot(image);
    let runs = (0..3).map(|_| {
        guest.rewind();
        let begun = ThreadTime::now();
        let worked = guest.work();
        begun.elapsed().as_secs_f64() * 1e9 / worked.instructions as f64
    });
    runs.fold(f64::INFINITY, f64::min)
}

#[test]
fn ten_times_the_work_costs_ten_times_the_time() {
    let test = "ten_times_the_work_costs_ten_times_the_time";
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, rounds) in [("int32", 2), ("selfmod", 20)] {
        let images = [rounds, rounds * 10].map(|rounds| image(test, name, rounds, folder.path()));
        let [Some(short), Some(long)] = images else { continue };
        let (short, long) = (cost(&short), cost(&long));
        // What grows with the square of the work would cost ten times as much.
        assert!(long < short * 3.0, "{name}: an instruction costs {short:.2} ns, then {long:.2} ns");
    }
}
