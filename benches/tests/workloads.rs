//! Every workload prints the sum that its counterpart in Rust computes.

#[allow(dead_code, reason = "shared with the benchmarks")]
#[path = "../support/guest.rs"]
mod guest;

use beige_benches::guests::{BuildError, build};
use beige_benches::{WORKLOADS, Workload};
use guest::Started;
use std::io::Write as _;

#[test]
fn guests_and_their_counterparts_have_equal_sums() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for Workload { name, native } in WORKLOADS {
        let image = match build(name, 2, folder.path()) {
            Ok(image) => image,
            Err(error @ BuildError::Missing(_)) => {
                // A closed stderr is no reason to fail.
                let _ = writeln!(std::io::stderr(), "SKIPPED guests_and_their_counterparts: {name}: {error}");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let worked = Started::boot(&image).work();
        assert!(worked.sum == native(2), "{name}: the guest has {:08x}, Rust {:08x}", worked.sum, native(2));
    }
}

#[test]
#[ignore = "takes minutes on an interpreter"]
fn long_runs_have_equal_sums() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for Workload { name, native } in WORKLOADS {
        let image = build(name, 50, folder.path()).expect("the guest builds");
        let worked = Started::boot(&image).work();
        assert!(worked.sum == native(50), "{name}: the guest has {:08x}, Rust {:08x}", worked.sum, native(50));
    }
}
